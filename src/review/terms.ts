// On which terms the policy in force lets a call go. It may have become stricter since the call was proposed, and an edit
// may ask for more; nothing ever asks for less than what the review waits for.
import { hashJson, type JsonObject } from "../kernel/json.js";
import { questionsFor } from "../policies/asks.js";
import type { Evidence } from "../policies/evidence.js";
import { firstIn, isOtherOrder, onePerson, stricter } from "../policies/panel.js";
import { highestTier, panelOf, rolesOf, type Policy } from "../policies/policy.js";
import { worseLevel, type Reason, type RiskAssessment, type RiskLevel } from "../policies/words.js";
import type { HoldpointTool } from "../tools/tool.js";
import type { Judge } from "./answer.js";
import { assessNow } from "./assess-now.js";
import { evidenceFor } from "./evidence.js";
import { assessJudged, declaredBy, unseenSteps } from "./judged.js";
import { titleOf } from "./propose.js";
import { rungOf, type Rung } from "./rung.js";
import type { ReviewStore } from "./store.js";
import { isToRelease, type Review } from "./types.js";
import { unlessUnstaffed } from "./unstaffed.js";

export interface Terms {
  assessment: RiskAssessment;
  isForbidden: boolean;
  level: RiskLevel;
  rung: Rung;
  title: string;
  reasons: Reason[];
  /** What has to be answered by who releases it. */
  questions: string[];
}

/** The policy in force, with what it wants to know of the conversation, and the tools of the agent whose call it is. */
export interface JudgedBy {
  policy: Policy;
  evidence: Evidence;
  tools: Judge["tools"];
  /** Tiers at which nobody could release it. */
  unstaffed: readonly string[];
}

export async function judgedBy(
  store: Pick<ReviewStore, "evidence">,
  { policy: inForce, tools, unstaffed }: Pick<Judge, "policy" | "tools" | "unstaffed">,
  review: Review,
): Promise<JudgedBy> {
  const policy = inForce();
  const evidence = await evidenceFor(store, policy, review);
  return { policy, tools, evidence, unstaffed: unstaffed?.(review.tenant) ?? [] };
}

/** @param args those of the review, or what they are to become. */
export function termsFor(judged: JudgedBy, review: Review, tool: HoldpointTool, args: JsonObject): Terms {
  const { policy } = judged;
  const others = judged.unstaffed.filter((tier) => tier !== review.tier);
  const assessment = unlessUnstaffed(assessmentNow(judged, tool, args), others);
  const isChanged = assessment.argsHash !== review.argsHash;
  const allReasons = joined(review.reasons, assessment.reasons);
  return {
    assessment,
    isForbidden: assessment.route === "refuse",
    level: isChanged ? assessment.level : worseLevel(review.level, assessment.level),
    rung: authorityFor(judged, review, assessment),
    title: titleOf(tool, { tool: tool.name, args }),
    reasons: isChanged ? assessment.reasons : allReasons,
    questions: questionsFor(policy, allReasons),
  };
}

function assessmentNow({ policy, evidence, tools }: JudgedBy, tool: HoldpointTool, args: JsonObject) {
  if (tool.asks !== "plan") return assessNow(policy, tool, args, evidence, true);
  const call = { tool: tool.name, args, argsHash: hashJson(args) };
  const steps = unseenSteps(tools, args);
  return assessJudged(
    policy,
    call,
    { declared: declaredBy(tool), flags: [], impossible: null, gate: null, steps },
    evidence,
  );
}

function authorityFor({ policy, evidence }: JudgedBy, review: Review, assessment: RiskAssessment): Rung {
  // A tier that the policy no longer has stands on no rung, so nothing is known to be above it.
  const isKnown = policy.tiers.some(({ name }) => name === review.tier);
  const panel = stricter(review.panel, isToRelease(review) ? panelOf(policy, review.tier) : onePerson);
  const tier = isKnown ? highestTier(policy, [review.tier, assessment.tier ?? review.tier]) : review.tier;
  const rung = rungOf(policy, tier, evidence.now);
  if (tier !== review.tier) return rung;
  if (!isOtherOrder(review.panel, panel)) return { ...rung, panel, roles: review.roles };
  return { ...rung, panel, roles: firstIn(panel, rolesOf(policy, tier)) };
}

function joined(before: readonly Reason[], now: readonly Reason[]): Reason[] {
  const added = now.filter(({ rule }) => !before.some((reason) => reason.rule === rule));
  return [...before, ...added];
}
