// On which terms the policy in force lets a call go. It may have become stricter since the call was proposed, and an edit
// may ask for more; nothing ever asks for less than what the review waits for.
import type { JsonObject } from "../kernel/json.js";
import { questionsFor } from "../policies/asks.js";
import { highestTier, rolesOf, type Policy } from "../policies/policy.js";
import { worseLevel, type Reason, type RiskAssessment, type RiskLevel } from "../policies/words.js";
import type { HoldpointTool } from "../tools/tool.js";
import { assessNow } from "./assess-now.js";
import { titleOf } from "./propose.js";
import type { Review } from "./types.js";

export interface Terms {
  assessment: RiskAssessment;
  isForbidden: boolean;
  level: RiskLevel;
  tier: string;
  roles: string[];
  title: string;
  reasons: Reason[];
  /** What has to be answered by who releases it. */
  questions: string[];
}

/** @param args those of the review, or what they are to become. */
export function termsFor(policy: Policy, review: Review, tool: HoldpointTool, args: JsonObject): Terms {
  const assessment = assessNow(policy, tool, args);
  const isChanged = assessment.argsHash !== review.argsHash;
  const allReasons = joined(review.reasons, assessment.reasons);
  return {
    assessment,
    isForbidden: assessment.route === "refuse",
    level: isChanged ? assessment.level : worseLevel(review.level, assessment.level),
    ...authorityFor(policy, review, assessment),
    title: titleOf(tool, { tool: tool.name, args }),
    reasons: isChanged ? assessment.reasons : allReasons,
    questions: questionsFor(policy, allReasons),
  };
}

function authorityFor(
  policy: Policy,
  review: Review,
  assessment: RiskAssessment,
): { tier: string; roles: string[] } {
  // A tier that the policy no longer has stands on no rung, so nothing is known to be above it.
  const isKnown = policy.tiers.some(({ name }) => name === review.tier);
  const tier = isKnown ? highestTier(policy, [review.tier, assessment.tier ?? review.tier]) : review.tier;
  return { tier, roles: tier === review.tier ? review.roles : [...rolesOf(policy, tier)] };
}

function joined(before: readonly Reason[], now: readonly Reason[]): Reason[] {
  const added = now.filter(({ rule }) => !before.some((reason) => reason.rule === rule));
  return [...before, ...added];
}
