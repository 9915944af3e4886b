// What the model wrote, as its tool reads it: the arguments that are hashed, shown, decided and run. Of a plan those of
// each of its steps too, so that the plan's hash stands for all of them.
import { isHoldpointError } from "../kernel/errors.js";
import { hashJson, type JsonObject } from "../kernel/json.js";
import type { Reason } from "../policies/words.js";
import type { Plan } from "../tools/built-in/propose-plan.js";
import type { HoldpointTool } from "../tools/tool.js";
import type { ToolSet } from "../tools/tool-set.js";
import type { ProposedCall } from "./types.js";

export interface ParsedCall {
  args: JsonObject;
  argsHash: string;
  /** Why it cannot run whatever anybody decides: no such tool, or arguments it does not take. */
  impossible: Reason | null;
}

export function parseCall(
  tools: Pick<ToolSet, "get">,
  call: Pick<ProposedCall, "tool" | "args" | "unreadable">,
): ParsedCall {
  const tool = tools.get(call.tool);
  const impossible = (rule: string, text: string): ParsedCall => ({
    args: call.args,
    argsHash: hashJson(call.args),
    impossible: { rule, text },
  });
  if (call.unreadable !== undefined)
    return impossible("arguments-unreadable", `The arguments are not JSON: ${call.unreadable}`);
  if (!tool) return impossible("unknown-tool", `There is no tool named "${call.tool}".`);
  try {
    const args = tool.parseArgs(call.args);
    if (tool.asks !== "plan") return { args, argsHash: hashJson(args), impossible: null };
    const parsed = planOf(args).steps.map((step) => ({ step, ...parseStep(tools, step) }));
    const faults = parsed.flatMap(({ impossible: fault }, index) =>
      fault ? [inStep(index, fault.text)] : [],
    );
    if (faults.length > 0) return impossible("arguments-invalid", faults.join(" "));
    const plan = { ...args, steps: parsed.map(({ step, args: stepArgs }) => ({ ...step, args: stepArgs })) };
    return { args: plan, argsHash: hashJson(plan), impossible: null };
  } catch (error) {
    if (!isHoldpointError(error)) throw error;
    return impossible("arguments-invalid", error.message);
  }
}

/** One of a plan, as a call like any other. */
export interface StepCall {
  tool: string;
  args: JsonObject;
  argsHash: string;
}

/** The steps of a plan that was parsed. */
export function stepsIn(args: JsonObject): StepCall[] {
  return planOf(args).steps.map((step) => ({
    tool: step.tool,
    args: step.args,
    argsHash: hashJson(step.args),
  }));
}

export function inStep(index: number, text: string): string {
  return `Step ${index + 1}: ${text}`;
}

function planOf(args: JsonObject): Plan {
  return args as unknown as Plan;
}

function parseStep(tools: Pick<ToolSet, "get">, step: Plan["steps"][number]): ParsedCall {
  const tool: HoldpointTool | undefined = tools.get(step.tool);
  if (tool?.asks === undefined) return parseCall(tools, step);
  const text = `A call of "${step.tool}" is no step of a plan: it asks a person by itself.`;
  return { ...step, argsHash: hashJson(step.args), impossible: { rule: "arguments-invalid", text } };
}
