// What the policy page foretells of a threshold is what the advisor on the server says of it.
import fc from "fast-check";
import { expect, it } from "vitest";
import { advise } from "../src/metrics/advisor.js";
import type { DecidedCase } from "../src/http/contract.js";
import { curveOf, foretell, turnedBetween } from "../web/policy/foretell.js";

const target = { maxError: 0.3, confidence: 0.75 };

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

it("a threshold is foretold as the advisor does, and the same calls are on its other side", () => {
  let proposals = 0;
  fc.assert(
    fc.property(cases, fc.option(fc.double({ min: 0.01, max: 1, noNaN: true })), (all, inForce) => {
      const calls = all.map(({ reviewId, threadId, score, isWrong, lookedAt }) => ({
        reviewId,
        score,
        isWrong,
        class: "one",
        reversibility: "reversible" as const,
        unit: threadId,
        weight: 1 / lookedAt,
      }));
      const [advice] = advise(calls, new Map([["one", inForce]]), target);
      if (advice?.kind !== "proposed") {
        expect(foretell(all, null)).toBeNull();
        return;
      }
      if (advice.proposed !== null) proposals += 1;
      const foretold = foretell(all, advice.proposed);
      expect(foretold?.review).toBeCloseTo(advice.review.share, 9);
      expect(foretold?.missed).toBeCloseTo(advice.missed.share, 9);
      expect(
        turnedBetween(all, inForce, advice.proposed)
          .map(({ call, change }) => `${call.reviewId} ${change}`)
          .toSorted(),
      ).toEqual(advice.changes.map(({ reviewId, change }) => `${reviewId} ${change}`).toSorted());
    }),
    { examples: [[[], null]] },
  );
  expect(proposals).toBeGreaterThan(10);
});

it("the curve goes through what each threshold that was seen would mean, and ends where all run", () => {
  fc.assert(
    fc.property(cases, (all) => {
      const curve = curveOf(all);
      for (const { threshold, coverage, risk } of curve) {
        const foretold = foretell(all, threshold);
        expect(1 - (foretold?.review ?? 0)).toBeCloseTo(coverage, 9);
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
      const at = (value = 2) => foretell(all, value > 1 ? null : value);
      const [laxly, strictly] = [at(lax), at(strict)];
      if (!laxly || !strictly) return;
      expect(strictly.review).toBeGreaterThanOrEqual(laxly.review - 1e-9);
      expect(strictly.missed).toBeLessThanOrEqual(laxly.missed + 1e-9);
    }),
  );
});
