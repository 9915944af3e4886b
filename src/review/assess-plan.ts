// What the policy says of a plan: what it says of each of its steps, judged as a call like any other, and of all of them
// together. A plan asks for as much as the step that asks for most, and lets nothing go that is to be looked at by itself.
// Where no step asks for anybody, nobody is asked about the plan.
import { questionsFor } from "../policies/asks.js";
import type { Flag } from "../policies/assess.js";
import { highestTier, panelOf, type Policy } from "../policies/policy.js";
import {
  worseLevel,
  type AssessedStep,
  type Reason,
  type RiskAssessment,
  type RiskLevel,
  type StepPasses,
} from "../policies/words.js";
import { inStep, type StepCall } from "./parse-call.js";

export interface JudgedStep {
  call: StepCall;
  assessment: RiskAssessment;
  flags: readonly Flag[];
}

/** @param plan what is said of the call that proposes it, whatever stands in it. */
export function assessPlan(
  policy: Policy,
  plan: RiskAssessment,
  steps: readonly JudgedStep[],
): RiskAssessment {
  const refusing = steps.flatMap((step, index) =>
    step.assessment.route === "refuse" ? reasonsOf(step, index) : [],
  );
  if (plan.route === "refuse") return plan;
  if (refusing.length > 0) return { ...plan, route: "refuse", tier: null, reasons: refusing };
  if (plan.reasons.length === 0 && steps.every(({ assessment }) => assessment.route === "execute")) {
    return {
      ...plan,
      route: "execute",
      tier: null,
      level: worstOf("low", steps),
      steps: steps.map((step) => stepOf(step, "unasked")),
    };
  }
  const asked = steps.flatMap(({ assessment: { tier } }) => (tier === null ? [] : [tier]));
  const tier = highestTier(policy, [
    ...(plan.reasons.length > 0 && plan.tier !== null ? [plan.tier] : []),
    ...asked,
  ]);
  return {
    ...plan,
    tier,
    level: worstOf(plan.level, steps),
    reasons: [...plan.reasons, ...steps.flatMap(reasonsOf)],
    steps: steps.map((step) => stepOf(step, passesOf(policy, tier, step))),
  };
}

function worstOf(least: RiskLevel, steps: readonly JudgedStep[]): RiskLevel {
  return steps.reduce((worst, { assessment }) => worseLevel(worst, assessment.level), least);
}

function stepOf({ call: { tool, argsHash }, assessment }: JudgedStep, passes: StepPasses): AssessedStep {
  const { level, tier, reasons } = assessment;
  return { tool, argsHash, level, tier, reasons, passes };
}

/**
 * Can it be approved before it is made? What was seen of this very call, what a rule asks about it, what could not be
 * decided, and what a score wants people to look at, cannot.
 */
export function isApprovableAhead(
  policy: Policy,
  { route, reasons, score, isUndecided }: RiskAssessment,
  flags: readonly Flag[],
): boolean {
  return (
    (route === "review" || route === "approve") &&
    flags.length === 0 &&
    score === undefined &&
    isUndecided === undefined &&
    questionsFor(policy, reasons).length === 0
  );
}

function passesOf(policy: Policy, tier: string, { assessment, flags }: JudgedStep): StepPasses {
  if (assessment.route === "execute") return "unasked";
  // Where roles decide in turn, nobody's word comes before those of the others.
  const inTurn = [tier, assessment.tier ?? tier].some((one) => panelOf(policy, one).turns !== null);
  return !inTurn && isApprovableAhead(policy, assessment, flags) ? "with-plan" : "by-itself";
}

/** By names of their own: what a rule says of one step, it does not say of the plan. */
function reasonsOf({ assessment: { reasons } }: JudgedStep, index: number): Reason[] {
  return reasons.map(({ rule, text }) => ({
    rule: `${rule} (step ${index + 1})`,
    text: inStep(index, text),
  }));
}
