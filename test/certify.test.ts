// When calls may run without a person: what is promised of it, and what it takes.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chanceFrom } from "../bench/chance.js";
import { certify, neededFor, type Labelled, type Target } from "../src/policies/certify.js";

const target: Target = { maxError: 0.05, confidence: 0.9 };

/** As many conversations of one call each. */
function calls(count: number, from: string, rest: Partial<Labelled> = {}): Labelled[] {
  const one = { score: 0.9, isWrong: false, weight: 1 };
  return Array.from({ length: count }, (_, index) => ({ ...one, unit: `${from}-${index}`, ...rest }));
}

/** What is let through without a person: the lower, the laxer. */
function laxness(labels: readonly Labelled[], of: Target = target): number {
  const certificate = certify(labels, of);
  return certificate.kind === "certified" ? 1 - certificate.threshold : -1;
}

describe("a threshold", () => {
  it("is certified from 53 conversations on, all right, where one call in 20 may be wrong", () => {
    expect(neededFor(target)).toBe(53);
    expect(certify(calls(52, "a"), target)).toEqual({ kind: "none", units: 52, needed: 53 });
    expect(certify(calls(53, "a"), target)).toEqual({
      kind: "certified",
      threshold: 0.9,
      units: 53,
      share: 1,
    });
  });

  it("is not certified without labels", () => {
    expect(certify([], target)).toEqual({ kind: "none", units: 0, needed: 53 });
  });

  it("costs more evidence where more was wrong", () => {
    const with1 = (count: number) => [...calls(count, "a"), ...calls(1, "b", { isWrong: true })];
    expect(laxness(with1(113))).toBe(-1);
    expect(laxness(with1(114))).toBeGreaterThan(0);
  });

  it("lies above where the wrong ones are", () => {
    const labels = [...calls(100, "a"), ...calls(100, "b", { score: 0.4, isWrong: true })];
    expect(certify(labels, target)).toEqual({ kind: "certified", threshold: 0.9, units: 200, share: 0.5 });
  });

  it("is not found by going past a stricter one that is not certified", () => {
    const best = [...calls(95, "a"), ...calls(5, "b", { isWrong: true })];
    const others = calls(250, "c", { score: 0.5 });
    expect(laxness([...best, ...others].map((one) => ({ ...one, score: 0.5 })))).toBeGreaterThan(0);
    expect(certify([...best, ...others], target).kind).toBe("none");
  });

  it("is never 0, which is the score of a call of which nothing is known", () => {
    expect(certify(calls(500, "a", { score: 0 }), target)).toEqual({ kind: "none", units: 500, needed: 53 });
  });

  it("is not certified by many calls of few conversations", () => {
    const labels = calls(2000, "a").map((one, index) => ({ ...one, unit: `a-${index % 52}` }));
    expect(certify(labels, target)).toEqual({ kind: "none", units: 52, needed: 53 });
  });

  it("counts a conversation by the share of its calls that were wrong", () => {
    const long = (wrong: number) =>
      calls(5, "long", { unit: "long" }).map((one, index) => ({ ...one, isWrong: index < wrong }));
    expect(laxness([...calls(70, "a"), ...long(1)])).toBeGreaterThan(0);
    expect(laxness([...calls(70, "a"), ...long(5)])).toBe(-1);
  });

  it("is not paid for by calls that are always looked at, where others hardly are", () => {
    const sampled = calls(1, "b", { weight: 20 });
    expect(laxness([...calls(60, "a"), ...sampled])).toBe(-1);
    expect(laxness(calls(53, "b", { weight: 20 }))).toBeGreaterThan(0);
  });

  it("stays where everything was looked at at first, and a part of it since", () => {
    const first = calls(60, "a", { greatestWeight: 1 });
    const since = calls(1, "b", { weight: 20, greatestWeight: 20 });
    expect(laxness([...first, ...since])).toBeGreaterThanOrEqual(laxness(first));
  });

  it("has a share by the weights: what is looked at in 1 of 20 cases stands for 20", () => {
    const labels = [...calls(60, "a", { weight: 20 }), ...calls(60, "b", { score: 0.2, isWrong: true })];
    expect(certify(labels, target)).toMatchObject({ share: 1200 / 1260 });
  });

  it("takes twenty looks that count a twentieth for one conversation, though their sum is off by a rounding", () => {
    const least = neededFor(target);
    const sum = Array.from({ length: 20 * least }, () => 0.05).reduce((one, other) => one + other, 0);
    expect(sum).not.toBe(least);
    const looks = (count: number) =>
      Array.from({ length: count }, (_, nth) => {
        return { score: 0.9, isWrong: false, unit: `u${nth}`, weight: 1, greatestWeight: 20 };
      });
    expect(laxness(looks(20 * least))).toBeGreaterThan(0);
    expect(laxness(looks(20 * least - 1))).toBe(-1);
  });

  it("is asked for with shares between 0 and 1", () => {
    for (const maxError of [0, 1, Number.NaN])
      expect(() => certify([], { maxError, confidence: 0.9 })).toThrow("between 0 and 1");
    expect(() => certify([], { maxError: 0.05, confidence: 1 })).toThrow("between 0 and 1");
  });
});

describe("whatever the labels are,", () => {
  const label = fc.record({
    score: fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 0.5, 0.98, 1)),
    isWrong: fc.boolean(),
    unit: fc.integer({ min: 0, max: 150 }).map(String),
    weight: fc.constantFrom(1, 1, 1, 4, 20),
  });
  /** Enough of them, and enough of them right, that some are certified and some are not. */
  const labels = fc
    .tuple(fc.array(label, { maxLength: 150, size: "max" }), fc.integer({ min: 0, max: 12 }))
    .map(([all, keep]) => all.map((one, index) => ({ ...one, isWrong: one.isWrong && index < keep })));
  const lax: Target = { maxError: 0.2, confidence: 0.8 };

  it("nothing is certified where none is right", () => {
    fc.assert(
      fc.property(labels, (all) => {
        const wrong = all.map((one) => ({ ...one, isWrong: true }));
        expect(certify(wrong, lax).kind).toBe("none");
      }),
    );
  });

  it("nothing is certified by fewer conversations than are needed", () => {
    fc.assert(
      fc.property(labels, fc.integer({ min: 1, max: neededFor(lax) - 1 }), (all, units) => {
        const few = all.map((one) => ({ ...one, unit: String(Number(one.unit) % units), isWrong: false }));
        expect(certify(few, lax).kind).toBe("none");
      }),
    );
  });

  it("their order does not matter", () => {
    const shuffled = labels.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    fc.assert(
      fc.property(shuffled, ([all, other]) => {
        expect(laxness(other, lax)).toBe(laxness(all, lax));
      }),
    );
  });

  it("had one been right that was wrong, the threshold would be no stricter", () => {
    fc.assert(
      fc.property(labels, fc.nat(), (all, nth) => {
        const better = all.map((one, index) =>
          index === nth % all.length ? { ...one, isWrong: false } : one,
        );
        expect(laxness(better, lax)).toBeGreaterThanOrEqual(laxness(all, lax));
      }),
    );
  });

  it("a conversation more that is wrong, and would have run, makes a certificate no laxer", () => {
    fc.assert(
      fc.property(labels, fc.double({ min: 0, max: 1, noNaN: true }), (all, above) => {
        const before = certify(all, lax);
        // Where too little was looked at to test anything, one look more may be what was missing, whatever it finds.
        fc.pre(before.kind === "certified");
        const from = before.kind === "certified" ? before.threshold : 1;
        const score = from + above * (1 - from);
        const more = [...all, { score, isWrong: true, unit: "one more", weight: 1 }];
        expect(laxness(more, lax)).toBeLessThanOrEqual(laxness(all, lax));
      }),
    );
  });

  it("a conversation more that is right, with the best score, ends no certificate where none was wrong", () => {
    fc.assert(
      fc.property(labels, (all) => {
        const good = all.map((one) => ({ ...one, isWrong: false }));
        const more = [...good, { score: 1, isWrong: false, unit: "one more", weight: 1 }];
        expect(laxness(more, lax)).toBeGreaterThanOrEqual(laxness(good, lax));
      }),
    );
  });
});

describe("drawn many times from a world whose errors are known,", () => {
  const draws = 300;
  /** So many of the draws may break a promise that holds in 9 of 10: two standard errors of luck. */
  const allowed = 0.1 + 2 * Math.sqrt((0.1 * 0.9) / draws);

  interface World {
    /** The calls of one conversation. */
    converse(chance: () => number): Omit<Labelled, "unit">[];
    /** Of what has such a score or a higher one, a conversation counting once. */
    errorFrom(threshold: number): number;
  }

  /** One call, as often wrong as its score says, and always looked at. */
  function oneCall(errorAt: (score: number) => number): World {
    const fine = Array.from({ length: 10_000 }, (_, index) => (index + 0.5) / 10_000);
    return {
      converse: (chance) => {
        const score = chance();
        return [{ score, isWrong: chance() < errorAt(score), weight: 1 }];
      },
      errorFrom: (threshold) => {
        const above = fine.filter((score) => score >= threshold);
        return above.reduce((sum, score) => sum + errorAt(score), 0) / above.length;
      },
    };
  }

  function draw(world: World, conversations: number, chance: () => number): Labelled[] {
    return Array.from({ length: conversations }, (_, index) =>
      world.converse(chance).map((call) => ({ ...call, unit: String(index) })),
    ).flat();
  }

  /** How often something was certified, and how often with more errors than may be. */
  function shares(world: World, conversations: number): { certified: number; broken: number } {
    const chance = chanceFrom(1);
    const given = Array.from({ length: draws }, () => certify(draw(world, conversations, chance), target));
    const thresholds = given.flatMap((one) => (one.kind === "certified" ? [one.threshold] : []));
    const broken = thresholds.filter((threshold) => world.errorFrom(threshold) > target.maxError);
    return { certified: thresholds.length / draws, broken: broken.length / draws };
  }

  const honest = oneCall((score) => 0.3 * (1 - score) ** 2);
  const blind = oneCall(() => 0.0501);
  const reversed = oneCall((score) => 0.3 * score);
  const overConfident = oneCall((score) => (score > 0.8 ? 0.12 : 0.01));

  it.each([60, 200, 600])("an honest score is certified within its errors by %i conversations", (count) => {
    expect(shares(honest, count).broken).toBeLessThanOrEqual(allowed);
  });

  it("an honest score is certified in 3 of 4 draws of 500 conversations, and in nearly all of 1,500", () => {
    const [few, many] = [shares(honest, 500).certified, shares(honest, 1500).certified];
    expect(few).toBeGreaterThan(0.75);
    expect(many).toBeGreaterThan(0.98);
  });

  it("the more is known of calls of which 1 in 100 is wrong, the more of them may run", () => {
    const good = oneCall(() => 0.01);
    const chance = chanceFrom(3);
    const runs = [60, 1000, 3000].map((count) => {
      const given = Array.from({ length: 30 }, () => certify(draw(good, count, chance), target));
      return given.reduce((sum, one) => sum + (one.kind === "certified" ? one.share : 0), 0) / given.length;
    });
    expect(runs).toEqual(runs.toSorted((a, b) => a - b));
    expect(runs.at(-1)).toBeGreaterThan(0.9);
  });

  it.each([60, 200, 600])("a score that tells nothing is hardly certified by %i conversations", (count) => {
    expect(shares(blind, count).broken).toBeLessThanOrEqual(allowed);
  });

  it.each([60, 200, 600])("a score that is the wrong way round is not certified by %i", (count) => {
    expect(shares(reversed, count).broken).toBeLessThanOrEqual(allowed);
  });

  it.each([60, 200, 600])("nor one that is surest where it is wrong, by %i", (count) => {
    expect(shares(overConfident, count).broken).toBeLessThanOrEqual(allowed);
  });

  it("conversations whose calls are all wrong together are no more than one each", () => {
    const looping: World = {
      converse: (chance) => {
        const isWrong = chance() < 0.0501;
        const score = chance();
        return Array.from({ length: isWrong ? 12 : 6 }, () => ({ score, isWrong, weight: 1 }));
      },
      errorFrom: () => 0.0501,
    };
    expect(shares(looping, 100).broken).toBeLessThanOrEqual(allowed);
    expect(shares(looping, 400).broken).toBeLessThanOrEqual(allowed);
  });

  it("what is hardly ever looked at is not vouched for by what always is", () => {
    const sampled: World = {
      // The surer half is looked at in one of ten cases, and is what is wrong.
      converse: (chance) => {
        const isSure = chance() < 0.5;
        const isLooked = !isSure || chance() < 0.1;
        const isWrong = chance() < (isSure ? 0.1002 : 0);
        const call = { score: isSure ? 0.95 : 0.5, isWrong, weight: isSure ? 10 : 1, greatestWeight: 10 };
        return isLooked ? [call] : [];
      },
      errorFrom: (threshold) => (threshold > 0.5 ? 0.1002 : 0.0501),
    };
    expect(shares(sampled, 1000).broken).toBeLessThanOrEqual(allowed);
    expect(shares(sampled, 4000).broken).toBeLessThanOrEqual(allowed);
  });

  it("an honest score keeps its promise however often one looks", () => {
    const chance = chanceFrom(2);
    const broken = Array.from({ length: draws }, () => {
      const labels = draw(honest, 400, chance);
      return Array.from({ length: 20 }, (_, nth) => certify(labels.slice(0, (nth + 1) * 20), target)).some(
        (one) => one.kind === "certified" && honest.errorFrom(one.threshold) > target.maxError,
      );
    }).filter(Boolean).length;
    expect(broken / draws).toBeLessThanOrEqual(allowed);
  });
});
