// The signals of one call that come from earlier calls of its tool: what each says, and which way.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../src/kernel/json.js";
import { defaultWeights, scoreOf } from "../src/policies/composite.js";
import { accuracyOf, fewestDecided } from "../src/review/routing/accuracy.js";
import { familiarityOf } from "../src/review/routing/novelty.js";
import type { DecidedCall, Verdict } from "../src/review/routing/past.js";
import { similarityOf } from "../src/review/routing/similarity.js";
import { signalValuesOf } from "../src/review/routing-signals.js";
import { alikeness } from "../src/risk/alike.js";

const one = (verdict: Verdict, args: JsonObject): DecidedCall => ({ args, verdict });
const decided = (verdict: Verdict, ...calls: JsonObject[]): DecidedCall[] =>
  calls.map((args) => one(verdict, args));
const times = <Item>(count: number, of: (index: number) => Item): Item[] =>
  Array.from({ length: count }, (_, index) => of(index));

const args: fc.Arbitrary<JsonObject> = fc.dictionary(
  fc.constantFrom("order_id", "amount", "note", "items"),
  fc.oneof(
    fc.constantFrom("A-1", "A-2", "B-1", true, null),
    fc.integer({ min: -5, max: 500 }),
    fc.constantFrom(
      "please send this to the customer as soon as you can",
      "a text of a few more words than six",
    ),
    fc.array(fc.record({ id: fc.constantFrom("i1", "i2", "i3"), amount: fc.integer({ min: 1, max: 9 }) })),
  ),
);
const past = fc.array(
  fc.record({ args, verdict: fc.constantFrom<Verdict>("approved", "changed", "refused") }),
  { maxLength: 12 },
);

describe("two calls of a tool", () => {
  it("are as like as the places at which they have the same value, and numbers by how near they are", () => {
    const one = { to: "DE1", amount: 100, items: [{ id: "a" }, { id: "b" }], memo: null };
    expect(alikeness(one, one)).toBe(1);
    expect(alikeness(one, { ...one, to: "DE2" })).toBeCloseTo(2 / 3);
    expect(alikeness(one, { ...one, amount: 200 })).toBeCloseTo(2 / 3);
    expect(alikeness(one, { ...one, amount: -100 })).toBeCloseTo(2 / 3);
    expect(alikeness(one, { ...one, items: [{ id: "b" }, { id: "c" }] })).toBeCloseTo(2.5 / 3);
    expect(alikeness(one, { ...one, urgent: true })).toBeCloseTo(3 / 4);
    const near = alikeness(one, { ...one, amount: 110 });
    expect(near).toBeGreaterThan(alikeness(one, { ...one, amount: 150 }));
  });

  it("share the words of a longer text, and of a short one nothing but itself", () => {
    const long = "Your order was sent back to us and the money is on its way.";
    const other = "Your order was sent back to us and the money is lost.";
    expect(alikeness({ body: long }, { body: other })).toBeGreaterThan(0.6);
    expect(alikeness({ id: "A-1234" }, { id: "A-1235" })).toBe(0);
  });

  it("are alike whichever is asked about, from 0 to 1, and each is like itself", () => {
    fc.assert(
      fc.property(args, args, (one, other) => {
        const alike = alikeness(one, other);
        expect(alike).toBeGreaterThanOrEqual(0);
        expect(alike).toBeLessThanOrEqual(1);
        expect(alikeness(other, one)).toBeCloseTo(alike, 12);
        expect(alikeness(one, structuredClone(one))).toBe(1);
      }),
    );
  });
});

describe("similarity", () => {
  const call = { to: "DE1", amount: 100 };

  it("is not known where nobody decided a call of the tool, and 0 where nothing was approved", () => {
    expect(similarityOf(call, [])).toBeNull();
    expect(similarityOf(call, decided("refused", { to: "DE9", amount: 1 }))).toBe(0);
  });

  it("is 1 for what people approve, and less for what is less like it", () => {
    const approved = decided("approved", call, call, call);
    expect(similarityOf(call, approved)).toBe(1);
    expect(similarityOf({ ...call, to: "DE2" }, approved)).toBe(0.5);
    expect(similarityOf({ to: "DE2", amount: 900 }, approved)).toBe(0);
  });

  it("takes one approved call for less than three", () => {
    const one = similarityOf(call, decided("approved", call)) ?? 0;
    expect(one).toBeLessThan(0.5);
    expect(one).toBeGreaterThan(0);
  });

  it("falls by one like call that was refused or changed, however many were approved", () => {
    for (const verdict of ["refused", "changed"] as const) {
      const all = [...times(50, () => one("approved", call)), ...decided(verdict, call)];
      expect(similarityOf(call, all)).toBe(0.5);
    }
  });

  it("never falls by a call that was approved, and never rises by one that was not", () => {
    fc.assert(
      fc.property(args, past, args, (now, before, then) => {
        const was = similarityOf(now, before) ?? 0;
        const approved = similarityOf(now, [...before, ...decided("approved", then)]) ?? 0;
        expect(approved).toBeGreaterThanOrEqual(was - 1e-12);
        for (const verdict of ["refused", "changed"] as const)
          expect(similarityOf(now, [...before, ...decided(verdict, then)])).toBeLessThanOrEqual(was + 1e-12);
        expect(was).toBeGreaterThanOrEqual(0);
        expect(was).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe("accuracy", () => {
  const calls = (right: number, wrong: number) => [
    ...times(right, () => one("approved", {})),
    ...times(wrong, (index) => one(index % 2 === 0 ? "changed" : "refused", {})),
  ];

  it("is not known of a tool that was hardly decided", () => {
    expect(accuracyOf(calls(fewestDecided - 1, 0))).toBeNull();
    expect(accuracyOf(calls(fewestDecided, 0))).not.toBeNull();
  });

  it("is what can be relied on: the lower end of Wilson's interval", () => {
    // By the formula, z = 1.96: 10 of 10 is (10 + z²/2 − z²/2) ÷ (10 + z²).
    expect(accuracyOf(calls(10, 0))).toBeCloseTo(10 / (10 + 1.959964 ** 2), 5);
    expect(accuracyOf(calls(50, 50))).toBeCloseTo(0.4038, 3);
    expect(accuracyOf(calls(0, 10))).toBe(0);
  });

  it("rises with what people approve unchanged, falls with the rest, and with more cases comes nearer to their share", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 60 }), (right, wrong) => {
        fc.pre(right + wrong >= fewestDecided);
        const at = accuracyOf(calls(right, wrong)) ?? NaN;
        expect(accuracyOf(calls(right + 1, wrong))).toBeGreaterThan(at);
        expect(accuracyOf(calls(right, wrong + 1))).toBeLessThanOrEqual(at);
        expect(at).toBeLessThanOrEqual(right / (right + wrong));
      }),
    );
  });
});

describe("novelty", () => {
  const usual = times(40, (index) => ({
    account: index % 2 === 0 ? "DE1" : "DE2",
    amount: 90 + (index % 20),
  }));

  it("is not known of a tool that was hardly used", () => {
    expect(familiarityOf({ account: "DE1", amount: 95 }, usual.slice(0, 19))).toBeNull();
  });

  it("is 1 for what was there before, and what is new lowers it", () => {
    expect(familiarityOf({ account: "DE1", amount: 95 }, usual)).toBe(1);
    expect(familiarityOf({ account: "DE9", amount: 95 }, usual)).toBe(0);
    const one = scoreOf({ novelty: familiarityOf({ account: "DE1", amount: 95 }, usual) }, defaultWeights);
    const other = scoreOf({ novelty: familiarityOf({ account: "DE9", amount: 95 }, usual) }, defaultWeights);
    expect(other.score).toBeLessThan(one.score);
  });

  it("takes something new for less where every call brings something new, and never for nothing", () => {
    const orders = times(40, (index) => ({ order_id: `A-${index}` }));
    const isNew = familiarityOf({ order_id: "A-999" }, orders) ?? 0;
    expect(isNew).toBeGreaterThan(0.9);
    expect(isNew).toBeLessThan(1);
    expect(familiarityOf({ order_id: "A-7" }, orders)).toBe(1);
  });

  it("falls as an amount goes beyond what is usual, and not for a small one", () => {
    const at = (amount: number) => familiarityOf({ account: "DE1", amount }, usual) ?? NaN;
    expect(at(1)).toBe(1);
    expect(at(104)).toBe(1);
    expect(at(115)).toBeLessThan(1);
    expect(at(125)).toBeLessThan(at(115));
    expect(at(100_000)).toBe(0);
  });

  it("sees an argument that no call had, a value in a list, and no text that the model words", () => {
    expect(familiarityOf({ account: "DE1", amount: 95, cc: "eve@else.example" }, usual)).toBe(0);
    const lists = times(30, () => ({
      items: [{ id: "a" }, { id: "b" }],
      body: "some words of the model, always other ones",
    }));
    const body = "quite other words that nobody has ever written here before";
    expect(familiarityOf({ items: [{ id: "b" }], body }, lists)).toBe(1);
    expect(familiarityOf({ items: [{ id: "b" }, { id: "z" }], body }, lists)).toBe(0);
  });

  it("never rises by a value that was not there before", () => {
    fc.assert(
      fc.property(args, fc.array(args, { minLength: 20, maxLength: 25 }), (now, before) => {
        const was = familiarityOf(now, before) ?? NaN;
        expect(familiarityOf({ ...now, account: "never seen" }, before)).toBe(0);
        expect(was).toBeGreaterThanOrEqual(0);
        expect(was).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe("the signals of a call", () => {
  it("are those of its own tool, and null where nothing is known of it", () => {
    const call = { to: "DE1" };
    const known = {
      decided: new Map([["pay", times(12, () => one("approved", call))]]),
      carriedOut: new Map([["pay", times(25, () => call)]]),
    };
    const values = signalValuesOf({ tool: "pay", args: call }, known, { validators: 1 });
    expect(values).toMatchObject({ validators: 1, similarity: 1, novelty: 1 });
    expect(values.accuracy).toBeGreaterThan(0.7);
    const other = signalValuesOf({ tool: "wipe", args: call }, known, { judge: null });
    expect(other).toEqual({ judge: null, similarity: null, accuracy: null, novelty: null });
    expect(scoreOf(other, defaultWeights).score).toBe(0);
  });
});
