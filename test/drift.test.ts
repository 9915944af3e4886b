// The alarm over what runs without a person: seldom false, and soon when it is due.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chanceFrom } from "../bench/chance.js";
import { calm, isAlarmed, seen, type Drift } from "../src/policies/drift.js";

const maxError = 0.05;
// A tenth, as by default: 1 − confidence.
const alpha = 0.1;

/** After how many audits the alarm goes off; null where it does not within `limit`. */
function alarmAfter(errorAt: (nth: number) => number, limit: number, chance: () => number): number | null {
  let drift = calm;
  for (let nth = 1; nth <= limit; nth += 1) {
    drift = seen(drift, { wrong: chance() < errorAt(nth) ? 1 : 0, probability: 0.1 }, maxError);
    if (isAlarmed(drift, alpha)) return nth;
  }
  return null;
}

describe("the alarm", () => {
  const runs = 1000;
  const luck = 2 * Math.sqrt((alpha * (1 - alpha)) / runs);

  it("is false in at most 1 of 10 runs of 2,000 audits, looked at after each of them", () => {
    const chance = chanceFrom(1);
    const alarms = Array.from({ length: runs }, () => alarmAfter(() => maxError, 2000, chance));
    expect(alarms.filter((one) => one !== null).length / runs).toBeLessThanOrEqual(alpha + luck);
  });

  it("is false no more often where calls are chosen with different probabilities, and the rare ones are better", () => {
    const chance = chanceFrom(2);
    let alarms = 0;
    for (let run = 0; run < runs; run += 1) {
      let drift = calm;
      for (let call = 0; call < 4000 && !isAlarmed(drift, alpha); call += 1) {
        // Half of what runs is always looked at and wrong in 9 of 100 cases, the rest in 1 of 100.
        const isOften = chance() < 0.5;
        const probability = isOften ? 1 : 0.1;
        const wrong = chance() < (isOften ? 0.09 : 0.01) ? 1 : 0;
        if (chance() < probability) drift = seen(drift, { wrong, probability }, maxError);
      }
      if (isAlarmed(drift, alpha)) alarms += 1;
    }
    expect(alarms / runs).toBeLessThanOrEqual(alpha + luck);
  });

  it("goes off within 150 audits in 9 of 10 runs where three times as much is wrong as may be", () => {
    const chance = chanceFrom(3);
    const alarms = Array.from({ length: runs }, () => alarmAfter(() => 3 * maxError, 150, chance));
    expect(alarms.filter((one) => one !== null).length / runs).toBeGreaterThan(0.9);
  });

  it("goes off within 300 audits of a shift that comes after 1,000 quiet ones", () => {
    const chance = chanceFrom(4);
    const after = Array.from({ length: 200 }, () =>
      alarmAfter((nth) => (nth <= 1000 ? 0.02 : 0.15), 1300, chance),
    );
    const due = after.filter((one) => one !== null && one > 1000);
    expect(due.length / after.length).toBeGreaterThan(0.9);
  });

  it("once gone off, stays on", () => {
    let drift = calm;
    for (let nth = 0; nth < 8; nth += 1) drift = seen(drift, { wrong: 1, probability: 1 }, maxError);
    expect(isAlarmed(drift, alpha)).toBe(true);
    for (let nth = 0; nth < 1000; nth += 1) drift = seen(drift, { wrong: 0, probability: 1 }, maxError);
    expect(isAlarmed(drift, alpha)).toBe(true);
  });

  it("is not raised by a call that was never to be looked at", () => {
    for (const probability of [0, -1, 1.5, Number.NaN])
      expect(() => seen(calm, { wrong: 1, probability }, maxError)).toThrow("No such audit");
  });
});

describe("whatever was looked at,", () => {
  const audit = fc.record({
    wrong: fc.double({ min: 0, max: 1, noNaN: true }),
    probability: fc.double({ min: 1e-6, max: 1, noNaN: true }),
  });
  const rate = fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true });
  const after = (audits: Parameters<typeof seen>[1][], error: number): Drift =>
    audits.reduce((drift, one) => seen(drift, one, error), calm);

  it("what was seen survives a row of JSON, and goes on the same from there", () => {
    fc.assert(
      fc.property(fc.array(audit), fc.array(audit), rate, (before, since, error) => {
        const kept = JSON.parse(JSON.stringify(after(before, error))) as Drift;
        expect(since.reduce((drift, one) => seen(drift, one, error), kept)).toEqual(
          after([...before, ...since], error),
        );
      }),
    );
  });

  it("the capital is never below nothing, and a wrong call never lowers what a right one would have left", () => {
    fc.assert(
      fc.property(fc.array(audit), audit, rate, (before, last, error) => {
        const drift = after(before, error);
        const [wrong, right] = [1, 0].map((share) => seen(drift, { ...last, wrong: share }, error).staked);
        expect(right?.every((one) => one >= 0)).toBe(true);
        expect(wrong?.every((one, index) => one >= (right?.[index] ?? 0))).toBe(true);
      }),
    );
  });

  it("thousands of wrong calls in a row are a number still", () => {
    const drift = after(
      Array.from({ length: 5000 }, () => ({ wrong: 1, probability: 1 })),
      0.001,
    );
    expect(JSON.parse(JSON.stringify(drift))).toEqual(drift);
    expect(isAlarmed(drift, 1e-9)).toBe(true);
  });
});
