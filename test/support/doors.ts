// Three ways to the same graph, from the most guarded to none: what must hold has to hold behind each of them.
import { CompiledStateGraph, MemorySaver } from "@langchain/langgraph";
import type { Holdpoint } from "../../src/index.js";

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

export const doors = ["our own checkpointer", "a host's checkpointer", "no guard at the door"] as const;
export type Door = (typeof doors)[number];

export function graphBehind(door: Door, holdpoint: Holdpoint): AnyGraph {
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
