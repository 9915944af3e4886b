// A conversation that a person leads, in one process: the customer asks for a payment, which is held; Anna takes the
// conversation over, both write, the payment is approved, she hands it back. Told a point, the process kills itself there
// with -9. Started again without one, everybody goes on where they were.
import { appendFileSync } from "node:fs";
import { z } from "zod";
import { defineTool, scriptedModel } from "../../dist/src/index.js";
import { createRuntime } from "../../dist/src/runtime.js";
import { ownLabels, watchStatements } from "./crash-points.mjs";

const { DATABASE, EFFECTS, THREAD } = process.env;

watchStatements(
  ownLabels(
    /^(takeover\.(begin|end)|letter\.(keep|write|placed)|run\.(begin|begin-resumption|claim|finish)|checkpoint\.(put|write)|review\.decide|execution\.(claim|settle))$/,
  ),
);

const pay = defineTool({
  name: "pay",
  description: "Appends a line to a file.",
  args: z.object({ id: z.string() }),
  effect: "keyed",
  run({ id }, { idempotencyKey }) {
    appendFileSync(EFFECTS, `${idempotencyKey}\n`);
    return `paid ${id}`;
  },
});

const model = scriptedModel("one-payment", (messages) =>
  messages.some((message) => message.getType() === "tool")
    ? { text: `I was shown: ${messages.map((message) => message.text).join(" / ")}` }
    : { text: "Paying.", calls: [{ tool: "pay", args: { id: "x" } }] },
);

const runtime = await createRuntime({
  agents: [{ name: "desk", model, tools: [pay] }],
  database: { url: DATABASE },
  settings: { leaseMs: 500, pollMs: 100, maxConnections: 4, toolTimeoutMs: 1_000 },
});
const customer = { id: "customer", kind: "person", roles: [], tenant: "default" };
const anna = { id: "anna", kind: "person", roles: ["*"], tenant: "default" };
const at = { threadId: THREAD, graphId: "desk" };
const thread = { ...at, after: null, spoken: null };

const rest = () => runtime.waitForThread("default", THREAD);
const said = async () => ((await runtime.stateOf(anna, at)).values.messages ?? []).map(({ id }) => id);
const say = async (id, content) => {
  // The client of a customer sends again what it got no answer to, with the same id.
  if (!(await said()).includes(id))
    await runtime.submit({
      principal: customer,
      ...at,
      input: { messages: [{ type: "human", id, content }] },
    });
  await rest();
};

await rest();
await say("m1", "Pay x.");
const [led] = await runtime.takingOver.ofThread("default", THREAD);
if (!led) await runtime.takingOver.begin(anna, thread, null);
if (!led?.back) {
  await say("m2", "Is it done?");
  await runtime.takingOver.write(anna, thread, { id: "l1", text: "Nearly." });
  await rest();
}
for (;;) {
  const { items } = await runtime.reviews.list("default", { status: "open", threadId: THREAD, limit: 1 });
  if (items.length === 0) break;
  await runtime.decide(anna, items[0].id, {
    type: items[0].kind === "settle" ? "retry" : "approve",
    argsHash: items[0].argsHash,
  });
  await rest();
}
if (await runtime.takingOver.leading("default", THREAD)) await runtime.takingOver.end(anna, thread, null);
await rest();
const { values } = await runtime.stateOf(anna, at);
console.log(JSON.stringify(values.messages.map((message) => [message.getType(), message.text])));
await runtime.stop();
