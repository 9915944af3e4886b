// The score of a call: what always holds of it, whatever the values and the weights.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  defaultWeights,
  scoreOf,
  signalNames,
  type SignalName,
  type SignalValues,
  type Weights,
} from "../src/policies/composite.js";

const unit = fc.double({ min: 0, max: 1, noNaN: true });
const signal = fc.constantFrom(...signalNames);

function perSignal<Value>(arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Record<SignalName, Value>> {
  return fc.record(
    Object.fromEntries(signalNames.map((name) => [name, arbitrary])) as Record<
      SignalName,
      fc.Arbitrary<Value>
    >,
  );
}
const values: fc.Arbitrary<SignalValues> = perSignal(fc.option(unit));
const weights: fc.Arbitrary<Weights> = perSignal(
  fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e308, noNaN: true }), unit),
);
const best = Object.fromEntries(signalNames.map((name) => [name, 1]));

describe("a score", () => {
  it("is the weighted sum of what is known, and names first what takes most from it", () => {
    const given = { validators: 1, similarity: 0.8, accuracy: 0.5, novelty: null };
    const { score, parts } = scoreOf(given, defaultWeights);
    expect(score).toBeCloseTo(0.3 + 0.25 * 0.8 + 0.2 * 0.5, 12);
    expect(parts.map((part) => part.signal)).toEqual([
      "confidence",
      "accuracy",
      "novelty",
      "similarity",
      "validators",
    ]);
    expect(parts[0]).toEqual({ signal: "confidence", value: null, weight: 0.15, share: 0 });
    expect(parts[3]).toMatchObject({ signal: "similarity", value: 0.8 });
    expect(parts[3]?.share).toBeCloseTo(0.2, 12);
  });

  it("stands between 0 and 1, and is the sum of its parts", () => {
    fc.assert(
      fc.property(values, weights, (given, weighed) => {
        const { score, parts } = scoreOf(given, weighed);
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(1);
        expect(parts.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(score, 12);
      }),
    );
  });

  it("never falls where a signal gets better", () => {
    fc.assert(
      fc.property(values, weights, signal, unit, unit, (given, weighed, name, one, other) => {
        const at = (value: number) => scoreOf({ ...given, [name]: value }, weighed).score;
        expect(at(Math.max(one, other))).toBeGreaterThanOrEqual(at(Math.min(one, other)));
      }),
    );
  });

  it("rises where a signal in use gets clearly better, whichever it is", () => {
    for (const name of signalNames) {
      const weighed = { ...defaultWeights, judge: 0.1, agreement: 0.1 };
      const at = (value: number) => scoreOf({ ...best, [name]: value }, weighed).score;
      expect(at(1)).toBeGreaterThan(at(0.5));
      expect(at(0.5)).toBeGreaterThan(at(0));
    }
  });

  it("is never better for a signal that is missing, or that is no value at all", () => {
    const none = fc.constantFrom(null, undefined, NaN, Infinity, -0.5, 1.5);
    fc.assert(
      fc.property(values, weights, signal, unit, none, (given, weighed, name, value, missing) => {
        const without = scoreOf({ ...given, [name]: missing }, weighed).score;
        expect(without).toBeLessThanOrEqual(scoreOf({ ...given, [name]: value }, weighed).score);
        expect(without).toBe(scoreOf({ ...given, [name]: 0 }, weighed).score);
      }),
    );
  });

  it("does not know a signal that weighs nothing", () => {
    fc.assert(
      fc.property(values, weights, signal, fc.option(unit), (given, weighed, name, value) => {
        const unused = { ...weighed, [name]: 0 };
        const scored = scoreOf(given, unused);
        expect(scoreOf({ ...given, [name]: value }, unused)).toEqual(scored);
        expect(scored.parts.map((part) => part.signal)).not.toContain(name);
      }),
    );
  });

  it("takes the model's word of itself for 15 % of the whole at most, whatever was written", () => {
    fc.assert(
      fc.property(values, weights, (given, weighed) => {
        const { score, parts } = scoreOf(given, weighed);
        const part = parts.find((one) => one.signal === "confidence");
        expect(part?.weight ?? 0).toBeLessThanOrEqual(0.15);
        const without = scoreOf({ ...given, confidence: null }, weighed).score;
        expect(score - without).toBeLessThanOrEqual(0.15 + 1e-12);
      }),
    );
    const only = { ...defaultWeights, validators: 0, similarity: 0, accuracy: 0, novelty: 0 };
    expect(scoreOf(best, only).score).toBe(0.15);
  });

  it("has weights that are 1 together, in the ratios that were written", () => {
    fc.assert(
      fc.property(values, weights, (given, weighed) => {
        fc.pre(signalNames.some((name) => name !== "confidence" && weighed[name] > 0));
        const { parts } = scoreOf(given, weighed);
        expect(parts.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 12);
      }),
    );
    const doubled = Object.fromEntries(signalNames.map((name) => [name, defaultWeights[name] * 2]));
    const given = { validators: 0.3, accuracy: 0.9 };
    expect(scoreOf(given, doubled as Weights).score).toBeCloseTo(scoreOf(given, defaultWeights).score, 12);
  });

  it("is 0 where no signal is in use, or what was written is no weight", () => {
    const all = (weight: number) => Object.fromEntries(signalNames.map((name) => [name, weight])) as Weights;
    for (const weight of [0, -1, NaN, Infinity])
      expect(scoreOf(best, all(weight))).toEqual({ score: 0, parts: [] });
  });
});
