// What the arguments of a call name that can be looked up: ids, amounts, addresses, people, days. What the model words
// itself (a subject, a text, a choice of the schema) names nothing.
import { isJsonObject, type JsonObject, type Json } from "../kernel/json.js";
import { roleOf, type Role } from "./fields.js";

export interface NamedValue {
  /** Where it stands: `payments[0].amount`. */
  path: string;
  value: string | number;
  /** Null: its shape alone says that it names something. */
  role: Role | null;
}

export function valuesNamed(args: JsonObject, schema: JsonObject | null): NamedValue[] {
  const named = leavesOf(args, schema, "", "").flatMap(({ path, name, value, schema: own }): NamedValue[] => {
    if (value === "" || isChoice(value, own)) return [];
    const role = roleOf(name, value);
    if (typeof value === "number") return role === null ? [] : [{ path, value, role }];
    return isProse(value) || (role === null && !isMark(value)) ? [] : [{ path, value, role }];
  });
  return named.slice(0, mostValues);
}

/** Who writes more is held for what was found in these, or not at all: looking must not stall the others. */
const mostValues = 200;

/** All the texts in the arguments, with their places. */
export function textsIn(args: JsonObject): { path: string; text: string; role: Role | null }[] {
  return leavesOf(args, null, "", "").flatMap(({ path, name, value }) =>
    typeof value === "string" ? [{ path, text: value, role: roleOf(name, value) }] : [],
  );
}

interface Leaf {
  path: string;
  /** Of the argument that it belongs to. */
  name: string;
  value: string | number;
  schema: JsonObject | null;
}

function leavesOf(value: Json, schema: JsonObject | null, path: string, name: string): Leaf[] {
  if (typeof value === "string" || typeof value === "number") return [{ path, name, value, schema }];
  if (Array.isArray(value)) {
    const items = objectIn(schema, "items");
    return value.flatMap((one, index) => leavesOf(one, items, `${path}[${index}]`, name));
  }
  if (!isJsonObject(value)) return [];
  const properties = objectIn(schema, "properties");
  return Object.entries(value).flatMap(([key, one]) =>
    leavesOf(one, objectIn(properties, key), path === "" ? key : `${path}.${key}`, key),
  );
}

function objectIn(schema: JsonObject | null, key: string): JsonObject | null {
  const found = schema?.[key];
  return isJsonObject(found) ? found : null;
}

/** One that the tool itself offers. */
function isChoice(value: string | number, schema: JsonObject | null): boolean {
  const { enum: choices, const: only, default: usual } = schema ?? {};
  return (Array.isArray(choices) && choices.includes(value)) || only === value || usual === value;
}

function isProse(text: string): boolean {
  return (
    text.trim() === "" || text.includes("\n") || text.length > 200 || text.trim().split(/\s+/).length > 6
  );
}

/** An address of any kind, a number that stands for something, a day, letters and figures in one. */
function isMark(text: string): boolean {
  return /^\S*(?:@|:\/\/|www\.)\S+$|^\+?[\d ()/.-]{5,}$|^(?=\S*\d)(?=\S*\p{L})\S{4,}$/u.test(text.trim());
}
