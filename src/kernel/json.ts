import canonicalize from "canonicalize";
import { hash } from "node:crypto";
import { HoldpointError } from "./errors.js";

/** A value that JSON carries unchanged: what is hashed, shown, decided and run is this and nothing else. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** RFC 8785 text of a JSON value: equal values give equal bytes, whatever the order of their keys. */
export function canonicalJson(value: Json): string {
  const text = canonicalize(value);
  if (text === undefined) throw new HoldpointError("args_not_json", "This value has no JSON form.");
  return text;
}

/** The hash people see beside arguments and decide on: sha256 of the canonical text, hexadecimal. */
export function hashJson(value: Json): string {
  return sha256(canonicalJson(value));
}

export function sha256(...parts: string[]): string {
  if (parts.length === 1) return hash("sha256", parts[0] ?? "");
  // Each part is preceded by its length, so that ("ab", "c") and ("a", "bc") differ.
  return hash("sha256", parts.map((part) => `${Buffer.byteLength(part)}:${part}`).join(""));
}

const maxDepth = 100;

/**
 * Takes a value for JSON only if it comes back from JSON as it went in: no Date, undefined, NaN, lone surrogate,
 * class instance or cycle. Throws `args_not_json`, naming the place.
 */
export function parseJsonValue(value: unknown, path = "$", depth = 0): Json {
  if (depth > maxDepth) throw notJson(path, `is nested more than ${maxDepth} deep`);
  switch (typeof value) {
    case "boolean":
      return value;
    case "string":
      if (!value.isWellFormed()) throw notJson(path, "holds half of a surrogate pair");
      return value;
    case "number":
      if (!Number.isFinite(value)) throw notJson(path, `is ${value}`);
      return Object.is(value, -0) ? 0 : value;
    case "object":
      if (value === null) return null;
      // Array.from visits the holes of a list too; map would leave them in.
      if (Array.isArray(value))
        return Array.from(value, (item, index) => parseJsonValue(item, `${path}[${index}]`, depth + 1));
      return parseJsonObject(value, path, depth);
    case "bigint":
    case "function":
    case "symbol":
    case "undefined":
      throw notJson(path, `is of type ${typeof value}`);
  }
}

function parseJsonObject(value: object, path: string, depth: number): JsonObject {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw notJson(path, `is a ${value.constructor?.name ?? "class instance"}`);
  }
  const copy: JsonObject = {};
  for (const [key, item] of Object.entries(value)) {
    if (!key.isWellFormed()) throw notJson(path, "has a key with half of a surrogate pair");
    // defineProperty, because `copy["__proto__"] = …` would set the prototype instead of a key.
    Object.defineProperty(copy, key, {
      value: parseJsonValue(item, `${path}.${key}`, depth + 1),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return copy;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function notJson(path: string, what: string): HoldpointError {
  return new HoldpointError(
    "args_not_json",
    `${path} ${what}. Only plain JSON can be hashed, shown to a person and run unchanged.`,
    { details: { path } },
  );
}
