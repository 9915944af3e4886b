// What the policy page foretells of a threshold is what the advisor on the server says of it.
import fc from "fast-check";
import { expect, it } from "vitest";
import { advise } from "../src/metrics/advisor.js";
import type { DecidedCase } from "../src/http/contract.js";
import { curveOf, foretell, turnedBetween } from "../web/policy/foretell.js";

const routing = {
  target: { from: 0.05, to: 0.15 },
  maxError: 0.3,
  confidence: 0.75,
  sample: 0.1,
  refuseBelow: 0.3,
};

const decided = fc.record({
  score: fc.constantFrom(0, 0.2, 0.5, 0.6, 0.8, 0.81, 0.9, 1),
  isWrong: fc.boolean(),
  lookedAt: fc.constantFrom(0.1, 0.25, 1),
});
// With enough that is good among them, a threshold is often proposed.
const cases = fc.tuple(fc.nat({ max: 40 }), fc.array(decided, { maxLength: 30 })).map(([good, others]) =>
  [...Array.from({ length: good }, () => ({ score: 0.9, isWrong: false, lookedAt: 1 })), ...others].map(
    (one, at): DecidedCase => ({
      ...one,
      reviewId: `r${at}`,
      threadId: `t${at}`,
      decidedAt: "2026-01-01T00:00:00.000Z",
    }),
  ),
);

const decidedCase = (at: number, score: number, isWrong: boolean): DecidedCase => ({
  score,
  isWrong,
  lookedAt: 1,
  reviewId: `r${at}`,
  threadId: `t${at}`,
  decidedAt: "2026-01-01T00:00:00.000Z",
});
const eighteenInTwoHundredWrong = Array.from({ length: 200 }, (_, at) => decidedCase(at, 0.9, at < 18));

it("a threshold is foretold as the advisor does, and the same calls are on its other side", () => {
  let proposals = 0;
  let thresholds = 0;
  fc.assert(
    fc.property(
      cases,
      fc.constantFrom(0.05, 0.3),
      fc.constantFrom(null, 0.3),
      (all, maxError, refuseBelow) => {
        const asked = { ...routing, maxError, refuseBelow };
        const calls = all.map(({ reviewId, threadId, score, isWrong, lookedAt }) => ({
          reviewId,
          score,
          isWrong,
          unit: threadId,
          weight: 1 / lookedAt,
        }));
        const advice = advise(calls, "reversible", asked);
        if (advice.kind !== "advised") {
          expect(foretell(all, null, asked)).toBeNull();
          return;
        }
        for (const { threshold, review, missed, warnings } of [advice.inForce, ...advice.others]) {
          if (threshold !== null) thresholds += 1;
          const foretold = foretell(all, threshold, asked);
          expect(foretold?.review).toBeCloseTo(threshold === null ? 1 : review.share, 9);
          expect(foretold?.missed).toBeCloseTo(missed.share, 9);
          expect(foretold?.warnings).toEqual(warnings);
        }
        if (advice.proposal.kind !== "promise") return;
        proposals += 1;
        expect(
          turnedBetween(all, advice.inForce.threshold, advice.proposal.to.threshold, asked)
            .map(({ call, change }) => `${call.reviewId} ${change}`)
            .toSorted(),
        ).toEqual(advice.proposal.changes.map(({ reviewId, change }) => `${reviewId} ${change}`).toSorted());
      },
    ),
    {
      examples: [
        [[], 0.05, null],
        [eighteenInTwoHundredWrong, 0.05, null],
      ],
    },
  );
  expect(thresholds).toBeGreaterThan(0);
  expect(proposals).toBeGreaterThan(0);
});

it("of exactly 30 or 2 %, however the fractions add up, the page warns no more than the advisor does", () => {
  const seen = (waiting: number, running: number, sample: number) => {
    const scores = [...Array<number>(waiting).fill(0.4), ...Array<number>(running).fill(0.9)];
    const all = scores.map((score, at) => decidedCase(at, score, false));
    const { review, warnings } = foretell(all, 0.5, { sample, refuseBelow: null }) ?? {};
    return { isExact: review === 0.3 || review === 0.02, warnings };
  };
  expect(seen(2, 7, 0.1)).toEqual({ isExact: false, warnings: [] });
  expect(seen(0, 29, 0.02)).toEqual({ isExact: false, warnings: [] });
  expect(seen(3, 7, 0.01).warnings).toEqual(["above-30-percent-reviewed"]);
  expect(seen(0, 29, 0.019).warnings).toEqual(["below-2-percent-reviewed"]);
});

it("the curve goes through what each threshold that was seen would mean, and ends where all run", () => {
  fc.assert(
    fc.property(cases, (all) => {
      const curve = curveOf(all);
      for (const { threshold, coverage, risk } of curve) {
        const foretold = foretell(all, threshold, { sample: 0.1, refuseBelow: null });
        expect(foretold?.enough).toBeCloseTo(coverage, 9);
        expect(foretold?.wrong).toBeCloseTo(risk, 9);
      }
      expect(new Set(curve.map(({ threshold }) => threshold)).size).toBe(curve.length);
      if (all.length > 0) expect(curve.at(-1)?.coverage).toBeCloseTo(1, 9);
    }),
  );
});

it("a stricter threshold never has people look at less, nor more run wrong", () => {
  const threshold = fc.option(fc.double({ min: 0.01, max: 1, noNaN: true }), { nil: null });
  fc.assert(
    fc.property(cases, threshold, threshold, (all, a, b) => {
      const [lax, strict] = [a ?? 2, b ?? 2].toSorted((one, other) => one - other);
      const at = (value = 2) => foretell(all, value > 1 ? null : value, routing);
      const [laxly, strictly] = [at(lax), at(strict)];
      if (!laxly || !strictly) return;
      expect(strictly.review).toBeGreaterThanOrEqual(laxly.review - 1e-9);
      expect(strictly.missed).toBeLessThanOrEqual(laxly.missed + 1e-9);
    }),
  );
});
