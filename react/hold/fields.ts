// Arguments as fields to fill in, by the schema of their tool; and back. The server checks what comes of it.
import type { Args, JsonSchema } from "./held-call.js";
import { inWords } from "./in-words.js";

export type Field = {
  name: string;
  label: string;
  help?: string;
  isRequired: boolean;
} & (
  | { kind: "text"; value: string; isLong: boolean; maxLength?: number }
  | { kind: "number"; value: string; min?: number; max?: number }
  | { kind: "yes-no"; value: boolean }
  | { kind: "choice"; value: string; options: string[] }
  /** What has no field of its own is edited as JSON. */
  | { kind: "json"; value: string }
);

export function fieldsOf({ properties = {}, required = [] }: JsonSchema, args: Args): Field[] {
  return namesIn({ properties }, args).map((name) =>
    fieldOf(name, properties[name] ?? {}, args[name], required.includes(name)),
  );
}

/** As the tool's author ordered them; the arguments themselves come in no order. */
export function namesIn({ properties = {} }: JsonSchema, args: Args): string[] {
  return [...new Set([...Object.keys(properties), ...Object.keys(args)])];
}

function fieldOf(name: string, schema: JsonSchema, given: unknown, isRequired: boolean): Field {
  const about = {
    name,
    label: schema.title ?? inWords(name),
    isRequired,
    ...(schema.description === undefined ? {} : { help: schema.description }),
  };
  const options = schema.enum?.filter((option) => typeof option === "string");
  if (options && options.length === schema.enum?.length)
    return { ...about, kind: "choice", value: text(given), options };
  switch (Array.isArray(schema.type) ? "json" : (schema.type ?? "json")) {
    case "string": {
      const value = text(given);
      const { maxLength } = schema;
      const isLong = value.length > 60 || value.includes("\n");
      return { ...about, kind: "text", value, isLong, ...(maxLength === undefined ? {} : { maxLength }) };
    }
    case "number":
    case "integer": {
      const min = schema.minimum ?? schema.exclusiveMinimum;
      const { maximum: max } = schema;
      return {
        ...about,
        kind: "number",
        value: text(given),
        ...(min === undefined ? {} : { min }),
        ...(max === undefined ? {} : { max }),
      };
    }
    case "boolean":
      return { ...about, kind: "yes-no", value: given === true };
    default:
      return { ...about, kind: "json", value: given === undefined ? "" : JSON.stringify(given, null, 2) };
  }
}

/** As it stands in a field; anything but text and numbers has to be made text of first. */
function text(value: unknown): string {
  if (typeof value === "string") return value;
  return value === undefined || value === null ? "" : JSON.stringify(value);
}

/** What stands in the fields now. An optional one that is empty is not there. Throws for JSON that is none. */
export function argsIn(form: FormData, fields: readonly Field[]): Args {
  return Object.fromEntries(
    fields.flatMap((field): [string, unknown][] => {
      if (field.kind === "yes-no") return [[field.name, form.has(field.name)]];
      const given = textIn(form, field.name);
      if (given === "" && !field.isRequired) return [];
      return [[field.name, valueOf(field, given)]];
    }),
  );
}

export function textIn(form: FormData, name: string): string {
  const given = form.get(name);
  return typeof given === "string" ? given : "";
}

function valueOf({ kind, label }: Exclude<Field, { kind: "yes-no" }>, given: string): unknown {
  switch (kind) {
    case "text":
    case "choice":
      return given;
    case "number":
      return Number(given);
    case "json":
      try {
        return JSON.parse(given) as unknown;
      } catch {
        throw new Error(`${label} is no JSON. Texts stand in quotes, names too.`);
      }
  }
}
