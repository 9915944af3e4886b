// Arguments checked by JSON Schema, for tools that come with one instead of with zod.
import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";
import { HoldpointError, messageOf } from "../kernel/errors.js";
import type { Json, JsonObject } from "../kernel/json.js";
import { asJsonArgs } from "./define-tool.js";

/**
 * Compiles a schema once. Throws `tool_invalid` for one that is wrong in itself.
 * The returned parser gives the arguments back unchanged, or throws `args_invalid`.
 */
export function parserOf(name: string, schema: JsonObject): (args: unknown) => JsonObject {
  const validate = validatorOf(name, schema);
  return (args) => {
    const json = asJsonArgs(name, args);
    if (validate(json)) return json;
    const issues = issuesOf(validate);
    throw new HoldpointError(
      "args_invalid",
      `The arguments of ${name} do not fit its schema: ${inWords(issues)}`,
      { details: { issues } },
    );
  };
}

/** What is wrong with a value, in words; null where nothing is, or where the schema cannot be checked against. */
export function faultsIn(schema: JsonObject, value: Json): string | null {
  let validate: ValidateFunction;
  try {
    validate = validatorOf("question", schema);
  } catch {
    return null;
  }
  return validate(value) ? null : inWords(issuesOf(validate));
}

interface Issue {
  path: string;
  message: string;
}

function issuesOf({ errors }: ValidateFunction): Issue[] {
  return (errors ?? []).map((error) => ({ path: pathOf(error), message: error.message ?? error.keyword }));
}

function inWords(issues: readonly Issue[]): string {
  return issues.map(({ path, message }) => `${path || "(all)"} ${message}`).join("; ");
}

function validatorOf(name: string, { $schema: _dialect, ...body }: JsonObject): ValidateFunction {
  // Foreign schemas carry keywords and formats of their own; they are passed over, as the specification asks.
  const ajv = new Ajv({ strict: false, allErrors: true, addUsedSchema: false, logger: false });
  (addFormats as unknown as (ajv: Ajv) => void)(ajv);
  try {
    return ajv.compile(body);
  } catch (error) {
    throw new HoldpointError(
      "tool_invalid",
      `The JSON Schema of tool "${name}" cannot be checked against: ${messageOf(error)}.`,
      { details: { tool: name }, cause: error },
    );
  }
}

function pathOf(error: ErrorObject): string {
  return error.instancePath.slice(1).replaceAll("/", ".");
}
