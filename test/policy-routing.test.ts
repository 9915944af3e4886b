// Calls that no rule settles: their score against what their kind has earned.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { drawOf } from "../src/kernel/ids.js";
import { assess, type CallFacts } from "../src/policies/assess.js";
import { signalNames } from "../src/policies/composite.js";
import { noEvidence } from "../src/policies/evidence.js";
import { loadPolicy } from "../src/policies/load-policy.js";
import { routingOf, type Gate } from "../src/policies/routing.js";
import { stratumOf } from "../src/policies/stratum.js";
import { reversibilities, type Reversibility, type RiskAssessment } from "../src/policies/words.js";

const ladder = `
tiers:
  team: { roles: [support] }
  lead: { roles: [lead] }
`;

const policyOf = (text: string) => loadPolicy(`${text}${ladder}`, "policy.yaml");
const plain = policyOf("routing: { sample: 0.1, signals: { similarity: 1 } }\n");

const certified = { kind: "certified", threshold: 0.8 } as const;
const none = { kind: "none", units: 12, needed: 53, withdrawnAt: null } as const;
const notDrawn = 0.99;

function gate(score: number | null, earned: Gate["earned"] = certified, draw = notDrawn): Gate {
  return { stratum: "kind", earned, values: { similarity: score }, draw };
}

interface Given {
  reversibility?: Reversibility;
  readOnly?: boolean;
  flags?: CallFacts["flags"];
  gate?: Exclude<CallFacts["gate"], undefined>;
}

function judged(
  policy: typeof plain,
  { reversibility = "reversible", readOnly = false, flags = [], ...given }: Given,
): RiskAssessment {
  const declared = { reversibility, effect: "blind", readOnly } as const;
  const call = { tool: "act", args: {}, argsHash: "hash", declared, context: {}, evidence: noEvidence };
  return assess(policy, { ...call, flags, ...given });
}

const rulesOf = ({ reasons }: RiskAssessment) => reasons.map(({ rule }) => rule);

describe("a call that no rule settles", () => {
  it("runs from the certified score on, and says so", () => {
    const at = judged(plain, { gate: gate(0.8) });
    expect(at).toMatchObject({ route: "execute", tier: null, score: { score: 0.8, lookedAt: 0.1 } });
    expect(at.reasons).toEqual([
      { rule: "certified", text: "It scores .80, and such calls run by themselves from .80 on." },
    ]);
  });

  it("waits below it, and what weighs most is named first", () => {
    const below = judged(policyOf("routing: { signals: { similarity: 3, accuracy: 1, judge: 1 } }\n"), {
      gate: { ...gate(0), values: { similarity: 0.5, accuracy: 1, judge: null } },
    });
    expect(below).toMatchObject({
      route: "review",
      tier: "team",
      score: { lookedAt: 1, leastLookedAt: 0.1 },
    });
    expect(below.reasons).toEqual([
      {
        rule: "unsure",
        text: "It scores .50, and such calls run by themselves from .80 on. Weakest: similarity .50, judge not known.",
      },
    ]);
  });

  it("waits while nothing is certified for its kind, whatever it scores, with how far that is", () => {
    const cold = judged(plain, { gate: gate(1, none) });
    expect(cold).toMatchObject({ route: "review", score: { lookedAt: 1, leastLookedAt: 1 } });
    expect(cold.reasons[0]?.rule).toBe("not-certified");
    expect(cold.reasons[0]?.text).toContain("12 of at least 53 conversations");
    const withdrawn = judged(plain, {
      gate: gate(1, { ...none, withdrawnAt: "2026-11-03T10:00:00.000Z" }),
    });
    expect(withdrawn.reasons[0]?.rule).toBe("autonomy-withdrawn");
    expect(withdrawn.reasons[0]?.text).toContain("Since 2026-11-03");
  });

  it("is shown by chance where it would have run", () => {
    expect(rulesOf(judged(plain, { gate: gate(1, certified, 0.0999) }))).toEqual(["sampled"]);
    expect(rulesOf(judged(plain, { gate: gate(1, certified, 0.1) }))).toEqual(["certified"]);
  });

  it("is refused below the band that the policy names, but for those shown by chance; the agent hears no figure", () => {
    const policy = policyOf("routing: { refuseBelow: 0.2, sample: 0.1, signals: { similarity: 1 } }\n");
    const refused = judged(policy, { gate: gate(0.19) });
    expect(refused).toMatchObject({ route: "refuse", tier: null, score: { score: 0.19, lookedAt: 0.1 } });
    expect(refused.reasons[0]?.text).not.toMatch(/\d/);
    // Nor what was seen of it, nor what a stronger model said: whoever chats may read why a call was refused.
    const flags = [{ rule: "from-nowhere", text: "iban stands nowhere.", holds: false }];
    const said = [{ rule: "stronger-model", text: "A stronger model looked first." }];
    expect(rulesOf(judged(policy, { flags, gate: { ...gate(0.19), said } }))).toEqual(["doubtful"]);
    expect(rulesOf(judged(policy, { flags, gate: { ...gate(0.5), said } }))).toEqual([
      "unsure",
      "stronger-model",
      "from-nowhere",
    ]);
    expect(judged(policy, { gate: gate(0.19, certified, 0.05) }).route).toBe("review");
    expect(judged(policy, { gate: gate(0.2) }).route).toBe("review");
    expect(judged(policy, { gate: gate(0.1, none) }).route).toBe("review");
  });

  it("goes to the tier of its band", () => {
    const policy = policyOf(
      "routing: { signals: { similarity: 1 }, bands: [{ below: 0.6, tier: team }, { below: 0.3, tier: lead }] }\n",
    );
    expect(judged(policy, { gate: gate(0.29) }).tier).toBe("lead");
    expect(judged(policy, { gate: gate(0.3) }).tier).toBe("team");
    expect(judged(policy, { gate: gate(0.1, none) }).tier).toBe("lead");
  });

  it("waits where nothing is known of it, and is not asked about again where it went through before", () => {
    expect(judged(plain, {})).toMatchObject({ route: "review", reasons: [{ rule: "not-scored" }] });
    expect(judged(plain, { gate: "settled" })).toMatchObject({ route: "execute", reasons: [] });
  });

  it("needs no score where it only reads, or a rule lets it run", () => {
    expect(judged(plain, { readOnly: true })).toMatchObject({ route: "execute", reasons: [] });
    const allowing = policyOf("routing: {}\nrules: [{ id: ok, when: \"tool == 'act'\", verdict: allow }]\n");
    expect(rulesOf(judged(allowing, { gate: gate(0) }))).toEqual(["ok"]);
  });

  it("may run where it is compensable, which waits for a rule where there is no score", () => {
    expect(judged(plain, { reversibility: "compensable", gate: gate(0.9) }).route).toBe("execute");
    expect(judged(policyOf("rules: []\n"), { reversibility: "compensable", gate: gate(0.9) }).route).toBe(
      "review",
    );
  });
});

describe("whatever it scores", () => {
  const anyGate = fc.record({
    stratum: fc.constant("kind"),
    earned: fc.oneof(
      fc.record({
        kind: fc.constant("certified" as const),
        threshold: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      fc.constant(none),
    ),
    values: fc.dictionary(
      fc.constantFrom(...signalNames),
      fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
    ),
    draw: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  });

  it("what cannot be undone waits, and so does what something holds", () => {
    fc.assert(
      fc.property(anyGate, fc.constantFrom(...reversibilities), (found, reversibility) => {
        expect(judged(plain, { reversibility: "irreversible", gate: found }).route).toBe("approve");
        const flags = [{ rule: "hijack-suspect", text: "It was told to." }];
        expect(judged(plain, { reversibility, flags, gate: found }).route).not.toBe("execute");
      }),
    );
  });

  it("a call runs only when it was certified, scores enough and was not drawn", () => {
    fc.assert(
      fc.property(anyGate, (found) => {
        const { route, score } = judged(plain, { gate: found });
        const runs =
          found.earned.kind === "certified" &&
          (score?.score ?? 0) >= found.earned.threshold &&
          found.draw >= 0.1;
        expect(route === "execute").toBe(runs);
      }),
    );
  });
});

describe("a rule that notes", () => {
  const noting = policyOf(
    "rules: [{ id: vip, when: \"tool == 'act'\", verdict: note, level: high, reason: A customer of long standing. }]\n",
  );

  it("holds nothing, and raises the level by which a queue is ordered", () => {
    expect(judged(noting, {})).toMatchObject({ route: "execute", level: "high", reasons: [{ rule: "vip" }] });
    expect(judged(noting, { reversibility: "irreversible" })).toMatchObject({
      route: "approve",
      reasons: [{ rule: "irreversible" }, { rule: "vip" }],
    });
  });

  it("outweighs no rule that allows, and holds nothing where it cannot be decided", () => {
    const both = policyOf(
      'rules: [{ id: n, when: "args.x == 1", verdict: note }, { id: ok, when: "tool == \'act\'", verdict: allow }]\n',
    );
    const found = judged(both, { reversibility: "compensable" });
    expect(found.route).toBe("execute");
    expect(found.reasons.map(({ rule }) => rule)).toEqual(["ok", "n"]);
    expect(found.reasons[1]?.text).toContain("could not be decided");
  });
});

describe("the routing of a policy file", () => {
  it("has the design's form, with defaults for what it leaves out", () => {
    const { routing } = policyOf("routing: { target: 0.05..0.15, maxError: 0.02, confidence: 0.95 }\n");
    expect(routing).toMatchObject({
      target: { from: 0.05, to: 0.15 },
      maxError: 0.02,
      confidence: 0.95,
      sample: 0.1,
      refuseBelow: null,
    });
    expect(routing?.weights.validators).toBe(0.3);
    expect(policyOf("rules: []\n").routing).toBeNull();
  });

  it("has promises of its own for a tool, which is as the others in all that it does not say", () => {
    const { routing } = policyOf(
      "routing: { maxError: 0.02, sample: 0.2, tools: { tag: { maxError: 0.1 }, pay: { confidence: 0.95 } } }\n",
    );
    if (!routing) throw new Error("It routes nothing.");
    const promised = (tool: string) => {
      const { maxError, confidence, sample } = routingOf(routing, tool);
      return { maxError, confidence, sample };
    };
    expect(promised("tag")).toEqual({ maxError: 0.1, confidence: 0.9, sample: 0.2 });
    expect(promised("pay")).toEqual({ maxError: 0.02, confidence: 0.95, sample: 0.2 });
    expect(promised("other")).toEqual({ maxError: 0.02, confidence: 0.9, sample: 0.2 });
  });

  it.each([
    ["routing: { sample: 0 }", "At least one in a hundred"],
    ["routing: { maxError: 0 }", "between 0 and 1"],
    ["routing: { confidence: 0.4 }", "none"],
    ["routing: { target: 0.2..0.1 }", "lower share stands first"],
    ["routing: { target: a lot }", "0.05..0.15"],
    ["routing: { signals: { confidence: 1 } }", "own word alone"],
    ["routing: { signals: { gut: 1 } }", "Known here: validators, similarity"],
    ["routing: { bands: [{ below: 0.5, tier: boss }] }", 'no tier "boss"'],
    ["routing: { tools: { tag: {} } }", "what is promised of this tool otherwise"],
    ["routing: { tools: { tag: { maxError: 1 } } }", "between 0 and 1"],
    ["routing: { tools: { tag: { sample: 0.5 } } }", "Known here: maxError, confidence"],
    ["routing: { tools: { tág: { maxError: 0.1 } } }", "No tool can be called"],
    ["routing: { treshold: 0.5 }", "Known here: target, maxError"],
    ["rules: [{ id: n, when: \"tool == 'a'\", verdict: note, tier: lead }]", "asks nobody"],
  ])("is refused where it cannot be kept: %s", (text, why) => {
    expect(() => policyOf(`${text}\n`)).toThrow(why);
  });
});

describe("a kind of call", () => {
  const author = { agent: "support", model: "gpt-4o", instructions: "Be kind.", others: [] };
  const tool = { name: "tag", description: "Tags.", argsSchema: { type: "object" } };
  const weights = plain.routing?.weights ?? expect.fail("The policy routes by scores.");
  const { id } = stratumOf(author, tool, weights);

  it.each([
    ["model", stratumOf({ ...author, model: "gpt-5" }, tool, weights)],
    ["model to ask", stratumOf({ ...author, others: ["judge gpt-5"] }, tool, weights)],
    ["prompt", stratumOf({ ...author, instructions: "Be quick." }, tool, weights)],
    ["agent", stratumOf({ ...author, agent: "other" }, tool, weights)],
    ["tool", stratumOf(author, { ...tool, name: "tags" }, weights)],
    ["description", stratumOf(author, { ...tool, description: "Tags it." }, weights)],
    ["schema", stratumOf(author, { ...tool, argsSchema: { type: "object", required: ["a"] } }, weights)],
    ["way to score", stratumOf(author, tool, { ...weights, judge: 1 })],
  ])("is another one with a new %s", (_, other) => {
    expect(other.id).not.toBe(id);
  });

  it("is the same where nothing changed", () => {
    expect(stratumOf({ ...author }, { ...tool }, { ...weights }).id).toBe(id);
  });
});

it("draws are spread evenly, and each action has its own for ever", () => {
  const draws = Array.from({ length: 10_000 }, (_, n) => drawOf(`act_${n}`));
  expect(drawOf("act_7")).toBe(draws[7]);
  expect(draws.every((draw) => draw >= 0 && draw < 1)).toBe(true);
  const below = draws.filter((draw) => draw < 0.1).length;
  expect(below).toBeGreaterThan(900);
  expect(below).toBeLessThan(1_100);
});
