// Who looked at a call, and what they said of it.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runValidator } from "../src/policies/validator.js";
import { assess, type Flag } from "../src/policies/assess.js";
import type { Routing } from "../src/policies/routing.js";
import { noEvidence } from "../src/policies/evidence.js";
import type { JsonObject } from "../src/kernel/json.js";
import { defineValidator } from "../src/index.js";
import { compileCondition } from "../src/policies/cel.js";
import { heardOf, isLookedAt } from "../src/policies/heard.js";
import { loadPolicy } from "../src/policies/load-policy.js";
import { withValidators } from "../src/policies/with-validators.js";

const policyOf = (...rules: [when: string, verdict?: string][]) =>
  loadPolicy(
    `tiers: { team: { roles: [support] } }\nrules:\n${rules
      .map(
        ([when, verdict = "hold"], index) =>
          `  - { id: r${index}, verdict: ${verdict}, when: ${JSON.stringify(when)} }`,
      )
      .join("\n")}`,
    "policy.yaml",
  );
const toolsOf = (when: string) => {
  const compiled = compileCondition(when);
  if (!compiled.ok) throw new Error(compiled.message);
  return compiled.expression.uses.tools;
};

describe("a rule", () => {
  it.each<[string, string[] | null]>([
    ["tool == 'pay' && args.amount > 3", ["pay"]],
    ["'pay' == tool", ["pay"]],
    ["tool in ['pay', 'wipe'] && args.amount > 3", ["pay", "wipe"]],
    ["tool == 'pay' || (tool == 'wipe' && args.all == true)", ["pay", "wipe"]],
    ["args.amount > 3", null],
    ["tool != 'pay'", []],
    ["tool.startsWith('pay')", []],
    ["args.kind == 'pay'", null],
  ])("is about the tools it names: %s", (when, tools) => {
    expect(toolsOf(when)).toEqual(tools);
  });
});

describe("a tool", () => {
  it("is looked at by a rule of its own, or by one of all tools, and by its validators", () => {
    const policy = policyOf(["tool == 'pay' && args.amount > 3"]);
    expect(isLookedAt(policy, "pay")).toBe(true);
    expect(isLookedAt(policy, "wipe")).toBe(false);
    expect(isLookedAt(policyOf(["context.refunds90d > 3", "deny"]), "wipe")).toBe(true);
    const check = defineValidator({ name: "known-file", tools: ["wipe"], check: () => null });
    expect(isLookedAt(withValidators(policy, [check]), "wipe")).toBe(true);
  });

  it("of whose call something was noted was found half as good as one of which nobody said a thing", () => {
    const policy = policyOf(["tool == 'pay' && args.amount > 3"]);
    expect(heardOf(policy, "pay", [])).toBe(1);
    expect(heardOf(policy, "pay", [{ verdict: "note" }])).toBe(0.5);
  });

  it("is not looked at by a rule that can only let it run, nor by one whose tool it may not be", () => {
    expect(isLookedAt(policyOf(["tool == 'pay'", "allow"]), "pay")).toBe(false);
    expect(isLookedAt(policyOf(["tool.startsWith('pa')"]), "pay")).toBe(false);
  });
});

describe("what was said of a call", () => {
  const policy = policyOf(["tool == 'pay' && args.amount > 3"]);

  it("is nothing known where nobody looks at its tool, and 1 where somebody did and said nothing", () => {
    expect(heardOf(policy, "wipe", [])).toBeNull();
    expect(heardOf(policy, "pay", [])).toBe(1);
  });

  it("is 0 where one objected, whatever others said", () => {
    for (const verdict of ["hold", "deny"] as const) {
      expect(heardOf(policy, "pay", [{ verdict }, { verdict: "allow" }])).toBe(0);
      expect(heardOf(policy, "wipe", [{ verdict }])).toBe(0);
    }
  });

  it("is 1 where a rule lets it run, and half where something was seen beside", () => {
    expect(heardOf(policy, "wipe", [{ verdict: "allow" }])).toBe(1);
    expect(heardOf(policy, "pay", [], [{ rule: "from-nowhere" }])).toBe(0.5);
    expect(heardOf(policy, "wipe", [], [{ rule: "from-nowhere" }])).toBeNull();
  });
});

describe("a validator", () => {
  it("is given each call as it is, and changes nothing of it", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (given) => {
        const args = JSON.parse(`{"__proto__": {"a": [1]}, "rest": ${JSON.stringify(given)}}`) as JsonObject;
        const before = JSON.stringify(args);
        let told = "";
        const check = defineValidator({
          name: "meddling",
          tools: ["pay"],
          check({ call }) {
            told = JSON.stringify(call.args);
            Object.assign(Object(call.args["rest"]) as object, { more: 1 });
            return null;
          },
        });
        expect(runValidator(check, { tool: "pay", args }, noEvidence).ok).toBe(true);
        expect([told, JSON.stringify(args)]).toEqual([before, before]);
      }),
    );
  });
});

describe("an assessment", () => {
  const policy = withValidators(
    policyOf(["tool == 'pay' && args.amount > 3"], ["tool == 'pay' && args.to == 'me'", "allow"]),
    [
      defineValidator({
        name: "no-fridays",
        tools: ["pay"],
        check: ({ call }) => {
          if (call.args["day"] === "broken") throw new Error("The calendar is away.");
          return call.args["day"] === "friday" ? { verdict: "hold", reason: "Not on a Friday." } : null;
        },
      }),
    ],
  );
  const routed = { ...policy, routing: routingBy({ validators: 1 }) };
  const heard = (args: JsonObject, flags: readonly Flag[] = [], tool = "pay") =>
    assess(routed, {
      tool,
      args,
      argsHash: "",
      declared: { reversibility: "reversible", effect: "keyed", readOnly: false },
      context: {},
      evidence: noEvidence,
      flags,
      gate: { stratum: "kind", earned: { kind: "certified", threshold: 0.7 }, values: {}, draw: 0.99 },
    });

  it("has a score by what its rules said, where nothing holds the call", () => {
    expect(heard({ amount: 1, to: "you", day: "monday" })).toMatchObject({
      route: "execute",
      score: { score: 1, parts: [{ signal: "validators", value: 1 }] },
    });
  });

  it.each<[string, JsonObject]>([
    ["a rule objects", { amount: 9, to: "me", day: "monday" }],
    ["a validator objects", { amount: 1, to: "me", day: "friday" }],
    ["a validator fails", { amount: 1, to: "me", day: "broken" }],
    ["a rule cannot be decided", { to: "me", day: "monday" }],
  ])("has none, and the call waits, where %s", (_, args) => {
    const { route, score } = heard(args);
    expect({ route, score }).toEqual({ route: "review", score: undefined });
  });

  it("scores lower where something was seen beside, and lowest where nobody looks at a tool", () => {
    const aside = { rule: "from-nowhere", text: "It stands nowhere.", holds: false };
    expect(heard({ amount: 1, to: "you" }, [aside])).toMatchObject({
      route: "review",
      score: { score: 0.5 },
    });
    expect(heard({ amount: 1 }, [], "note")).toMatchObject({
      route: "review",
      score: { score: 0, parts: [{ value: null }] },
    });
  });
});

function routingBy(signals: Record<string, number>): Routing {
  const { routing } = loadPolicy(`routing: { signals: ${JSON.stringify(signals)} }`, "policy.yaml");
  if (!routing) throw new Error("It routes by scores.");
  return routing;
}
