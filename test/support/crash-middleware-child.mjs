// A developer's own program in one process: an agent of LangChain's with our middleware, on their own PostgresSaver. It
// says one thing to the agent, decides what is held, and resumes. Told a point, it kills itself there with -9. Started
// again without one, it goes on as such a program would.
import { appendFileSync, existsSync } from "node:fs";
import { PostgresSaver } from "@langchain/langgraph-checkpoint-postgres";
import { FakeListChatModel } from "@langchain/core/utils/testing";
import { AIMessage } from "@langchain/core/messages";
import { createAgent } from "langchain";
import pg from "pg";
import { z } from "zod";

const { DIST, DATABASE, EFFECTS, THREAD, KILL_AT, TOOL, DURABILITY, RECORD } = process.env;
const { holdpointMiddleware } = await import(`${DIST}src/langchain.js`);
const { defineTool } = await import(`${DIST}src/index.js`);

const ours = /\/\* ((?:action\.propose|review\.(?:decide|resumed)|execution\.(?:claim|reclaim|settle))) \*\//;
const seen = new Map();
const point = KILL_AT ? JSON.parse(KILL_AT) : null;

const die = () => process.kill(process.pid, "SIGKILL");
const reached = (name, when) => point?.name === name && point.when === when;
const note = (name) => RECORD && appendFileSync(RECORD, `${name}\n`);

/** Their saver's statements have no names. */
function labelOf(text) {
  if (/insert into \S*checkpoint_writes/i.test(text)) return "saver.write";
  if (/insert into \S*checkpoints\b/i.test(text)) return "saver.put";
  return ours.exec(text)?.[1];
}

const query = pg.Client.prototype.query;
pg.Client.prototype.query = function (given, ...rest) {
  const text = typeof given === "string" ? given : given?.text;
  const label = typeof text === "string" ? labelOf(text) : undefined;
  if (typeof text === "string" && /^begin/i.test(text)) this.points = [];
  if (label) {
    const nth = (seen.get(label) ?? 0) + 1;
    seen.set(label, nth);
    const name = `${label}#${nth}`;
    this.points?.push(name);
    note(name);
    if (reached(name, "before")) die();
  }
  const committed = /^commit/i.test(text ?? "") ? (this.points ?? []) : [];
  for (const name of committed) note(`${name} committed`);
  const result = query.call(this, given, ...rest);
  if (committed.some((name) => reached(name, "after"))) void Promise.resolve(result).then(die, die);
  return result;
};

/** `pay` cannot be undone and is held; `tag` can, and runs at once. */
const act = (name, more) =>
  defineTool({
    name,
    description: "Appends a line to a file.",
    args: z.object({ id: z.string() }),
    run: async ({ id }, { idempotencyKey }) => {
      note("effect#1");
      if (reached("effect#1", "before")) die();
      appendFileSync(EFFECTS, `${idempotencyKey}\n`);
      note("effect#1 committed");
      if (reached("effect#1", "after")) die();
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
