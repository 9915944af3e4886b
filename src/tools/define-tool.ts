import { z } from "zod";
import { HoldpointError, messageOf } from "../kernel/errors.js";
import { canonicalJson, isJsonObject, parseJsonValue, type JsonObject } from "../kernel/json.js";
import { isToolName } from "../policies/tool-name.js";
import { faultsOfZod } from "./faults.js";
import type { HoldpointTool, ToolDefinition } from "./tool.js";

/**
 * Declares a tool. What is not declared has the safe reading: not read-only, irreversible, blind. A read-only tool
 * reads as reversible and `keyed`: a repeat with the same key does nothing more, because none of its calls does anything.
 * The arguments' schema must give plain JSON back (no dates, maps or class instances after parsing): that JSON is
 * what is hashed, shown, decided and run. Throws `tool_invalid` where a declaration contradicts itself.
 *
 * @example
 * const issueRefund = defineTool({
 *   name: "issue_refund",
 *   description: "Refund an amount to the card an order was paid with.",
 *   args: z.object({ orderId: z.string(), amount: z.number().positive() }),
 *   reversibility: "irreversible",
 *   effect: "keyed",
 *   run: ({ orderId, amount }, { idempotencyKey }) => payments.refund(orderId, amount, idempotencyKey),
 * });
 */
export function defineTool<Args extends z.ZodType>(definition: ToolDefinition<Args>): HoldpointTool {
  const { name, annotations = {} } = definition;
  checkName(name);
  const readOnly = annotations.readOnlyHint === true;
  const effect = definition.effect ?? (readOnly ? "keyed" : "blind");
  if (readOnly && definition.reversibility !== undefined && definition.reversibility !== "reversible") {
    throw invalid(
      name,
      `readOnlyHint says it changes nothing, reversibility says ${definition.reversibility}`,
    );
  }
  if (effect === "queryable" && !definition.reconcile) {
    throw invalid(name, "a queryable tool needs reconcile(), or nobody can be asked after a crash");
  }
  const reconcile = definition.reconcile?.bind(definition);
  const argsSchema = schemaOf(name, definition.args);
  if (definition.draft !== undefined) checkDraft(name, argsSchema, definition.draft);
  return {
    name,
    description: definition.description,
    argsSchema,
    annotations,
    readOnly,
    idempotent: readOnly || annotations.idempotentHint === true,
    reversibility: definition.reversibility ?? (readOnly ? "reversible" : "irreversible"),
    effect,
    title: (args) => definition.title?.(args as z.output<Args>) ?? plainTitle(name, annotations.title, args),
    parseArgs: (args) => asJsonArgs(name, parseWith(definition.args, name, args)),
    // Not parsed again: what runs is what was hashed and decided, to the byte.
    run: async (args, context) => definition.run(args as z.output<Args>, context),
    ...(definition.draft === undefined ? {} : { draft: definition.draft }),
    ...(reconcile
      ? { reconcile: (key: string, args: JsonObject) => reconcile(key, args as z.output<Args>) }
      : {}),
  };
}

/** Throws `tool_invalid` for a name that no provider would take: every request of the agent would then be refused. */
export function checkName(name: string): void {
  if (isToolName(name)) return;
  throw invalid(name, "a name has 1 to 64 letters, digits, _ or -; providers refuse others");
}

/** A headline; whoever decides sees all of the arguments below it. */
const mostInTitle = 6;

/** A title where the author gave none: the tool and its arguments, the first ones of many. */
export function plainTitle(name: string, title: string | undefined, args: JsonObject): string {
  const all = Object.entries(args);
  const shown = all
    .slice(0, mostInTitle)
    .map(([key, value]) => `${key} ${typeof value === "string" ? value : canonicalJson(value)}`);
  if (all.length > mostInTitle) shown.push(`and ${all.length - mostInTitle} more`);
  return shown.length === 0 ? (title ?? name) : `${title ?? name}: ${shown.join(", ")}`;
}

/** Parsed arguments as plain JSON. Throws `args_not_json`. */
export function asJsonArgs(name: string, args: unknown): JsonObject {
  const json = parseJsonValue(args);
  if (!isJsonObject(json)) {
    throw new HoldpointError(
      "args_invalid",
      `The arguments of ${name} must be an object, and are ${canonicalJson(json).slice(0, 200)}.`,
    );
  }
  return json;
}

function parseWith<Args extends z.ZodType>(schema: Args, name: string, args: unknown): z.output<Args> {
  const parsed = schema.safeParse(args);
  if (parsed.success) return parsed.data;
  throw new HoldpointError(
    "args_invalid",
    `The arguments of ${name} do not fit its schema: ${z.prettifyError(parsed.error)}`,
    { details: { faults: faultsOfZod(parsed.error) } },
  );
}

function checkDraft(name: string, argsSchema: JsonObject, field: string): void {
  const of: unknown = Reflect.get(Object(argsSchema["properties"]) as object, field);
  const { type } = Object(of) as { type?: unknown };
  if (type === "string") return;
  throw invalid(name, `draft names "${field}", and its arguments have no text of that name`);
}

function schemaOf(name: string, args: z.ZodType): JsonObject {
  const schema = jsonSchemaOf(name, args);
  if (schema["type"] === undefined || schema["type"] === "object") return schema;
  throw invalid(
    name,
    `its arguments are of type ${JSON.stringify(schema["type"])}; arguments have names, so use z.object()`,
  );
}

function jsonSchemaOf(name: string, args: z.ZodType): JsonObject {
  try {
    // The output has to have a schema too: a transform or a Date would be parsed into what JSON cannot carry.
    z.toJSONSchema(args, { io: "output" });
    return parseJsonValue(z.toJSONSchema(args, { io: "input" })) as JsonObject;
  } catch (error) {
    throw invalid(
      name,
      `its arguments have no JSON Schema (${messageOf(error)}); use strings for dates and plain JSON types`,
    );
  }
}

function invalid(name: string, why: string): HoldpointError {
  return new HoldpointError("tool_invalid", `Tool "${name}" is declared wrongly: ${why}.`, {
    details: { tool: name },
  });
}
