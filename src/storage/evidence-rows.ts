// What the rules know of a conversation, in Postgres: results of executions that succeeded, and what the person wrote.
import type { JsonObject } from "../kernel/json.js";
import { resultFrom, type Evidence } from "../policies/evidence.js";
import type { EvidenceRead, EvidenceWanted } from "../review/evidence.js";
import type { Database } from "./database.js";
import { storable } from "./execution-rows.js";

/** The newest of each. What is older is not known, and a rule that wants it holds the call. */
export const mostResults = 500;
export const mostWords = 200;

export async function readEvidence(
  db: Database,
  tenant: string,
  { threadId, tools, words, said, now }: EvidenceWanted,
): Promise<EvidenceRead> {
  const [row] = await db.once<KnownRow & { now: Date; at: string; snapshot: string; by: string | null }>(
    { tenant },
    `/* evidence.read */ with said as (
       insert into holdpoint.words (tenant_id, thread_id, message_id, text)
       select $2, $1, s.message_id, s.text from unnest($5::text[], $6::text[]) with ordinality s (message_id, text, n)
       where $4 order by s.n
       on conflict do nothing
       returning word_no, text, said_in),
     results as (
       select tool, args, result, settled_at, execution_id from holdpoint.executions
       where thread_id = $1 and state = 'succeeded' and result is not null and tool = any ($3)
       order by settled_at desc, execution_id limit ${mostResults}),
     words as (
       select word_no, text from holdpoint.words where thread_id = $1 and $4 union all select word_no, text from said
       order by word_no desc limit ${mostWords})
     select coalesce((select json_agg(r order by settled_at, execution_id desc) from results r), '[]') as results,
       (select array_agg(text order by word_no) from words) as words, now() as now,
       to_json(now()) #>> '{}' as at, pg_current_snapshot()::text as snapshot, (select said_in::text from said limit 1) as by`,
    [
      threadId,
      tenant,
      tools,
      words,
      said.map(({ id }) => storable(id)),
      said.map(({ text }) => storable(text)),
    ],
    // Words that a crash takes are unknown, and what reads them holds.
    "later",
  );
  if (!row) throw new Error("Evidence was asked for and answered with no row.");
  const { at, snapshot, by } = row;
  return { ...rowToKnown(row), now: now ? row.now : null, asOf: { at, snapshot, by } };
}

export function rowToKnown({ results, words }: KnownRow): Omit<Evidence, "now"> {
  return {
    results: results.map(({ tool, args, result }) =>
      resultFrom(tool, JSON.parse(args) as JsonObject, result),
    ),
    words,
  };
}

export interface KnownRow {
  results: EarlierRow[];
  words: string[] | null;
}

/** Both as text: `args` is the canonical JSON that was hashed. */
interface EarlierRow {
  tool: string;
  args: string;
  result: string;
}
