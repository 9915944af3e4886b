// What labelled calls of one kind advise: what the promise in force means, what others would, and which to ask for.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { advise, type Advice, type AdvisedCall, type Proposal } from "../src/metrics/advisor.js";
import { certify, missingFor, neededFor, readLabels } from "../src/policies/certify.js";
import { reversibilities } from "../src/policies/words.js";

const routing: Parameters<typeof advise>[2] & object = {
  target: { from: 0.05, to: 0.15 },
  maxError: 0.05,
  confidence: 0.9,
  sample: 0.1,
  refuseBelow: null,
};

function calls(count: number, from: string, rest: Partial<AdvisedCall> = {}): AdvisedCall[] {
  return Array.from({ length: count }, (_, index) => ({
    reviewId: `${from}-${index}`,
    score: 0.9,
    isWrong: false,
    unit: `${from}-${index}`,
    weight: 1,
    ...rest,
  }));
}

type Advised = Extract<Advice, { kind: "advised" }>;

function advised(all: readonly AdvisedCall[], more: Partial<typeof routing> = {}): Advised {
  const advice = advise(all, "reversible", { ...routing, ...more });
  if (advice.kind !== "advised") throw new Error(`It is ${advice.kind}.`);
  return advice;
}

/** 200 that score well, of which 18 were wrong; 5 % cannot be shown of them, 20 % can. */
const mixed = [...calls(182, "good"), ...calls(18, "bad", { isWrong: true })];

describe("the advisor", () => {
  it("says what the promise in force means: the threshold, what people look at and what slips through", () => {
    const good = [...calls(180, "a"), ...calls(1, "b", { isWrong: true })];
    const { inForce, labels } = advised([...good, ...calls(20, "c", { score: 0.3, isWrong: true })]);
    expect(labels).toBe(201);
    expect(inForce).toMatchObject({ threshold: 0.9, missing: 0, needed: 53, warnings: [] });
    // 20 score too little, and of the other 181 a tenth is shown by chance.
    expect(inForce.review.share).toBeCloseTo((20 + 18.1) / 201, 9);
    expect(inForce.missed.share).toBeCloseTo(0.9 / 201, 9);
    expect(inForce.review.n).toBe(201);
    expect(inForce.review.low).toBeLessThan(inForce.review.share);
    expect(inForce.missed.high).toBeGreaterThan(inForce.missed.share);
  });

  it("counts what is refused for its score neither as looked at nor as run, but for those shown by chance", () => {
    const all = [...calls(80, "a"), ...calls(20, "b", { score: 0.1, isWrong: true })];
    const { inForce } = advised(all, { refuseBelow: 0.2 });
    expect(inForce.review.share).toBeCloseTo(0.1, 9);
    expect(inForce.missed.share).toBe(0);
    expect(advised(all).inForce.review.share).toBeCloseTo(0.28, 9);
  });

  it("does not warn of what is shown by chance, and warns where that is next to nothing", () => {
    expect(advised(calls(100, "a")).inForce).toMatchObject({ warnings: [] });
    expect(advised(calls(100, "a"), { sample: 0.01 }).inForce.warnings).toEqual(["below-2-percent-reviewed"]);
    expect(advised(calls(30, "a")).inForce.warnings).toEqual(["above-30-percent-reviewed"]);
  });

  it("warns from more than 30 % that people look at, and from less than 2 %, on", () => {
    const seen = (sample: number) => advised(calls(100, "a"), { sample }).inForce.warnings;
    expect([0.3, 0.31, 0.02, 0.019].map(seen)).toEqual([
      [],
      ["above-30-percent-reviewed"],
      [],
      ["below-2-percent-reviewed"],
    ]);
  });

  it("tells what stricter and looser promises would mean, the strictest first, and how much each still lacks", () => {
    const { inForce, others } = advised(calls(60, "a"));
    expect(inForce.threshold).toBe(0.9);
    const needed = others.map((one) => one.needed);
    expect(needed).toEqual(needed.toSorted((a, b) => b - a));
    expect(others.find(({ maxError }) => maxError === 0.02)).toMatchObject({
      threshold: null,
      missing: neededFor({ maxError: 0.02, confidence: 0.9 }) - 60,
      review: { share: 1 },
    });
    expect(others.find(({ confidence }) => confidence === 0.8)).toMatchObject({ threshold: 0.9, missing: 0 });
  });

  it("proposes to leave it where people see what the policy wants", () => {
    expect(advised(calls(60, "a")).proposal).toEqual({ kind: "keep" });
  });

  it("proposes to go on deciding where too few conversations were, and says how many more", () => {
    expect(advised(calls(30, "a")).proposal).toEqual({ kind: "decide", missing: 23 });
    const withOneWrong = [...calls(30, "a"), ...calls(1, "b", { isWrong: true })];
    expect(advised(withOneWrong).proposal).toEqual({ kind: "decide", missing: 84 });
  });

  it("proposes the strictest looser promise with which people see what is wanted, with the calls that change side", () => {
    const { inForce, others, proposal } = advised(mixed);
    expect(inForce.threshold).toBeNull();
    if (proposal.kind !== "promise") throw new Error(`It is ${proposal.kind}.`);
    expect(proposal.to).toMatchObject({ maxError: 0.2, confidence: 0.9, threshold: 0.9 });
    const stricter = others.filter(({ needed }) => needed > proposal.to.needed);
    expect(stricter.map(({ threshold }) => threshold)).toEqual(stricter.map(() => null));
    expect(proposal.to.review.share).toBeCloseTo(0.1, 9);
    expect(proposal.to.missed.share).toBeCloseTo(0.081, 9);
    expect(proposal.changes).toHaveLength(200);
    expect(proposal.changes.filter(({ isWrong }) => isWrong)).toHaveLength(18);
    expect(new Set(proposal.changes.map(({ change }) => change))).toEqual(new Set(["runs"]));
  });

  it("proposes another share by chance where that alone is enough: a promise is given up for nothing less", () => {
    expect(advised(calls(100, "a"), { sample: 0.4 }).proposal).toEqual({ kind: "sample", sample: 0.15 });
    expect(advised(calls(100, "a"), { sample: 0.01 }).proposal).toEqual({ kind: "sample", sample: 0.05 });
    const half = [...calls(100, "a"), ...calls(4, "b", { score: 0.2, isWrong: true })];
    const { proposal } = advised(half, { sample: 0.3 });
    if (proposal.kind !== "sample") throw new Error(`It is ${proposal.kind}.`);
    const after = advised(half, { sample: proposal.sample });
    expect(after.proposal).toEqual({ kind: "keep" });
  });

  it("takes what was looked at by chance for what was not", () => {
    const all = [...calls(60, "a", { weight: 9 }), ...calls(60, "b", { score: 0.2, isWrong: true })];
    const { inForce } = advised(all);
    expect(inForce.threshold).toBe(0.9);
    expect(inForce.review.share).toBeCloseTo(0.1 + 0.1 * 0.9, 9);
  });

  it("is no surer by many calls of one conversation", () => {
    const half = (unit?: string) => [
      ...calls(60, "a", unit ? { unit } : {}),
      ...calls(60, "b", { isWrong: true, ...(unit ? { unit } : {}) }),
    ];
    const width = (all: AdvisedCall[]) => {
      const { high, low } = advised(all).inForce.review;
      return high - low;
    };
    expect(width(half("one"))).toBeGreaterThan(3 * width(half()));
  });

  it("has nothing to say without a decision, nor where no call is routed by its score", () => {
    expect(advise([], "reversible", routing)).toEqual({ kind: "undecided", needed: 53 });
    expect(advise(mixed, "reversible", null)).toEqual({ kind: "unrouted" });
  });

  const some = fc.array(
    fc.record({
      reviewId: fc.string(),
      score: fc.constantFrom(0, 0.1, 0.5, 0.6, 0.9, 1),
      isWrong: fc.boolean(),
      unit: fc.string(),
      weight: fc.constantFrom(1, 10),
    }),
  );
  const labels = fc
    .tuple(fc.nat({ max: 150 }), some)
    .map(([good, others]) => [...calls(good, "g"), ...others]);

  it("never proposes that what cannot be undone runs by itself, nor a promise that gives people more to see", () => {
    const kinds = new Set<Proposal["kind"]>();
    fc.assert(
      fc.property(labels, fc.constantFrom(...reversibilities), (all, reversibility) => {
        const advice = advise(all, reversibility, routing);
        if (reversibility === "irreversible") {
          expect(advice).toEqual({ kind: "gated" });
          return;
        }
        if (advice.kind !== "advised") return;
        const { inForce, proposal } = advice;
        kinds.add(proposal.kind);
        if (proposal.kind !== "promise") return;
        expect(proposal.to.threshold).not.toBeNull();
        expect(proposal.to.needed).toBeLessThan(inForce.needed);
        expect(proposal.to.maxError).toBeLessThanOrEqual(0.2);
        expect(proposal.to.review.share).toBeLessThan(inForce.review.share);
      }),
      {
        examples: [
          [mixed, "reversible"],
          [mixed, "irreversible"],
          [calls(60, "a"), "compensable"],
        ],
      },
    );
    expect(kinds).toContain("promise");
  });

  it("says how many are missing so that with them it is shown, and with one less it is not", () => {
    fc.assert(
      fc.property(labels, (all) => {
        if (certify(all, routing).kind === "certified") return;
        const missing = missingFor(readLabels(all), routing);
        if (missing === null) return;
        const score = Math.max(0, ...all.map((one) => one.score));
        const with_ = (more: number) =>
          certify([...all, ...calls(more, "more", { score, greatestWeight: 1 })], routing).kind;
        expect(with_(missing)).toBe("certified");
        expect(with_(missing - 1)).toBe("none");
      }),
      { examples: [[calls(30, "a")], [mixed]] },
    );
  });
});
