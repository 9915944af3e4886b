// What a compiled graph tells of itself: its drawing, its schemas, the graphs within it.
import {
  getConfigTypeSchema,
  getInputTypeSchema,
  getOutputTypeSchema,
  getStateTypeSchema,
} from "@langchain/langgraph/zod/schema";
import type { AnyGraph, ServedGraph } from "../graph/served-graph.js";
import type { GraphSchemas } from "./contract/assistant.js";

type Drawing = { nodes: { id: string | number }[]; edges: { source: string; target: string }[] };
type Schema = GraphSchemas["input_schema"];

/** What LangGraph's compiled graphs can be asked beside being run. */
interface Inspectable {
  getGraphAsync(options: { xray: boolean | number }): Promise<{ toJSON(): unknown }>;
  getSubgraphsAsync(namespace: undefined, recurse: boolean): AsyncIterable<[string, Inspectable]>;
}

/** @param xray `true`, `false` or a depth, as it stands in a query. */
export async function drawGraph(graph: AnyGraph, xray: string): Promise<Drawing> {
  const depth = xray === "true" || xray === "false" ? xray === "true" : Number(xray);
  return (await inspectable(graph).getGraphAsync({ xray: depth })).toJSON() as Drawing;
}

export function graphSchemas(served: ServedGraph, graph: AnyGraph): GraphSchemas {
  switch (served.kind) {
    case "agent":
      return { ...schemasOf(served.id, null), ...messagesOnly };
    case "plain":
      return schemasOf(served.id, graph);
  }
}

/** By namespace. Where one is asked for: that graph, and with `recurse` those within it. */
export async function subgraphSchemas(
  graphId: string,
  graph: AnyGraph,
  { namespace, recurse }: { namespace: string | null; recurse: boolean },
): Promise<Record<string, GraphSchemas>> {
  const isAsked = (name: string): boolean =>
    namespace === null || name === namespace || (recurse && name.startsWith(`${namespace}|`));
  const found: Record<string, GraphSchemas> = {};
  const everyDepth = recurse || namespace !== null;
  for await (const [name, subgraph] of inspectable(graph).getSubgraphsAsync(undefined, everyDepth))
    if (isAsked(name)) found[name] = schemasOf(graphId, subgraph);
  return found;
}

// Ours takes user messages and gives messages, whatever its state has beside them. This is how LangGraph's clients
// recognize a list of messages.
const messages = { type: "object", properties: { messages: { langgraph_type: "messages" } } };
const messagesOnly = { input_schema: messages, output_schema: messages, state_schema: messages };

function schemasOf(graphId: string, graph: unknown): GraphSchemas {
  const config = told(getConfigTypeSchema, graph);
  return {
    graph_id: graphId,
    input_schema: told(getInputTypeSchema, graph),
    output_schema: told(getOutputTypeSchema, graph),
    state_schema: told(getStateTypeSchema, graph),
    // A LangGraph.js graph has one schema for both.
    config_schema: config,
    context_schema: config,
  };
}

/** Null where the graph declares none, and where its types have no JSON form: a date, a function. */
function told(schema: (graph: unknown) => unknown, graph: unknown): Schema {
  try {
    return (schema(graph) as Schema | undefined) ?? null;
  } catch {
    return null;
  }
}

function inspectable(graph: AnyGraph): Inspectable {
  return graph as unknown as Inspectable;
}
