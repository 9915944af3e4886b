// A whole user of Holdpoint in one process: it says one thing to an agent, approves what is held, and waits for the
// end. Told a point, it kills itself there with -9. Started again without one, it goes on as its user would.
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { createHoldpoint, defineTool, scriptedModel } from "../../dist/src/index.js";
import { doing, ownLabels, watchStatements } from "./crash-points.mjs";

const { DATABASE, EFFECTS, THREAD, EFFECT_CLASS = "blind", POLICY, VOTERS, ANSWER } = process.env;
const said = ANSWER ? JSON.parse(ANSWER) : { type: "approve", undo: true };

// What makes something durable. Reads, and what runs by the clock, have no fixed place in the story.
watchStatements(
  ownLabels(
    /^(run\.(begin|begin-resumption|claim|finish)|checkpoint\.(put|write)|action\.propose|review\.(vote|decide|resumed)|execution\.(claim|reclaim|settle))$/,
  ),
);

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
    await doing("effect#1", async () => {
      if (sql) {
        await sql.query("create table if not exists public.paid (key text)");
        await sql.query("insert into public.paid values ($1)", [idempotencyKey]);
        return;
      }
      // A keyed remote ignores a repeat of the key; the others do it again.
      const known = existsSync(EFFECTS) && readFileSync(EFFECTS, "utf8").includes(idempotencyKey);
      if (EFFECT_CLASS !== "keyed" || !known) appendFileSync(EFFECTS, `${idempotencyKey}\n`);
    });
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
    const answer = review.kind === "settle" ? happened : said;
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
