// Answering a graph that knows nothing of Holdpoint.
import { hashJson, parseJsonValue } from "../kernel/json.js";
import { faultsIn, inWords } from "../tools/json-schema.js";
import type { Asked, DecideDeps, DecideResult } from "./answer.js";
import { read } from "./read.js";
import { record } from "./record.js";
import { refuse } from "./refusals.js";

/** The answer is checked now: a graph that gets one it cannot read is left in an error. */
export async function answerGraph(deps: DecideDeps, asked: Asked): Promise<DecideResult> {
  const { review, answer } = asked;
  const given = answer.value === undefined ? answer.message : answer.value;
  if (given === undefined) {
    return refuse("request_invalid", "An answer to a question needs a value: it is what the graph is given.");
  }
  const json = read(() => parseJsonValue(given));
  if (!json.ok) return json;
  const schema = review.interrupt?.answerSchema;
  const faults = schema ? faultsIn(schema, json.value) : [];
  if (faults.length > 0) {
    return refuse("args_invalid", `The answer does not fit what the graph asks for: ${inWords(faults)}`, {
      schema,
      faults,
    });
  }
  const args = { value: json.value };
  return record(deps, asked, { args, argsHash: hashJson(args) });
}
