import { aboutAnswers, replyName } from "../policies/about-answers.js";
import { assess, type CallFacts } from "../policies/assess.js";
import type { Policy } from "../policies/policy.js";
import { draftFieldOf } from "../policies/tool-policy.js";
import { worseLevel, type Reason, type RiskAssessment } from "../policies/words.js";
import type { HoldpointTool } from "../tools/tool.js";

/**
 * What the policy says of a call. One that is itself a question to a person has nothing to run: a rule may forbid it, or
 * say who answers, and none can let it pass. One whose words are written together waits for the person who finishes them.
 */
export function assessCall(
  policy: Policy,
  tool: Pick<HoldpointTool, "asks" | "draft">,
  facts: CallFacts,
): RiskAssessment {
  const field = draftFieldOf(policy, facts.tool, tool.draft);
  const isDrafted = field !== null && typeof facts.args[field] === "string";
  const waits = tool.asks !== undefined || isDrafted;
  const assessment = assess(
    facts.tool === replyName ? aboutAnswers(policy) : policy,
    waits ? { ...facts, gate: "settled" } : facts,
  );
  if (assessment.route === "refuse") return assessment;
  if (tool.asks !== undefined) {
    const reasons = assessment.route === "execute" ? [] : assessment.reasons;
    return {
      ...held(policy, assessment),
      route: "review",
      level: worseLevel(assessment.level, "medium"),
      reasons,
    };
  }
  if (!isDrafted) return assessment;
  const reasons = assessment.route === "execute" ? [writtenTogether] : assessment.reasons;
  return { ...held(policy, assessment), route: "draft", reasons };
}

function held(policy: Policy, assessment: RiskAssessment): RiskAssessment {
  return { ...assessment, tier: assessment.tier ?? policy.defaultTier };
}

const writtenTogether: Reason = {
  rule: "draft",
  text: "It carries words for people, which a person finishes before they go out.",
};
