// Tools that a policy names and nobody has, misspelt or gone: what it says of them rules nothing, and looks as if it did.
import type { Policy } from "./policy.js";

export interface UnknownTool {
  tool: string;
  /** The rules that name it; none: it stands under `tools` or `facts`. */
  rules: readonly string[];
}

export function unknownTools(
  { tools, facts, rules }: Pick<Policy, "tools" | "facts" | "rules">,
  isKnown: (tool: string) => boolean,
): UnknownTool[] {
  const rulesByTool = new Map<string, string[]>();
  for (const tool of [...tools.keys(), ...facts.flatMap((fact) => fact.tools)]) rulesByTool.set(tool, []);
  for (const { id, when } of rules)
    for (const tool of new Set(when.uses.tools))
      rulesByTool.set(tool, [...(rulesByTool.get(tool) ?? []), id]);
  return [...rulesByTool].flatMap(([tool, naming]) => (isKnown(tool) ? [] : [{ tool, rules: naming }]));
}

export function unknownToolInWords({ tool, rules }: UnknownTool): string {
  const where =
    rules.length === 0 ? "" : ` in ${rules.length === 1 ? "its rule" : "its rules"} ${rules.join(", ")}`;
  return `The policy names the tool "${tool}"${where}, and no agent here has it: what it says of it rules nothing.`;
}
