import type { JsonObject } from "../../kernel/json.js";
import { roleOf } from "../../risk/fields.js";
import { leavesOf, type Scalar } from "../../risk/leaves.js";
import { fewestBefore } from "../../risk/unusual.js";

/**
 * How little is new about a call: 1 where each of its values was there before, 0 where one is what calls of this tool never
 * have. The newest of its values decides. Null under 20 calls that were carried out: nothing is usual yet.
 * @param before arguments of the last calls of this tool that were carried out
 */
export function familiarityOf(args: JsonObject, before: readonly JsonObject[]): number | null {
  if (before.length < fewestBefore) return null;
  const usual = usualIn(before);
  let newest = 0;
  for (const [path, leaves] of leavesOf(args))
    for (const { value, words } of leaves)
      if (words === null) newest = Math.max(newest, newnessOf(lastKey(path), value, usual.get(path)));
  return 1 - newest;
}

/** What stood at one place in the last calls. */
interface Usual {
  counts: ReadonlyMap<Scalar, number>;
  chanceOfNew: number;
  /** From the smallest. */
  numbers: readonly number[];
}

const known = new WeakMap<readonly JsonObject[], ReadonlyMap<string, Usual>>();

/** Found once for all the calls of a message. */
function usualIn(before: readonly JsonObject[]): ReadonlyMap<string, Usual> {
  const found = known.get(before);
  if (found) return found;
  const seen = new Map<string, Scalar[]>();
  for (const args of before)
    for (const [path, leaves] of leavesOf(args)) {
      const values = seen.get(path) ?? [];
      for (const { value } of leaves) values.push(value);
      seen.set(path, values);
    }
  const usual = new Map([...seen].map(([path, values]) => [path, usualOf(values)]));
  known.set(before, usual);
  return usual;
}

function usualOf(values: readonly Scalar[]): Usual {
  const counts = new Map<Scalar, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const once = [...counts.values()].filter((count) => count === 1).length;
  return {
    counts,
    // How likely the next value is one that was not seen yet: the share of values that were seen once (Good 1953, after
    // Turing). A new order is usual, a new account is not. With one more in the count: what is new is never quite usual.
    chanceOfNew: once / (values.length + 1),
    numbers: values.filter((value) => typeof value === "number").toSorted((a, b) => a - b),
  };
}

function newnessOf(key: string, value: Scalar, usual: Usual | undefined): number {
  // An argument that no call had.
  if (!usual) return 1;
  if (typeof value === "number" && roleOf(key, value) !== "target") return highness(value, usual.numbers);
  return usual.counts.has(value) ? 0 : 1 - usual.chanceOfNew;
}

/** From the upper quartile, 0, to Tukey's outer fence, 1. */
function highness(value: number, sorted: readonly number[]): number {
  const at = (share: number): number | undefined => sorted[Math.floor((sorted.length - 1) * share)];
  const [low, high] = [at(0.25), at(0.75)];
  if (low === undefined || high === undefined) return 1;
  if (value <= high) return 0;
  return high === low ? 1 : Math.min(1, (value - high) / (3 * (high - low)));
}

function lastKey(path: string): string {
  return path.replaceAll("[]", "").split(".").at(-1) ?? path;
}
