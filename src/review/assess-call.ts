import { assess, type CallFacts } from "../policies/assess.js";
import type { Policy } from "../policies/policy.js";
import { worseLevel, type RiskAssessment } from "../policies/words.js";
import type { HoldpointTool } from "../tools/tool.js";

/**
 * What the policy says of a call. One that is itself a question to a person has nothing to run: a rule may forbid it, or
 * say who answers, and none can let it pass.
 */
export function assessCall(
  policy: Policy,
  { asks }: Pick<HoldpointTool, "asks">,
  facts: CallFacts,
): RiskAssessment {
  const assessment = assess(policy, facts);
  if (asks === undefined || assessment.route === "refuse") return assessment;
  return {
    ...assessment,
    route: "review",
    level: worseLevel(assessment.level, "medium"),
    tier: assessment.tier ?? policy.defaultTier,
    reasons: assessment.route === "execute" ? [] : assessment.reasons,
  };
}
