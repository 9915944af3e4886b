// What a policy says otherwise than another, in words.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assess } from "../src/policies/assess.js";
import { diffPolicies } from "../src/policies/diff.js";
import { noEvidence } from "../src/policies/evidence.js";
import { loadPolicy } from "../src/policies/load-policy.js";

const before = `
tools: { pay: { level: high, amount: args.amount }, wipe: { reversibility: irreversible } }
facts: { order: { tool: look_up, key: args.id } }
default: { tier: clerk }
rules:
  - { id: big, when: "tool == 'pay' && args.amount > 1000", tier: lead, reason: Much. }
  - { id: open, when: "tool == 'pay' && facts.order[args.id].open == true", verdict: deny }
tiers: { clerk: { roles: [clerk], respond: 30m, then: lead }, lead: { roles: [lead] } }
undo: 10s
`;
const texts = (a: string, b: string) =>
  diffPolicies(loadPolicy(a, "a"), loadPolicy(b, "b")).map(({ text }) => text);

describe("the difference of two policies", () => {
  it("tells a promise that is made of one tool's calls", () => {
    const routed = (more: string) => `rules: []\nrouting: { maxError: 0.02${more} }\n`;
    expect(texts(routed(""), routed(", tools: { tag: { maxError: 0.1 } }"))).toEqual([
      expect.stringMatching(/^Routing by score changes: of tag .*maxError 0\.1, confidence 0\.9\.$/),
    ]);
  });

  it("is none where only comments, spacing and the order of keys differ", () => {
    expect(
      texts(
        before,
        `# New.\n${before.replace("level: high, amount: args.amount", "amount: args.amount, level: high")}`,
      ),
    ).toEqual([]);
  });

  it("is told in words: what is new, gone and changed", () => {
    const after = before
      .replace("args.amount > 1000", "args.amount > 500")
      .replace(
        / {2}- \{ id: open.*\n/,
        "  - { id: never, when: \"tool == 'wipe'\", verdict: deny, reason: Never. }\n",
      )
      .replace("level: high", "level: critical")
      .replace(", wipe: { reversibility: irreversible }", "")
      .replace("respond: 30m", "respond: 1h")
      .replace("undo: 10s", "");
    expect(texts(before, after)).toEqual([
      "The tool pay changes: level was high and is now critical.",
      "The tool wipe is gone; it was: reversibility irreversible.",
      "The time to take a decision back is gone; it was: undo 10s.",
      "The fact order is gone; it was: tool look_up, key args.id, as json.",
      "The rule big changes: when was tool == 'pay' && args.amount > 1000 and is now tool == 'pay' && args.amount > 500.",
      "The rule open is gone; it was: verdict deny, when tool == 'pay' && facts.order[args.id].open == true, reason The rule \"open\" forbids this call.",
      "The rule never is new: verdict deny, when tool == 'wipe', reason Never.",
      "The tier clerk changes: respond was 1800s and is now 3600s.",
    ]);
  });

  it("says when the ladder is turned round, though every tier stays as it is", () => {
    const turned = before
      .replace("then: lead", "then: reject")
      .replace(
        /tiers: .*/,
        "tiers: { lead: { roles: [lead] }, clerk: { roles: [clerk], respond: 30m, then: reject } }",
      );
    expect(texts(before.replace("then: lead", "then: reject"), turned)).toEqual([
      "The ladder was clerk, lead, and is now, lowest first: lead, clerk.",
    ]);
  });

  it("names what a tier asks of several people", () => {
    const before = "tiers: { pair: { roles: [a, b], quorum: 2 }, board: { roles: [c] } }";
    const after =
      "tiers: { pair: { roles: [a, b], quorum: 2, of: 3, blind: true, veto: [a], split: board, four_eyes: false }, board: { roles: [c, d], in_turn: true } }";
    expect(texts(before, after)).toEqual([
      "The tier pair changes: quorum was 2 of 2 and is now 2 of 3; who asked was may not decide and is no longer said; " +
        "votes is now blind; veto is now a; split is now board.",
      "The tier board changes: roles was c and is now c, then d; quorum is now 2, in turn; who asked is now may not decide.",
    ]);
  });

  it("is never none where a call is judged otherwise", () => {
    const rule = fc.record({
      tool: fc.constantFrom("pay", "wipe"),
      over: fc.constantFrom(1, 10, 100),
      verdict: fc.constantFrom("hold", "deny", "allow"),
      level: fc.constantFrom("low", "critical"),
    });
    const policy = fc
      .record({
        rules: fc.array(rule, { maxLength: 3 }),
        said: fc.constantFrom("reversible", "compensable", "irreversible"),
        tier: fc.constantFrom("clerk", "lead"),
      })
      .map(({ rules, said, tier }) =>
        [
          `tools: { pay: { reversibility: ${said} } }`,
          `default: { tier: ${tier} }`,
          "tiers: { clerk: { roles: [c] }, lead: { roles: [l] } }",
          "rules:",
          ...rules.map(
            ({ tool, over, verdict, level }, index) =>
              `  - { id: rule-${index}, when: "tool == '${tool}' && args.amount > ${over}", verdict: ${verdict}, level: ${level} }`,
          ),
          ...(rules.length === 0 ? ["  []"] : []),
        ].join("\n"),
      );
    const judged = (text: string, tool: string, amount: number) => {
      const { policyVersion: _, ...verdict } = assess(loadPolicy(text, "p"), {
        tool,
        args: { amount },
        argsHash: "",
        declared: { reversibility: "compensable", effect: "blind", readOnly: false },
        context: {},
        evidence: noEvidence,
        flags: [],
      });
      return verdict;
    };
    fc.assert(
      fc.property(
        policy,
        policy,
        fc.constantFrom("pay", "wipe"),
        fc.constantFrom(5, 50, 500),
        (a, b, tool, amount) => {
          fc.pre(JSON.stringify(judged(a, tool, amount)) !== JSON.stringify(judged(b, tool, amount)));
          expect(texts(a, b)).not.toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });
});
