// How recorded writes are ranked by what the product would have known of each: the signals are its own, from the writes
// that came before in the recording. Nothing of the same task is among these, and whoever decided them is taken to have
// been right. Of a model's confidence recordings say nothing, and no judge was asked.
import {
  defaultWeights,
  scoreOf,
  signalNames,
  type SignalName,
  type Weights,
} from "../src/policies/composite.js";
import type { DecidedCall } from "../src/review/routing/past.js";
import { signalValuesOf } from "../src/review/routing-signals.js";
import { objectedTo, type Judged } from "./objections.js";
import { ranking, type Rank } from "./ranked.js";
import type { RecordedWrite } from "./tau-writes.js";

/** Those that recordings know. */
const recorded = ["validators", "similarity", "accuracy", "novelty"] as const;

/** As many as the product reads. */
const mostBefore = 100;

export interface Composite {
  /** Before a write, with nothing known at first, 0 … 1. */
  score: Rank;
  /** Whom a person sees first: what the policy holds, the gravest before, and then what scores least. */
  asItRuns: Rank;
}

/**
 * Prints what each signal adds: the composite as it is weighted by default, without each of them, and each by itself; and
 * where people had decided as many writes before the first of these.
 */
export function composite(judged: readonly Judged[]): Composite {
  const found = scoredWith(judged, (at) => judged.slice(0, at));
  const begun = scoredWith(judged, (at) => [...judged.slice(at + 1), ...judged.slice(0, at)]);
  ranking(judged, "__composite", leastFirst(found(recorded)));
  ranking(judged, "__composite_begun_before", leastFirst(begun(recorded)));
  ranking(judged, "__begun_before", heldFirst(begun(recorded)));
  for (const name of recorded) {
    const others = recorded.filter((one) => one !== name);
    ranking(judged, `__composite_without_${name}`, leastFirst(found(others)));
    ranking(judged, `__${name}_alone`, leastFirst(found([name])));
  }
  return { score: found(recorded), asItRuns: heldFirst(found(recorded)) };
}

const leastFirst =
  (score: Rank): Rank =>
  (one) =>
    1 - score(one);

/** Objections are counted in whole numbers, so the score says only which of equals comes first. */
const heldFirst =
  (score: Rank): Rank =>
  (one) =>
    objectedTo(one) + (1 - score(one)) / 2;

/** @param before what came before the write in this place, the newest last */
function scoredWith(
  judged: readonly Judged[],
  before: (at: number) => readonly Judged[],
): (names: readonly SignalName[]) => Rank {
  const values = new Map(
    judged.map((one, at) => {
      const past = pastOf(
        one.write,
        before(at).map(({ write }) => write),
      );
      return [one, signalValuesOf(one.write, past, { validators: one.heard })];
    }),
  );
  return (names) => {
    const weights = weightsOf(names);
    return (one) => scoreOf(values.get(one) ?? {}, weights).score;
  };
}

function pastOf({ task, tool }: RecordedWrite, before: readonly RecordedWrite[]) {
  const others = before.filter((one) => one.task !== task && one.tool === tool).toReversed();
  const decided = others
    .slice(0, mostBefore)
    .map(({ args, isCorrect }): DecidedCall => ({ args, verdict: isCorrect ? "approved" : "refused" }));
  const carriedOut = others.filter(({ wasCarriedOut }) => wasCarriedOut).slice(0, mostBefore);
  return {
    decided: new Map([[tool, decided]]),
    carriedOut: new Map([[tool, carriedOut.map(({ args }) => args)]]),
  };
}

function weightsOf(names: readonly SignalName[]): Weights {
  const unused = Object.fromEntries(signalNames.map((name) => [name, 0])) as Weights;
  return names.reduce((weights, name) => ({ ...weights, [name]: defaultWeights[name] }), unused);
}
