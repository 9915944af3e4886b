// Calls on record with what could be known when they were judged. A snapshot tells which rows that was.
import type { JsonObject } from "../kernel/json.js";
import type { Reads } from "../policies/evidence.js";
import type { RiskAssessment } from "../policies/words.js";
import type { JudgedCall } from "../review/judge-again.js";
import type { Judged } from "../review/judged.js";
import type { DecisionType, ExecutionState } from "../review/types.js";
import type { Database } from "./database.js";
import { mostResults, mostWords, rowToKnown, type KnownRow } from "./evidence-rows.js";

/** A place in the calls of an agent, in the order in which they were proposed. */
export interface Place {
  at: string;
  id: string;
}

export interface PageOfCalls {
  calls: JudgedCall[];
  /** Of the last one; null: there was none. */
  end: Place | null;
}

/** @param where of the actions `a`, and their order; its parameters begin at $3 */
export async function selectJudgedCalls(
  db: Database,
  tenant: string,
  { tools, words }: Reads,
  where: string,
  params: readonly unknown[],
): Promise<JudgedCall[]> {
  const text = `/* judged.select */ ${selectJudged} ${where}`;
  const rows = await db.once<JudgedRow>({ tenant }, text, [tools, words, ...params]);
  return rows.map(rowToJudged);
}

/** The next calls of an agent after a place, the oldest first, with what `reads` wants to know. */
export async function judgedCalls(
  db: Database,
  tenant: string,
  wanted: {
    graphId: string;
    reads: Reads;
    /** From when on; null: all. */
    since: string | null;
    until: string;
    after: Place | null;
    limit: number;
  },
): Promise<PageOfCalls> {
  const { graphId, reads, since, until, after, limit } = wanted;
  const rows = await db.once<JudgedRow>(
    { tenant },
    `/* judged.page */ ${selectJudged}
     where a.tenant_id = $3 and a.graph_id = $4 and a.created_at <= $5
       and a.created_at >= coalesce($6, '-infinity'::timestamptz)
       and (a.created_at, a.action_id) > (coalesce($7, '-infinity'::timestamptz), coalesce($8, ''))
     order by a.created_at, a.action_id limit $9`,
    [reads.tools, reads.words, tenant, graphId, until, since, after?.at ?? null, after?.id ?? null, limit],
  );
  const last = rows.at(-1);
  return { calls: rows.map(rowToJudged), end: last ? { at: last.place, id: last.action_id } : null };
}

export async function judgedCall(
  db: Database,
  tenant: string,
  actionId: string,
  reads: Reads,
): Promise<JudgedCall | null> {
  const [row] = await db.once<JudgedRow>(
    { tenant },
    `/* judged.one */ ${selectJudged} where a.action_id = $3`,
    [reads.tools, reads.words, actionId],
  );
  return row ? rowToJudged(row) : null;
}

export async function agentOfCall(db: Database, tenant: string, actionId: string): Promise<string | null> {
  const [row] = await db.once<{ graph_id: string }>(
    { tenant },
    "/* judged.agent */ select graph_id from holdpoint.actions where action_id = $1",
    [actionId],
  );
  return row?.graph_id ?? null;
}

/** Whether there is such a thread, or calls of one that is gone. */
export async function isThreadKnown(db: Database, tenant: string, threadId: string): Promise<boolean> {
  const rows = await db.once(
    { tenant },
    `/* judged.thread */ select where exists (select from holdpoint.threads where thread_id = $1)
       or exists (select from holdpoint.actions where thread_id = $1)`,
    [threadId],
  );
  return rows.length > 0;
}

/** How many calls of each agent there are up to now, and when that is. */
export async function countCalls(
  db: Database,
  tenant: string,
  since: string | null,
): Promise<{ until: string; byAgent: ReadonlyMap<string, number> }> {
  const rows = await db.once<{ until: string; graph_id: string | null; calls: number }>(
    { tenant },
    `/* judged.count */ select to_json(now()) #>> '{}' as until, c.graph_id, coalesce(c.calls, 0)::int as calls
     from (select 1) one left join (select graph_id, count(*) as calls from holdpoint.actions
       where tenant_id = $1 and created_at <= now() and created_at >= coalesce($2, '-infinity'::timestamptz)
         and graph_id not like 'policy:%'
       group by graph_id) c on true
     order by c.graph_id`,
    [tenant, since],
  );
  return {
    until: rows[0]?.until ?? "",
    byAgent: new Map(rows.flatMap((row) => (row.graph_id === null ? [] : [[row.graph_id, row.calls]]))),
  };
}

// A snapshot that was taken in another cluster (a restored copy) says nothing of what was written since, which is later.
const selectJudged = `select a.action_id, a.thread_id, a.graph_id, a.tool, a.args, a.args_hash, a.assessment, a.judged,
    a.judged_at, a.created_at, to_json(a.created_at) #>> '{}' as place,
    (select d.type from holdpoint.decisions d join holdpoint.reviews r using (review_id)
     where r.action_id = a.action_id and r.kind <> 'settle' and d.undone_at is null
     order by d.decided_at desc limit 1) as decision,
    (select e.state from holdpoint.executions e where e.action_id = a.action_id) as execution,
    (select coalesce(json_agg(e order by e.settled_at, e.execution_id desc), '[]') from (
       select tool, args, result, settled_at, execution_id from holdpoint.executions e
       where e.thread_id = a.thread_id and e.state = 'succeeded' and e.result is not null and e.tool = any ($1::text[])
         and pg_visible_in_snapshot(e.settled_in, a.judged_in) and e.settled_at <= a.created_at
       order by e.settled_at desc, e.execution_id limit ${mostResults}) e) as results,
    (select array_agg(w.text order by w.word_no) from (
       select word_no, text from holdpoint.words w
       where $2 and w.tenant_id = a.tenant_id and w.thread_id = a.thread_id and w.said_at <= a.created_at
         and (pg_visible_in_snapshot(w.said_in, a.judged_in) or w.said_in = a.judged_by)
       order by w.word_no desc limit ${mostWords}) w) as words
  from holdpoint.actions a`;

interface JudgedRow extends KnownRow {
  action_id: string;
  thread_id: string;
  graph_id: string;
  tool: string;
  args: string;
  args_hash: string;
  assessment: RiskAssessment;
  judged: Judged | null;
  judged_at: Date | null;
  created_at: Date;
  place: string;
  decision: DecisionType | null;
  execution: ExecutionState | null;
}

function rowToJudged(row: JudgedRow): JudgedCall {
  return {
    id: row.action_id,
    threadId: row.thread_id,
    graphId: row.graph_id,
    tool: row.tool,
    args: JSON.parse(row.args) as JsonObject,
    argsHash: row.args_hash,
    assessment: row.assessment,
    judged: row.judged,
    evidence: { ...rowToKnown(row), now: row.judged_at },
    createdAt: row.created_at,
    decision: row.decision,
    execution: row.execution,
  };
}
