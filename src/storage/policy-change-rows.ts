// Proposed changes of a policy, among the reviews, and how one that was approved comes into force.
import type { ExecutionLog } from "../execution/log.js";
import { HoldpointError } from "../kernel/errors.js";
import { changesOf } from "../review/change-names.js";
import type { ChangeArgs, ChangeStore, ProposedChange, PutInForce } from "../review/policy-change.js";
import type { ReviewStatus } from "../review/types.js";
import type { Database } from "./database.js";
import { createExecutionLog } from "./execution-rows.js";
import { oneAtATime } from "./policy-rows.js";
import { isAlive } from "./process-rows.js";
import { isExpiredUntold, isFinal } from "./review-clock.js";
import { rowToReview, selectReview, type ReviewRow } from "./review-record.js";

/** @param processId this process: a claim of its own that it no longer works on is one to carry out. */
export function createChangeStore(db: Database, processId: string): ChangeStore {
  return {
    async proposed(tenant, agent) {
      const rows = await db.once<ReviewRow>(
        { tenant },
        `/* policy.proposed */ ${selectReview} where r.tenant_id = $1 and r.graph_id = $2 and r.graph_id like 'policy:%'
           and r.kind = 'review' order by r.opened_at desc, r.review_id desc limit 100`,
        [tenant, changesOf(agent)],
      );
      return rows.map(toProposed);
    },

    waiting: (tenant, agents) => standingAt(["open", "decided"], tenant, agents),
    open: (tenant, agents) => standingAt(["open"], tenant, agents),

    async unfinished(tenant, agents) {
      const rows = await db.once<ReviewRow>(
        { tenant },
        `/* policy.unfinished-changes */ ${selectReview} where r.tenant_id = $1 and r.graph_id = any ($2)
           and r.graph_id like 'policy:%' and (r.status = 'open' or ${isFinal("r")} or ${isExpiredUntold("r")} or (r.status = 'resumed' and exists (
             select from holdpoint.executions e where e.action_id = r.action_id and e.state = 'claimed'
               and (e.process_id = $3 or not ${isAlive("e.process_id")}))))
         order by r.opened_at, r.review_id`,
        [tenant, agents.map(changesOf), processId],
      );
      return rows.map(toProposed);
    },

    async supersede(tenant, reviewIds) {
      if (reviewIds.length === 0) return;
      await db.once(
        { tenant },
        `/* policy.supersede */ update holdpoint.reviews set status = 'superseded', resumed_at = now(), version = version + 1
         where review_id = any ($1::uuid[]) and status = 'open'`,
        [reviewIds],
      );
    },
  };

  async function standingAt(
    statuses: readonly ReviewStatus[],
    tenant: string,
    agents: readonly string[],
  ): Promise<ProposedChange[]> {
    const rows = await db.once<ReviewRow>(
      { tenant },
      `/* policy.standing-changes */ ${selectReview} where r.tenant_id = $1 and r.graph_id = any ($2) and r.graph_id like 'policy:%'
         and r.status = any ($3) and r.kind = 'review' order by r.opened_at, r.review_id`,
      [tenant, agents.map(changesOf), statuses],
    );
    return rows.map(toProposed);
  }
}

function toProposed(row: ReviewRow): ProposedChange {
  const review = rowToReview(row);
  // Written by nobody but us: an edit of it is refused.
  return { review, args: review.args as unknown as ChangeArgs };
}

/** An execution log whose transactional tools write our own tables: in our role, with the rows of one tenant before them. */
export function logOfOwnTables(db: Database, processId: string, newId: () => string): ExecutionLog {
  const own: Database = {
    ...db,
    toolTransaction: (tenant, tool, settle) =>
      db.transaction({ tenant }, async (sql) => {
        const result = await tool(sql);
        await settle(sql, result);
        return result;
      }),
  };
  return createExecutionLog(own, processId, newId, { isStoppable: false });
}

/**
 * The terms of a change, by who decided it: of the execution that carries it out, as it stands on record. `isGuarded` of
 * what comes into force is read from its text by whoever calls.
 */
export function putChangeInForce(tenant: string, isGuarded: (source: string) => boolean): PutInForce {
  return async (sql, { agents, from, to }, idempotencyKey) => {
    const [policy] = await sql.query<{ source: string }>(
      "/* policy.source */ select source from holdpoint.policies where tenant_id = $1 and version = $2",
      [tenant, to],
    );
    if (!policy) throw new HoldpointError("not_found", `No policy of the version ${to} is on record.`);
    for (const graphId of agents.toSorted()) {
      await oneAtATime(sql, tenant, graphId);
      const begun = await sql.query(
        `/* policy.begin-approved-term */ insert into holdpoint.policy_terms (tenant_id, graph_id, version, by_whom, is_guarded)
         select $1, $2, $3, jsonb_build_object('id', d.decided_by -> 'id', 'kind', d.decided_by -> 'kind'), $6
         from holdpoint.executions e
         join holdpoint.decisions d on d.review_id = e.review_id and d.undone_at is null and d.type = 'approve'
         where e.key = $5 and $4 = (select version from holdpoint.policy_terms
           where tenant_id = $1 and graph_id = $2 order by term_no desc limit 1)
         returning term_no`,
        [tenant, graphId, to, from, idempotencyKey, isGuarded(policy.source)],
      );
      if (begun.length === 0)
        throw new HoldpointError(
          "policy_forbids",
          `The change was made from the version ${from}, which is no longer in force for ${graphId}. It is to be proposed anew.`,
        );
    }
  };
}
