// Arguments checked by JSON Schema, for tools that come with one instead of with zod.
import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";
import { HoldpointError, messageOf } from "../kernel/errors.js";
import type { Json, JsonObject } from "../kernel/json.js";
import { asJsonArgs } from "./define-tool.js";
import type { Fault } from "./faults.js";

/**
 * Compiles a schema once. Throws `tool_invalid` for one that is wrong in itself.
 * The returned parser gives the arguments back unchanged, or throws `args_invalid`.
 */
export function parserOf(name: string, schema: JsonObject): (args: unknown) => JsonObject {
  const validate = validatorOf(name, schema);
  return (args) => {
    const json = asJsonArgs(name, args);
    if (validate(json)) return json;
    const faults = faultsFrom(validate);
    throw new HoldpointError(
      "args_invalid",
      `The arguments of ${name} do not fit its schema: ${inWords(faults)}`,
      { details: { faults } },
    );
  };
}

/** What is wrong with a value; nothing, too, where the schema cannot be checked against. */
export function faultsIn(schema: JsonObject, value: Json): Fault[] {
  let validate: ValidateFunction;
  try {
    validate = validatorOf("question", schema);
  } catch {
    return [];
  }
  return validate(value) ? [] : faultsFrom(validate);
}

export function inWords(faults: readonly Fault[]): string {
  return faults.map(({ path, message }) => `${path || "(all)"} ${message}`).join("; ");
}

function faultsFrom({ errors }: ValidateFunction): Fault[] {
  return (errors ?? []).map((error) => ({ path: pathOf(error), message: error.message ?? error.keyword }));
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

/** Of a field that is missing or too much: its own, and not that of the object it should or should not stand in. */
function pathOf({ instancePath, params }: ErrorObject): string {
  const { missingProperty, additionalProperty } = params as Record<string, string | undefined>;
  const field = missingProperty ?? additionalProperty;
  const place = instancePath.split("/").slice(1);
  return (field === undefined ? place : [...place, field]).join(".");
}
