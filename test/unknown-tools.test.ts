// A policy may name tools that no agent has: misspelt, such a rule looks as if it guarded something.
import { expect, it } from "vitest";
import { loadPolicy } from "../src/policies/load-policy.js";
import { unknownToolsWatch } from "../src/server/unknown-tools.js";
import { testDatabase } from "./support/database.js";
import { request, serve } from "./support/http.js";
import { visitor } from "./support/pages.js";

const policy = `
tools: { wipe: { level: critical }, wash: { level: low } }
facts: { order: { tool: [read, raed], key: args.id } }
rules:
  - { id: spared, when: "tool in ['pay', 'pya'] && facts.order[args.id].open == true" }
  - { id: asked, when: "tool == 'ask_human' || tool == 'reply'" }
  - { id: doubled, when: "tool == 'pya' || tool == 'pya' && args.amount > 5" }
  - { id: all, when: "args.amount > 5" }
`;
const visit = visitor();

it("tools that a policy names and no agent has are told over HTTP and on its page, with the rules that name them", async () => {
  const at = await serve(await testDatabase(), { policy });
  try {
    const { items } = (await request(`${at.url}/policies/in-force`)).body as { items: object[] };
    expect(items).toMatchObject([
      {
        unknownTools: [
          { tool: "wash", rules: [] },
          { tool: "raed", rules: [] },
          { tool: "pya", rules: ["spared", "doubled"] },
        ],
      },
    ]);
    const page = await visit(`${at.url}/review/policy`);
    await page.locator(".rule").first().waitFor();
    expect(await page.locator(".warning").allInnerTexts()).toEqual([
      "No agent here has the tool wash: what the policy says of it rules nothing.",
      "No agent here has the tool raed: what the policy says of it rules nothing.",
      "No agent here has the tool pya, which spared, doubled name: what the policy says of it rules nothing.",
    ]);
  } finally {
    await at.stop();
  }
});

it("whoever runs the server is told of one once, and again when it comes back", () => {
  const told: string[] = [];
  let rules = "rules: [{ id: spared, when: tool == 'pya' }]";
  const agent = (...names: string[]) => ({
    tools: { get: (name: string) => (names.includes(name) ? ({} as never) : undefined) },
    policy: () => loadPolicy(rules, "policy.yaml"),
  });
  const agents = new Map([
    ["desk", agent("pay")],
    ["till", agent("refund")],
  ]);
  const look = unknownToolsWatch(agents, { warn: (words) => void told.push(words) });
  look();
  look();
  expect(told).toEqual([
    'The policy names the tool "pya" in its rule spared, and no agent here has it: what it says of it rules nothing.',
  ]);
  rules = "rules: [{ id: spared, when: tool == 'refund' }]";
  look();
  expect(told).toHaveLength(1);
  rules = "rules: [{ id: spared, when: tool == 'pya' }]";
  look();
  expect(told).toHaveLength(2);
});
