// Which assistant is meant: by its id, or by the plain id of a graph.
import { HoldpointError } from "../kernel/errors.js";
import type { ServedGraph } from "../graph/served-graph.js";
import { isUuid } from "../kernel/ids.js";
import type { JsonObject } from "../kernel/json.js";
import type { Principal } from "../kernel/principal.js";
import { createAssistantStore, type Assistant } from "../storage/assistant-rows.js";
import type { Database } from "../storage/database.js";
import { builtInAssistants } from "./built-in-assistants.js";

export interface AssistantDeps {
  runtime: { readonly graphs: ReadonlyMap<string, ServedGraph>; readonly db: Database };
  /** When this server came up: the age of what it is born with. */
  startedAt: Date;
}

/** What a run takes from its assistant. */
export interface ResolvedAssistant {
  assistantId: string;
  graphId: string;
  config: JsonObject;
  context: JsonObject;
  metadata: JsonObject;
}

/** The assistant a run asks for, whose graph is served here. Throws `not_found`. */
export async function resolveAssistant(
  deps: AssistantDeps,
  principal: Principal,
  assistantId: string,
): Promise<ResolvedAssistant> {
  const { id, graphId, config, context, metadata } = await findAssistant(deps, principal, assistantId);
  graphOf(deps, graphId);
  return { assistantId: id, graphId, config, context, metadata };
}

export async function findAssistant(
  deps: AssistantDeps,
  { tenant }: Principal,
  assistantId: string,
): Promise<Assistant> {
  const builtIn = findBuiltIn(deps, assistantId);
  if (builtIn) return builtIn;
  const found = isUuid(assistantId)
    ? await createAssistantStore(deps.runtime.db).find(tenant, assistantId)
    : null;
  if (found) return found;
  throw noSuchAssistant(deps, assistantId);
}

export function findBuiltIn({ runtime, startedAt }: AssistantDeps, assistantId: string): Assistant | null {
  const builtIn = builtInAssistants(runtime.graphs, startedAt);
  return (
    builtIn.find(({ graphId }) => graphId === assistantId) ??
    builtIn.find(({ id }) => id === assistantId.toLowerCase()) ??
    null
  );
}

export function graphOf({ runtime }: AssistantDeps, graphId: string): ServedGraph {
  const graph = runtime.graphs.get(graphId);
  if (graph) return graph;
  const graphs = [...runtime.graphs.keys()];
  throw new HoldpointError("not_found", `This server has no graph "${graphId}". It has: ${listed(graphs)}.`, {
    details: { graphs },
  });
}

export function noSuchAssistant({ runtime }: AssistantDeps, assistantId: string): HoldpointError {
  const graphs = [...runtime.graphs.keys()];
  return new HoldpointError(
    "not_found",
    `There is no assistant "${assistantId}". Each graph of this server is an assistant by its own name: ` +
      `${listed(graphs)}. POST /assistants/search lists all.`,
    { details: { assistants: graphs } },
  );
}

function listed(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
}
