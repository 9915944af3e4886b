// From the rows of assistants to LangGraph's words.
import type { Assistant, AssistantVersion } from "../../storage/assistant-rows.js";
import type * as wire from "../contract/assistant.js";

export function versionToWire(version: AssistantVersion): wire.AssistantVersion {
  return {
    assistant_id: version.id,
    graph_id: version.graphId,
    name: version.name,
    description: version.description,
    config: version.config,
    context: version.context,
    metadata: version.metadata,
    version: version.version,
    created_at: version.createdAt.toISOString(),
  };
}

export function assistantToWire(assistant: Assistant): wire.Assistant {
  return { ...versionToWire(assistant), updated_at: assistant.updatedAt.toISOString() };
}
