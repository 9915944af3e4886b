import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../src/kernel/json.js";
import { oddOnes } from "../src/review/odd-ones.js";

const payout = (customer: string, account: string, amount = 100): JsonObject => ({
  customer,
  account,
  amount,
});
const marks = (calls: JsonObject[], precedents: JsonObject[] = []) =>
  oddOnes(calls, precedents).map(({ at, field, why }) => `${at} ${field} ${why}`);

const names = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 12 }), { minLength: 5, maxLength: 30 });

describe("in a table of calls that look alike", () => {
  it("an account that differs from where a customer was always paid is marked, among customers of any number", () => {
    fc.assert(
      fc.property(names, fc.nat(), (customers, pick) => {
        const usual = (customer: string) => payout(customer, `account of ${customer}`);
        const before = customers.flatMap((customer) => [usual(customer), usual(customer)]);
        const at = pick % customers.length;
        const calls = customers.map(usual);
        expect(marks(calls, before)).toEqual([]);
        calls[at] = payout(customers[at] ?? "", "account of a thief");
        expect(oddOnes(calls, before)).toEqual([
          {
            at,
            field: "account",
            why: "changed",
            given: "customer",
            before: `account of ${customers[at]}`,
          },
        ]);
      }),
    );
  });

  it("the one value that is not as all others is marked, wherever it stands", () => {
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 60 }), fc.nat(), (count, pick) => {
        const calls = Array.from({ length: count }, (_, n) => payout(`c${n}`, "the one account"));
        calls[pick % count] = payout(`c${pick % count}`, "another one");
        expect(marks(calls)).toEqual([`${pick % count} account rare`]);
      }),
    );
  });

  it("a value that was never let through is marked where most others were", () => {
    const before = ["a", "b", "c", "d"].map((name) => payout(name, `account ${name}`));
    const calls = ["a", "b", "c", "x"].map((name) => payout(name, `account ${name}`));
    expect(marks(calls, before)).toEqual(["3 customer new", "3 account new"]);
  });

  it("a number far from the others is marked, and numbers as they come are not", () => {
    const calls = [10, 12, 9, 11, 10_000, 13].map((amount, n) => payout(`c${n}`, `account ${n}`, amount));
    expect(marks(calls)).toEqual(["4 amount far"]);
    expect(marks(calls.filter((_, n) => n !== 4))).toEqual([]);
  });

  it("nothing is made of what is new each time, such as an order", () => {
    const order = (customer: string, id: string): JsonObject => ({ customer, order: id });
    const before = [order("a", "1"), order("a", "2"), order("b", "3"), order("b", "4"), order("c", "5")];
    expect(marks([order("a", "6"), order("b", "7"), order("c", "8")], before)).toEqual([]);
  });

  it("of any calls, each mark names a call and an argument that is there, once", () => {
    const args = fc.dictionary(fc.constantFrom("a", "b", "c", "__proto__"), fc.jsonValue());
    fc.assert(
      fc.property(
        fc.array(args, { maxLength: 12 }),
        fc.array(args, { maxLength: 20 }),
        (calls, precedents) => {
          const odd = oddOnes(calls as JsonObject[], precedents as JsonObject[]);
          for (const { at } of odd) expect(at).toBeLessThan(calls.length);
          expect(new Set(odd.map(({ at, field }) => `${at} ${field}`)).size).toBe(odd.length);
        },
      ),
    );
  });
});
