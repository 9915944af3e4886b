import type { HoldpointTool } from "../tools/tool.js";
import { OutcomeUnknownError } from "./outcome.js";

/**
 * Stands in for a tool that this version of the agent no longer has, where an earlier one may have started it: it can
 * be neither tried again nor asked, so a person says whether it happened.
 */
export function goneTool(name: string): HoldpointTool {
  return {
    name,
    description: "",
    argsSchema: {},
    annotations: {},
    readOnly: false,
    idempotent: false,
    reversibility: "irreversible",
    effect: "blind",
    title: () => name,
    parseArgs: () => ({}),
    run: () =>
      Promise.reject(
        new OutcomeUnknownError(`The tool ${name} no longer exists in this version of the agent.`),
      ),
  };
}
