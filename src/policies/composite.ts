// One number for how little speaks against a call, out of signals that do not hang on one another. It can only be lowered
// by what is not known: a score is what a call has shown for itself.

/** In the order in which they are told where they cost a call the same. */
export const signalNames = [
  "validators",
  "similarity",
  "accuracy",
  "novelty",
  "confidence",
  "judge",
  "agreement",
] as const;
export type SignalName = (typeof signalNames)[number];

/** 0 … 1, and 1 is always: nothing speaks against it. Null, or left out: not known, which counts as 0. */
export type SignalValues = Partial<Record<SignalName, number | null>>;

/** 0: not used. Only how they stand to each other counts. */
export type Weights = Readonly<Record<SignalName, number>>;

export const defaultWeights: Weights = Object.freeze({
  validators: 0.3,
  similarity: 0.25,
  accuracy: 0.2,
  novelty: 0.1,
  confidence: 0.15,
  judge: 0,
  agreement: 0,
});

/** Models are sure of what they get wrong, so their own word is never more than this of the whole. */
export const mostConfidence = 0.15;

export interface Score {
  /** 0 … 1. */
  score: number;
  /** Of the signals in use, that first which takes most from the score. */
  parts: ScorePart[];
}

export interface ScorePart {
  signal: SignalName;
  /** Null: not known. */
  value: number | null;
  /** Of the whole; all weights together are 1. */
  weight: number;
  /** What it adds to the score. */
  share: number;
}

/** Without a signal in use the score is 0. A value outside of 0 … 1 is a fault of whoever made it, and is not known. */
export function scoreOf(values: SignalValues, weights: Weights): Score {
  const parts = inUse(weights).map(({ signal, weight }): ScorePart => {
    const value = knownValue(values[signal]);
    return { signal, value, weight, share: weight * (value ?? 0) };
  });
  // Added up in one order, so that rounding cannot make a better value a lower score.
  const score = Math.min(
    1,
    parts.reduce((sum, { share }) => sum + share, 0),
  );
  return { score, parts: parts.toSorted((a, b) => lossOf(b) - lossOf(a)) };
}

function lossOf({ weight, share }: ScorePart): number {
  return weight - share;
}

function knownValue(value: number | null | undefined): number | null {
  return value !== undefined && value !== null && value >= 0 && value <= 1 ? value : null;
}

/** The weights as parts of a whole. What is no weight (below 0, not finite) is not used. */
function inUse(weights: Weights): { signal: SignalName; weight: number }[] {
  const written = signalNames
    .map((signal) => ({ signal, weight: weights[signal] }))
    .filter(({ weight }) => weight > 0 && Number.isFinite(weight));
  const others = ofWhole(written.filter(({ signal }) => signal !== "confidence"));
  const confidence = Math.min(ofWhole(written).get("confidence") ?? 0, mostConfidence);
  return written.map(({ signal }) => ({
    signal,
    weight: signal === "confidence" ? confidence : (others.get(signal) ?? 0) * (1 - confidence),
  }));
}

/** First by the largest: the sum of very large ones is not finite, and that of very small ones has no digits. */
function ofWhole(parts: readonly { signal: SignalName; weight: number }[]): Map<SignalName, number> {
  const largest = Math.max(...parts.map(({ weight }) => weight));
  const whole = parts.reduce((sum, { weight }) => sum + weight / largest, 0);
  return new Map(parts.map(({ signal, weight }) => [signal, weight / largest / whole]));
}
