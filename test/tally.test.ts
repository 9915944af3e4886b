// What votes come to, whatever is voted by whomever in whichever order.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { onePerson, panelFrom, stricter, type Panel } from "../src/policies/panel.js";
import { tallyOf, type Ballot } from "../src/review/tally.js";

const person = fc.constantFrom("ann", "ben", "cid", "dan", "eve", "fay");
const ballot: fc.Arbitrary<Ballot> = fc
  .record({
    type: fc.constantFrom("approve" as const, "reject" as const),
    subject: person,
    instead: fc.option(person, { nil: null, freq: 3 }),
    isVeto: fc.boolean(),
  })
  .map(({ subject, instead, ...rest }) => ({ ...rest, subject, authority: instead ?? subject }));
const panel: fc.Arbitrary<Panel> = fc
  .record({
    quorum: fc.integer({ min: 1, max: 4 }),
    more: fc.integer({ min: 0, max: 3 }),
    fourEyes: fc.boolean(),
    split: fc.constantFrom(null, "chief"),
  })
  .map(({ quorum, more, ...rest }) => ({ ...onePerson, ...rest, quorum, of: quorum + more }));
const ballots = fc.array(ballot, { maxLength: 14 });
const holds = <T>(property: fc.IProperty<T>): void => fc.assert(property, { numRuns: 2_000 });

describe("votes", () => {
  it("approve only by as many different people, by as many people's rights, as the quorum says", () => {
    holds(
      fc.property(panel, ballots, person, (rules, given, requester) => {
        if (tallyOf(rules, requester, given).outcome.kind !== "approved") return;
        const yes = given.filter(
          ({ type, subject, authority }) =>
            type === "approve" && !(rules.fourEyes && [subject, authority].includes(requester)),
        );
        expect(new Set(yes.map(({ subject }) => subject)).size).toBeGreaterThanOrEqual(rules.quorum);
        expect(new Set(yes.map(({ authority }) => authority)).size).toBeGreaterThanOrEqual(rules.quorum);
      }),
    );
  });

  it("have one outcome: whatever is voted afterwards changes nothing", () => {
    holds(
      fc.property(panel, ballots, ballots, person, (rules, given, later, requester) => {
        const before = tallyOf(rules, requester, given);
        if (before.outcome.kind === "open") return;
        expect(tallyOf(rules, requester, [...given, ...later])).toEqual(before);
      }),
    );
  });

  it("of who asked count for nothing where four eyes are asked for, in whosever stead they are given", () => {
    holds(
      fc.property(panel, ballots, person, (rules, given, requester) => {
        const others = given.filter(({ subject, authority }) => ![subject, authority].includes(requester));
        const strict = { ...rules, fourEyes: true };
        expect(tallyOf(strict, requester, given)).toEqual(tallyOf(strict, requester, others));
      }),
    );
  });

  it("of one person are one, however often they are sent", () => {
    holds(
      fc.property(panel, ballots, person, (rules, given, requester) => {
        const doubled = given.flatMap((one) => [one, one]);
        expect(tallyOf(rules, requester, doubled)).toEqual(tallyOf(rules, requester, given));
      }),
    );
  });

  it("release a call or not in whatever order they come, where nobody has a veto", () => {
    const says = fc.array(fc.record({ yes: fc.boolean(), place: fc.nat() }), { minLength: 1, maxLength: 7 });
    holds(
      fc.property(panel, says, (rules, all) => {
        const given = all.slice(0, rules.of).map(({ yes, place }, index) => {
          const subject = `person ${index}`;
          const type = yes ? ("approve" as const) : ("reject" as const);
          return { type, subject, authority: subject, isVeto: false, place };
        });
        const inOtherOrder = given.toSorted((a, b) => a.place - b.place);
        const isReleased = (those: Ballot[]) => tallyOf(rules, "zoe", those).outcome.kind === "approved";
        expect(isReleased(inOtherOrder)).toBe(isReleased(given));
      }),
    );
  });

  it("are never all given without an outcome", () => {
    holds(
      fc.property(panel, fc.array(fc.boolean(), { minLength: 7, maxLength: 9 }), (rules, says) => {
        const given = says.map((yes, index): Ballot => {
          const subject = `person ${index}`;
          return { type: yes ? "approve" : "reject", subject, authority: subject, isVeto: false };
        });
        expect(tallyOf(rules, "zoe", given.slice(0, rules.of)).outcome.kind).not.toBe("open");
      }),
    );
  });

  it("with a veto among them, given before the outcome, never release", () => {
    holds(
      fc.property(panel, ballots, person, (rules, given, requester) => {
        const veto: Ballot = { type: "reject", subject: "vic", authority: "vic", isVeto: true };
        if (tallyOf(rules, requester, given).outcome.kind !== "open") return;
        expect(tallyOf(rules, requester, [...given, veto]).outcome).toEqual({ kind: "rejected" });
      }),
    );
  });
});

describe("what two policies ask for together", () => {
  it("is never less than what each of them asks for", () => {
    const written = fc.record({
      roles: fc.array(fc.constantFrom("a", "b", "c"), { minLength: 2, maxLength: 4 }),
      quorum: fc.integer({ min: 1, max: 4 }),
      four_eyes: fc.option(fc.boolean(), { nil: undefined }),
      in_turn: fc.boolean(),
      blind: fc.boolean(),
      veto: fc.subarray(["a", "b"]),
    });
    holds(
      fc.property(written, written, (one, other) => {
        const [a, b] = [panelFrom(one), panelFrom(other)];
        const both = stricter(a, b);
        expect(both.quorum).toBe(Math.max(a.quorum, b.quorum));
        expect(both.of).toBeGreaterThanOrEqual(both.quorum);
        if (both.turns) expect(both.turns.length).toBe(both.quorum);
        expect(both.fourEyes).toBe(a.fourEyes || b.fourEyes);
        expect(both.blind).toBe(a.blind || b.blind);
        expect(both.veto).toEqual(expect.arrayContaining([...a.veto, ...b.veto]));
      }),
    );
  });
});
