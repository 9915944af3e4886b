import { hashJson, type JsonObject } from "../kernel/json.js";
import type { Evidence } from "../policies/evidence.js";
import type { Policy } from "../policies/policy.js";
import type { RiskAssessment } from "../policies/words.js";
import type { HoldpointTool } from "../tools/tool.js";
import { assessCall } from "./assess-call.js";

/**
 * What the policy in force now says of a call that may have been proposed under an earlier one. What was flagged about
 * the call when it was proposed is not in it: it may add to what was asked for then, and never take away.
 *
 * @param isSettled a person decides or decided it: no score is asked for
 */
export function assessNow(
  policy: Policy,
  tool: HoldpointTool,
  args: JsonObject,
  evidence: Evidence,
  isSettled: boolean,
): RiskAssessment {
  return assessCall(policy, tool, {
    tool: tool.name,
    args,
    argsHash: hashJson(args),
    declared: tool,
    context: {},
    evidence,
    flags: [],
    ...(isSettled ? { gate: "settled" } : {}),
  });
}
