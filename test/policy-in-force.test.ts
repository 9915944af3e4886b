// What the policy of each agent says, as a page can show it.
import { expect, it } from "vitest";
import { defineValidator } from "../src/index.js";
import { testDatabase } from "./support/database.js";
import { request, serve } from "./support/http.js";

const policy = `
tools: { pay: { reversibility: compensable, amount: args.amount, currency: EUR } }
facts: { order: { tool: [read], key: args.id } }
default: { tier: team }
rules:
  - { id: small, when: "tool == 'pay' && args.amount < 10", verdict: allow }
  - id: big
    when: tool == 'pay' && args.amount > facts.order[args.id].total
    tier: lead
    level: high
    reason: Much money.
    guideline: Compare it with the invoice.
    questions: [Who asked for it?]
changes: { tier: lead }
tiers:
  team: { roles: [support], respond: 30m, then: lead, extend: { by: 1h, times: 2 } }
  lead: { roles: [lead, risk], quorum: 2, veto: [risk] }
limits: [{ roles: [support], currency: EUR, up_to: 50, tools: [pay] }, { person: ada, currency: EUR, up_to: unlimited }]
routing: { sample: 0.2, bands: [{ below: 0.4, tier: lead }] }
`;
const knownOrder = defineValidator({ name: "known-order", tools: ["pay"], check: () => null });

it("what a policy says is told as it was read, and so is the change of it that waits", async () => {
  const at = await serve(await testDatabase(), { policy, validators: [knownOrder] });
  try {
    const [inForce] = (await request(`${at.url}/policies/in-force`)).body["items"] as Record<
      string,
      unknown
    >[];
    expect(inForce).toMatchObject({
      agent: "support",
      version: at.runtime.agents.get("support")?.policy().version,
      defaultTier: "team",
      tiers: [
        {
          name: "team",
          roles: ["support"],
          deadline: {
            ms: 1_800_000,
            after: { kind: "escalate", tier: "lead" },
            extend: { ms: 3_600_000, times: 2 },
          },
        },
        { name: "lead", roles: ["lead", "risk"], deadline: null, panel: { quorum: 2, veto: ["risk"] } },
      ],
      rules: [
        {
          id: "small",
          verdict: "allow",
          when: "tool == 'pay' && args.amount < 10",
          tools: ["pay"],
          level: null,
          tier: null,
          guideline: null,
          questions: [],
        },
        {
          id: "big",
          verdict: "hold",
          level: "high",
          tier: "lead",
          reason: "Much money.",
          guideline: { text: "Compare it with the invoice.", link: null },
          questions: ["Who asked for it?"],
        },
      ],
      facts: [{ name: "order", tools: ["read"], key: "args.id", as: "json" }],
      changes: { tier: "lead" },
      waiting: null,
      limits: [
        { roles: ["support"], person: null, currency: "EUR", upTo: 50, tools: ["pay"] },
        { roles: null, person: "ada", currency: "EUR", upTo: null, tools: null },
      ],
      validators: [{ name: "known-order", tools: ["pay"] }],
      routing: { maxError: 0.05, confidence: 0.9, sample: 0.2, refuseBelow: null, bands: [{ below: 0.4 }] },
    });
    expect(inForce?.["tools"]).toEqual(
      expect.arrayContaining([
        { name: "read", reversibility: "reversible", readOnly: true, asks: false },
        { name: "pay", reversibility: "compensable", readOnly: false, asks: false },
        { name: "wipe", reversibility: "irreversible", readOnly: false, asks: false },
      ]),
    );
    const reloaded = await at.runtime.changes.reload("rules: []", "policy.yaml");
    if (!reloaded.ok || !reloaded.proposed) throw new Error("It was to wait.");
    const { version, reviewId } = reloaded.proposed;
    const read = async () =>
      ((await request(`${at.url}/policies/in-force`)).body["items"] as Record<string, unknown>[])[0];
    expect(await read()).toMatchObject({
      rules: [{ id: "small" }, { id: "big" }],
      waiting: {
        reviewId,
        version,
        by: { id: "policy.yaml", kind: "service" },
        tier: "lead",
        roles: ["lead", "risk"],
        changes: expect.arrayContaining([expect.stringMatching(/^The rule big/)]),
        decided: null,
      },
    });
    await at.runtime.changes.reload(policy, "policy.yaml");
    expect(await read()).toMatchObject({ waiting: null, changes: { tier: "lead" } });
  } finally {
    await at.stop();
  }
});
