// The configuration an assistant lends to its runs: as a run's own, without what steers LangGraph itself.
import type { JsonObject } from "../kernel/json.js";
import type { AssistantConfig } from "./contract/assistant.js";
import { unsupported } from "./run-request.js";

const known = ["tags", "recursion_limit", "configurable"];

export function assistantConfig(given: AssistantConfig): JsonObject {
  const present = Object.entries(given).filter(([, value]) => value !== undefined && value !== null);
  for (const [name] of present)
    if (!known.includes(name)) throw unsupported(`config.${name}`, "This server does not know it.");
  for (const [name, value] of Object.entries(given.configurable ?? {})) {
    // Where a run reads its checkpoint, and what LangGraph takes for its own.
    const steers = name === "thread_id" || name.startsWith("checkpoint_") || name.startsWith("__");
    if (steers && value !== null)
      throw unsupported(`config.configurable.${name}`, "It belongs to a run, not to an assistant.");
  }
  return Object.fromEntries(present) as JsonObject;
}
