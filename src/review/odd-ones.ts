// In a table of calls that look alike: the values that do not. Nothing here decides anything; it says where to look.
import type { Json, JsonObject } from "../kernel/json.js";
import { canonicalJson } from "../kernel/json.js";

/**
 * `changed`: earlier calls for the same other value always had another one here (this customer was paid elsewhere before).
 * `new`: most of the others were let through before, this one never. `rare`: nearly all others have one value, and this
 * one has not. `far`: a number far from the others.
 */
export type Oddness = "changed" | "new" | "rare" | "far";

export interface OddValue {
  /** Which of the calls. */
  at: number;
  field: string;
  why: Oddness;
  /** With `changed`: the argument whose value is the same as before, and what stood here then. */
  given?: string;
  before?: Json;
}

/**
 * @param calls the arguments of each call in the table.
 * @param precedents the arguments of calls of the same tool that people let through before.
 */
export function oddOnes(calls: readonly JsonObject[], precedents: readonly JsonObject[]): OddValue[] {
  const fields = [...new Set(calls.flatMap((args) => Object.keys(args)))];
  return fields.flatMap((field) => {
    const changed = changedValues(field, fields, calls, precedents);
    const others = [
      ...newValues(field, calls, precedents),
      ...rareValues(field, calls),
      ...farValues(field, calls),
    ];
    const found = new Map<number, OddValue>();
    for (const odd of [...changed, ...others]) if (!found.has(odd.at)) found.set(odd.at, odd);
    return [...found.values()];
  });
}

const said = (args: JsonObject, field: string): string | null => {
  const value = args[field];
  return value === undefined ? null : canonicalJson(value);
};

function newValues(
  field: string,
  calls: readonly JsonObject[],
  precedents: readonly JsonObject[],
): OddValue[] {
  const known = new Set(precedents.map((args) => said(args, field)));
  const unknown = calls.flatMap((args, at) => (known.has(said(args, field)) ? [] : [at]));
  // Where most are new, being new says nothing.
  if (unknown.length * 2 >= calls.length) return [];
  return unknown.map((at) => ({ at, field, why: "new" }));
}

/** So many of the others have to agree. */
const nearlyAll = 0.75;

function rareValues(field: string, calls: readonly JsonObject[]): OddValue[] {
  const counts = new Map<string | null, number>();
  for (const args of calls) counts.set(said(args, field), (counts.get(said(args, field)) ?? 0) + 1);
  const [usual, count] = [...counts].toSorted((a, b) => b[1] - a[1])[0] ?? [null, 0];
  if (count === calls.length || count < 3 || count < calls.length * nearlyAll) return [];
  return calls.flatMap((args, at) =>
    said(args, field) === usual ? [] : [{ at, field, why: "rare" as const }],
  );
}

/** The modified z-score beyond which a value is an outlier: Iglewicz and Hoaglin, How to Detect and Handle Outliers (1993). */
const outlier = 3.5;

function farValues(field: string, calls: readonly JsonObject[]): OddValue[] {
  const numbers = calls.map((args) => args[field]).filter((value) => typeof value === "number");
  if (numbers.length < 5) return [];
  const middle = median(numbers);
  const spread = median(numbers.map((value) => Math.abs(value - middle)));
  if (spread === 0) return [];
  return calls.flatMap((args, at) => {
    const value = args[field];
    const isFar = typeof value === "number" && (0.6745 * Math.abs(value - middle)) / spread > outlier;
    return isFar ? [{ at, field, why: "far" as const }] : [];
  });
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/** So many of the values that were seen more than once have to have had one value here. */
const holdsFor = 0.9;

/**
 * Where one argument has followed from another so far (an account from its customer), and now does not. Whether it
 * follows is read from the precedents: values that came more than once always came with the same one.
 */
function changedValues(
  field: string,
  fields: readonly string[],
  calls: readonly JsonObject[],
  precedents: readonly JsonObject[],
): OddValue[] {
  return fields.flatMap((given) => {
    if (given === field) return [];
    const before = valuesGiven(given, field, precedents);
    const repeated = [...before.values()].filter(({ count }) => count > 1);
    const constant = repeated.filter(({ values }) => values.size === 1).length;
    if (repeated.length === 0 || constant < repeated.length * holdsFor) return [];
    // What is always the same follows from anything; `rare` and `new` tell of it.
    if (new Set(precedents.map((args) => said(args, field))).size < 2) return [];
    return calls.flatMap((args, at): OddValue[] => {
      const known = before.get(said(args, given) ?? "");
      const now = said(args, field);
      if (!known || now === null || known.values.has(now) || known.values.size > 1) return [];
      return [{ at, field, why: "changed", given, before: known.last }];
    });
  });
}

function valuesGiven(
  given: string,
  field: string,
  precedents: readonly JsonObject[],
): Map<string, { count: number; values: Set<string>; last: Json }> {
  const seen = new Map<string, { count: number; values: Set<string>; last: Json }>();
  for (const args of precedents) {
    const [key, value] = [said(args, given), said(args, field)];
    if (key === null || value === null || !isName(args[given])) continue;
    const known = seen.get(key) ?? { count: 0, values: new Set<string>(), last: args[field] ?? null };
    known.count += 1;
    known.values.add(value);
    seen.set(key, known);
  }
  return seen;
}

/** An amount or a yes is no name of anything, and nothing follows from it. */
function isName(value: Json | undefined): boolean {
  return typeof value === "string" && value !== "" && value.length <= 200;
}
