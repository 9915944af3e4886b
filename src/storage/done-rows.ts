// What was done before a call: in its thread, and by its tool in any conversation.
import type { JsonObject } from "../kernel/json.js";
import type { Complained } from "../risk/complaints.js";
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
    return { claimed: new Set(), carriedOut: new Map(), complaints: new Map(), answers: [] };
  const [claimed = [], ...rest] = await db.batch({ tenant }, [
    selectClaimed(threadId, calls),
    ...tools.map((tool) => selectOfTool(tenant, tool)),
    ...(areAnswersAsked ? [selectAnswers(threadId)] : []),
  ]);
  const ofTools = tools.map((tool, index) => ({ tool, rows: (rest[index] ?? []) as OfToolRow[] }));
  return {
    claimed: new Set((claimed as ClaimedRow[]).map((row) => `${row.tool} ${row.args_hash}`)),
    carriedOut: new Map(ofTools.map(({ tool, rows }) => [tool, rows.flatMap(carriedOutIn)])),
    complaints: new Map(ofTools.map(({ tool, rows }) => [tool, rows.flatMap(complainedIn)])),
    answers: rowsToAnswers((rest[tools.length] ?? []) as AnswerRow[]),
  };
}

interface ClaimedRow {
  tool: string;
  args_hash: string;
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
