// A LangGraph graph that knows nothing of Holdpoint, on our checkpointer.
import type { AnyGraph, ServedGraph } from "../graph/served-graph.js";
import { HoldpointError } from "../kernel/errors.js";
import type { JsonObject } from "../kernel/json.js";
import { wireText } from "../runs/wire.js";
import type { FencedSaver } from "../storage/fenced-saver.js";

/** What a module may export as a graph: compiled, still to be compiled, or a function that makes one for each run. */
export type PlainGraph = object;

export function plainGraph(id: string, source: PlainGraph, saver: FencedSaver): ServedGraph {
  const ready = typeof source === "function" ? null : attach(id, source, saver);
  return {
    id,
    kind: "plain",
    async open(configurable: JsonObject = {}) {
      if (ready) return ready;
      const make = source as (config: { configurable: JsonObject }) => unknown;
      return attach(id, (await make({ configurable })) as object, saver);
    },
    shown: (values) =>
      typeof values === "object" && values !== null && !Array.isArray(values)
        ? (values as Record<string, unknown>)
        : { value: values ?? null },
    storable: (input) => JSON.parse(wireText(input)) as unknown,
    revive: (stored) => stored,
  };
}

/** As LangGraph's own servers do: whatever the graph was compiled with, it keeps its threads here. On a copy. */
function attach(id: string, made: object, saver: FencedSaver): AnyGraph {
  const graph = "compile" in made && typeof made.compile === "function" ? (made.compile() as object) : made;
  if (!isGraph(graph)) {
    throw new HoldpointError(
      "options_invalid",
      `"${id}" is no graph. Export a compiled LangGraph graph, a StateGraph, or a function that returns one.`,
    );
  }
  return Object.assign(graph.withConfig({}), { checkpointer: saver });
}

function isGraph(made: object): made is AnyGraph & { withConfig(config: object): AnyGraph } {
  return ["stream", "getState", "bulkUpdateState", "withConfig"].every((name) => name in made);
}
