// What labelled calls would advise: for each class of calls (a tool of an agent), from which score on they could run, and what
// that would mean for people and for errors. It proposes; a policy is changed by whoever owns it.
import { certify, type Labelled, type Target } from "../policies/certify.js";
import type { Reversibility } from "../policies/words.js";
import { wilson } from "../policies/wilson.js";

export interface AdvisedCall extends Labelled {
  reviewId: string;
  class: string;
  reversibility: Reversibility;
}

/**
 * `gated` is all that can be said of a class with a call that cannot be undone: its advice has no room for a threshold.
 * A proposed threshold of null is to look at everything.
 */
export type Advice =
  | { kind: "gated"; class: string; labels: number; units: number }
  | {
      kind: "proposed";
      class: string;
      reversibility: Exclude<Reversibility, "irreversible">;
      labels: number;
      units: number;
      inForce: number | null;
      proposed: number | null;
      /** With fewer conversations, all right, nothing could be proposed; null where something is. */
      needed: number | null;
      /** Of all calls of the class, how many a person would look at. */
      review: Estimate;
      /** Of all calls of the class, how many would run and be wrong. */
      missed: Estimate;
      /** What is decided otherwise than by the threshold in force. */
      changes: readonly Change[];
      warnings: readonly Warning[];
    };

/** A share by the labels' weights, and where it lies with 95 % confidence, from `n` conversations. */
export interface Estimate {
  share: number;
  low: number;
  high: number;
  n: number;
}

export interface Change {
  reviewId: string;
  /** The conversation. */
  unit: string;
  score: number;
  /** `runs`: it was looked at, and would run. */
  change: "runs" | "waits";
  isWrong: boolean;
}

/** More than people can look at with care; so little that nobody stays in practice, and what slips through is not noticed. */
export type Warning = "above-30-percent-reviewed" | "below-2-percent-reviewed";

/** `inForce` is the threshold of each class; a class without one, or with null, is looked at in whole. */
export function advise(
  calls: readonly AdvisedCall[],
  inForce: ReadonlyMap<string, number | null>,
  target: Target,
): Advice[] {
  const classes = new Map<string, AdvisedCall[]>();
  for (const call of calls) {
    const own = classes.get(call.class) ?? [];
    own.push(call);
    classes.set(call.class, own);
  }
  return [...classes].map(([name, own]) => adviceFor(name, own, inForce.get(name) ?? null, target));
}

function adviceFor(
  name: string,
  calls: readonly AdvisedCall[],
  inForce: number | null,
  target: Target,
): Advice {
  const labels = calls.length;
  const units = new Set(calls.map(({ unit }) => unit)).size;
  const reversibility = worstOf(calls);
  if (reversibility === "irreversible") return { kind: "gated", class: name, labels, units };
  const certificate = certify(calls, target);
  const proposed = certificate.kind === "certified" ? certificate.threshold : null;
  const review = estimate(calls, (call) => !runs(call, proposed));
  return {
    kind: "proposed",
    class: name,
    reversibility,
    labels,
    units,
    inForce,
    proposed,
    needed: certificate.kind === "none" ? certificate.needed : null,
    review,
    missed: estimate(calls, (call) => runs(call, proposed) && call.isWrong),
    changes: changesOf(calls, inForce, proposed),
    warnings: warningsOf(review),
  };
}

function worstOf(calls: readonly AdvisedCall[]): Reversibility {
  if (calls.some(({ reversibility }) => reversibility === "irreversible")) return "irreversible";
  return calls.some(({ reversibility }) => reversibility === "compensable") ? "compensable" : "reversible";
}

function runs({ score }: Labelled, threshold: number | null): boolean {
  return threshold !== null && score >= threshold;
}

/**
 * Wilson's interval, as if there were as many independent calls as there are conversations, or fewer where weights differ
 * (Kish 1965: the square of their sum by the sum of their squares). Rather too wide than too narrow.
 */
function estimate(calls: readonly AdvisedCall[], is: (call: AdvisedCall) => boolean): Estimate {
  const sum = (of: (call: AdvisedCall) => number) => calls.reduce((all, call) => all + of(call), 0);
  const weights = sum(({ weight }) => weight);
  const share = sum((call) => (is(call) ? call.weight : 0)) / weights;
  const n = new Set(calls.map(({ unit }) => unit)).size;
  const independent = Math.min(n, weights ** 2 / sum(({ weight }) => weight ** 2));
  const { low, high } = wilson(share * independent, independent) ?? { low: 0, high: 1 };
  return { share, low, high, n };
}

function changesOf(calls: readonly AdvisedCall[], inForce: number | null, proposed: number | null): Change[] {
  return calls.flatMap((call): Change[] => {
    const would = runs(call, proposed);
    if (would === runs(call, inForce)) return [];
    const { reviewId, unit, score, isWrong } = call;
    return [{ reviewId, unit, score, change: would ? "runs" : "waits", isWrong }];
  });
}

function warningsOf({ share }: Estimate): Warning[] {
  if (share > 0.3) return ["above-30-percent-reviewed"];
  return share < 0.02 ? ["below-2-percent-reviewed"] : [];
}
