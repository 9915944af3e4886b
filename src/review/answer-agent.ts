// Answering an agent that asked a person, or handed its case over.
import { hashJson, type JsonObject } from "../kernel/json.js";
import type { Asked, DecideDeps, DecideResult } from "./answer.js";
import { read } from "./read.js";
import { record } from "./record.js";
import { replyTo } from "./reply.js";

export async function answerAgent(deps: DecideDeps, asked: Asked): Promise<DecideResult> {
  const { review, answer } = asked;
  const reply = read(() => replyTo(review, answer));
  if (!reply.ok) return reply;
  const { picked, words } = reply.value;
  const args: JsonObject = picked === null ? {} : { picked };
  const { message: _, ...rest } = answer;
  const said = { ...rest, ...(words === null ? {} : { message: words }) };
  return record(deps, { ...asked, answer: said }, { args, argsHash: hashJson(args) });
}
