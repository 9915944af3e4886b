// Whether somebody complained about an earlier call that was about the same: the same order, the same customer.
import type { JsonObject } from "../kernel/json.js";
import { valuesNamed, type NamedValue } from "./values.js";

/** A call that was made, and what was said about it afterwards. */
export interface Complained {
  args: JsonObject;
  text: string;
}

export interface Recalled {
  text: string;
  /** What both calls name. */
  value: NamedValue;
  /** How many such complaints there are. */
  count: number;
}

/** @param complaints about calls of this tool, the newest first */
export function complaintIn(
  values: readonly NamedValue[],
  complaints: readonly Complained[],
  schema: JsonObject | null,
): Recalled | null {
  const ours = new Map(
    values.filter(identifies).map((value): [string, NamedValue] => [placeOf(value), value]),
  );
  if (ours.size === 0) return null;
  const found = complaints.flatMap(({ args, text }) => {
    const same = valuesNamed(args, schema)
      .filter(identifies)
      .map(placeOf)
      .find((place) => ours.has(place));
    const value = same === undefined ? undefined : ours.get(same);
    return value ? [{ text, value }] : [];
  });
  const [newest] = found;
  return newest ? { ...newest, count: found.length } : null;
}

/** An amount or a day that is the same says nothing. */
function identifies({ value, role }: NamedValue): boolean {
  return typeof value === "string" && role !== "amount" && !/^\d{4}-\d\d-\d\d/.test(value);
}

/** Whichever item of a list it is. */
function placeOf({ path, value }: NamedValue): string {
  return `${path.replaceAll(/\[\d+\]/g, "[]")} ${value}`;
}
