// A developer's own program in one process: an agent of LangChain's with our middleware, on their own PostgresSaver. It
// says one thing to the agent, decides what is held, and resumes. Told a point, it kills itself there with -9. Started
// again without one, it goes on as such a program would.
import { appendFileSync, existsSync } from "node:fs";
import { PostgresSaver } from "@langchain/langgraph-checkpoint-postgres";
import { FakeListChatModel } from "@langchain/core/utils/testing";
import { AIMessage } from "@langchain/core/messages";
import { createAgent } from "langchain";
import { z } from "zod";
import { defineTool } from "../../dist/src/index.js";
import { holdpointMiddleware } from "../../dist/src/langchain.js";
import { doing, ownLabels, watchStatements } from "./crash-points.mjs";

const { DATABASE, EFFECTS, THREAD, TOOL, DURABILITY } = process.env;

const ours = ownLabels(/^(action\.propose|review\.(decide|resumed)|execution\.(claim|reclaim|settle))$/);
watchStatements((text) => {
  // Their saver's statements have no names.
  if (/insert into \S*checkpoint_writes/i.test(text)) return "saver.write";
  if (/insert into \S*checkpoints\b/i.test(text)) return "saver.put";
  return ours(text);
});

/** `pay` cannot be undone and is held; `tag` can, and runs at once. */
const act = (name, more) =>
  defineTool({
    name,
    description: "Appends a line to a file.",
    args: z.object({ id: z.string() }),
    run: async ({ id }, { idempotencyKey }) => {
      await doing("effect#1", () => appendFileSync(EFFECTS, `${idempotencyKey}\n`));
      return `did ${id}`;
    },
    ...more,
  });

class Script extends FakeListChatModel {
  bindTools() {
    return this;
  }
  async _generate(messages) {
    const done = messages.some((message) => message.getType() === "tool");
    const tool_calls = [{ name: TOOL, args: { id: "x" }, id: "call_1" }];
    const message = done ? new AIMessage("Done.") : new AIMessage({ content: "On it.", tool_calls });
    return { generations: [{ text: message.text, message }] };
  }
}

const holdpoint = holdpointMiddleware({
  tools: [act("pay"), act("tag", { reversibility: "reversible" })],
  database: { url: DATABASE },
  settings: { leaseMs: 500, pollMs: 100, maxConnections: 4, toolTimeoutMs: 1_000 },
});
const checkpointer = PostgresSaver.fromConnString(DATABASE, { schema: "theirs" });
await checkpointer.setup();
const agent = createAgent({ model: new Script({ responses: [] }), middleware: [holdpoint], checkpointer });
const config = { configurable: { thread_id: THREAD }, durability: DURABILITY };

/** A person who goes and looks before they say that something did not happen yet. */
function answerTo({ kind, reasons }) {
  const happened = existsSync(EFFECTS);
  if (kind === "settle") return happened ? { type: "happened", message: "did x" } : { type: "retry" };
  const isRepeat = reasons.some(({ rule }) => rule === "possible-repeat");
  return { type: isRepeat && happened ? "reject" : "approve" };
}

for (;;) {
  const { values, next, tasks } = await agent.graph.getState(config);
  const last = values.messages?.at(-1);
  if (tasks.some(({ interrupts }) => interrupts.length > 0)) {
    for (const review of await holdpoint.reviews({ threadId: THREAD }))
      await holdpoint.decide(review.id, { ...answerTo(review), argsHash: review.argsHash });
    await holdpoint.resume(agent, THREAD, { durability: DURABILITY });
  } else if (last?.getType() === "ai" && last.tool_calls.length === 0) break;
  else if (!last && next.length === 0)
    await agent.invoke({ messages: [{ role: "user", content: "Do x." }] }, config);
  // What is next does not show where all of a step was saved but the step itself.
  else await agent.invoke(null, config);
}
const { values } = await agent.graph.getState(config);
const executions = await holdpoint.executions({ threadId: THREAD });
console.log(
  JSON.stringify({
    said: values.messages.map((message) => message.getType()),
    executions: executions.map(({ state }) => state),
    waiting: (await holdpoint.decidedThreads()).length,
  }),
);
await holdpoint.stop();
await checkpointer.end();
