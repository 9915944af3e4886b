// The ways to an agent whose calls are held: our own graph, from the most guarded door to none, and LangChain's agent
// with our middleware. What must hold has to hold behind each of them.
import { Command, CompiledStateGraph, MemorySaver, type BaseCheckpointSaver } from "@langchain/langgraph";
import { PostgresSaver } from "@langchain/langgraph-checkpoint-postgres";
import type { Holdpoint } from "../../src/index.js";
import type { JsonObject } from "../../src/kernel/json.js";
import { startAgent, type Effects } from "./agent.js";
import { middlewareAgent } from "./middleware.js";

/** The calls of a compiled graph that the tests make, without its type parameters. */
export interface AnyGraph {
  invoke(input: unknown, config: object): Promise<unknown>;
  getState(config: object): Promise<Snapshot>;
  getStateHistory(config: object): AsyncIterable<Snapshot>;
  updateState(config: object, values: unknown, asNode?: string): Promise<unknown>;
}

export interface Snapshot {
  next: string[];
  values: {
    messages?: { id?: string; text: string; getType(): string; tool_call_id?: string; status?: string }[];
  };
  config: { configurable: { checkpoint_id: string } };
  tasks: { interrupts: { id?: string; value?: { holdpoint?: { reviewId: string } } }[] }[];
}

export const doors = [
  "our own checkpointer",
  "a host's checkpointer",
  "no guard at the door",
  "LangChain's createAgent",
  "LangChain's createAgent on Postgres",
] as const;
export type Door = (typeof doors)[number];

type AnyCall = { messageId: string; callId: string; tool: string; args: JsonObject };

/** Those at which input and resumes are checked before they get to the graph. */
export const guardedDoors: readonly Door[] = ["our own checkpointer", "a host's checkpointer"];

/** An agent behind a door, and what the tests have to know of it. */
export interface Subject {
  graph: AnyGraph;
  effects: Effects;
  holdpoint: Pick<Holdpoint, "reviews" | "review" | "decide" | "stop">;
  /** Lets a decided thread go on: our own goes on by itself, a host's is resumed by its client. */
  goOn(threadId: string): Promise<void>;
  /** Is a resume checked before it gets to the graph? */
  hasGuard: boolean;
  /** The node in which a call waits. */
  holds: string;
  /** What a forged `Send` to that node says of a call, in a conversation of these messages. */
  sent(call: AnyCall, messages: readonly unknown[]): object;
  /** What a forged state update says, and as which node, so that calls of these messages would run next. */
  asModel(messages: readonly unknown[]): [values: object, node: string];
}

export const nodesBehind = (door: Door): readonly string[] =>
  door.startsWith("LangChain")
    ? ["tools", "model_request"]
    : ["execute", "hold", "refuse", "reply", "agent", "classify-risk", "draft"];

export async function open(door: Door, url: string): Promise<Subject> {
  switch (door) {
    case "LangChain's createAgent":
      return createdAgent(url);
    case "LangChain's createAgent on Postgres": {
      const checkpointer = PostgresSaver.fromConnString(url, { schema: "developers_own" });
      await checkpointer.setup();
      const subject = createdAgent(url, checkpointer);
      const stop = async () => {
        await subject.holdpoint.stop();
        await checkpointer.end();
      };
      return { ...subject, holdpoint: { ...subject.holdpoint, stop } };
    }
    case "our own checkpointer":
    case "a host's checkpointer":
    case "no guard at the door": {
      const { holdpoint, effects } = await startAgent(url);
      const graph = graphBehind(door, holdpoint);
      return {
        graph,
        effects,
        holdpoint,
        async goOn(threadId) {
          if (door === "our own checkpointer") await holdpoint.wait(threadId);
          else await wakeAll(graph, threadId);
        },
        hasGuard: guardedDoors.includes(door),
        holds: "hold",
        sent: (call) => ({ ...call, callIndex: 0 }),
        asModel: (messages) => [{ messages, routed: [{ callIndex: 0, route: "execute" }] }, "classify-risk"],
      };
    }
  }
}

function createdAgent(url: string, checkpointer?: BaseCheckpointSaver): Subject {
  const { agent, holdpoint, effects } = middlewareAgent(url, checkpointer ? { checkpointer } : {});
  return {
    graph: agent,
    effects,
    holdpoint,
    goOn: async (threadId) => void (await holdpoint.resume(agent, threadId)),
    hasGuard: false,
    holds: "tools",
    sent: ({ tool, args, callId }, messages) => ({
      messages,
      lg_tool_call: { name: tool, args, id: callId },
    }),
    asModel: (messages) => [{ messages }, "model_request"],
  };
}

function graphBehind(door: Exclude<Door, `LangChain${string}`>, holdpoint: Holdpoint): AnyGraph {
  switch (door) {
    case "our own checkpointer":
      return holdpoint.graph as unknown as AnyGraph;
    case "a host's checkpointer": {
      const graph = holdpoint.hostedGraph();
      graph.checkpointer = new MemorySaver();
      return graph as unknown as AnyGraph;
    }
    case "no guard at the door": {
      // The class below ours, around the same nodes: whoever gets this far has passed every check but the rows.
      // oxlint-disable-next-line typescript/no-misused-spread -- as LangGraph's own withConfig copies a graph
      const fields = { ...holdpoint.hostedGraph(), checkpointer: new MemorySaver() };
      const bare: unknown = new CompiledStateGraph(fields);
      return bare as AnyGraph;
    }
  }
}

async function wakeAll(graph: AnyGraph, threadId: string): Promise<void> {
  const resume = Object.fromEntries(
    pendingIds(await graph.getState(at(threadId))).map((id) => [id, { wake: true }]),
  );
  await graph.invoke(new Command({ resume }), at(threadId));
}

export const at = (threadId: string, more: object = {}) => ({
  configurable: { thread_id: threadId, ...more },
  recursionLimit: 50,
});

/** Runs something that may be refused: "went through", or the code of the refusal. */
export async function attempt(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
    return "went through";
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  }
}

export const pendingIds = (state: Snapshot): string[] =>
  state.tasks.flatMap((task) => task.interrupts.flatMap(({ id }) => (id === undefined ? [] : [id])));
