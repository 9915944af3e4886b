// Fronts that show arguments in text fields send text back. What was not touched is what was shown; the rest is read by
// the schema of its tool, which has the last word on it anyway.
import type { Json, JsonObject } from "../../kernel/json.js";
import { canonicalJson, isJsonObject } from "../../kernel/json.js";
import { faultsIn } from "../../tools/json-schema.js";
import type { ShownHold } from "./shown-hold.js";

export function typedArgs(
  args: Record<string, unknown>,
  shown: Pick<ShownHold, "args" | "argsSchema">,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(args).map(([name, value]) => [
      name,
      typeof value === "string" ? typed(name, value, shown) : value,
    ]),
  );
}

function typed(
  name: string,
  text: string,
  { args, argsSchema }: Pick<ShownHold, "args" | "argsSchema">,
): Json {
  const read = readJson(text);
  const before = Object.hasOwn(args, name) ? args[name] : undefined;
  if (read === undefined || before === text) return text;
  if (before !== undefined && canonicalJson(before) === canonicalJson(read)) return before;
  return !takes(argsSchema, name, text) && takes(argsSchema, name, read) ? read : text;
}

function readJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** Whether a schema takes a value under a name; one that says nothing of the name takes any. */
function takes({ properties, $defs, definitions }: JsonObject, name: string, value: Json): boolean {
  if (!isJsonObject(properties) || !Object.hasOwn(properties, name)) return true;
  const property = { properties: { [name]: properties[name] ?? {} } };
  const referred = { ...($defs ? { $defs } : {}), ...(definitions ? { definitions } : {}) };
  return faultsIn({ ...property, ...referred }, { [name]: value }).length === 0;
}
