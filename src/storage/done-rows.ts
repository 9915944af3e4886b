// What was done before a call: in its thread, and by its tool in any conversation.
import type { JsonObject } from "../kernel/json.js";
import type { Complained } from "../risk/complaints.js";
import type { RefusedBefore } from "../risk/signals.js";
import type { AskedBefore, DoneBefore } from "../review/store.js";
import { rowsToAnswers, selectAnswers, type AnswerRow } from "./answer-rows.js";
import type { Database, Statement } from "./database.js";

/** Enough to know what is usual. */
const mostCarriedOut = 100;

/** In one round trip, and a statement for each kind: of a single one that asks for all, Postgres keeps no plan. */
export async function readDone(
  db: Database,
  { tenant, threadId }: { tenant: string; threadId: string },
  { calls, tools, answers: areAnswersAsked }: AskedBefore,
): Promise<DoneBefore> {
  if (calls.length + tools.length === 0)
    return { claimed: new Set(), carriedOut: new Map(), complaints: new Map(), refused: null, answers: [] };
  const [claimed = [], judged = [], ...rest] = await db.batch({ tenant }, [
    selectClaimed(threadId, calls),
    selectLastJudged(tenant, threadId),
    ...tools.map((tool) => selectOfTool(tenant, tool)),
    ...(areAnswersAsked ? [selectAnswers(threadId)] : []),
  ]);
  const ofTools = tools.map((tool, index) => ({ tool, rows: (rest[index] ?? []) as OfToolRow[] }));
  return {
    claimed: new Set((claimed as ClaimedRow[]).map((row) => `${row.tool} ${row.args_hash}`)),
    carriedOut: new Map(ofTools.map(({ tool, rows }) => [tool, rows.flatMap(carriedOutIn)])),
    complaints: new Map(ofTools.map(({ tool, rows }) => [tool, rows.flatMap(complainedIn)])),
    refused: refusedIn(judged as JudgedRow[]),
    answers: rowsToAnswers((rest[tools.length] ?? []) as AnswerRow[]),
  };
}

interface ClaimedRow {
  tool: string;
  args_hash: string;
}

interface JudgedRow {
  tool: string;
  came_of: RefusedBefore["by"] | "approve";
}

function refusedIn([last]: JudgedRow[]): RefusedBefore | null {
  return !last || last.came_of === "approve" ? null : { tool: last.tool, by: last.came_of };
}

interface OfToolRow {
  args: string;
  complaint: string | null;
}

function carriedOutIn({ args, complaint }: OfToolRow): JsonObject[] {
  return complaint === null ? [JSON.parse(args) as JsonObject] : [];
}

function complainedIn({ args, complaint }: OfToolRow): Complained[] {
  return complaint === null ? [] : [{ args: JSON.parse(args) as JsonObject, text: complaint }];
}

function selectClaimed(threadId: string, calls: AskedBefore["calls"]): Statement {
  return {
    text: `/* action.claimed */ select distinct tool, args_hash from holdpoint.executions
      where thread_id = $1 and args_hash = any ($2)`,
    params: [threadId, calls.map((call) => call.argsHash)],
  };
}

/**
 * By the policy, or by a person who looked at it. That nobody could run it, or nobody was there to decide, says nothing
 * of the agent; words that people finish are meant to be changed.
 */
function selectLastJudged(tenant: string, threadId: string): Statement {
  return {
    text: `/* action.judged-last */ select tool, came_of from (
      (select a.tool, 'policy' as came_of, a.created_at as at from holdpoint.actions a
      where a.tenant_id = $1 and a.thread_id = $2 and a.route = 'refuse' and not exists (
        select from jsonb_array_elements(a.assessment -> 'reasons') as why where why ->> 'rule' = any ($3))
      order by a.created_at desc limit 1)
      union all
      (select a.tool, case when d.type = 'approve' and d.args_hash <> a.args_hash then 'edit' else d.type end, d.decided_at
      from holdpoint.reviews r join holdpoint.actions a using (action_id)
        join holdpoint.decisions d on d.review_id = r.review_id and d.undone_at is null and d.approval_id is null
      where r.tenant_id = $1 and r.thread_id = $2 and r.kind = 'review'
        and (not r.is_drafted or d.type in ('reject', 'respond'))
      order by d.decided_at desc limit 1)) as judged
      order by at desc limit 1`,
    params: [tenant, threadId, aboutNothing],
  };
}

const aboutNothing = ["unknown-tool", "arguments-unreadable", "arguments-invalid", "nobody-decides"];

function selectOfTool(tenant: string, tool: string): Statement {
  return {
    text: `/* action.before */ (select args, null as complaint from holdpoint.executions
      where tenant_id = $1 and tool = $2 and state = 'succeeded' order by started_at desc limit ${mostCarriedOut})
      union all
      (select e.args, c.text from holdpoint.complaints c join holdpoint.executions e using (execution_id)
      where c.tenant_id = $1 and c.tool = $2 order by c.at desc limit ${mostCarriedOut})`,
    params: [tenant, tool],
  };
}
