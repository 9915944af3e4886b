// Both sides of the cycle: an agent that proposes one call, waits for a person, runs it and reports. Ours with its
// rows, queue, review and effect claim; the rival's with nothing but LangGraph and its own PostgresSaver.
import { AIMessage, HumanMessage, ToolMessage } from "@langchain/core/messages";
import { Command, END, MessagesAnnotation, START, StateGraph, interrupt } from "@langchain/langgraph";
import { PostgresSaver } from "@langchain/langgraph-checkpoint-postgres";
import pg from "pg";
import { z } from "zod";
import { createHoldpoint, defineTool, scriptedModel, type Script } from "../src/index.js";

export interface Side {
  /** One cycle in a thread of its own: propose, hold, decide, execute, report. */
  cycle(threadId: string): Promise<void>;
  /** `turns` turns in one thread, each with one safe call. */
  talk(threadId: string, turns: number, eachTurn?: (turn: number) => void): Promise<void>;
  effects(): number;
  stop(): Promise<void>;
}

const answerTo: Script = (messages) => {
  const last = messages.at(-1);
  if (last?.getType() === "tool") return { text: "It is done, and this is what came of it." };
  const tool = last?.text.startsWith("look") ? "look" : "pay";
  return { text: "I will do that.", calls: [{ tool, args: { order: "8841", amount: 420 } }] };
};

const filler =
  "The order was placed on the third, paid by card and sent in two parcels, one of which has arrived. ".repeat(
    5,
  );

export async function ours(url: string): Promise<Side> {
  let effects = 0;
  const args = z.object({ order: z.string(), amount: z.number() });
  const holdpoint = await createHoldpoint({
    model: scriptedModel("bench", answerTo),
    tools: [
      defineTool({ name: "pay", description: "Pays.", args, run: () => `Paid ${(effects += 1)}` }),
      defineTool({
        name: "look",
        description: "Looks.",
        args,
        annotations: { readOnlyHint: true },
        run: () => filler,
      }),
    ],
    database: { url },
    settings: { concurrency: 64, pollMs: 2_000 },
  });
  return {
    async cycle(threadId) {
      const held = await holdpoint.send(threadId, "pay order 8841");
      const hold = held.holds[0]?.hold.holdpoint;
      if (!hold?.reviewId) throw new Error(`Nothing was held in ${threadId}.`);
      const decided = await holdpoint.decide(hold.reviewId, { type: "approve", argsHash: hold.argsHash });
      if (!decided.ok) throw decided.error;
      const done = await holdpoint.wait(threadId);
      if (done.messages.length !== 4)
        throw new Error(`${threadId} ended with ${done.messages.length} messages.`);
    },
    async talk(threadId, turns, eachTurn = () => {}) {
      for (let turn = 1; turn <= turns; turn += 1) {
        await holdpoint.send(threadId, `look at order ${turn}`);
        eachTurn(turn);
      }
    },
    effects: () => effects,
    stop: () => holdpoint.stop(),
  };
}

export async function bareLangGraph(url: string): Promise<Side> {
  let effects = 0;
  const pool = new pg.Pool({ connectionString: url, max: 20 });
  pool.on("error", () => {});
  const checkpointer = new PostgresSaver(pool, undefined, { schema: "bare" });
  await checkpointer.setup();
  const graph = new StateGraph(MessagesAnnotation)
    .addNode("agent", ({ messages }) => {
      const { text = "", calls = [] } = answerTo(messages);
      return {
        messages: [
          new AIMessage({
            content: text,
            tool_calls: calls.map(({ tool, args }) => ({ name: tool, args, id: crypto.randomUUID() })),
          }),
        ],
      };
    })
    .addNode("hold", ({ messages }) => {
      const [call] = (messages.at(-1) as AIMessage).tool_calls ?? [];
      if (call?.name === "pay") interrupt({ action: call.name, args: call.args });
      return {};
    })
    .addNode("tool", ({ messages }) => {
      const [call] = (messages.at(-1) as AIMessage).tool_calls ?? [];
      const content = call?.name === "pay" ? `Paid ${(effects += 1)}` : filler;
      return { messages: [new ToolMessage({ tool_call_id: call?.id ?? "", content })] };
    })
    .addEdge(START, "agent")
    .addConditionalEdges(
      "agent",
      ({ messages }) => ((messages.at(-1) as AIMessage).tool_calls?.length ? "hold" : END),
      ["hold", END],
    )
    .addEdge("hold", "tool")
    .addEdge("tool", "agent")
    .compile({ checkpointer });
  const at = (threadId: string) => ({ configurable: { thread_id: threadId }, durability: "sync" as const });
  return {
    async cycle(threadId) {
      await graph.invoke({ messages: [new HumanMessage("pay order 8841")] }, at(threadId));
      const [pending] = (await graph.getState(at(threadId))).tasks.flatMap((task) => task.interrupts);
      const done = await graph.invoke(
        new Command({ resume: { [pending?.id ?? ""]: { approved: true } } }),
        at(threadId),
      );
      if (done.messages.length !== 4)
        throw new Error(`${threadId} ended with ${done.messages.length} messages.`);
    },
    async talk(threadId, turns, eachTurn = () => {}) {
      for (let turn = 1; turn <= turns; turn += 1) {
        await graph.invoke({ messages: [new HumanMessage(`look at order ${turn}`)] }, at(threadId));
        eachTurn(turn);
      }
    },
    effects: () => effects,
    stop: () => pool.end(),
  };
}
