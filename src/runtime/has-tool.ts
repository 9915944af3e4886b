import { isReservedName } from "../tools/tool-set.js";
import type { Agent } from "./agent.js";

/** Whether one of these agents has a tool of this name, or Holdpoint brings it. */
export function hasTool(agents: ReadonlyMap<string, Pick<Agent, "tools">>, name: string): boolean {
  return isReservedName(name) || [...agents.values()].some(({ tools }) => tools.get(name) !== undefined);
}
