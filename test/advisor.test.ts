// What labelled calls advise: where a threshold could be, and what it would mean.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { advise, type AdvisedCall } from "../src/metrics/advisor.js";
import { reversibilities } from "../src/policies/words.js";

const target = { maxError: 0.05, confidence: 0.9 };
const tags = "desk/tag_ticket";

function calls(count: number, from: string, rest: Partial<AdvisedCall> = {}): AdvisedCall[] {
  return Array.from({ length: count }, (_, index) => ({
    reviewId: `${from}-${index}`,
    class: tags,
    reversibility: "reversible" as const,
    score: 0.9,
    isWrong: false,
    unit: `${from}-${index}`,
    weight: 1,
    ...rest,
  }));
}

const advice = (all: readonly AdvisedCall[], inForce: number | null = null) =>
  advise(all, new Map([[tags, inForce]]), target)[0];

describe("the advisor", () => {
  it("proposes the threshold that is certified, with what people would look at and what would be missed", () => {
    const good = [...calls(180, "a"), ...calls(1, "b", { isWrong: true })];
    const found = advice([...good, ...calls(20, "c", { score: 0.3, isWrong: true })]);
    expect(found).toMatchObject({
      kind: "proposed",
      class: tags,
      labels: 201,
      units: 201,
      inForce: null,
      proposed: 0.9,
      needed: null,
      review: { share: 20 / 201, n: 201 },
      missed: { share: 1 / 201, n: 201 },
      warnings: [],
    });
    if (found?.kind !== "proposed") return;
    expect(found.review.low).toBeCloseTo(0.0654, 3);
    expect(found.review.high).toBeCloseTo(0.1487, 3);
    expect(found.missed.high).toBeGreaterThan(found.missed.share);
  });

  it("proposes to look at everything where nothing is certified, and says what it would take", () => {
    expect(advice(calls(30, "a"))).toMatchObject({
      proposed: null,
      needed: 53,
      review: { share: 1 },
      missed: { share: 0 },
      changes: [],
      warnings: ["above-30-percent-reviewed"],
    });
  });

  it("lists what would be decided otherwise than now, and whether it was wrong", () => {
    const all = [
      ...calls(60, "a"),
      ...calls(1, "would-run", { score: 0.6 }),
      ...calls(2, "would-wait", { score: 0.85, isWrong: true }),
    ];
    const laxer = advice([...calls(60, "a"), ...calls(1, "would-run", { score: 0.6 })], 0.8);
    expect(laxer).toMatchObject({
      changes: [{ reviewId: "would-run-0", score: 0.6, change: "runs", isWrong: false }],
    });
    expect(advice(all, 0.8)).toMatchObject({
      proposed: 0.9,
      changes: [
        { reviewId: "would-wait-0", change: "waits", isWrong: true },
        { reviewId: "would-wait-1", change: "waits", isWrong: true },
      ],
    });
  });

  it("warns where people would look at nearly nothing", () => {
    expect(advice(calls(100, "a"))).toMatchObject({
      review: { share: 0 },
      warnings: ["below-2-percent-reviewed"],
    });
  });

  it("takes what was looked at by chance for what was not", () => {
    const all = [...calls(60, "a", { weight: 9 }), ...calls(60, "b", { score: 0.2, isWrong: true })];
    expect(advice(all)).toMatchObject({ proposed: 0.9, review: { share: 0.1, n: 120 } });
  });

  it("is no surer by many calls of one conversation", () => {
    const half = (unit?: string) => [
      ...calls(60, "a", unit ? { unit } : {}),
      ...calls(60, "b", { isWrong: true, ...(unit ? { unit } : {}) }),
    ];
    const width = (all: AdvisedCall[]) => {
      const found = advice(all);
      return found?.kind === "proposed" ? found.review.high - found.review.low : 0;
    };
    expect(width(half("one"))).toBeGreaterThan(3 * width(half()));
  });

  it("keeps the classes apart", () => {
    const other = calls(60, "b", { class: "desk/close_ticket", isWrong: true });
    expect(advise([...calls(60, "a"), ...other], new Map(), target)).toMatchObject([
      { class: tags, proposed: 0.9 },
      { class: "desk/close_ticket", proposed: null },
    ]);
  });

  it("never proposes that what cannot be undone runs by itself", () => {
    const call = fc.record({
      reviewId: fc.string(),
      class: fc.constantFrom("a", "b"),
      reversibility: fc.constantFrom(...reversibilities),
      score: fc.double({ min: 0.5, max: 1, noNaN: true }),
      isWrong: fc.boolean(),
      unit: fc.string(),
      weight: fc.constantFrom(1, 10),
    });
    const most = fc.tuple(fc.array(call), fc.constantFrom(...reversibilities), fc.constantFrom("a", "b"));
    fc.assert(
      fc.property(
        most,
        fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
        ([some, reversibility, name], now) => {
          const all = [...calls(80, "good", { class: name, reversibility }), ...some];
          for (const one of advise(all, new Map([["a", now]]), target)) {
            const own = all.filter((call) => call.class === one.class);
            const isGated = own.some((call) => call.reversibility === "irreversible");
            expect(one.kind).toBe(isGated ? "gated" : "proposed");
            expect("proposed" in one).toBe(!isGated);
          }
        },
      ),
    );
  });
});
