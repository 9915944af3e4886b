// The graphs a server has: ours, whose calls are held, and plain LangGraph graphs that know nothing of Holdpoint.
import type { RunnableConfig } from "@langchain/core/runnables";
import type { StateSnapshot } from "@langchain/langgraph";
import type { JsonObject } from "../kernel/json.js";

/** What is asked of any compiled graph, without its type parameters. */
export interface AnyGraph {
  readonly channels: Readonly<Record<string, { lc_graph_name?: string }>>;
  stream(input: unknown, options: object): Promise<AsyncIterable<unknown>>;
  streamEvents(input: unknown, options: object): AsyncIterable<unknown>;
  getState(config: RunnableConfig, options?: { subgraphs?: boolean }): Promise<StateSnapshot>;
  getStateHistory(config: RunnableConfig, options?: object): AsyncIterable<StateSnapshot>;
  bulkUpdateState(config: RunnableConfig, supersteps: Superstep[]): Promise<RunnableConfig>;
}

/** Updates that stand for what one step of the graph would have written. */
export interface Superstep {
  updates: { values?: Record<string, unknown> | unknown[] | null; asNode?: string }[];
}

export interface ServedGraph {
  readonly id: string;
  /**
   * `agent`: ours; it takes messages of users, and its calls go by their rows. `plain`: any other; clients may steer it
   * as LangGraph lets them, and its interrupts are questions to people.
   */
  readonly kind: "agent" | "plain";
  /** With our checkpointer. `configurable`: a factory may build another graph for each run. */
  open(configurable?: JsonObject): Promise<AnyGraph>;
  /** Of its channels, those that are meant for callers. */
  shown(values: unknown): Record<string, unknown>;
  /** A run's input or command, checked, as JSON that a later process can read. Throws `input_invalid`. */
  storable(input: unknown): unknown;
  /** The same, as the graph takes it. */
  revive(stored: unknown): unknown;
}
