// How like one call is to another of the same tool, and in what. It decides nothing: it says which of the past decisions
// are worth looking at beside this one.
import { canonicalJson, type Json, type JsonObject } from "../kernel/json.js";

export interface Judged {
  args: JsonObject;
  /** What held it. */
  reasons: readonly { readonly rule: string }[];
}

export interface Likeness {
  /** From 0 to 1; 1: the same arguments, held by the same rules. The same whichever of the two is asked about. */
  score: number;
  sameRules: boolean;
  /** Arguments with one value in both. */
  same: string[];
  /** Arguments that are numbers in both: the other's as a multiple of this one's. */
  numbers: { field: string; ratio: number }[];
  /** The rest: another value, or in one of them only. */
  differing: string[];
}

/** Numbers further apart than this have nothing in common. */
const nearWithin = 2;

/** @param other seen from `one`: its numbers as multiples of this one's. */
export function likenessOf(one: Judged, other: Judged): Likeness {
  const fields = [...new Set([...Object.keys(one.args), ...Object.keys(other.args)])].toSorted();
  const rules = sharedShare(rulesOf(one), rulesOf(other));
  const likeness: Likeness = { score: 0, sameRules: rules === 1, same: [], numbers: [], differing: [] };
  let near = 0;
  for (const field of fields) {
    const ratio = ratioOf(one.args[field], other.args[field]);
    if (isSame(one.args[field], other.args[field])) likeness.same.push(field);
    else if (ratio === null) likeness.differing.push(field);
    else {
      likeness.numbers.push({ field, ratio });
      near += nearness(ratio);
    }
  }
  // The rules weigh as much as one argument.
  likeness.score = (rules + likeness.same.length + near) / (1 + fields.length);
  return likeness;
}

/** The likest first; of those that are equally like it the one that was decided last. */
export function likest<One extends Judged & { decidedAt: Date | null }>(
  review: Judged,
  decided: readonly One[],
  limit: number,
): { one: One; likeness: Likeness }[] {
  return decided
    .map((one) => ({ one, likeness: likenessOf(review, one) }))
    .toSorted((a, b) => b.likeness.score - a.likeness.score || timeOf(b.one) - timeOf(a.one))
    .slice(0, limit);
}

const timeOf = ({ decidedAt }: { decidedAt: Date | null }): number => decidedAt?.getTime() ?? 0;

function rulesOf({ reasons }: Judged): ReadonlySet<string> {
  return new Set(reasons.map(({ rule }) => rule));
}

/** Jaccard's index; two empty sets are the same. */
function sharedShare(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const shared = [...a].filter((rule) => b.has(rule)).length;
  const all = a.size + b.size - shared;
  return all === 0 ? 1 : shared / all;
}

function isSame(a: Json | undefined, b: Json | undefined): boolean {
  return a !== undefined && b !== undefined && canonicalJson(a) === canonicalJson(b);
}

function ratioOf(a: Json | undefined, b: Json | undefined): number | null {
  if (typeof a !== "number" || typeof b !== "number") return null;
  // Beyond these a ratio loses its digits, and is not the inverse of the one the other way round.
  const isMeasurable = (ratio: number): boolean => ratio >= 2 ** -1022 && Number.isFinite(ratio);
  return isMeasurable(b / a) && isMeasurable(a / b) ? b / a : null;
}

/** 1 for equal numbers, down to 0 where one is twice the other. */
function nearness(ratio: number): number {
  return Math.max(0, 1 - Math.abs(Math.log(ratio)) / Math.log(nearWithin));
}
