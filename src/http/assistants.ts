// LangGraph's assistants. There is one, named as its graph.
import { HoldpointError } from "../kernel/errors.js";
import type { Assistant } from "./contract.js";
import type { HttpDeps } from "./deps.js";
import type { Handlers } from "./mount.js";

export function assistantHandlers({
  runtime: { name: graphId },
  startedAt,
}: HttpDeps): Handlers<"getAssistant" | "searchAssistants"> {
  const assistant: Assistant = {
    assistant_id: graphId,
    graph_id: graphId,
    name: graphId,
    description: null,
    config: {},
    context: {},
    metadata: { created_by: "system" },
    version: 1,
    created_at: startedAt.toISOString(),
    updated_at: startedAt.toISOString(),
  };
  return {
    getAssistant({ params }) {
      checkAssistant(graphId, params.assistant_id);
      return assistant;
    },

    searchAssistants({ body: { graph_id, name, metadata, offset, select } }) {
      const matches =
        (graph_id ?? graphId) === graphId &&
        assistant.name.toLowerCase().includes((name ?? "").toLowerCase()) &&
        Object.entries(metadata ?? {}).every(([key, value]) => assistant.metadata[key] === value) &&
        (offset ?? 0) === 0;
      if (!matches) return [];
      const selected = Object.entries(assistant).filter(([key]) => !select || select.includes(key));
      return [Object.fromEntries(selected)];
    },
  };
}

export function checkAssistant(graphId: string, assistantId: string): void {
  if (assistantId === graphId) return;
  throw new HoldpointError(
    "not_found",
    `There is no assistant "${assistantId}". This server has one: "${graphId}".`,
    {
      details: { assistants: [graphId] },
    },
  );
}
