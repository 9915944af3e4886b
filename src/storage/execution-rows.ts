// Executions in Postgres. The guards of the effect protocol stand in the where clauses here, below everything a
// caller, a model or a host can reach.
import { isJsonObject, type Json, type JsonObject } from "../kernel/json.js";
import { HoldpointError } from "../kernel/errors.js";
import { idempotencyKey } from "../kernel/ids.js";
import type { AskedOf, Claim, ExecutionLog, Settlement } from "../execution/log.js";
import { onePerson } from "../policies/panel.js";
import type { EffectClass } from "../policies/words.js";
import type { Execution, ExecutionState, TaskScope } from "../review/types.js";
import { lets } from "./approval.js";
import type { Database, Sql } from "./database.js";
import { isAlive } from "./process-rows.js";
import { isFinal } from "./review-clock.js";
import { stopsOf } from "./stop-clause.js";
import { rowToStop, type StopRow } from "./stop-record.js";

/**
 * @param processId this process, as it stands in `processes`: a claim lives as long as its process.
 * @param isStoppable false: what it claims is a person's own doing, and no stop holds it.
 */
export function createExecutionLog(
  db: Database,
  processId: string,
  newId: () => string,
  { isStoppable = true }: { isStoppable?: boolean } = {},
): ExecutionLog {
  return {
    async claim(scope, release, effect) {
      const [row] = await db.once<Claiming>({ tenant: scope.tenant }, claimReleased, [
        newId(),
        release.actionId,
        scope.threadId,
        release.argsHash,
        idempotencyKey({ tenant: scope.tenant, threadId: scope.threadId, ...release }),
        effect,
        processId,
        isStoppable,
      ]);
      if (!row) throw new Error("A claim was answered with no row.");
      return row.execution_id === null
        ? existingClaim(db, scope, release.actionId, {
            processId,
            mayClaim: row.may_claim,
            stop: row.stop,
          })
        : { kind: "claimed", execution: rowToExecution(row) };
    },

    async reclaim(scope, execution) {
      const [row] = await db.once<Reclaiming>(
        { tenant: scope.tenant },
        `/* execution.reclaim */ with ${stopping("$1", "$4")},
         sent_back as (
           update holdpoint.reviews r set status = 'resumed', resumed_at = now() from holdpoint.decisions d
           where r.action_id = $1 and r.kind = 'settle' and r.status = 'decided'
             and d.review_id = r.review_id and d.undone_at is null and d.type = 'retry'
             and not exists (select from stopping)
           returning r.review_id),
         reclaimed as (
         update holdpoint.executions e set state = 'claimed', epoch = epoch + 1, process_id = $3, error = null, settled_at = null
         where action_id = $1 and epoch = $2 and not exists (select from stopping)
           and ((state = 'unknown' and exists (select from sent_back))
             or (state = 'claimed' and (process_id = $3 or not ${isAlive("e.process_id")})))
         returning *)
         select reclaimed.*, (select to_jsonb(s) from stopping s) as stop
         from (select 1) one left join reclaimed on true`,
        [execution.actionId, execution.epoch, processId, isStoppable],
      );
      if (!row) throw new Error("A claim was taken over and answered with no row.");
      if (row.execution_id !== null) return rowToExecution(row);
      return row.stop && { stop: rowToStop(row.stop) };
    },

    async pause(scope, execution) {
      await db.once(
        { tenant: scope.tenant },
        `/* execution.pause */ update holdpoint.executions set process_id = $4
         where execution_id = $1 and epoch = $2 and process_id = $3 and state = 'claimed'`,
        [execution.id, execution.epoch, processId, nobody],
      );
    },

    async settle(scope, execution, settlement) {
      const at = { tenant: scope.tenant };
      const params = settleParams(execution, settlement, processId);
      const own =
        settlement.state === "unknown"
          ? await db.transaction(at, async (sql) => {
              const rows = await sql.query(settleOwn, params);
              if (rows.length === 1) await openSettleReview(sql, execution, newId(), settlement.askedOf);
              return rows;
            })
          : await db.once(at, settleOwn, params);
      if (own.length === 1) return true;
      await db.once(at, keepEvidence, evidenceParams(execution, settlement));
      return false;
    },

    runTransactionally: (scope, execution, tool) =>
      db.toolTransaction(scope.tenant, tool, async (sql, result) => {
        const settlement: Settlement = { state: "succeeded", result };
        const own = await sql.query(settleOwn, settleParams(execution, settlement, processId));
        if (own.length === 1) return;
        // Throwing undoes the effect with the record: the effect is now the other's to make.
        throw new HoldpointError(
          "claim_taken_over",
          `The claim on action ${execution.actionId} was taken over.`,
        );
      }),
  };
}

/** The stop that holds the call, as rows of a `with`. */
const stopping = (actionId: string, isStoppable: string): string =>
  `stopping as (select s.* from holdpoint.actions a, lateral (${stopsOf({
    tenant: "a.tenant_id",
    agent: "a.graph_id",
    tool: "a.tool",
  })}) s where a.action_id = ${actionId} and ${isStoppable}::boolean order by s.at limit 1)`;

/**
 * Inserts the one execution of an action (whichever of its unique indexes sees another first: with one named, two claims at
 * once may fail on the other), if a row and a decision release it on this hash. `for share` keeps the review
 * from changing until the claim has committed. Whether this process may claim at all is told by the same statement: asked
 * a moment later, a lease that was renewed in between would make a call that is released look like one that is not.
 */
const claimReleased = `/* execution.claim */ with ${stopping("$2", "$8")},
  by_row as (
    select a.tenant_id, a.action_id, a.thread_id, a.tool, null::uuid as review_id, a.args, a.args_hash
    from holdpoint.actions a
    where a.action_id = $2 and a.thread_id = $3 and a.route = 'execute' and a.args_hash = $4
      and not exists (select from holdpoint.reviews r where r.action_id = a.action_id)),
  by_decision as (
    select r.tenant_id, r.action_id, r.thread_id, r.tool, r.review_id, d.args, d.args_hash
    from holdpoint.reviews r join holdpoint.decisions d using (review_id)
    where r.action_id = $2 and r.thread_id = $3 and r.kind in ('review', 'reply') and (${isFinal("r")} or r.status = 'resumed')
      and d.args_hash = $4 and ${lets("r", "d")}
    for share of r),
  released as (select * from by_row union all select * from by_decision),
  claimed as (
    insert into holdpoint.executions (execution_id, tenant_id, action_id, review_id, thread_id, tool, args, args_hash,
      key, effect, state, process_id)
    select $1, tenant_id, action_id, review_id, thread_id, tool, args, args_hash, $5, $6, 'claimed', $7 from released
    where ${isAlive("$7::uuid")} and not exists (select from stopping) limit 1
    on conflict do nothing
    returning *),
  resumed as (
    update holdpoint.reviews set status = 'resumed', resumed_at = now()
    where action_id = $2 and status = 'decided' and exists (select from claimed))
  select claimed.*, ${isAlive("$7::uuid")} as may_claim,
    case when exists (select from released) then (select to_jsonb(s) from stopping s) end as stop
  from (select 1) one left join claimed on true`;

async function existingClaim(
  db: Database,
  scope: TaskScope,
  actionId: string,
  { processId, mayClaim, stop }: { processId: string; mayClaim: boolean; stop: StopRow | null },
): Promise<Claim> {
  const [row] = await db.once<ExecutionRow & { alive: boolean; ours: boolean }>(
    { tenant: scope.tenant },
    `/* execution.find */ select e.*, ${isAlive("e.process_id")} as alive, e.process_id = $2 as ours
     from holdpoint.executions e where e.action_id = $1`,
    [actionId, processId],
  );
  if (!row && stop) return { kind: "stopped", stop: rowToStop(stop) };
  if (!row) return { kind: mayClaim ? "not-released" : "lapsed" };
  const execution = rowToExecution(row);
  if (execution.state !== "claimed") return { kind: "settled", execution };
  return row.ours || row.alive
    ? { kind: "busy", execution, ours: row.ours }
    : { kind: "abandoned", execution };
}

/** The process that a paused claim belongs to: one that never lives. */
export const nobody = "00000000-0000-0000-0000-000000000000";

type Claiming = Reclaiming & { may_claim: boolean };
type Reclaiming = (ExecutionRow | { execution_id: null }) & { stop: StopRow | null };

const settleOwn = `/* execution.settle */ update holdpoint.executions
  set state = $4, result = $5, error = $6, settled_at = now()
  where execution_id = $1 and epoch = $2 and process_id = $3 and state = 'claimed'
  returning execution_id`;

function settleParams(execution: Execution, settlement: Settlement, processId: string): unknown[] {
  const [result, error] =
    settlement.state === "succeeded" ? [settlement.result, null] : [null, settlement.error];
  return [execution.id, execution.epoch, processId, settlement.state, storable(result), storable(error)];
}

/** Asks whether it happened: the tier that released the call, or the one given where nobody had to. With four eyes, whoever asked for the call does not say so. */
export async function openSettleReview(
  sql: Sql,
  execution: Execution,
  reviewId: string,
  askedOf: AskedOf,
): Promise<void> {
  await sql.query(
    `/* review.open-settle */ insert into holdpoint.reviews (review_id, tenant_id, thread_id, graph_id, action_id, kind, tool, args,
       args_hash, level, tier, roles, title, reasons, requested_by, hosted, panel)
     select $1, a.tenant_id, a.thread_id, a.graph_id, a.action_id, 'settle', e.tool, e.args, e.args_hash, a.assessment ->> 'level',
       coalesce(r.tier, $3), coalesce(r.roles, $4), coalesce(r.title, $5),
       jsonb_build_array(jsonb_build_object('rule', 'outcome-unknown', 'text', e.error)),
       coalesce(r.requested_by, a.requested_by), a.run_id is null,
       $6::jsonb || jsonb_build_object('fourEyes', coalesce((r.panel ->> 'fourEyes')::boolean, false))
     from holdpoint.executions e join holdpoint.actions a using (action_id)
     left join lateral (select tier, title, panel, requested_by,
         -- Who decided in turn: any of them knows.
         case jsonb_typeof(panel -> 'turns') when 'array' then array(select jsonb_array_elements_text(panel -> 'turns'))
           else roles end as roles from holdpoint.reviews v
       where v.action_id = a.action_id and v.kind in ('review', 'reply') order by opened_at desc limit 1) r on true
     where e.execution_id = $2
     on conflict do nothing`,
    [reviewId, execution.id, askedOf.tier, askedOf.roles, storable(askedOf.title), JSON.stringify(onePerson)],
  );
}

// A record that came after its claim was taken over decides nothing, and may tell the person who settles everything.
const keepEvidence = `/* execution.evidence */ update holdpoint.executions
  set evidence = evidence || jsonb_build_object('epoch', $2::int, 'at', now(), 'state', $3::text, 'said', $4::text)
  where execution_id = $1`;

function evidenceParams(execution: Execution, settlement: Settlement): unknown[] {
  const said = settlement.state === "succeeded" ? settlement.result : settlement.error;
  return [execution.id, execution.epoch, settlement.state, storable(said)];
}

/** Text as Postgres can hold it: it has no place for NUL and for half a surrogate pair. */
export function storable<Text extends string | null>(text: Text): Text {
  return (text === null ? null : text.toWellFormed().replaceAll("\0", "\uFFFD")) as Text;
}

/** JSON text that jsonb takes: it refuses the same characters as text, in keys too. */
export function storableJson(value: Json | object): string {
  return JSON.stringify(value, (_, part: Json) => {
    if (typeof part === "string") return storable(part);
    if (!isJsonObject(part) || Object.keys(part).every((key) => storable(key) === key)) return part;
    return Object.fromEntries(Object.entries(part).map(([key, item]) => [storable(key), item]));
  });
}

export interface ExecutionRow {
  execution_id: string;
  action_id: string;
  review_id: string | null;
  thread_id: string;
  tool: string;
  args: string;
  args_hash: string;
  key: string;
  effect: EffectClass;
  state: ExecutionState;
  epoch: number;
  process_id: string;
  result: string | null;
  error: string | null;
  started_at: Date | string;
  settled_at: Date | string | null;
}

export function rowToExecution(row: ExecutionRow): Execution {
  return {
    id: row.execution_id,
    actionId: row.action_id,
    reviewId: row.review_id,
    threadId: row.thread_id,
    tool: row.tool,
    args: JSON.parse(row.args) as JsonObject,
    argsHash: row.args_hash,
    key: row.key,
    effect: row.effect,
    state: row.state,
    epoch: row.epoch,
    paused: row.state === "claimed" && row.process_id === nobody,
    result: row.result,
    error: row.error,
    startedAt: new Date(row.started_at),
    settledAt: row.settled_at === null ? null : new Date(row.settled_at),
  };
}

export async function listExecutions(
  db: Database,
  tenant: string,
  filter: { threadId?: string; limit: number },
): Promise<Execution[]> {
  const rows = await db.once<ExecutionRow>(
    { tenant },
    `/* execution.list */ select * from holdpoint.executions where ($1::text is null or thread_id = $1)
     order by started_at desc, execution_id limit $2`,
    [filter.threadId ?? null, filter.limit],
  );
  return rows.map(rowToExecution);
}
