// What streams out of a graph, piece by piece, whatever way it is asked for.
import type { JsonObject } from "../kernel/json.js";
import type { AnyGraph } from "../graph/served-graph.js";
import type { GraphMode } from "./payload.js";

export interface Piece {
  mode: GraphMode;
  namespace: readonly string[];
  data: unknown;
}

export interface PieceOptions {
  modes: readonly GraphMode[];
  /** Names the run in LangChain's events. */
  runId: string;
  config: object;
}

/** Pieces of subgraphs are among them, with their namespace. */
export async function* piecesOf(
  graph: AnyGraph,
  input: unknown,
  options: PieceOptions,
): AsyncGenerator<Piece> {
  const streamMode = options.modes.filter((mode) => mode !== "events");
  if (!options.modes.includes("events")) {
    const stream = await graph.stream(input, { ...options.config, streamMode, subgraphs: true });
    for await (const item of stream) yield pieceOf(item);
    return;
  }
  const events = graph.streamEvents(input, {
    ...options.config,
    streamMode,
    subgraphs: true,
    version: "v2",
    runId: options.runId,
  });
  for await (const event of events as AsyncIterable<LangChainEvent>) {
    if (event.tags?.includes("langsmith:hidden")) continue;
    // The graph's own stream arrives inside the events of the run.
    if (event.event === "on_chain_stream" && event.run_id === options.runId) yield pieceOf(event.data.chunk);
    else yield { mode: "events", namespace: [], data: event };
  }
}

interface LangChainEvent {
  event: string;
  run_id: string;
  tags?: string[];
  data: { chunk?: unknown };
}

function pieceOf(item: unknown): Piece {
  const [namespace, mode, data] = item as [string[], GraphMode, unknown];
  return { mode, namespace, data: shown(mode, data) };
}

/** Snapshots carry the whole config of a task; what is LangGraph's or ours in it stays here. */
function shown(mode: GraphMode, data: unknown): unknown {
  switch (mode) {
    case "debug": {
      const { payload, ...rest } = data as { payload: Snapshot };
      return { ...rest, payload: snapshotToWire(payload) };
    }
    case "checkpoints":
    case "tasks":
      return snapshotToWire(data as Snapshot);
    case "values":
    case "updates":
    case "messages":
    case "custom":
    case "tools":
    case "events":
      return data;
  }
}

interface Snapshot {
  config?: Config;
  parentConfig?: Config;
  tasks?: { state?: unknown }[];
  state?: unknown;
}

interface Config {
  configurable?: JsonObject;
}

function snapshotToWire(snapshot: Snapshot): object {
  const { config, parentConfig, tasks, state, ...rest } = snapshot;
  return {
    ...rest,
    ...(config ? { config: open(config), checkpoint: checkpointIn(config) } : {}),
    ...(parentConfig
      ? { parent_config: open(parentConfig), parent_checkpoint: checkpointIn(parentConfig) }
      : {}),
    ...(tasks ? { tasks: tasks.map((task) => snapshotToWire(task as Snapshot)) } : {}),
    ...(state === undefined ? {} : { checkpoint: checkpointIn(state as Config) }),
  };
}

function open({ configurable = {} }: Config): Config {
  return {
    configurable: Object.fromEntries(Object.entries(configurable).filter(([name]) => !name.startsWith("__"))),
  };
}

function checkpointIn({ configurable = {} }: Config): JsonObject {
  const { thread_id = null, checkpoint_id = null, checkpoint_ns = "", checkpoint_map = null } = configurable;
  return { thread_id, checkpoint_id, checkpoint_ns, checkpoint_map };
}
