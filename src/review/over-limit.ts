// Whether what waits moves more than somebody may release.
import type { Principal } from "../kernel/principal.js";
import { overLimit, type OverLimit } from "../policies/limits.js";
import type { Policy } from "../policies/policy.js";
import { stepsIn } from "./parse-call.js";
import type { Review } from "./types.js";

export interface CallOverLimit extends OverLimit {
  tool: string;
  /** Of a plan: which one, counted from 1. */
  step: number | null;
}

/** Of a plan each step that it lets go is a call of its own: what they come to together is nobody's limit. */
export function overLimitOf(
  policy: Policy,
  by: Principal,
  { kind, tool, args, steps }: Pick<Review, "kind" | "tool" | "args" | "steps">,
): CallOverLimit | null {
  if (kind !== "plan") {
    const over = overLimit(policy, by, { tool, args });
    return over && { ...over, tool, step: null };
  }
  for (const [index, call] of stepsIn(args).entries()) {
    const over = steps?.[index]?.passes === "with-plan" ? overLimit(policy, by, call) : null;
    if (over) return { ...over, tool: call.tool, step: index + 1 };
  }
  return null;
}
