// Standing approvals in Postgres. That none is overspent, used after its end or revoked in between stands in the where
// clauses here.
import { randomUUID } from "node:crypto";
import { isUuid } from "../kernel/ids.js";
import type { Principal } from "../kernel/principal.js";
import type { Hours, StandingApproval } from "../review/standing-approval.js";
import type { RolesOfNow } from "../review/deputies.js";
import type { Approvals } from "../review/use-approvals.js";
import type { Database } from "./database.js";
import { isStillDeputy } from "./deputy-rows.js";
import { storable, storableJson } from "./execution-rows.js";
import { isLent } from "./plan-rows.js";
import { isFreeFor, isOverdue } from "./review-clock.js";
import { decisionTakenBack } from "./review-undo.js";
import { askerOf } from "./run-statements.js";

export type NewStandingApproval = Pick<
  StandingApproval,
  | "tool"
  | "agent"
  | "threadId"
  | "cronId"
  | "when"
  | "maxAmount"
  | "perCall"
  | "currency"
  | "maxCount"
  | "until"
  | "hours"
  | "tier"
  | "reason"
>;

/** A cron that is gone may have been the reason, so it has to be there. */
export async function hasCron(db: Database, tenant: string, cronId: string): Promise<boolean> {
  if (!isUuid(cronId)) return false;
  const found = "/* standing.cron */ select from holdpoint.crons where cron_id = $1";
  return (await db.once({ tenant }, found, [cronId])).length > 0;
}

/** Made, with the signature of who made it. */
export async function makeApproval(
  db: Database,
  by: Principal,
  made: NewStandingApproval,
): Promise<StandingApproval> {
  const id = randomUUID();
  const [row] = await db.once<ApprovalRow>(
    { tenant: by.tenant },
    `/* standing.make */ with made as (
       insert into holdpoint.standing_approvals (approval_id, tenant_id, tool, agent, thread_id, cron_id, condition, max_amount,
         per_call, currency, max_count, until, hours, tier, reason)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) returning *),
     signed as (
       insert into holdpoint.standing_signatures (tenant_id, approval_id, person_id, person)
       select tenant_id, approval_id, $16, $17 from made returning person)
     select made.*, jsonb_build_array(signed.person) as signers from made, signed`,
    [
      id,
      by.tenant,
      made.tool,
      made.agent,
      made.threadId,
      made.cronId,
      made.when,
      made.maxAmount,
      made.perCall,
      made.currency,
      made.maxCount,
      made.until,
      made.hours && JSON.stringify(made.hours),
      made.tier,
      storable(made.reason),
      by.id,
      storableJson(by),
    ],
  );
  if (!row) throw new Error("A standing approval was made and is not on record.");
  return rowToApproval(row);
}

/** The newest first. */
export async function listApprovals(
  db: Database,
  tenant: string,
  { isLive, limit }: { isLive: boolean; limit: number },
): Promise<StandingApproval[]> {
  const rows = await db.once<ApprovalRow>(
    { tenant },
    `/* standing.list */ ${selectApproval} where not $1 or ${isLiveNow("s")}
     order by s.created_at desc, s.approval_id limit $2`,
    [isLive, limit],
  );
  return rows.map(rowToApproval);
}

export async function findApproval(
  db: Database,
  tenant: string,
  id: string,
): Promise<StandingApproval | null> {
  if (!isUuid(id)) return null;
  const [row] = await db.once<ApprovalRow>(
    { tenant },
    `/* standing.find */ ${selectApproval} where s.approval_id = $1`,
    [id],
  );
  return row ? rowToApproval(row) : null;
}

/** Signs it beside the others; false where it is over. Whoever signed it before has signed it. */
export async function signApproval(db: Database, by: Principal, id: string): Promise<boolean> {
  const rows = await db.once(
    { tenant: by.tenant },
    `/* standing.sign */ with live as (
       select tenant_id, approval_id from holdpoint.standing_approvals s where approval_id = $1 and ${isLiveNow("s")} for share),
     signed as (
       insert into holdpoint.standing_signatures (tenant_id, approval_id, person_id, person)
       select tenant_id, approval_id, $2, $3 from live on conflict do nothing)
     select from live`,
    [id, by.id, storableJson(by)],
  );
  return rows.length > 0;
}

/**
 * Takes it back at once: what it released and nobody has begun waits for a person again. False where somebody had taken it
 * back before.
 */
export async function revokeApproval(db: Database, by: Principal, id: string, why: string): Promise<boolean> {
  return db.transaction({ tenant: by.tenant }, async (sql) => {
    const revoked = await sql.query(
      `/* standing.revoke */ update holdpoint.standing_approvals
       set revoked_at = now(), revoked_by = $2, revoked_why = $3
       where approval_id = $1 and revoked_at is null returning approval_id`,
      [id, storableJson(by), storable(why)],
    );
    // By itself, and after: a use that came first is waited for above, and then seen here.
    if (revoked.length > 0) await sql.query(reopen, [id, storableJson(by)]);
    return revoked.length > 0;
  });
}

const reopen = `/* standing.reopen */ with reopened as (
    update holdpoint.reviews r set status = 'open', version = version + 1, decided_at = null
    where r.status = 'decided' and r.review_id in (
        select d.review_id from holdpoint.decisions d where d.approval_id = $1 and d.undone_at is null)
      and not exists (select from holdpoint.executions e where e.action_id = r.action_id)
    returning r.review_id),
  ${decisionTakenBack("reopened", "$2")}
  select review_id from taken_back`;

export function approvalsOn(db: Database, rolesOfNow: RolesOfNow, tell: (tenant: string) => void): Approvals {
  return {
    async live({ tenant, threadId, runId, principal }, { graphId, tools }) {
      const rows = await db.once<ApprovalRow & { asked_by: Principal | null; now: Date }>(
        { tenant },
        `/* standing.live */ select live.*, ${askerOf("$5::uuid")} as asked_by, clock_timestamp() as now from (
           ${selectApprovalBy(isStillDeputy("g.person"))}
           where s.tenant_id = $1 and s.tool = any ($2::text[]) and ${isLiveNow("s")} and ${isLent("s")}
             and coalesce(s.agent, $3) = $3 and coalesce(s.thread_id, $4) = $4) live
         order by live.until, live.approval_id limit ${mostTried}`,
        [tenant, tools, graphId, threadId, runId],
      );
      return {
        approvals: rows
          .map(rowToApproval)
          .map((one) => ({ ...one, signers: asOfNow(rolesOfNow, tenant, one.signers) })),
        asker: rows[0]?.asked_by ?? principal,
        // Where nothing is live, nothing asks what time it is.
        now: rows[0]?.now ?? new Date(0),
      };
    },

    async use({ tenant, runId }, approval, call, { amount, signers, closesAt }) {
      const rows = await db.once({ tenant }, use, [
        approval.id,
        call.actionId,
        call.argsHash,
        storableJson(call.assessment.reasons),
        amount,
        runId,
        randomUUID(),
        storableJson(signers[0]),
        storableJson(signers),
        closesAt,
      ]);
      if (rows.length > 0) tell(tenant);
      return rows.length > 0;
    },
  };
}

/** With the roles that they have by now: who has lost one since lends it to nothing any more. */
export function asOfNow(rolesOfNow: RolesOfNow, tenant: string, signers: readonly Principal[]): Principal[] {
  return signers.map((signer) => ({ ...signer, roles: rolesNow(rolesOfNow, tenant, signer) }));
}

/** Whoever decided a plan in another's stead has of their roles what they were given and the other one still holds. */
function rolesNow(
  rolesOfNow: RolesOfNow,
  tenant: string,
  { id, roles, onBehalfOf }: Principal,
): readonly string[] {
  if (!onBehalfOf) return rolesOfNow(tenant, id) ?? roles;
  const giver = rolesOfNow(tenant, onBehalfOf.id);
  const given = onBehalfOf.roles.filter(
    (role) => giver === null || giver.includes("*") || giver.includes(role),
  );
  return [...(rolesOfNow(tenant, id) ?? onBehalfOf.ownRoles), ...given];
}

/** Of one tool; more than these are not looked at. */
const mostTried = 100;

const isLiveNow = (s: string): string =>
  `(${s}.revoked_at is null and ${s}.until > now() and ${s}.used_count < ${s}.max_count)`;

/** By the database's clock. Of a calendar that it names was read until when it is open. */
const isInHours = (s: string, closesAt: string): string => `(case jsonb_typeof(${s}.hours)
    when 'string' then clock_timestamp() < ${closesAt} else ${s}.hours is null or ${isInOwnHours(s)} end)`;

/** On the wall of the zone. Hours over midnight belong to the day they begin on. */
const isInOwnHours = (s: string): string => `exists (
    select from (select now() at time zone (${s}.hours ->> 'zone') as at) here, lateral (
      select to_char(here.at, 'HH24:MI') as clock, ${s}.hours ->> 'from' as opens, ${s}.hours ->> 'to' as closes) its
    where ${isOnADay(s, "here.at")} and its.clock >= its.opens and (its.clock < its.closes or its.closes < its.opens)
      or ${isOnADay(s, "here.at - interval '1 day'")} and its.closes < its.opens and its.clock < its.closes)`;

const isOnADay = (s: string, at: string): string =>
  `${s}.hours -> 'days' ? (array['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'])[extract(isodow from ${at})::int]`;

/**
 * The review is locked first, then the budget: whoever else has the last of it is waited for, and then seen. The reasons are
 * compared since what was recorded when the call was first proposed may say more than what is seen of it now.
 */
const use = `/* standing.use */ with due as (
    select r.review_id, r.tenant_id, r.thread_id, r.graph_id, r.tool, r.args_hash from holdpoint.reviews r
    where r.action_id = $2 and r.kind = 'review' and r.status = 'open' and r.args_hash = $3 and r.reasons = $4::jsonb
      and not r.is_drafted and not ${isOverdue("r")} and ${isFreeFor("r", "null")}
    for update),
  taken as (
    update holdpoint.standing_approvals s set used_count = s.used_count + 1, used_amount = s.used_amount + $5::numeric
    from due
    where s.approval_id = $1 and s.tool = due.tool and coalesce(s.agent, due.graph_id) = due.graph_id
      and coalesce(s.thread_id, due.thread_id) = due.thread_id and coalesce(s.args_hash, due.args_hash) = due.args_hash
      and s.revoked_at is null and s.until > clock_timestamp() and s.used_count < s.max_count
      and (s.max_amount is null or s.used_amount + $5::numeric <= s.max_amount)
      and (s.cron_id is null or exists (
        select from holdpoint.runs u where u.run_id = $6::uuid and u.thread_id = due.thread_id and u.cron_id = s.cron_id))
      and ${isInHours("s", "$10::timestamptz")} and ${isLent("s")}
      and not exists (select from jsonb_array_elements($9::jsonb) signer (person) where not ${isStillDeputy("signer.person")})
    returning s.approval_id, s.reason),
  decided as (
    update holdpoint.reviews r set status = 'decided', version = r.version + 1, decided_at = now()
    from due, taken where r.review_id = due.review_id
    returning r.tenant_id, r.review_id, r.action_id, r.args, r.args_hash),
  recorded as (
    insert into holdpoint.decisions (decision_id, tenant_id, review_id, action_id, type, args, args_hash, seen_hash, reason,
      decided_by, approved_by, approval_id)
    select $7, decided.tenant_id, review_id, action_id, 'approve', args, args_hash, args_hash, taken.reason, $8, $9,
      taken.approval_id
    from decided, taken),
  used as (
    insert into holdpoint.standing_uses (tenant_id, approval_id, action_id, decision_id, amount)
    select decided.tenant_id, taken.approval_id, decided.action_id, $7, $5::numeric from decided, taken)
  select review_id from decided`;

const selectApprovalBy = (
  isSigner: string,
  more = "",
): string => `select s.*${more}, (select coalesce(jsonb_agg(g.person order by g.signed_at, g.person_id), '[]')
    from holdpoint.standing_signatures g where g.approval_id = s.approval_id and ${isSigner}) as signers
  from holdpoint.standing_approvals s`;
/** With whoever signed in another's stead and may no longer. */
const selectApproval = selectApprovalBy(
  "true",
  `, array(select g.person_id from holdpoint.standing_signatures g
      where g.approval_id = s.approval_id and not ${isStillDeputy("g.person")}) as lapsed`,
);

interface ApprovalRow {
  approval_id: string;
  tool: string;
  agent: string | null;
  thread_id: string | null;
  cron_id: string | null;
  condition: string | null;
  args_hash: string | null;
  /** Postgres writes a numeric as text. */
  max_amount: string | null;
  per_call: string | null;
  currency: string | null;
  max_count: number;
  until: Date;
  hours: Hours | string | null;
  tier: string;
  reason: string;
  plan_review_id: string | null;
  created_at: Date;
  used_count: number;
  used_amount: string;
  revoked_by: Principal | null;
  revoked_why: string | null;
  revoked_at: Date | null;
  signers: Principal[];
  /** Where it is not asked for, they are left out. */
  lapsed?: string[];
}

function rowToApproval(row: ApprovalRow): StandingApproval {
  const { revoked_by: by, revoked_why: why, revoked_at: at } = row;
  return {
    id: row.approval_id,
    tool: row.tool,
    agent: row.agent,
    threadId: row.thread_id,
    cronId: row.cron_id,
    when: row.condition,
    argsHash: row.args_hash,
    maxAmount: row.max_amount === null ? null : Number(row.max_amount),
    perCall: row.per_call === null ? null : Number(row.per_call),
    currency: row.currency,
    maxCount: row.max_count,
    until: row.until,
    hours: row.hours,
    tier: row.tier,
    reason: row.reason,
    planReviewId: row.plan_review_id,
    createdAt: row.created_at,
    signers: row.signers,
    lapsed: row.lapsed ?? [],
    usedCount: row.used_count,
    usedAmount: Number(row.used_amount),
    revoked: by && at ? { by, why: why ?? "", at } : null,
  };
}
