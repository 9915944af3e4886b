// What labelled calls of one kind would advise: what the promise in force means for people and for errors, what stricter and
// looser ones would, and which of them to ask for where people see too much or too little. It proposes; a policy is changed by
// whoever owns it.
import {
  certifyRead,
  missingFor,
  neededFor,
  readLabels,
  type Labelled,
  type ReadLabels,
  type Target,
} from "../policies/certify.js";
import type { Routing } from "../policies/routing.js";
import { wilson } from "../policies/wilson.js";
import type { Reversibility } from "../policies/words.js";

export interface AdvisedCall extends Labelled {
  reviewId: string;
}

type Routed = Pick<Routing, "target" | "maxError" | "confidence" | "sample" | "refuseBelow">;

/** `gated` is all that can be said of calls that cannot be undone: such advice has no room for a threshold. */
export type Advice =
  | { kind: "gated" }
  /** The policy in force routes no call by its score. */
  | { kind: "unrouted" }
  | { kind: "undecided"; needed: number }
  | {
      kind: "advised";
      labels: number;
      inForce: Outlook;
      /** Other promises, the strictest first: that which takes the most conversations to be kept. */
      others: readonly Outlook[];
      proposal: Proposal;
    };

/** What comes of a promise, by the labels there are. */
export interface Outlook extends Target {
  /** From which score on calls would run; null: it is not shown for any, and all of them are looked at. */
  threshold: number | null;
  /** Conversations that it takes at least. */
  needed: number;
  /** How many more it would take where there is no threshold, were all of them right; null: many times `needed`. */
  missing: number | null;
  /** Of all calls, how many a person would look at: those that score too little, and those shown by chance. */
  review: Estimate;
  /** Of all calls, how many would run, be wrong, and not be shown to anybody. */
  missed: Estimate;
  warnings: readonly Warning[];
}

/** A share by the labels' weights, and where it lies with 95 % confidence, from `n` conversations. */
export interface Estimate {
  share: number;
  low: number;
  high: number;
  n: number;
}

/** More than people can look at with care; so little that nobody stays in practice, and what slips through is not noticed. */
export type Warning = "above-30-percent-reviewed" | "below-2-percent-reviewed";

export type Proposal =
  /** People see as much as the policy wants, or nothing that can be asked for brings them nearer to it. */
  | { kind: "keep" }
  /** Too few labels: so many more conversations, were all of them right. */
  | { kind: "decide"; missing: number | null }
  /** Another share to be shown by chance is enough. */
  | { kind: "sample"; sample: number }
  | { kind: "promise"; to: Outlook; changes: readonly Change[] };

/** A call on the other side than by the threshold in force. */
export interface Change {
  reviewId: string;
  /** The conversation. */
  unit: string;
  score: number;
  /** `runs`: it was looked at, and would run. */
  change: "runs" | "waits";
  isWrong: boolean;
}

export function advise(
  calls: readonly AdvisedCall[],
  reversibility: Reversibility,
  routing: Routed | null,
): Advice {
  if (reversibility === "irreversible") return { kind: "gated" };
  if (routing === null) return { kind: "unrouted" };
  if (calls.length === 0) return { kind: "undecided", needed: neededFor(routing) };
  const read = readLabels(calls);
  const inForce = outlookOf(calls, read, routing, routing);
  const others = otherPromises(routing)
    .map((target) => outlookOf(calls, read, target, routing))
    .toSorted((a, b) => b.needed - a.needed);
  return {
    kind: "advised",
    labels: calls.length,
    inForce,
    others,
    proposal: proposalOf(calls, inForce, others, routing),
  };
}

/** What companies ask for. Nobody is advised to put up with more than the last of the errors, or to be less sure. */
const errors = [0.01, 0.02, 0.05, 0.1, 0.15, 0.2];
const confidences = [0.8, 0.9, 0.95];

/** One thing at a time is changed: what may be wrong, or how sure that is to be. */
function otherPromises({ maxError, confidence }: Target): Target[] {
  return [
    ...errors.filter((other) => other !== maxError).map((other) => ({ maxError: other, confidence })),
    ...confidences.filter((other) => other !== confidence).map((other) => ({ maxError, confidence: other })),
  ];
}

function outlookOf(
  calls: readonly AdvisedCall[],
  read: ReadLabels,
  { maxError, confidence }: Target,
  routing: Routed,
): Outlook {
  const target = { maxError, confidence };
  const certificate = certifyRead(read, target);
  const threshold = certificate.kind === "certified" ? certificate.threshold : null;
  const { sample } = routing;
  const review = estimate(calls, (call) => (becomesOf(call, threshold, routing) === "waits" ? 1 : sample));
  return {
    ...target,
    threshold,
    needed: neededFor(target),
    missing: threshold === null ? missingFor(read, target) : 0,
    review,
    missed: estimate(calls, (call) =>
      call.isWrong && becomesOf(call, threshold, routing) === "runs" ? 1 - sample : 0,
    ),
    warnings: warningsOf(review),
  };
}

/** As `passageOf` (`policies/routing.ts`) routes it, but for the draw. Where nothing is certified, nothing is refused either. */
function becomesOf(
  { score }: Labelled,
  threshold: number | null,
  { refuseBelow }: Routed,
): "runs" | "waits" | "is refused" {
  if (threshold === null) return "waits";
  if (refuseBelow !== null && score < refuseBelow) return "is refused";
  return score >= threshold ? "runs" : "waits";
}

/** Between these people look with care, and stay in practice. */
const most = 0.3;
const least = 0.02;

function warningsOf({ share }: Estimate): Warning[] {
  if (share > most + rounding) return ["above-30-percent-reviewed"];
  return share < least - rounding ? ["below-2-percent-reviewed"] : [];
}

/** Brings what people see to what the policy wants, and gives up as little of the promise for it as it can. */
function proposalOf(
  calls: readonly AdvisedCall[],
  inForce: Outlook,
  others: readonly Outlook[],
  routing: Routed,
): Proposal {
  const { from, to } = wantedBy(routing);
  const { share, n } = inForce.review;
  if (share >= from - rounding && share <= to + rounding) return { kind: "keep" };
  const sample = sampleFor(inForce, routing.sample, from, to);
  if (sample !== null) return { kind: "sample", sample };
  const tooFew: Proposal = { kind: "decide", missing: inForce.missing };
  if (n < inForce.needed) return tooFew;
  const better = others.filter(({ needed, review }) => needed < inForce.needed && review.share < share);
  const chosen =
    better.find(({ review }) => review.share <= to + rounding) ??
    better.toSorted((a, b) => a.review.share - b.review.share)[0];
  if (!chosen) return inForce.threshold === null ? tooFew : { kind: "keep" };
  const changes = changesOf(calls, inForce.threshold, chosen.threshold, routing);
  return { kind: "promise", to: chosen, changes };
}

/** Sums of shares are off by less. */
const rounding = 1e-9;

/** What the policy wants people to see, as far as they can. */
function wantedBy({ target }: Routed): { from: number; to: number } {
  const from = Math.min(Math.max(target.from, least), most);
  return { from, to: Math.max(Math.min(target.to, most), from) };
}

/** The share by chance with which people see enough and not too much; null where that cannot be reached by it. */
function sampleFor({ threshold, review }: Outlook, now: number, from: number, to: number): number | null {
  if (threshold === null || now === 1) return null;
  const certain = (review.share - now) / (1 - now);
  if (certain >= to) return null;
  const hundredths = ((review.share < from ? from - certain : to - certain) / (1 - certain)) * 100;
  const sample = (review.share < from ? Math.ceil(hundredths) : Math.floor(hundredths)) / 100;
  return sample < leastSample ? null : sample;
}

/** Of what the policy file takes. */
const leastSample = 0.01;

function changesOf(
  calls: readonly AdvisedCall[],
  inForce: number | null,
  proposed: number | null,
  routing: Routed,
): Change[] {
  return calls.flatMap((call): Change[] => {
    const would = becomesOf(call, proposed, routing) === "runs";
    if (would === (becomesOf(call, inForce, routing) === "runs")) return [];
    const { reviewId, unit, score, isWrong } = call;
    return [{ reviewId, unit, score, change: would ? "runs" : "waits", isWrong }];
  });
}

/**
 * @param part of each call, 0 … 1, that counts.
 * Wilson's interval, as if there were as many independent calls as there are conversations, or fewer where weights differ
 * (Kish 1965: the square of their sum by the sum of their squares). Rather too wide than too narrow.
 */
function estimate(calls: readonly AdvisedCall[], part: (call: AdvisedCall) => number): Estimate {
  const sum = (of: (call: AdvisedCall) => number) => calls.reduce((all, call) => all + of(call), 0);
  const weights = sum(({ weight }) => weight);
  const share = sum((call) => part(call) * call.weight) / weights;
  const n = new Set(calls.map(({ unit }) => unit)).size;
  const independent = Math.min(n, weights ** 2 / sum(({ weight }) => weight ** 2));
  const { low, high } = wilson(share * independent, independent) ?? { low: 0, high: 1 };
  return { share, low, high, n };
}
