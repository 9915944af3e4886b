// What a call does that the last ones of its tool did not: somebody new where it is hardly ever somebody new, far more than
// usual, or to far more at once. A tool that was hardly used yet has no usual.
import { isJsonObject, type Json, type JsonObject } from "../kernel/json.js";
import type { NamedValue } from "./values.js";

export type Unusual =
  | { kind: "new"; value: NamedValue; among: number }
  | { kind: "high"; value: NamedValue; above: number; among: number }
  | { kind: "many"; path: string; length: number; above: number; among: number };

/** Fewer say nothing of what is usual. */
export const fewestBefore = 20;
/** Of ten calls at most two went to somebody new: then the next who is new is worth a look. */
const mostlyKnown = 0.2;

/** A list of so few is short, whatever the others were. */
const fewInList = 5;

/** @param before arguments of calls of this tool that were carried out */
export function unusualIn(
  args: JsonObject,
  values: readonly NamedValue[],
  before: readonly JsonObject[],
): Unusual[] {
  if (before.length < fewestBefore) return [];
  return [...unusuallyMany(args, before), ...unusualValues(values, before)];
}

/** A list far longer than it was: one call then reaches many. */
function unusuallyMany(args: JsonObject, before: readonly JsonObject[]): Unusual[] {
  const lengths = before.map((one) => lengthsIn(one));
  return [...lengthsIn(args)].flatMap(([path, length]): Unusual[] => {
    const seen = lengths.flatMap((one) => one.get(path) ?? []);
    const above = seen.length < fewestBefore ? Infinity : Math.max(farOut(seen), fewInList);
    return length > above ? [{ kind: "many", path, length, above, among: before.length }] : [];
  });
}

/** Of lists that are not themselves in lists, by their places. */
function lengthsIn(value: JsonObject, under = ""): Map<string, number> {
  return new Map(
    Object.entries(value).flatMap(([key, one]): [string, number][] => {
      const path = under === "" ? key : `${under}.${key}`;
      if (Array.isArray(one)) return [[path, one.length]];
      return isJsonObject(one) ? [...lengthsIn(one, path)] : [];
    }),
  );
}

function unusualValues(values: readonly NamedValue[], before: readonly JsonObject[]): Unusual[] {
  return values.flatMap((value): Unusual[] => {
    if (value.role === null) return [];
    const place = value.path.split(/[.[]/);
    const seen = before.flatMap((args) => valuesAt(args, place));
    if (seen.length < fewestBefore) return [];
    const among = before.length;
    if (value.role === "amount") {
      const above = farOut(seen.filter((one) => typeof one === "number"));
      return typeof value.value === "number" && value.value > above
        ? [{ kind: "high", value, above, among }]
        : [];
    }
    const known = new Set(seen);
    const isRare = known.size <= seen.length * mostlyKnown;
    return isRare && !known.has(value.value) ? [{ kind: "new", value, among }] : [];
  });
}

/** Tukey's outer fence: the upper quartile and three times the middle half. One huge payment does not move it. */
function farOut(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? Infinity;
  return at(0.75) + 3 * (at(0.75) - at(0.25));
}

/** At the same place, whichever item of a list it is in. */
function valuesAt(value: Json | undefined, [key, ...rest]: readonly string[]): (string | number)[] {
  if (key === undefined) return typeof value === "string" || typeof value === "number" ? [value] : [];
  if (Array.isArray(value)) return value.flatMap((item) => valuesAt(item, rest));
  return isJsonObject(value) ? valuesAt(value[key], rest) : [];
}
