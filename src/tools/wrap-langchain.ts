import type { StructuredToolInterface } from "@langchain/core/tools";
import { toJsonSchema } from "@langchain/core/utils/json_schema";
import { parseJsonValue, type JsonObject } from "../kernel/json.js";
import type { EffectClass, Reversibility } from "../policies/words.js";
import { plainTitle } from "./define-tool.js";
import { parserOf } from "./json-schema.js";
import type { HoldpointTool, ToolAnnotations } from "./tool.js";

/** What LangChain's tools cannot say of themselves. Everything left out has the safe reading. */
export interface WrapOptions {
  annotations?: ToolAnnotations;
  reversibility?: Reversibility;
  effect?: Exclude<EffectClass, "transactional" | "queryable">;
}

/** Makes any LangChain tool a Holdpoint tool. Its arguments are checked by its JSON Schema before people see them. */
export function wrapLangChainTool(tool: StructuredToolInterface, options: WrapOptions = {}): HoldpointTool {
  // What goes in: as output, an argument with a default would be a required one.
  const schema = toJsonSchema(tool.schema, { io: "input" });
  const argsSchema = parseJsonValue(JSON.parse(JSON.stringify(schema))) as JsonObject;
  const annotations = options.annotations ?? {};
  const readOnly = annotations.readOnlyHint === true;
  return {
    name: tool.name,
    description: tool.description,
    argsSchema,
    annotations,
    readOnly,
    idempotent: readOnly || annotations.idempotentHint === true,
    reversibility: options.reversibility ?? (readOnly ? "reversible" : "irreversible"),
    effect: options.effect ?? "blind",
    title: (args) => plainTitle(tool.name, annotations.title, args),
    parseArgs: parserOf(tool.name, argsSchema),
    run: (args, { signal }) => tool.invoke(args, { signal }),
    langchain: tool,
  };
}
