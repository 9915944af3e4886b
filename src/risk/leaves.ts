// The single values in the arguments of a call, by place: what can be held against the same place of another call.
import { isJsonObject, type Json, type JsonObject } from "../kernel/json.js";

export type Scalar = string | number | boolean;

export interface Leaf {
  value: Scalar;
  /** Of a text that somebody worded, its words; null of a value that names something. */
  words: ReadonlySet<string> | null;
}

/** `payments[].amount`: the items of a list stand at one place. What is null stands nowhere. */
export type Leaves = ReadonlyMap<string, readonly Leaf[]>;

/** Who writes more is compared by these: looking must not stall the others. */
const mostLeaves = 200;

const known = new WeakMap<JsonObject, Leaves>();

/** Found once for the same object, which nobody changes. */
export function leavesOf(args: JsonObject): Leaves {
  const found = known.get(args);
  if (found) return found;
  const leaves = new Map<string, Leaf[]>();
  let count = 0;
  for (const [path, value] of scalarsIn(args, "")) {
    if (++count > mostLeaves) break;
    const at = leaves.get(path) ?? [];
    at.push({ value, words: typeof value === "string" && isWorded(value) ? wordsIn(value) : null });
    leaves.set(path, at);
  }
  known.set(args, leaves);
  return leaves;
}

function* scalarsIn(value: Json, path: string): Generator<[string, Scalar]> {
  if (value === null) return;
  if (Array.isArray(value)) for (const one of value) yield* scalarsIn(one, `${path}[]`);
  else if (isJsonObject(value))
    for (const [key, one] of Object.entries(value))
      yield* scalarsIn(one, path === "" ? key : `${path}.${key}`);
  else yield [path, value];
}

function isWorded(text: string): boolean {
  return text.length > 40 && text.trim().split(/\s+/, 7).length > 6;
}

/** Of a long text, what it begins with. */
function wordsIn(text: string): ReadonlySet<string> {
  return new Set(
    text
      .slice(0, 4_000)
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? [],
  );
}
