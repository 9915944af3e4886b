// How like one call is to another: what is found alike, and what always holds.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../src/kernel/json.js";
import { likenessOf, likest, type Judged } from "../src/review/likeness.js";

const refund = (args: JsonObject, ...rules: string[]): Judged => ({
  args,
  reasons: rules.map((rule) => ({ rule })),
});

describe("a past call", () => {
  it("is told apart by its arguments: the same, other numbers, and others", () => {
    const now = refund({ customer: "c-1", amount: 100, account: "DE1", currency: "EUR" }, "big");
    const then = refund({ customer: "c-1", amount: 60, account: "DE2", currency: "EUR", note: "x" }, "big");
    expect(likenessOf(now, then)).toMatchObject({
      sameRules: true,
      same: ["currency", "customer"],
      numbers: [{ field: "amount", ratio: 0.6 }],
      differing: ["account", "note"],
    });
  });

  it("of the same customer is more like it than one of the same amount alone, if the amount is near", () => {
    const now = refund({ customer: "c-1", amount: 100 }, "big");
    const near = likenessOf(now, refund({ customer: "c-1", amount: 90 }, "big"));
    const other = likenessOf(now, refund({ customer: "c-2", amount: 100 }, "big"));
    expect(near.score).toBeGreaterThan(
      likenessOf(now, refund({ customer: "c-1", amount: 900 }, "big")).score,
    );
    expect(near.score).toBeLessThan(1);
    expect(other.score).toBeGreaterThan(
      likenessOf(now, refund({ customer: "c-2", amount: 150 }, "big")).score,
    );
  });

  it("held by other rules is less like it", () => {
    const now = refund({ amount: 100 }, "big", "repeat");
    const scores = [["big", "repeat"], ["big"], []].map(
      (rules) => likenessOf(now, refund({ amount: 100 }, ...rules)).score,
    );
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    expect(new Set(scores).size).toBe(3);
  });

  it("with a number that is nothing, or of the other sign, is simply another", () => {
    for (const [a, b] of [
      [0, 5],
      [5, 0],
      [5, -5],
    ] as const)
      expect(likenessOf(refund({ amount: a }), refund({ amount: b }))).toMatchObject({
        same: [],
        numbers: [],
        differing: ["amount"],
      });
  });

  it("that is as like it as another is first where it was decided last", () => {
    const past = (name: string, day: number, amount: number) => ({
      ...refund({ amount }),
      name,
      decidedAt: new Date(Date.UTC(2026, 0, day)),
    });
    const found = likest(
      refund({ amount: 10 }),
      [past("old", 1, 10), past("far", 9, 10_000), past("new", 5, 10), past("near", 8, 11)],
      3,
    );
    expect(found.map(({ one }) => one.name)).toEqual(["new", "old", "near"]);
  });
});

describe("whatever two calls are", () => {
  const value = fc.oneof(
    fc.integer({ min: -20, max: 20 }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom("a", "b", true, null),
    fc.array(fc.constantFrom("a", 1), { maxLength: 2 }),
  );
  const call: fc.Arbitrary<Judged> = fc.record({
    args: fc.dictionary(fc.constantFrom("customer", "amount", "note", "account"), value),
    reasons: fc
      .uniqueArray(fc.constantFrom("big", "repeat", "new"), { maxLength: 3 })
      .map((rules) => rules.map((rule) => ({ rule }))),
  });
  const reversed = (args: JsonObject): JsonObject => Object.fromEntries(Object.entries(args).toReversed());

  it("each is as like the other as the other is like it", () => {
    fc.assert(
      fc.property(call, call, (a, b) => {
        const [there, back] = [likenessOf(a, b), likenessOf(b, a)];
        expect(there.score).toBeCloseTo(back.score, 10);
        expect([there.same, there.differing, there.sameRules]).toEqual([
          back.same,
          back.differing,
          back.sameRules,
        ]);
        for (const [index, { ratio }] of there.numbers.entries())
          expect(ratio * (back.numbers[index]?.ratio ?? 0)).toBeCloseTo(1, 6);
      }),
    );
  });

  it("nothing is more like a call than itself, and only what is the same is as like", () => {
    fc.assert(
      fc.property(call, call, (a, b) => {
        expect(likenessOf(a, a).score).toBe(1);
        const { score, same, numbers, differing, sameRules } = likenessOf(a, b);
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(1);
        // Numbers that differ in their last digits only may come as near as makes no difference.
        if (score === 1 && numbers.length === 0)
          expect([same.length, differing, sameRules]).toEqual([Object.keys(a.args).length, [], true]);
      }),
    );
  });

  it("the order of arguments and rules is nothing, and each argument is told once", () => {
    fc.assert(
      fc.property(call, call, (a, b) => {
        const turned = { args: reversed(b.args), reasons: b.reasons.toReversed() };
        const likeness = likenessOf(a, b);
        expect(likenessOf(a, turned)).toEqual(likeness);
        const told = [
          ...likeness.same,
          ...likeness.numbers.map(({ field }) => field),
          ...likeness.differing,
        ].toSorted();
        expect(told).toEqual([...new Set([...Object.keys(a.args), ...Object.keys(b.args)])].toSorted());
      }),
    );
  });
});
