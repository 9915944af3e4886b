// What a certificate is worth on recorded writes: the tasks are split in two, again and again; a threshold is certified on
// one half, and on the other it is seen what would then have run.
import { certify, type Labelled, type Target } from "../src/policies/certify.js";
import { chanceFrom } from "./chance.js";
import { print } from "./figure.js";

export interface JudgedCall {
  task: string;
  conversation: string;
  /** 0 … 1; 1: nothing speaks against it. */
  score: number;
  isWrong: boolean;
}

export const confidence = 0.9;
/** What a company would put up with; and, since in these recordings more is wrong, what it would not. */
const product = 0.05;
export const maxErrors = [product, 0.1, 0.15, 0.2];
/** A threshold that somebody picks for all tools. */
export const single = 0.85;
const resplits = 400;

export function certificates(calls: readonly JudgedCall[], who: string): void {
  if (new Set(calls.map(({ task }) => task)).size < 2) return;
  const splits = splitByTask(calls);
  for (const maxError of maxErrors) {
    const of = `${maxError === product ? "" : `__at_${maxError * 100}pct`}${who}`;
    const target = { maxError, confidence };
    const certified = splits.map((split) =>
      outcomeOf(split, thresholdOf(certify(labelsOf(split.known), target))),
    );
    violations(`validity_violations${of}`, certified, target);
    const chosen = splits.map((split) => outcomeOf(split, lowestThatLooksGood(split.known, maxError)));
    violations(`validity_violations__without_certificate${of}`, chosen, target);
    const held = splits.map((split) => outcomeOf(split, single));
    violations(`validity_violations__single_85${of}`, held, target);
    adversarial(`adversarial_certified${of}`, splits, target);
  }
  thinned(calls, who);
}

/**
 * The product's target, on recordings in which it is hard to keep and hard to see that it is not kept: so many of the wrong
 * calls are taken away by chance that of what nothing is objected to just so much is wrong as may be.
 */
function thinned(calls: readonly JudgedCall[], who: string): void {
  const target = { maxError: product, confidence };
  const error = errorOf(ranFrom(calls, 1));
  if (error <= product) return;
  const kept = (product * (1 - error)) / (error * (1 - product));
  const chance = chanceFrom(3);
  const thin = (half: readonly JudgedCall[]) => half.filter(({ isWrong }) => !isWrong || chance() < kept);
  const outcomes = splitByTask(calls).map(({ known, unseen }) => {
    const split = { known: thin(known), unseen: thin(unseen) };
    return outcomeOf(split, thresholdOf(certify(labelsOf(split.known), target)));
  });
  violations(`validity_violations__thinned${who}`, outcomes, target);
}

interface Split {
  known: readonly JudgedCall[];
  unseen: readonly JudgedCall[];
}

function splitByTask(calls: readonly JudgedCall[]): Split[] {
  const tasks = [...new Set(calls.map(({ task }) => task))];
  const chance = chanceFrom(1);
  return Array.from({ length: resplits }, () => {
    const half = new Set(shuffled(tasks, chance).slice(0, Math.ceil(tasks.length / 2)));
    return {
      known: calls.filter(({ task }) => half.has(task)),
      unseen: calls.filter(({ task }) => !half.has(task)),
    };
  });
}

function shuffled<One>(all: readonly One[], chance: () => number): One[] {
  return all
    .map((one) => ({ one, at: chance() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ one }) => one);
}

export function labelsOf(calls: readonly JudgedCall[]): Labelled[] {
  return calls.map(({ conversation, score, isWrong }) => ({ unit: conversation, score, isWrong, weight: 1 }));
}

/** Null: everything is reviewed. */
function thresholdOf(certificate: ReturnType<typeof certify>): number | null {
  return certificate.kind === "certified" ? certificate.threshold : null;
}

/** What somebody takes who looks for a threshold and asks for no certainty. */
function lowestThatLooksGood(calls: readonly JudgedCall[], maxError: number): number | null {
  const scores = [...new Set(calls.map(({ score }) => score))].toSorted((a, b) => a - b);
  return scores.find((threshold) => errorOf(ranFrom(calls, threshold)) <= maxError) ?? null;
}

interface Outcome {
  threshold: number | null;
  /** Shares of the unseen half: of conversations in the mean, and of calls. */
  error: number;
  errorByCall: number;
  reviewed: number;
  caught: number;
}

function outcomeOf({ unseen }: Split, threshold: number | null): Outcome {
  const ran = threshold === null ? [] : ranFrom(unseen, threshold);
  const wrong = ran.filter(({ isWrong }) => isWrong).length;
  const allWrong = unseen.filter(({ isWrong }) => isWrong).length;
  return {
    threshold,
    error: errorOf(ran),
    errorByCall: ran.length === 0 ? 0 : wrong / ran.length,
    reviewed: 1 - ran.length / unseen.length,
    caught: allWrong === 0 ? 1 : 1 - wrong / allWrong,
  };
}

function ranFrom(calls: readonly JudgedCall[], threshold: number): JudgedCall[] {
  return calls.filter(({ score }) => score >= threshold);
}

/** As a certificate means it: each conversation counts once. */
function errorOf(calls: readonly JudgedCall[]): number {
  const conversations = new Map<string, { calls: number; wrong: number }>();
  for (const { conversation, isWrong } of calls) {
    const { calls, wrong } = conversations.get(conversation) ?? { calls: 0, wrong: 0 };
    conversations.set(conversation, { calls: calls + 1, wrong: wrong + (isWrong ? 1 : 0) });
  }
  const shares = [...conversations.values()].map(({ calls, wrong }) => wrong / calls);
  return mean(shares);
}

function violations(figure: string, outcomes: readonly Outcome[], { maxError }: Target): void {
  const broken = outcomes.filter(({ error }) => error > maxError).length;
  print({
    bench: "tau",
    figure,
    value: broken / outcomes.length,
    unit: "share",
    n: outcomes.length,
    at: {
      max_error: maxError,
      bar: bar(outcomes.length),
      by_call: rounded(outcomes.filter(({ errorByCall }) => errorByCall > maxError).length / outcomes.length),
      with_a_threshold: rounded(
        outcomes.filter(({ threshold }) => threshold !== null).length / outcomes.length,
      ),
      reviewed: rounded(mean(outcomes.map(({ reviewed }) => reviewed))),
      caught: rounded(mean(outcomes.map(({ caught }) => caught))),
    },
  });
}

/** What luck may add to 1 − confidence: two standard errors. */
function bar(n: number): number {
  return rounded(1 - confidence + 2 * Math.sqrt((confidence * (1 - confidence)) / n));
}

type Rank = (calls: readonly JudgedCall[], chance: () => number) => JudgedCall[];

/** Scores that tell nothing, or the contrary. */
const adversaries: Readonly<Record<string, Rank>> = {
  reversed: (calls) => calls.map((one) => ({ ...one, score: 1 - one.score })),
  shuffled: (calls, chance) => {
    const scores = shuffled(
      calls.map(({ score }) => score),
      chance,
    );
    return calls.map((one, index) => ({ ...one, score: scores[index] ?? 0 }));
  },
  surest_where_wrong: (calls) => calls.map((one) => ({ ...one, score: one.isWrong ? 1 : one.score })),
};

/** The share of the worst of them. */
function adversarial(figure: string, splits: readonly Split[], target: Target): void {
  const certified = Object.entries(adversaries).map(([name, rank]): [string, number] => {
    const chance = chanceFrom(2);
    const given = splits.filter(
      ({ known }) => certify(labelsOf(rank(known, chance)), target).kind === "certified",
    );
    return [name, rounded(given.length / splits.length)];
  });
  print({
    bench: "tau",
    figure,
    value: Math.max(...certified.map(([, share]) => share)),
    unit: "share",
    n: splits.length,
    at: { max_error: target.maxError, bar: bar(splits.length), ...Object.fromEntries(certified) },
  });
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, one) => sum + one, 0) / values.length;
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
