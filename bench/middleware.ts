// The full cycle in an agent of LangChain's: with our middleware, and with LangChain's own for people.
import { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { AIMessage, type BaseMessage } from "@langchain/core/messages";
import type { ChatResult } from "@langchain/core/outputs";
import { Command } from "@langchain/langgraph";
import { PostgresSaver } from "@langchain/langgraph-checkpoint-postgres";
import { randomUUID } from "node:crypto";
import { createAgent, humanInTheLoopMiddleware, tool, type AgentMiddleware } from "langchain";
import pg from "pg";
import { z } from "zod";
import { holdpointMiddleware } from "../src/langchain.js";
import { printTimeRatio, times, type Cycling } from "./interleaved.js";
import type { BenchOptions } from "./main.js";
import { benchDatabase } from "./postgres.js";

const vs = "langchain humanInTheLoopMiddleware + PostgresSaver";

export async function middleware({ quick }: BenchOptions): Promise<void> {
  const database = await benchDatabase();
  const pool = new pg.Pool({ connectionString: database.url, max: 20 });
  pool.on("error", () => {});
  const holdpoint = await held(database.url, pool);
  const sides = { ours: holdpoint, rival: await bare(pool) };
  try {
    for (const side of Object.values(sides)) await times(side, 20, 4);
    // By default LangGraph saves checkpoints behind the work.
    for (const inFlight of [1, 8])
      await printTimeRatio(sides, { bench: "middleware", vs, at: { inFlight, durability: "async" } }, quick);
  } finally {
    await holdpoint.stop();
    await pool.end();
    await database.stop();
  }
}

class Paying extends BaseChatModel {
  override _llmType(): string {
    return "paying";
  }

  override bindTools(): this {
    return this;
  }

  override async _generate(messages: BaseMessage[]): Promise<ChatResult> {
    const isDone = messages.at(-1)?.getType() === "tool";
    const call = { name: "pay", args: { order: "8841", amount: 420 }, id: `call_${randomUUID()}` };
    const message = isDone
      ? new AIMessage("It is done, and this is what came of it.")
      : new AIMessage({ content: "I will do that.", tool_calls: [call] });
    return { generations: [{ text: message.text, message }] };
  }
}

function paying() {
  let effects = 0;
  const pay = tool(() => `Paid ${(effects += 1)}`, {
    name: "pay",
    description: "Pays.",
    schema: z.object({ order: z.string(), amount: z.number() }),
  });
  return { model: new Paying({}), pay, effects: () => effects };
}

const at = (threadId: string) => ({ configurable: { thread_id: threadId } });
const input = { messages: [{ role: "user", content: "pay order 8841" }] };

async function saverIn(pool: pg.Pool, schema: string): Promise<PostgresSaver> {
  const saver = new PostgresSaver(pool, undefined, { schema });
  await saver.setup();
  return saver;
}

async function held(url: string, pool: pg.Pool): Promise<Cycling & { stop(): Promise<void> }> {
  const { model, pay, effects } = paying();
  const holdpoint = holdpointMiddleware({ database: { url } });
  const checkpointer = await saverIn(pool, "held");
  const agent = createAgent({ model, tools: [pay], middleware: [holdpoint], checkpointer });
  return {
    async cycle(threadId) {
      await agent.invoke(input, at(threadId));
      const [review] = await holdpoint.reviews({ threadId });
      if (!review) throw new Error(`Nothing was held in ${threadId}.`);
      const decided = await holdpoint.decide(review.id, { type: "approve", argsHash: review.argsHash });
      if (!decided.ok) throw decided.error;
      checkEnd(threadId, await holdpoint.resume(agent, threadId));
    },
    effects,
    stop: () => holdpoint.stop(),
  };
}

async function bare(pool: pg.Pool): Promise<Cycling> {
  const { model, pay, effects } = paying();
  // Its types do not fit under `exactOptionalPropertyTypes`.
  const people = humanInTheLoopMiddleware({
    interruptOn: { pay: true },
  } as never) as unknown as AgentMiddleware;
  const agent = createAgent({
    model,
    tools: [pay],
    middleware: [people],
    checkpointer: await saverIn(pool, "bare"),
  });
  return {
    async cycle(threadId) {
      await agent.invoke(input, at(threadId));
      const [pending] = (await agent.graph.getState(at(threadId))).tasks.flatMap((task) => task.interrupts);
      const resume = { [pending?.id ?? ""]: { decisions: [{ type: "approve" }] } };
      checkEnd(threadId, await agent.invoke(new Command({ resume }), at(threadId)));
    },
    effects,
  };
}

function checkEnd(threadId: string, { messages }: { messages: unknown[] }): void {
  if (messages.length !== 4) throw new Error(`${threadId} ended with ${messages.length} messages.`);
}
