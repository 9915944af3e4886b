import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assess, type CallFacts } from "../src/policies/assess.js";
import { noEvidence } from "../src/policies/evidence.js";
import { emptyPolicy, loadPolicy } from "../src/policies/load-policy.js";
import { highestTier, type Policy } from "../src/policies/policy.js";
import { amountOf, effectOf } from "../src/policies/tool-policy.js";
import { reversibilities, riskLevels, type Reversibility, type Route } from "../src/policies/words.js";

const ladder = `
tiers:
  team-member: { roles: [support] }
  team-lead: { roles: [lead] }
  domain-expert: { roles: [risk] }
`;

describe("without a rule", () => {
  test("a reversible call runs", () => {
    expect(assess(emptyPolicy(), callOf("reversible"))).toEqual({
      level: "low",
      route: "execute",
      tier: null,
      reasons: [],
      policyVersion: emptyPolicy().version,
      argsHash: "hash",
    });
  });

  test("a compensable call is looked at", () => {
    const { level, route, tier, reasons } = assess(emptyPolicy(), callOf("compensable"));
    expect({ level, route, tier }).toEqual({ level: "medium", route: "review", tier: "reviewer" });
    expect(reasons.map(({ rule }) => rule)).toEqual(["compensable"]);
  });

  test("an irreversible call is approved", () => {
    const { level, route, tier, reasons } = assess(emptyPolicy(), callOf("irreversible"));
    expect({ level, route, tier }).toEqual({ level: "high", route: "approve", tier: "reviewer" });
    expect(reasons).toEqual([{ rule: "irreversible", text: expect.stringContaining("cannot be undone") }]);
  });

  test("a call that is flagged from outside is held", () => {
    const flags = [{ rule: "possible-repeat", text: "The same call ran before." }];
    const assessment = assess(emptyPolicy(), { ...callOf("reversible"), flags });
    expect(assessment).toMatchObject({ route: "review", tier: "reviewer", reasons: flags });
  });
});

describe("a hold rule", () => {
  const rules = `
rules:
  - { id: big, when: args.amount > 100, tier: team-lead, level: critical, reason: "A big one." }
  - { id: bigger, when: args.amount > 1000, tier: domain-expert }
  - { id: low, when: args.amount > 10, tier: team-member }
`;

  test("holds a reversible call for its own tier", () => {
    const assessment = assess(policyOf(rules), callOf("reversible", { amount: 420 }));
    expect(assessment).toMatchObject({ route: "review", tier: "team-lead", level: "critical" });
    expect(assessment.reasons[0]).toEqual({ rule: "big", text: "A big one." });
  });

  test("adds its reason to every other, in the order of the file", () => {
    const flags = [{ rule: "possible-repeat", text: "The same call ran before." }];
    const assessment = assess(policyOf(rules), { ...callOf("irreversible", { amount: 5000 }), flags });
    expect(assessment).toMatchObject({ route: "approve", tier: "domain-expert" });
    expect(assessment.reasons.map(({ rule }) => rule)).toEqual([
      "irreversible",
      "possible-repeat",
      "big",
      "bigger",
      "low",
    ]);
  });

  test("without a tier asks the default one", () => {
    const policy = policyOf("default: { tier: team-lead }\nrules: [{ id: a, when: 'true' }]\n");
    expect(assess(policy, callOf("reversible")).tier).toBe("team-lead");
  });

  test("cannot lower the tier that an irreversible call asks for", () => {
    const policy = policyOf(
      "default: { tier: team-lead }\nrules: [{ id: a, when: 'true', tier: team-member }]\n",
    );
    expect(assess(policy, callOf("irreversible")).tier).toBe("team-lead");
    expect(assess(policy, callOf("reversible")).tier).toBe("team-member");
  });
});

describe("a deny rule", () => {
  test("refuses, with the reasons of every deny rule and nobody to ask", () => {
    const policy = policyOf(`
rules:
  - { id: held, when: "true" }
  - { id: first, when: "true", verdict: deny, reason: "Never this." }
  - { id: released, when: "true", verdict: allow }
  - { id: second, when: "true", verdict: deny, level: critical }
`);
    for (const reversibility of reversibilities) {
      const assessment = assess(policy, callOf(reversibility));
      expect(assessment).toMatchObject({ route: "refuse", tier: null, level: "critical" });
      expect(assessment.reasons.map(({ rule }) => rule)).toEqual(["first", "second"]);
    }
  });
});

describe("an allow rule", () => {
  const policy = policyOf(
    'rules: [{ id: small, when: "tool == \'act\'", verdict: allow, reason: "Small." }]\n',
  );

  test("lets a compensable call run, and says so", () => {
    const assessment = assess(policy, callOf("compensable"));
    expect(assessment).toMatchObject({
      route: "execute",
      tier: null,
      reasons: [{ rule: "small", text: "Small." }],
    });
  });

  test("does not outweigh a hold", () => {
    const held = policyOf(`
rules:
  - { id: small, when: "true", verdict: allow }
  - { id: odd, when: "true", tier: team-member }
default: { tier: team-lead }
`);
    const assessment = assess(held, callOf("compensable"));
    expect(assessment).toMatchObject({ route: "review", tier: "team-lead" });
    expect(assessment.reasons.map(({ rule }) => rule)).toEqual(["compensable", "odd"]);
  });

  test("does not outweigh a flag from outside", () => {
    const flags = [{ rule: "differs-from-record", text: "The arguments differ." }];
    expect(assess(policy, { ...callOf("compensable"), flags }).route).toBe("review");
  });

  test("cannot release what cannot be undone, and says so", () => {
    const assessment = assess(policy, callOf("irreversible"));
    expect(assessment.route).toBe("approve");
    expect(assessment.reasons.map(({ rule }) => rule)).toEqual(["irreversible", "small"]);
    expect(assessment.reasons[1]?.text).toContain("no rule releases");
  });
});

describe("a rule that cannot be decided", () => {
  test.each(["hold", "deny", "allow"])("holds the call when it is a rule to %s", (verdict) => {
    const policy = policyOf(`rules: [{ id: big, when: args.amount > 1000, verdict: ${verdict} }]\n`);
    const assessment = assess(policy, callOf("reversible"));
    expect(assessment).toMatchObject({ route: "review", tier: "team-member" });
    expect(assessment.reasons).toEqual([
      { rule: "big", text: expect.stringContaining("args.amount is missing") },
    ]);
    expect(assess(policy, callOf("irreversible")).route).toBe("approve");
  });

  test("asks for its own tier, but never a lower one than the default", () => {
    const policy = policyOf(`
default: { tier: team-lead }
rules:
  - { id: expert, when: "args.a > 1", tier: domain-expert }
  - { id: member, when: "args.b > 1", tier: team-member }
`);
    expect(assess(policy, callOf("reversible", { b: 0 })).tier).toBe("domain-expert");
    expect(assess(policy, callOf("reversible", { a: 0 })).tier).toBe("team-lead");
  });

  test("does not stand in the way of a deny rule", () => {
    const policy = policyOf(`
rules:
  - { id: broken, when: args.amount > 1000 }
  - { id: never, when: "true", verdict: deny }
`);
    expect(assess(policy, callOf("reversible")).route).toBe("refuse");
  });
});

describe("what the company says of a tool", () => {
  test("wins over its author in both directions", () => {
    const policy = policyOf(
      "tools: { act: { reversibility: reversible }, send: { reversibility: irreversible } }\n",
    );
    expect(assess(policy, callOf("irreversible"))).toMatchObject({
      route: "execute",
      level: "low",
      reasons: [],
    });
    expect(assess(policy, { ...callOf("reversible"), tool: "send" }).route).toBe("approve");
    const declared = { reversibility: "irreversible", effect: "keyed", readOnly: false } as const;
    expect(effectOf(policy, "act", declared)).toEqual({ reversibility: "reversible", effect: "keyed" });
    expect(effectOf(policy, "toString", declared)).toEqual({
      reversibility: "irreversible",
      effect: "keyed",
    });
  });

  test("may raise the level and not lower it", () => {
    const policy = policyOf("tools: { act: { level: medium } }\n");
    expect(assess(policy, callOf("reversible")).level).toBe("medium");
    expect(assess(policy, callOf("irreversible")).level).toBe("high");
  });

  test("gives a call its amount, where it can be read", () => {
    const policy = policyOf(
      "tools: { act: { amount: args.cents / 100, currency: EUR }, free: { amount: args.cents } }\n",
    );
    const context = {};
    expect(amountOf(policy, { tool: "act", args: { cents: 42_000 }, context })).toEqual({
      amount: 420,
      currency: "EUR",
    });
    expect(amountOf(policy, { tool: "free", args: { cents: 1 }, context })).toEqual({
      amount: 1,
      currency: null,
    });
    expect(amountOf(policy, { tool: "act", args: {}, context })).toBeNull();
    expect(amountOf(policy, { tool: "other", args: { cents: 1 }, context })).toBeNull();
  });
});

const strictness: Record<Route, number> = { execute: 0, draft: 0, review: 1, approve: 2, refuse: 3 };
const tiers = ["team-member", "team-lead", "domain-expert"] as const;

interface WrittenRule {
  when: string;
  verdict: "hold" | "deny" | "allow";
  tier: (typeof tiers)[number];
}

const conditions = [
  "true",
  "false",
  "args.amount > 100",
  "args.missing > 1",
  "tool == 'act' && args.amount < 50",
];
const anyRule: fc.Arbitrary<WrittenRule> = fc.record({
  when: fc.constantFrom(...conditions),
  verdict: fc.constantFrom("hold", "deny", "allow"),
  tier: fc.constantFrom(...tiers),
});
const anyRules = fc.array(anyRule, { maxLength: 8 });
const anyCall = fc
  .tuple(fc.constantFrom(...reversibilities), fc.integer({ min: 0, max: 200 }), fc.boolean())
  .map(([reversibility, amount, isFlagged]): CallFacts => {
    const flags = isFlagged ? [{ rule: "possible-repeat", text: "The same call ran before." }] : [];
    return { ...callOf(reversibility, { amount }), flags };
  });

describe("whatever the rules", () => {
  test("one more rule to hold or deny never loosens the route, the level or the tier", () => {
    const stricter = anyRule.filter(({ verdict }) => verdict !== "allow");
    fc.assert(
      fc.property(anyRules, stricter, fc.nat(8), anyCall, (rules, rule, at, call) => {
        const before = assess(policyWith(rules), call);
        const after = assess(policyWith(rules.toSpliced(at, 0, rule)), call);
        expect(strictness[after.route]).toBeGreaterThanOrEqual(strictness[before.route]);
        expect(riskLevels.indexOf(after.level)).toBeGreaterThanOrEqual(riskLevels.indexOf(before.level));
        expect(after.tier !== null && rankOf(after.tier) < rankOf(before.tier)).toBe(false);
      }),
    );
  });

  test("a matching deny rule wins in any order", () => {
    const deny: WrittenRule = { when: "true", verdict: "deny", tier: "team-member" };
    fc.assert(
      fc.property(anyRules, fc.nat(8), anyCall, (rules, at, call) => {
        expect(assess(policyWith(rules.toSpliced(at, 0, deny)), call).route).toBe("refuse");
      }),
    );
  });

  test("the order of the rules changes nothing but the order of the reasons", () => {
    fc.assert(
      fc.property(anyRules, anyCall, (rules, call) => {
        const [one, other] = [rules, rules.toReversed()].map((order) => assess(policyWith(order), call));
        expect({ ...one, reasons: [], policyVersion: "" }).toEqual({
          ...other,
          reasons: [],
          policyVersion: "",
        });
        expect(one?.reasons.length).toBe(other?.reasons.length);
      }),
    );
  });

  test("an irreversible call never runs unasked", () => {
    fc.assert(
      fc.property(anyRules, anyCall, (rules, call) => {
        const declared = { ...call.declared, reversibility: "irreversible" } as const;
        expect(["approve", "refuse"]).toContain(assess(policyWith(rules), { ...call, declared }).route);
      }),
    );
  });

  test("a rule that cannot be decided never lets a call run", () => {
    const undecidable = anyRule.map((rule) => ({ ...rule, when: "args.missing > 1" }));
    fc.assert(
      fc.property(anyRules, undecidable, fc.nat(8), anyCall, (rules, rule, at, call) => {
        expect(assess(policyWith(rules.toSpliced(at, 0, rule)), call).route).not.toBe("execute");
      }),
    );
  });

  test("the tier is the highest that any matching rule asks for", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...tiers), { minLength: 1 }), anyCall, (asked, call) => {
        const policy = policyWith(asked.map((tier) => ({ when: "true", verdict: "hold", tier })));
        expect(rankOf(assess(policy, call).tier)).toBe(Math.max(...asked.map(rankOf)));
      }),
    );
  });

  test("a call is held exactly when there is someone to ask and a reason to tell", () => {
    fc.assert(
      fc.property(anyRules, anyCall, (rules, call) => {
        const { route, tier, reasons } = assess(policyWith(rules), call);
        const isHeld = route === "review" || route === "approve";
        expect(tier !== null).toBe(isHeld);
        expect(route === "execute" || reasons.length > 0).toBe(true);
      }),
    );
  });
});

test("a tier nobody knows is never the highest", () => {
  const policy = policyOf("default: { tier: team-lead }\n");
  expect(highestTier(policy, [])).toBe("team-lead");
  expect(highestTier(policy, ["nobody"])).toBe("team-lead");
  expect(highestTier(policy, ["nobody", "domain-expert"])).toBe("domain-expert");
});

function policyOf(text: string): Policy {
  return loadPolicy(`${text}${ladder}`, "policy.yaml");
}

function policyWith(rules: readonly WrittenRule[]): Policy {
  const lines = rules.map(({ when, verdict, tier }, index) => {
    const asked = verdict === "hold" ? `, tier: ${tier}` : "";
    return `  - { id: rule-${index}, when: "${when}", verdict: ${verdict}${asked} }\n`;
  });
  return policyOf(lines.length === 0 ? "" : `rules:\n${lines.join("")}`);
}

function callOf(reversibility: Reversibility, args: CallFacts["args"] = {}): CallFacts {
  const declared = { reversibility, effect: "blind", readOnly: false } as const;
  return { tool: "act", args, argsHash: "hash", declared, context: {}, evidence: noEvidence, flags: [] };
}

function rankOf(tier: string | null): number {
  return tiers.findIndex((name) => name === tier);
}
