// Tools that answer what was recorded. Only the answer is recorded: the call passes through all that a real one does.
import { canonicalJson, type JsonObject } from "../kernel/json.js";
import type { RecordedModel } from "../models/recorded.js";
import { asJsonArgs, plainTitle } from "../tools/define-tool.js";
import type { HoldpointTool } from "../tools/tool.js";
import { reversibilityOf, type RecordedEffect } from "./effects.js";

export function recordedTool(
  name: string,
  effect: RecordedEffect,
  model: Pick<RecordedModel, "lastAnswer">,
): HoldpointTool {
  const readOnly = effect === "read";
  return {
    name,
    description: `The tool ${name} of a recorded conversation.`,
    argsSchema: { type: "object" },
    annotations: { readOnlyHint: readOnly },
    readOnly,
    idempotent: readOnly,
    reversibility: reversibilityOf(effect),
    effect: readOnly ? "keyed" : "blind",
    title: (args) => plainTitle(name, undefined, args),
    parseArgs: (args) => asJsonArgs(name, args),
    run: async (args, { threadId }) => resultOf(model, threadId, name, args),
  };
}

/**
 * A recorded model makes one call per message, and the next message waits for its result. So the call that runs in a
 * thread is the one its model made last, and equal calls of one thread each get their own result.
 */
function resultOf(
  model: Pick<RecordedModel, "lastAnswer">,
  threadId: string,
  tool: string,
  args: JsonObject,
): string {
  const call = model.lastAnswer(threadId)?.call;
  if (call?.tool === tool && canonicalJson(call.args) === canonicalJson(args)) return call.result;
  throw new Error(
    `The recording of "${threadId}" has another call in this place than ${plainTitle(tool, undefined, args)}`,
  );
}
