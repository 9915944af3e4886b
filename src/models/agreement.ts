// Whether a second model, asked the same, proposes the same. Two that differ are not both right.
import type { AIMessage } from "@langchain/core/messages";
import { hashJson, parseJsonValue, isJsonObject, type JsonObject } from "../kernel/json.js";
import { alikeness } from "../risk/alike.js";
import { takeRationale } from "../tools/rationale.js";
import type { HoldpointTool } from "../tools/tool.js";
import { inTime, type Opinion, type Patience } from "./opinion.js";
import type { Model, ModelRequest } from "./port.js";

export interface ComparedCall {
  tool: string;
  /** As its tool parsed them. */
  args: JsonObject;
}

/** What is like the call but not the same is never as good as the same. */
const mostAlike = 0.9;

/**
 * Of each call: 1 where the second model proposes it too, with equal arguments once its tool has parsed them; less for
 * other arguments, by how like they are; 0 where it proposes something else, or nothing. It is asked once.
 * @param request the messages and tools with which the agent's own model was asked
 */
export async function agreementsOf(
  second: Model,
  request: Pick<ModelRequest, "messages" | "tools">,
  calls: readonly ComparedCall[],
  tools: { get(name: string): Pick<HoldpointTool, "parseArgs"> | undefined },
  patience: Patience,
): Promise<Opinion[]> {
  if (calls.length === 0) return [];
  const asked = await inTime(patience, (signal) => second.invoke({ ...request, signal }));
  if (!asked.ok) return calls.map(() => ({ kind: "none", why: asked.why }));
  const left = proposedIn(asked.answer, tools);
  const name = second.name;
  const same = calls.map(({ tool, args }) => {
    const hash = hashJson(args);
    const at = left.findIndex((one) => one.tool === tool && hashJson(one.args) === hash);
    return at >= 0 ? left.splice(at, 1).length : 0;
  });
  return calls.map((call, index): Opinion => {
    if (same[index] === 1) return { kind: "given", right: 1, why: `${name} proposes the same call.` };
    const [likest] = left
      .map((one, at) => ({ at, alike: one.tool === call.tool ? alikeness(call.args, one.args) : 0 }))
      .toSorted((a, b) => b.alike - a.alike);
    if (!likest || left[likest.at]?.tool !== call.tool)
      return { kind: "given", right: 0, why: `${name} does not propose this call.` };
    left.splice(likest.at, 1);
    const right = Math.min(mostAlike, likest.alike);
    return { kind: "given", right, why: `${name} proposes ${call.tool} with other arguments.` };
  });
}

function proposedIn(
  { tool_calls = [] }: AIMessage,
  tools: { get(name: string): Pick<HoldpointTool, "parseArgs"> | undefined },
): ComparedCall[] {
  return tool_calls.flatMap(({ name, args }): ComparedCall[] => {
    try {
      const given = parseJsonValue(args);
      const parsed = isJsonObject(given) ? tools.get(name)?.parseArgs(takeRationale(given).args) : undefined;
      return parsed ? [{ tool: name, args: parsed }] : [];
    } catch {
      // A call that its tool would refuse is no agreement.
      return [];
    }
  });
}
