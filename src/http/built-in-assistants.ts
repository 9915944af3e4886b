// The assistant each graph is born with. It is no row: its id follows from the graph's, and nobody changes it.
import { v5 } from "@langchain/core/utils/uuid";
import type { ServedGraph } from "../graph/served-graph.js";
import type { Assistant } from "../storage/assistant-rows.js";

// LangGraph's servers name their assistants within it, so that clients find the same ids here.
const namespace = "6ba7b821-9dad-11d1-80b4-00c04fd430c8";

export function builtInId(graphId: string): string {
  return v5(graphId, namespace);
}

export function builtInAssistants(graphs: ReadonlyMap<string, ServedGraph>, startedAt: Date): Assistant[] {
  return [...graphs.keys()].map((graphId) => ({
    id: builtInId(graphId),
    graphId,
    name: graphId,
    description: null,
    config: {},
    context: {},
    metadata: { created_by: "system" },
    version: 1,
    createdAt: startedAt,
    updatedAt: startedAt,
  }));
}
