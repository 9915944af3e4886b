// Proposes a change of its policy, approves it, and waits until it is in force. Told a point, it kills itself there with
// -9. Started again without one, it comes up with the changed text, as its user would.
import { appendFileSync } from "node:fs";
import pg from "pg";

const { DIST, DATABASE, KILL_AT, RECORD } = process.env;
const { createHoldpoint, defineTool, scriptedModel } = await import(`${DIST}src/index.js`);
const { z } = await import("zod");

const before = "changes: { tier: reviewer }\n";
const after = `${before}rules: [{ id: frozen, when: "tool == 'pay'", verdict: deny }]\n`;

const durable = /^(review\.decide|execution\.(claim|reclaim|settle)|policy\.begin-approved-term)$/;
const seen = new Map();
const point = KILL_AT ? JSON.parse(KILL_AT) : null;
const die = () => process.kill(process.pid, "SIGKILL");
const reached = (name, when) => point?.name === name && point.when === when;
const note = (name) => RECORD && appendFileSync(RECORD, `${name}\n`);

const query = pg.Client.prototype.query;
pg.Client.prototype.query = function (given, ...rest) {
  const text = typeof given === "string" ? given : given?.text;
  const label = typeof text === "string" ? /\/\* ([a-z.-]+) \*\//.exec(text)?.[1] : undefined;
  if (typeof text === "string" && text.startsWith("begin")) this.points = [];
  if (label && durable.test(label)) {
    const nth = (seen.get(label) ?? 0) + 1;
    seen.set(label, nth);
    const name = `${label}#${nth}`;
    this.points.push(name);
    note(name);
    if (reached(name, "before")) die();
  }
  const committed = text === "commit" ? (this.points ?? []) : [];
  for (const name of committed) note(`${name} committed`);
  const result = query.call(this, given, ...rest);
  if (committed.some((name) => reached(name, "after"))) void result.then(die, die);
  return result;
};

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
