// Where everything of a tenant stands, in columns: how many there are, and the newest. The tenant is named beside
// row-level security, whose two policies are an `or` that no index serves.
import type { RiskLevel } from "../policies/words.js";
import type { Database, Statement } from "./database.js";

export interface BoardCard {
  id: string;
  title: string | null;
  tool: string | null;
  agent: string;
  at: Date;
  threadId: string;
  reviewId: string | null;
  level: RiskLevel | null;
  what: CardWord;
  by: string | null;
}

export type CardWord =
  | "run"
  | "call"
  | "question"
  | "ask"
  | "handover"
  | "plan"
  | "settle"
  | "failed"
  | "rejected"
  | "answered"
  | "withdrawn"
  | "expired"
  | "forbidden";

const columns = ["queued", "working", "waiting", "decided", "executed", "unknown", "refused"] as const;
type Column = (typeof columns)[number];

export type Board = Record<Column, { count: number; cards: BoardCard[] }> & { ranWithoutAsking: number };

/** @param since from when on what came to an end is counted and shown. */
export async function readBoard(db: Database, tenant: string, since: Date, newest: number): Promise<Board> {
  const [[counts], ...rows] = (await db.batch({ tenant }, boardStatements(tenant, since, newest))) as [
    Counts[],
    ...CardRow[][],
  ];
  const shown = columns.map((column, index) => [
    column,
    { count: counts?.[column] ?? 0, cards: (rows[index] ?? []).map(rowToCard) },
  ]);
  return { ...Object.fromEntries(shown), ranWithoutAsking: counts?.ran_without_asking ?? 0 } as Board;
}

/** How many, then the newest of each column. */
export function boardStatements(tenant: string, since: Date, newest: number): Statement[] {
  return [
    { text: countAll, params: [tenant, since] },
    ...columns.map((column) => ({
      text: `/* board.${column} */ select * from (${cards[column]}) c order by at desc, id limit $2`,
      params: isOfToday(column) ? [tenant, newest, since] : [tenant, newest],
    })),
  ];
}

function isOfToday(column: Column): boolean {
  return column === "executed" || column === "unknown" || column === "refused";
}

type Counts = Record<Column | "ran_without_asking", number>;

interface CardRow {
  id: string;
  title: string | null;
  tool: string | null;
  agent: string;
  at: Date;
  thread_id: string;
  review_id: string | null;
  level: RiskLevel | null;
  what: CardWord;
  by: string | null;
}

function rowToCard({ thread_id: threadId, review_id: reviewId, ...row }: CardRow): BoardCard {
  return { ...row, threadId, reviewId };
}

const isHeld = `exists (select from holdpoint.reviews v
  where v.thread_id = u.thread_id and v.tenant_id = u.tenant_id and v.status in ('open', 'claimed'))`;
const queued = "u.tenant_id = $1 and u.status = 'pending'";
const working = `u.tenant_id = $1 and u.status = 'running' and not ${isHeld}`;
const waiting = "r.tenant_id = $1 and r.status in ('open', 'claimed')";
const decided = "r.tenant_id = $1 and r.status = 'decided'";
const running = "e.tenant_id = $1 and e.state = 'claimed' and e.review_id is not null";
const ended = (since: string): string =>
  `e.tenant_id = $1 and e.state in ('succeeded', 'failed') and e.settled_at >= ${since}`;
const unknown = (since: string): string =>
  `e.tenant_id = $1 and e.state = 'unknown' and e.started_at >= ${since}`;
const answered = (since: string): string => `r.tenant_id = $1 and r.decided_at >= ${since}
  and r.status = 'resumed' and r.kind in ('review', 'reply', 'plan') and d.undone_at is null and d.type in ('reject', 'respond')
  and d.tenant_id = $1 and d.decided_at >= ${since}`;
const withdrawn = (since: string): string =>
  `r.tenant_id = $1 and r.status in ('expired', 'superseded') and r.resumed_at >= ${since}`;
const forbidden = (since: string): string =>
  `a.tenant_id = $1 and a.route = 'refuse' and a.created_at >= ${since}`;

const count = (from: string, where: string): string =>
  `(select count(*)::int from holdpoint.${from} where ${where})`;

const countAll = `/* board.count */ select
  ${count("runs u", queued)} as queued,
  ${count("runs u", working)} as working,
  ${count("reviews r", waiting)} as waiting,
  ${count("reviews r", decided)} + ${count("executions e", running)} as decided,
  ran.executed, ran.ran_without_asking,
  ${count("executions e", unknown("$2"))} as unknown,
  ${count("reviews r join holdpoint.decisions d using (review_id)", answered("$2"))}
    + ${count("reviews r", withdrawn("$2"))} + ${count("actions a", forbidden("$2"))} as refused
  from (select count(e.review_id)::int as executed, (count(*) - count(e.review_id))::int as ran_without_asking
    from holdpoint.executions e where ${ended("$2")}) ran`;

/** What its caller said last, where it is text. */
const said = "left(u.payload #>> '{input,messages,-1,content}', 300)";
const run = (where: string, at: string): string =>
  `select u.run_id::text as id, ${said} as title, null as tool, u.graph_id as agent, u.${at} as at, u.thread_id,
     null::uuid as review_id, null as level, 'run' as what, null as by
   from holdpoint.runs u where ${where}`;

const newest = (select: string, at: string): string => `(${select} order by ${at} desc limit $2)`;
const ofReview = `r.review_id::text as id, r.title, r.tool, r.graph_id as agent`;
const whatItIs = "case r.kind when 'review' then 'call' else r.kind end";
const decider = `(select d.decided_by ->> 'id' from holdpoint.decisions d
  where d.review_id = r.review_id and d.undone_at is null)`;

/** Of an action that was never put before anybody there is no title. */
const ofExecution = (at: string, what: string): string =>
  `select e.execution_id::text as id, coalesce(r.title, e.tool) as title, e.tool, a.graph_id as agent, e.${at} as at,
     e.thread_id, r.review_id, a.assessment ->> 'level' as level, ${what} as what, ${decider} as by
   from holdpoint.executions e join holdpoint.actions a using (action_id)
   left join holdpoint.reviews r on r.review_id = e.review_id`;

const cards: Record<Column, string> = {
  queued: newest(run(queued, "created_at"), "u.created_at"),
  working: newest(run(working, "started_at"), "u.started_at"),
  waiting: newest(
    `select ${ofReview}, r.opened_at as at, r.thread_id, r.review_id, r.level, ${whatItIs} as what,
       r.claimed_by ->> 'id' as by from holdpoint.reviews r where ${waiting}`,
    "r.opened_at",
  ),
  decided: `${newest(
    `select ${ofReview}, r.decided_at as at, r.thread_id, r.review_id, r.level, ${whatItIs} as what, ${decider} as by
     from holdpoint.reviews r where ${decided}`,
    "r.decided_at",
  )} union all ${newest(`${ofExecution("started_at", "'call'")} where ${running}`, "e.started_at")}`,
  executed: newest(
    `${ofExecution("settled_at", "case e.state when 'failed' then 'failed' else 'call' end")}
     where ${ended("$3")} and e.review_id is not null`,
    "e.settled_at",
  ),
  unknown: newest(`${ofExecution("started_at", "'settle'")} where ${unknown("$3")}`, "e.started_at"),
  refused: `${newest(
    `select ${ofReview}, r.decided_at as at, r.thread_id, r.review_id, r.level,
       case d.type when 'reject' then 'rejected' else 'answered' end as what, d.decided_by ->> 'id' as by
     from holdpoint.reviews r join holdpoint.decisions d using (review_id) where ${answered("$3")}`,
    "r.decided_at",
  )} union all ${newest(
    `select ${ofReview}, r.resumed_at as at, r.thread_id, r.review_id, r.level,
       case r.status when 'expired' then 'expired' else 'withdrawn' end as what, null as by
     from holdpoint.reviews r where ${withdrawn("$3")}`,
    "r.resumed_at",
  )} union all ${newest(
    `select a.action_id as id, a.tool as title, a.tool, a.graph_id as agent, a.created_at as at, a.thread_id,
       null::uuid as review_id, a.assessment ->> 'level' as level, 'forbidden' as what, null as by
     from holdpoint.actions a where ${forbidden("$3")}`,
    "a.created_at",
  )}`,
};
