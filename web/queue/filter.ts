// A filter of the queue, as words and as an address.
import type { QueueFilter } from "../api.js";

export type FilterName = keyof QueueFilter;

export function wordsOf(filter: QueueFilter, name: FilterName): string {
  switch (name) {
    case "older_than":
      return `over ${spanOf(filter.older_than ?? 0)}`;
    case "confidence_below":
      return `under ${Math.round((filter.confidence_below ?? 0) * 100)} % sure`;
    case "claimed":
      return filter.claimed === "mine" ? "mine" : "nobody's";
    case "asked":
      return "asked of me";
    case "graph_id":
    case "tool":
    case "tier":
    case "level":
      return filter[name] ?? "";
  }
}

function spanOf(minutes: number): string {
  if (minutes < 60) return `${minutes} min`;
  return minutes < 1_440 ? `${minutes / 60} h` : `${minutes / 1_440} d`;
}

export function sameFilter(a: QueueFilter, b: QueueFilter): boolean {
  return searchOf(a) === searchOf(b);
}

const names = [
  "level",
  "graph_id",
  "tool",
  "tier",
  "claimed",
  "asked",
  "older_than",
  "confidence_below",
] as const;

/** `?level=high&tool=pay`; nothing where nothing is filtered. */
export function searchOf(filter: QueueFilter): string {
  const said = names.flatMap((name) => (filter[name] === undefined ? [] : [[name, String(filter[name])]]));
  return said.length === 0 ? "" : `?${new URLSearchParams(said).toString()}`;
}

/** What an address says that can be read; somebody may have written it by hand. */
export function filterIn(search: string): QueueFilter {
  const said = new URLSearchParams(search);
  const filter: Record<string, string | number> = {};
  for (const name of names) {
    const value = said.get(name);
    if (value === null || value === "") continue;
    const isNumber = name === "older_than" || name === "confidence_below";
    if (!isNumber) filter[name] = value;
    else if (Number(value) > 0) filter[name] = Number(value);
  }
  return filter;
}
