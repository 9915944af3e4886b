// A whole user of Holdpoint in one process: it says one thing to an agent, approves what is held, and waits for the
// end. Told a point, it kills itself there with -9. Started again without one, it goes on as its user would.
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import pg from "pg";
import { z } from "zod";

const {
  DIST,
  DATABASE,
  EFFECTS,
  THREAD,
  KILL_AT,
  EFFECT_CLASS = "blind",
  POLICY,
  VOTERS,
  RECORD,
} = process.env;
const { createHoldpoint, defineTool, scriptedModel } = await import(`${DIST}src/index.js`);

// What makes something durable. Reads, and what runs by the clock, have no fixed place in the story.
const durable =
  /^(run\.(begin|begin-resumption|claim|finish)|checkpoint\.(put|write)|action\.propose|review\.(vote|decide|resumed)|execution\.(claim|reclaim|settle))$/;
const seen = new Map();
const point = KILL_AT ? JSON.parse(KILL_AT) : null;

const die = () => process.kill(process.pid, "SIGKILL");
const reached = (name, when) => point?.name === name && point.when === when;
const note = (name) => RECORD && appendFileSync(RECORD, `${name}\n`);

const query = pg.Client.prototype.query;
pg.Client.prototype.query = function (given, ...rest) {
  const text = typeof given === "string" ? given : given?.text;
  const label = typeof text === "string" ? /\/\* ([a-z.-]+) \*\//.exec(text)?.[1] : undefined;
  // Statements may share a commit: they are durable together.
  if (typeof text === "string" && text.startsWith("begin")) this.points = [];
  if (label && durable.test(label)) {
    const nth = (seen.get(label) ?? 0) + 1;
    seen.set(label, nth);
    const name = `${label}#${nth}`;
    this.points.push(name);
    note(name);
    if (reached(name, "before")) die();
  }
  const committed = text === "commit" ? this.points : [];
  for (const name of committed) note(`${name} committed`);
  const result = query.call(this, given, ...rest);
  if (committed.some((name) => reached(name, "after"))) void result.then(die, die);
  return result;
};

const pay = defineTool({
  name: "pay",
  description: "Appends a line to a file, or, in a transaction, a row to a table.",
  args: z.object({ id: z.string() }),
  effect: EFFECT_CLASS,
  reconcile: async (key) =>
    existsSync(EFFECTS) && readFileSync(EFFECTS, "utf8").includes(key)
      ? { happened: true, result: "paid" }
      : { happened: false },
  run: async ({ id }, { idempotencyKey, sql }) => {
    note("effect#1");
    if (reached("effect#1", "before")) die();
    if (sql) {
      await sql.query("create table if not exists public.paid (key text)");
      await sql.query("insert into public.paid values ($1)", [idempotencyKey]);
    }
    // A keyed remote ignores a repeat of the key; the others do it again.
    const known = existsSync(EFFECTS) && readFileSync(EFFECTS, "utf8").includes(idempotencyKey);
    if (!sql && (EFFECT_CLASS !== "keyed" || !known)) appendFileSync(EFFECTS, `${idempotencyKey}\n`);
    note("effect#1 committed");
    if (reached("effect#1", "after")) die();
    return `paid ${id}`;
  },
});

const model = scriptedModel("one-payment", (messages) =>
  messages.some((message) => message.getType() === "tool")
    ? { text: "Done." }
    : { text: "Paying.", calls: [{ tool: "pay", args: { id: "x" } }] },
);

const holdpoint = await createHoldpoint({
  model,
  tools: [pay],
  database: { url: DATABASE },
  ...(POLICY ? { policy: POLICY } : {}),
  settings: { leaseMs: 500, pollMs: 100, maxConnections: 4, toolTimeoutMs: 1_000 },
});

const voters = VOTERS ? VOTERS.split(",").map((id) => ({ id, roles: ["support"] })) : [undefined];
let view = await holdpoint.wait(THREAD);
if (view.messages.length === 0) view = await holdpoint.send(THREAD, "Pay x.");
while (view.holds.length > 0) {
  for (const review of await holdpoint.reviews({ threadId: THREAD })) {
    // Asked what became of it, a person goes and looks.
    const happened = existsSync(EFFECTS)
      ? { type: "happened", message: "paid, says the bank" }
      : { type: "retry" };
    const answer = review.kind === "settle" ? happened : { type: "approve", undo: true };
    for (const voter of voters)
      await holdpoint.decide(review.id, { ...answer, argsHash: review.argsHash }, voter);
  }
  view = await holdpoint.wait(THREAD);
}
console.log(
  JSON.stringify({
    status: view.status,
    error: view.error,
    said: view.messages.map((message) => [message.getType(), message.text]),
  }),
);
await holdpoint.stop();
