// Proposes a change of its policy, approves it, and waits until it is in force. Told a point, it kills itself there with
// -9. Started again without one, it comes up with the changed text, as its user would.
import pg from "pg";
import { z } from "zod";
import { createHoldpoint, defineTool, scriptedModel } from "../../dist/src/index.js";
import { ownLabels, watchStatements } from "./crash-points.mjs";

const { DATABASE } = process.env;

const before = "changes: { tier: reviewer }\n";
const after = `${before}rules: [{ id: frozen, when: "tool == 'pay'", verdict: deny }]\n`;

watchStatements(
  ownLabels(/^(review\.decide|execution\.(claim|reclaim|settle)|policy\.begin-approved-term)$/),
);

const admin = new pg.Client({ connectionString: DATABASE });
await admin.connect();
const rows = async (text) => (await admin.query(text)).rows;
const isProposed = async () => (await rows("select from holdpoint.reviews")).length > 0;

const holdpoint = await createHoldpoint({
  model: scriptedModel("silent", () => ({ text: "Nothing." })),
  tools: [defineTool({ name: "pay", description: "Pays.", args: z.object({}), run: () => "paid" })],
  database: { url: DATABASE },
  policy: (await isProposed()) ? after : before,
  settings: { leaseMs: 500, pollMs: 100, maxConnections: 4 },
});
if (!(await isProposed())) await holdpoint.reloadPolicy(after, "the-file.yaml");
const [change] = await holdpoint.reviews();
if (change) await holdpoint.decide(change.id, { type: "approve", argsHash: change.argsHash });

const terms = () =>
  rows("select version, by_whom ->> 'id' as by from holdpoint.policy_terms order by term_no");
while ((await terms()).length < 2) await new Promise((resolve) => setTimeout(resolve, 50));
const replaced = await holdpoint.reloadPolicy(after, "the-file.yaml");
await holdpoint.stop();
console.log(
  JSON.stringify({
    by: (await terms()).map(({ by }) => by),
    proposed: replaced.ok ? replaced.proposed : String(replaced.error),
    executions: (await rows("select state from holdpoint.executions")).map(({ state }) => state),
    decisions: (await rows("select from holdpoint.decisions")).length,
    waiting: (await rows("select from holdpoint.reviews where status in ('open', 'decided')")).length,
  }),
);
await admin.end();
