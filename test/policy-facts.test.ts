// What a rule and a validator know of the conversation before a call. Pure: the rows come from the test.
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { defineValidator, type Objection } from "../src/index.js";
import type { JsonObject } from "../src/kernel/json.js";
import { assess } from "../src/policies/assess.js";
import { noEvidence, resultFrom, type Evidence } from "../src/policies/evidence.js";
import { loadPolicy } from "../src/policies/load-policy.js";
import { highestTier, type Policy } from "../src/policies/policy.js";
import { riskLevels, type RiskAssessment, type Route } from "../src/policies/words.js";
import { withValidators } from "../src/policies/with-validators.js";

const file = `
facts:
  order: { tool: [look_up_order, tag_order], key: args.orderId }
tiers: { team: { roles: [support] }, experts: { roles: [risk] } }
`;
const withRule = (when: string, more = "") =>
  loadPolicy(`${file}rules: [{ id: the-rule, when: ${JSON.stringify(when)}${more} }]`, "policy.yaml");

const found = (...results: [tool: string, args: JsonObject, text: string][]): Evidence => ({
  ...noEvidence,
  results: results.map((one) => resultFrom(...one)),
});
const heard = (...words: string[]): Evidence => ({ ...noEvidence, words });

function judge(policy: Policy, evidence: Evidence, args: JsonObject = { orderId: "8841" }): RiskAssessment {
  const declared = { reversibility: "reversible", effect: "keyed", readOnly: false } as const;
  return assess(policy, { tool: "pay", args, argsHash: "", declared, context: {}, evidence, flags: [] });
}
const paid = '{"total": 420, "status": "paid"}';

describe("a fact", () => {
  const policy = withRule("facts.order[args.orderId].status != 'paid'");

  it("is what the newest result for its key says, of any of its tools", () => {
    const evidence = found(
      ["look_up_order", { orderId: "8841" }, '{"status": "open"}'],
      ["look_up_order", { orderId: "8842" }, '{"status": "open"}'],
      ["tag_order", { orderId: "8841" }, paid],
      ["other_tool", { orderId: "8841" }, '{"status": "open"}'],
    );
    expect(judge(policy, evidence).route).toBe("execute");
    expect(judge(policy, evidence, { orderId: "8842" }).route).toBe("review");
  });

  it.each<[string, Evidence]>([
    ["that nobody asked for", noEvidence],
    ["of another key", found(["look_up_order", { orderId: "1" }, paid])],
    ["that is no JSON", found(["look_up_order", { orderId: "8841" }, "Error: paid"])],
    ["whose key cannot be read", found(["look_up_order", {}, paid])],
    ["without what is asked", found(["look_up_order", { orderId: "8841" }, "{}"])],
  ])("%s is not known, and the rule holds", (_, evidence) => {
    expect(judge(policy, evidence)).toMatchObject({
      route: "review",
      reasons: [{ rule: "the-rule", text: expect.stringContaining("is missing") as string }],
    });
  });

  it("can be asked whether it is known", () => {
    const asking = withRule("!(args.orderId in facts.order)");
    expect(judge(asking, noEvidence).reasons).toEqual([
      { rule: "the-rule", text: 'The rule "the-rule" asks a person to look at this call.' },
    ]);
    expect(judge(asking, found(["look_up_order", { orderId: "8841" }, paid])).route).toBe("execute");
  });

  it.each(["__proto__", "toString"])("by the key %s is one like any other", (orderId) => {
    const asking = withRule("!(args.orderId in facts.order)");
    expect(judge(asking, noEvidence, { orderId }).route).toBe("review");
    expect(judge(asking, found(["look_up_order", { orderId }, paid]), { orderId }).route).toBe("execute");
  });

  it("with a number beyond all bounds cannot be compared", () => {
    const evidence = found(["look_up_order", { orderId: "8841" }, '{"total": 1e300}']);
    const { reasons } = judge(withRule("facts.order[args.orderId].total * 1e10 > 1.0"), evidence);
    expect(reasons[0]?.text).toContain("a rule reads numbers up to");
  });

  it("may be a text as it stands, where the policy says so", () => {
    const text = loadPolicy(
      file.replace("key: args.orderId", "key: args.orderId, as: text") +
        "rules: [{ id: the-rule, when: \"facts.order[args.orderId] == 'cancelled'\" }]",
      "policy.yaml",
    );
    expect(judge(text, found(["look_up_order", { orderId: "8841" }, "on time"])).route).toBe("execute");
    expect(judge(text, found(["look_up_order", { orderId: "8841" }, "cancelled"])).route).toBe("review");
  });

  it("can be compared with the time it is, and holds where that is not known", () => {
    const young = withRule("(now - timestamp(facts.order[args.orderId].made)).getHours() >= 24");
    const at = (now: string | null) => ({
      ...found(["look_up_order", { orderId: "8841" }, '{"made": "2030-05-01T10:00:00Z"}']),
      now: now === null ? null : new Date(now),
    });
    expect(judge(young, at("2030-05-02T09:59:00Z")).route).toBe("execute");
    expect(judge(young, at("2030-05-02T10:00:00Z")).route).toBe("review");
    expect(judge(young, at(null)).reasons[0]?.text).toContain("could not be decided");
  });

  it("is fetched only where a rule reads it", () => {
    expect(policy.reads).toEqual({ tools: ["look_up_order", "tag_order"], words: false, now: false });
    expect(withRule("args.amount > 5").reads).toEqual({ tools: [], words: false, now: false });
    expect(withRule("user.last.mentions('yes')").reads).toEqual({ tools: [], words: true, now: false });
    expect(withRule("now > timestamp('2000-01-01T00:00:00Z')").reads.now).toBe(true);
  });
});

describe("what the person wrote", () => {
  it("is read newest last, joined, and by whole words", () => {
    const says = (when: string, ...words: string[]) =>
      judge(withRule(when), heard(...words)).route === "review";
    expect(says("user.last.mentions('yes')", "no", "Yes, please.")).toBe(true);
    expect(says("user.last.mentions('yes')", "yes", "That was yesterday.")).toBe(false);
    expect(says("user.last.mentions(['ok', 'go ahead'])", "Well, GO AHEAD!")).toBe(true);
    expect(says("user.all.mentions(args.orderId)", "It is order #8841.", "Yes.")).toBe(true);
    expect(says("user.words[0] == 'a' && size(user.words) == 2", "a", "b")).toBe(true);
    expect(says("user.last.mentions('я')", "это я")).toBe(true);
    expect(says("user.last.mentions('я')", "моя")).toBe(false);
  });

  it("holds the call where it is not known, and where no word is looked for", () => {
    const reasons = (when: string, evidence: Evidence) => judge(withRule(when), evidence).reasons[0]?.text;
    expect(reasons("!user.last.mentions('yes')", noEvidence)).toContain("user.last is missing");
    expect(reasons("!user.last.mentions('yes')", heard())).toContain("user.last is missing");
    expect(reasons("user.last.mentions('')", heard("yes"))).toContain("no word to look for");
  });
});

describe("a policy file", () => {
  test.each([
    ["facts:\n  a: { tool: b }", '2:6: "key" is missing'],
    ["facts:\n  a: { tool: b, key: args. }", "2:"],
    ["facts:\n  a: { tool: 'b c', key: args.id }", "2:15: No tool can be called"],
    ["facts:\n  A-b: { tool: b, key: args.id }", "2:3: A fact is named as in facts.reservation"],
    ["facts:\n  a: { tool: [], key: args.id }", "2:14: "],
    ["facts:\n  a: { tool: b, key: facts.a.x }", "2:22: This is read off the call alone"],
    [
      "facts:\n  a: { tool: b, key: args.id, newest: 3 }",
      '2:31: Unknown key "newest". Known here: tool, key, as.',
    ],
    [
      "rules:\n  - { id: r, when: 'facts.a[args.id].x > 1' }",
      '2:21: There is no fact "a". This file defines none',
    ],
    [
      "facts: { a: { tool: b, key: args.id } }\nrules:\n  - { id: r, when: 'true && facts.b[args.id].x == 1' }",
      '3:29: There is no fact "b". Defined are a.',
    ],
    ['rules:\n  - { id: r, when: "args.id in facts" }', "2:32: Write facts.NAME[key]"],
    ["rules:\n  - { id: r, when: \"user.lst == ''\" }", "2:21: There is no user.lst. Known are user.words"],
    ["tools:\n  pay: { amount: facts.a.b.c }", "2:18: This is read off the call alone"],
  ])("that says %j is refused where it is wrong", (text, message) => {
    expect(() => loadPolicy(text, "policy.yaml")).toThrow(`policy.yaml:${message}`);
  });
});

describe("a validator", () => {
  const orderIsKnown = defineValidator({
    name: "known-order",
    tools: ["pay"],
    reads: ["look_up_order"],
    check: ({ call, facts, words }) => {
      const order = facts.newest("look_up_order", { orderId: call.args["orderId"] ?? null });
      if (words?.includes("stop")) return { verdict: "deny", reason: "The customer said stop." };
      return order ? null : { verdict: "hold", reason: "Nobody looked.", tier: "experts", level: "critical" };
    },
  });
  const policy = withValidators(loadPolicy(file, "policy.yaml"), [orderIsKnown]);

  it("holds, denies, or has nothing to say, by facts and words", () => {
    expect(judge(policy, noEvidence)).toMatchObject({
      route: "review",
      tier: "experts",
      level: "critical",
      reasons: [{ rule: "known-order", text: "Nobody looked." }],
    });
    expect(judge(policy, heard("stop"))).toMatchObject({ route: "refuse", tier: null });
    const known = found(["look_up_order", { orderId: "8841", deep: true }, paid]);
    expect(judge(policy, known).route).toBe("execute");
    expect(policy.reads).toEqual({ tools: ["look_up_order"], words: true, now: true });
  });

  const judgedBy = (check: () => unknown) =>
    judge(
      withValidators(loadPolicy(file, "policy.yaml"), [
        defineValidator({ name: "odd", tools: ["pay"], check: check as () => Objection | null }),
      ]),
      noEvidence,
    );

  it.each<[string, () => unknown]>([
    ["throws", () => JSON.parse("{")],
    ["answers nothing", () => undefined],
    ["answers later", () => Promise.resolve(null)],
    ["gives no reason", () => ({ verdict: "deny", reason: " " })],
    ["gives another verdict", () => ({ verdict: "allow", reason: "It may." })],
  ])("that %s holds, and says so", (_, check) => {
    expect(judgedBy(check)).toMatchObject({
      route: "review",
      tier: "team",
      reasons: [
        { rule: "odd", text: expect.stringContaining('The validator "odd" could not be decided') as string },
      ],
    });
  });

  it("changes nothing of the call that it looks at", () => {
    const args = { orderId: "8841", lines: [1] };
    const changing = defineValidator({
      name: "changing",
      tools: ["pay"],
      check: ({ call }) => {
        call.args["lines"] = [];
        return null;
      },
    });
    judge(withValidators(policy, [changing]), noEvidence, args);
    expect(args).toEqual({ orderId: "8841", lines: [1] });
  });

  it("is refused where its name or a tool's is none, or a rule has the name too", () => {
    const check = () => null;
    expect(() => defineValidator({ name: "Known order", tools: ["pay"], check })).toThrow("kebab-case");
    expect(() => defineValidator({ name: "draft", tools: ["pay"], check })).toThrow("taken by a built-in");
    expect(() => defineValidator({ name: "a", tools: [], check })).toThrow("names no tool");
    expect(() => defineValidator({ name: "a", tools: ["pаy"], check })).toThrow("<U+0430>");
    const same = defineValidator({ name: "the-rule", tools: ["pay"], check });
    expect(() => withValidators(withRule("true"), [same])).toThrow("has the name of a validator");
  });

  it("only ever tightens", () => {
    const strictness: Route[] = ["execute", "draft", "review", "approve", "refuse"];
    const objection = fc.option(
      fc.record({
        verdict: fc.constantFrom("hold", "deny"),
        reason: fc.constant("Because."),
        tier: fc.constantFrom("team", "experts", "nobody"),
        level: fc.constantFrom(...riskLevels),
      }),
    );
    const rules = fc.constantFrom("true", "false", "args.missing == 1", "facts.order['1'].total > 5.0");
    const verdicts = fc.constantFrom("hold", "deny", "allow");
    const reversibilities = fc.constantFrom("reversible", "compensable", "irreversible");
    fc.assert(
      fc.property(objection, rules, verdicts, reversibilities, (said, when, verdict, reversibility) => {
        const without = withRule(when, `, verdict: ${verdict}`);
        const check = () => said as Objection | null;
        const withIt = withValidators(without, [defineValidator({ name: "said", tools: ["pay"], check })]);
        const [loose, tight] = [without, withIt].map((policy) =>
          assess(policy, {
            tool: "pay",
            args: {},
            argsHash: "",
            declared: { reversibility, effect: "blind", readOnly: false } as never,
            context: {},
            evidence: noEvidence,
            flags: [],
          }),
        ) as [RiskAssessment, RiskAssessment];
        expect(strictness.indexOf(tight.route)).toBeGreaterThanOrEqual(strictness.indexOf(loose.route));
        expect(riskLevels.indexOf(tight.level)).toBeGreaterThanOrEqual(riskLevels.indexOf(loose.level));
        if (tight.tier !== null && loose.tier !== null)
          expect(highestTier(without, [tight.tier, loose.tier])).toBe(tight.tier);
        if (said === null) expect(tight).toEqual(loose);
      }),
    );
  });
});
