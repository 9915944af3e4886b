import type { RunnableConfig } from "@langchain/core/runnables";
import { Command, type StateSnapshot } from "@langchain/langgraph";
import type { ReviewStore } from "../review/store.js";
import { pendingHolds, wakeTokens } from "../runs/resume.js";

interface ReadableGraph {
  getState(config: RunnableConfig): Promise<StateSnapshot>;
}

/** What `createAgent` returned, or a compiled graph of which the agent is a part. */
export type Agent = ReadableGraph | { readonly graph: ReadableGraph };

export interface Waking {
  /** Null where nothing is to be done. */
  command: Command | null;
  /** The thread as it rests now. */
  values: unknown;
}

/** What goes on from a thread's holds: those that were decided, changed since they were shown, or had met a fault. */
export async function wakingOf(
  store: ReviewStore,
  agent: Agent,
  of: { tenant: string; threadId: string },
): Promise<Waking> {
  const graph = "graph" in agent ? agent.graph : agent;
  const state = await graph.getState({ configurable: { thread_id: of.threadId } });
  const resume = await wakeTokens(store, of, pendingHolds(state));
  const command = Object.keys(resume).length === 0 ? null : new Command({ resume });
  return { command, values: state.values as unknown };
}
