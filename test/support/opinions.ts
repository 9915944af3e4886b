// A second model, and the tools that read what it proposes.
import type { Model } from "../../src/models/port.js";
import { scriptedModel as scripted } from "../../src/models/scripted.js";
import { toolSet, type ToolSet } from "../../src/tools/tool-set.js";
import { countingTools } from "./agent.js";

export function toolSetOf(): ToolSet {
  return toolSet(countingTools().tools);
}

/** Proposes the calls that are named, as `pay a 5; read b`, whatever it is asked. */
export function scriptedModel(proposes: string): Model {
  const calls = proposes.split(";").flatMap((part) => {
    const [tool, id, amount] = part.trim().split(/\s+/);
    if (!tool || !id) return [];
    // What is no number is sent as it stands.
    return [{ tool, args: { id, ...(amount === undefined ? {} : { amount: Number(amount) || amount }) } }];
  });
  return scripted("second", () => ({ text: "As I see it.", calls }));
}
