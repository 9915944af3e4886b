// What an owner reports of a period: what became of its calls, how people decided, and what they changed. Changes of a
// policy are calls as well (`policy:…`), and told apart.
import { ends, type Counted, type End, type Fate } from "../metrics/report.js";
import type { Database, Statement } from "./database.js";
import type { PutBy } from "./policy-rows.js";

export interface Period {
  since: Date;
  /** Not in it. */
  until: Date;
}

export interface ReportRows {
  calls: Counted[];
  decisions: Decisions;
  events: Events;
  policies: PolicyTerm[];
}

/** By people, one call at a time: what was approved in advance is no decision of the period. */
export interface Decisions {
  approve: number;
  edit: number;
  reject: number;
  respond: number;
  /** From the opening to the decision; null where there was none. */
  medianSeconds: number | null;
  p90Seconds: number | null;
  /** How many people decided, and how many of the decisions were the busiest one's. */
  people: number;
  busiest: number;
}

export interface Events {
  escalated: number;
  expired: number;
  extended: number;
  undone: number;
  complaints: number;
  stops: number;
}

export interface PolicyTerm {
  agent: string;
  version: string;
  since: Date;
  /** Null: it is in force. */
  until: Date | null;
  by: PutBy;
}

export async function readReport(db: Database, tenant: string, period: Period): Promise<ReportRows> {
  const [calls, [decisions], [events], policies] = (await db.batch(
    { tenant },
    reportStatements(tenant, period),
  )) as [CallRow[], Decisions[], Events[], PolicyTerm[]];
  if (!decisions || !events) throw new Error("Counts came back without a row.");
  return { calls: calls.map(rowToCounted), decisions, events, policies };
}

export function reportStatements(tenant: string, { since, until }: Period): Statement[] {
  return [countCalls, countDecisions, countEvents, listTerms].map((text) => ({
    text,
    params: [tenant, since, until],
  }));
}

type CallRow = { agent: string; tool: string; fate: Fate; calls: number } & Record<End, number>;

function rowToCounted({ agent, tool, fate, calls, ...ended }: CallRow): Counted {
  return { agent, tool, fate, calls, ended };
}

const within = (time: string): string => `${time} >= $2 and ${time} < $3`;
const isOfCall = (of: string): string => `${of}.graph_id not like 'policy:%'`;

/** In one statement, and so of one moment: a call is counted once, however it goes on meanwhile. */
const countCalls = `/* report.calls */ select a.graph_id as agent, a.tool,
    case
      when e.execution_id is not null then case
        when e.review_id is null then 'unasked'
        when d.approval_id is not null then 'inAdvance'
        when d.type = 'edit' or d.args_hash <> a.args_hash then 'edited'
        else 'approved' end
      when a.route = 'refuse' then 'forbidden'
      when r.status in ('open', 'claimed') then 'waiting'
      when r.status = 'expired' then 'expired'
      when r.status = 'superseded' then 'withdrawn'
      when d.type = 'reject' then 'rejected'
      when d.type = 'respond' then 'answered'
      when d.approval_id is null and d.type in ('approve', 'edit') then 'released'
      else 'proposed'
    end as fate,
    count(*)::int as calls,
    ${ends.map((end) => `count(*) filter (where e.state = '${end}')::int as ${end}`).join(", ")}
  from holdpoint.actions a
  left join holdpoint.executions e on e.tenant_id = $1 and e.action_id = a.action_id
  left join lateral (select status from holdpoint.reviews
    where tenant_id = $1 and action_id = a.action_id order by opened_at desc limit 1) r on true
  left join lateral (select type, approval_id, args_hash from holdpoint.decisions
    where tenant_id = $1 and action_id = a.action_id and type in ('approve', 'edit', 'reject', 'respond')
    order by decided_at desc limit 1) d on true
  where a.tenant_id = $1 and ${isOfCall("a")} and ${within("a.created_at")}
  group by 1, 2, 3 order by 1, 2, 3`;

const countDecisions = `/* report.decisions */ with made as (
    select d.type, d.decided_by ->> 'id' as who, extract(epoch from d.decided_at - r.opened_at)::float8 as took
    from holdpoint.decisions d join holdpoint.reviews r using (review_id)
    where d.tenant_id = $1 and r.tenant_id = $1 and ${within("d.decided_at")} and d.undone_at is null
      and d.approval_id is null and d.type in ('approve', 'edit', 'reject', 'respond') and ${isOfCall("r")})
  select ${["approve", "edit", "reject", "respond"].map((type) => `count(*) filter (where type = '${type}')::int as ${type}`).join(", ")},
    percentile_cont(0.5) within group (order by took) as "medianSeconds",
    percentile_cont(0.9) within group (order by took) as "p90Seconds",
    count(distinct who)::int as people,
    coalesce((select max(n)::int from (select count(*) as n from made group by who) by_person), 0) as busiest
  from made`;

const countEvents = `/* report.events */ select told.*,
    (select count(*)::int from holdpoint.complaints where tenant_id = $1 and ${within("at")}) as complaints,
    (select count(*)::int from holdpoint.stops where (tenant_id = $1 or tenant_id is null) and ${within("at")}) as stops
  from (select ${["escalated", "expired", "extended", "undone"].map((kind) => `count(*) filter (where kind = '${kind}')::int as ${kind}`).join(", ")}
    from holdpoint.review_events where tenant_id = $1 and ${within("at")}) told`;

/** Whatever was in force at some time of the period. */
const listTerms = `/* report.policies */ select * from (
    select graph_id as agent, version, since, lead(since) over (partition by graph_id order by term_no) as until, by_whom as by
    from holdpoint.policy_terms where tenant_id = $1) terms
  where since < $3 and coalesce(until > $2, true) order by agent, since`;
