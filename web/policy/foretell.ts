// What a threshold would mean, by the calls that people have decided. It reckons as the advisor does on the server
// (`src/metrics/advisor.ts`): a slider cannot ask there at every step.
import type { AutonomyAdvice, DecidedCase, PolicyInForce } from "../../src/http/contract.js";

/** Calls of this score, or a higher one, run; null: a person looks at all of them. */
export type Threshold = number | null;

/** What of the policy it hangs on beside the threshold. */
export type Routing = Pick<NonNullable<PolicyInForce["routing"]>, "sample" | "refuseBelow">;

export interface Foretold {
  /** Of all such calls, the share that people would look at: those that score too little, and those shown by chance. */
  review: number;
  /** Of all such calls, the share that would run and be wrong, and that nobody is shown. */
  missed: number;
  /** Of all such calls, the share that scores enough to run. */
  enough: number;
  /** Of those, the share that is wrong; null where none is. */
  wrong: number | null;
  /** Where people would look at more, or at less, than they do with care. */
  warnings: Warnings;
}

type Warnings = Extract<AutonomyAdvice, { kind: "advised" }>["inForce"]["warnings"];

/** Null where nothing was decided: then nothing can be foretold. */
export function foretell(
  cases: readonly DecidedCase[],
  threshold: Threshold,
  routing: Routing,
): Foretold | null {
  const all = weightOf(cases);
  if (all === 0) return null;
  const { sample } = routing;
  const waiting = weightOf(cases.filter((one) => becomesOf(one, threshold, routing) === "waits"));
  const running = cases.filter((one) => becomesOf(one, threshold, routing) === "runs");
  const run = weightOf(running);
  const wrong = weightOf(running.filter(({ isWrong }) => isWrong));
  const review = (waiting + sample * (all - waiting)) / all;
  return {
    review,
    missed: ((1 - sample) * wrong) / all,
    enough: run / all,
    wrong: run === 0 ? null : wrong / run,
    warnings: warningsOf(review),
  };
}

function warningsOf(review: number): Warnings {
  if (review > 0.3 + rounding) return ["above-30-percent-reviewed"];
  return review < 0.02 - rounding ? ["below-2-percent-reviewed"] : [];
}

/** Of sums of fractions. */
const rounding = 1e-9;

export interface Turned {
  call: DecidedCase;
  change: "runs" | "waits";
}

/** The calls that would be decided otherwise: those that were wrong first, and then those nearest to the threshold. */
export function turnedBetween(
  cases: readonly DecidedCase[],
  from: Threshold,
  to: Threshold,
  routing: Routing,
): Turned[] {
  const edge = to ?? 1;
  const runs = (one: DecidedCase, threshold: Threshold) => becomesOf(one, threshold, routing) === "runs";
  return cases
    .filter((one) => runs(one, from) !== runs(one, to))
    .map((call): Turned => ({ call, change: runs(call, to) ? "runs" : "waits" }))
    .toSorted(
      (a, b) =>
        Number(b.call.isWrong) - Number(a.call.isWrong) ||
        Math.abs(a.call.score - edge) - Math.abs(b.call.score - edge),
    );
}

export interface CurvePoint {
  threshold: number;
  /** The share that runs. */
  coverage: number;
  /** Of these, the share that is wrong. */
  risk: number;
}

/** How much runs against how much of it is wrong, at every score that was seen; the strictest first. */
export function curveOf(cases: readonly DecidedCase[]): CurvePoint[] {
  const all = weightOf(cases);
  const points: CurvePoint[] = [];
  let run = 0;
  let wrong = 0;
  for (const { score: threshold, isWrong, lookedAt } of cases.toSorted((a, b) => b.score - a.score)) {
    run += 1 / lookedAt;
    if (isWrong) wrong += 1 / lookedAt;
    if (points.at(-1)?.threshold === threshold) points.pop();
    points.push({ threshold, coverage: run / all, risk: wrong / run });
  }
  return points;
}

function becomesOf(
  { score }: DecidedCase,
  threshold: Threshold,
  { refuseBelow }: Routing,
): "runs" | "waits" | "is refused" {
  if (threshold === null) return "waits";
  if (refuseBelow !== null && score < refuseBelow) return "is refused";
  return score >= threshold ? "runs" : "waits";
}

/** A call that was looked at in 1 of 20 cases stands for 20. */
function weightOf(cases: readonly DecidedCase[]): number {
  return cases.reduce((sum, { lookedAt }) => sum + 1 / lookedAt, 0);
}
