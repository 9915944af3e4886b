// How like the arguments of one call are to those of another of the same tool, place by place.
import type { JsonObject } from "../kernel/json.js";
import { leavesOf, type Leaf } from "./leaves.js";

/** From 0 to 1; 1: the same values. The same whichever of the two is asked about. Each place weighs as much as another. */
export function alikeness(one: JsonObject, other: JsonObject): number {
  const [a, b] = [leavesOf(one), leavesOf(other)];
  let shared = 0;
  let places = b.size;
  for (const [path, values] of a) {
    const others = b.get(path);
    if (others) shared += sharedAt(values, others);
    else places += 1;
  }
  return places === 0 ? 1 : shared / places;
}

function sharedAt(a: readonly Leaf[], b: readonly Leaf[]): number {
  const [one, other] = [a[0], b[0]];
  if (a.length === 1 && b.length === 1 && one && other) return nearness(one, other);
  const left = b.map(({ value }) => value);
  const same = a.filter(({ value }) => {
    const at = left.indexOf(value);
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  });
  return same.length / Math.max(a.length, b.length);
}

/** Numbers by their ratio, down to 0 where one is twice the other; texts by the words they share; all else is the same or not. */
function nearness(one: Leaf, other: Leaf): number {
  if (one.value === other.value) return 1;
  if (typeof one.value === "number" && typeof other.value === "number") {
    const ratio = one.value / other.value;
    return ratio > 0 ? Math.max(0, 1 - Math.abs(Math.log2(ratio))) : 0;
  }
  return one.words && other.words ? sharedWords(one.words, other.words) : 0;
}

/** Jaccard's index. */
function sharedWords(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let shared = 0;
  for (const word of a) if (b.has(word)) shared += 1;
  const all = a.size + b.size - shared;
  return all === 0 ? 1 : shared / all;
}
