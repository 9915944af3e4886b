// What tools answered in a thread, by our own rows.
import type { Source } from "../drafting/sources.js";
import type { Json } from "../kernel/json.js";
import { replyName } from "../policies/about-answers.js";
import type { Statement } from "./database.js";

const mostAnswers = 200;

export interface AnswerRow {
  tool: string;
  result: string;
  args: string;
}

/** The newest first. Not what the agent itself said, though it stands in such a row where a person released it. */
export function selectAnswers(threadId: string): Statement {
  return {
    text: `/* thread.answers */ select tool, result, args from holdpoint.executions
      where thread_id = $1 and state = 'succeeded' and result is not null and tool <> '${replyName}'
      order by settled_at desc, execution_id limit ${mostAnswers}`,
    params: [threadId],
  };
}

/** The newest last, as they were told. */
export function rowsToAnswers(rows: readonly AnswerRow[]): Source[] {
  return rows.toReversed().map(({ tool, result, args }) => ({
    from: tool,
    text: result,
    asked: wordsIn(JSON.parse(args) as Json),
  }));
}

function wordsIn(value: Json): string[] {
  if (typeof value === "string" || typeof value === "number") return [String(value)];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(wordsIn);
}
