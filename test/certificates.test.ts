// What is made of the decisions on one kind of call: a certificate, or its withdrawal.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keptFrom } from "../src/learning/autonomy.js";
import type { DecidedCall } from "../src/learning/strata.js";
import { calm, isAlarmed, seen } from "../src/policies/drift.js";
import { defaultWeights } from "../src/policies/composite.js";
import type { Routing } from "../src/policies/routing.js";

const routing: Routing = {
  target: { from: 0.05, to: 0.15 },
  maxError: 0.05,
  tools: new Map(),
  confidence: 0.9,
  sample: 0.1,
  refuseBelow: null,
  bands: [],
  weights: defaultWeights,
};

/** A conversation each, decided one after the other. */
function calls(count: number, of: Partial<DecidedCall> = {}, from = 0): DecidedCall[] {
  return Array.from({ length: count }, (_, index) => ({
    reviewId: `r${from + index}`,
    threadId: `t${from + index}`,
    score: 0.9,
    isWrong: false,
    lookedAt: 1,
    leastLookedAt: 1,
    countsFrom: new Date(Date.UTC(2026, 0, 1) + (from + index) * 1_000).toISOString(),
    ...of,
  }));
}

const byChance = { lookedAt: 0.1, leastLookedAt: 0.1 };

describe("decisions on calls of one kind", () => {
  it("earn a certificate where they are right, and none where nothing is known", () => {
    expect(keptFrom([], routing, null)).toMatchObject({
      certificate: { kind: "none", units: 0 },
      knowsUntil: null,
    });
    const kept = keptFrom(calls(80), routing, null);
    expect(kept).toMatchObject({ certificate: { kind: "certified", units: 80 }, withdrawnAt: null });
    expect(kept.knowsUntil).toBe(calls(80).at(-1)?.countsFrom);
  });

  it("earn none where a thousand of them are of a few conversations, whoever decided them", () => {
    const long = calls(1_000).map((call, index) => ({ ...call, threadId: `t${index % 40}` }));
    expect(keptFrom(long, routing, null)).toMatchObject({ certificate: { kind: "none", units: 40 } });
  });

  it("stand each for as many as were not looked at beside it", () => {
    const seldom = calls(100, byChance);
    const always = calls(100, { score: 0.5, isWrong: true, leastLookedAt: 0.1 }, 100);
    const { certificate } = keptFrom([...seldom, ...always], routing, null);
    if (certificate.kind !== "certified") throw new Error("It is to be certified.");
    expect([certificate.threshold, certificate.share]).toEqual([0.9, expect.closeTo(10 / 11, 9)]);
  });

  it("withdraw it where more of what ran unseen is wrong than may be, and what was decided before counts no more", () => {
    const seen = [...calls(80), ...calls(40, { ...byChance, isWrong: true }, 80)];
    const kept = keptFrom(seen, routing, null);
    expect(kept.certificate).toMatchObject({ kind: "none", units: 0 });
    expect(kept.withdrawnAt).toBe(seen.at(-1)?.countsFrom);
    expect(keptFrom([], routing, kept.withdrawnAt)).toMatchObject({ withdrawnAt: kept.withdrawnAt });
  });

  it("withdraw it as soon as the stake is one by what is put up with, and no later", () => {
    const looks = [...Array(60).keys()].map((n) => calls(n, { ...byChance, isWrong: true }));
    const first = (alpha: number) =>
      looks.findIndex((wrong) => {
        const drift = wrong.reduce((state) => seen(state, { wrong: 1, probability: 0.1 }, 0.05), calm);
        return isAlarmed(drift, alpha);
      });
    const withdrawn = (confidence: number) =>
      looks.findIndex((wrong) => keptFrom(wrong, { ...routing, confidence }, null).withdrawnAt !== null);
    expect([withdrawn(0.9), withdrawn(0.999)]).toEqual([first(0.1), first(0.001)]);
    expect(withdrawn(0.9)).toBeLessThan(withdrawn(0.999));
  });

  it("keep it where it is one conversation in which much was wrong", () => {
    const one = calls(40, { ...byChance, isWrong: true, threadId: "t-bad" }, 80);
    expect(keptFrom([...calls(80), ...one], routing, null).withdrawnAt).toBeNull();
  });

  it("keep it where the errors are among what people see anyway, or among what is refused", () => {
    const wrong = { isWrong: true, score: 0.1 };
    expect(keptFrom([...calls(80), ...calls(40, wrong, 80)], routing, null).certificate.kind).toBe(
      "certified",
    );
    const refusing = { ...routing, refuseBelow: 0.2 };
    const kept = keptFrom([...calls(80), ...calls(40, { ...wrong, ...byChance }, 80)], refusing, null);
    expect(kept.withdrawnAt).toBeNull();
  });

  it("never certify a score that nobody has seen decided", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 60, maxLength: 90 }),
        (scores) => {
          const { certificate } = keptFrom(
            scores.flatMap((score, index) => calls(1, { score }, index)),
            routing,
            null,
          );
          if (certificate.kind === "certified")
            expect(certificate.threshold).toBeGreaterThanOrEqual(Math.min(...scores));
        },
      ),
    );
    expect(keptFrom(calls(90), routing, null).certificate).toMatchObject({ threshold: 0.9 });
  });
});
