// What can be done here and now, and what of it fits the words that are typed.
import type { QueueFilter, ReviewTally, SavedView } from "../api.js";
import { commandsIn, mostNumbered } from "../commands.js";
import { isHeard, press } from "../keys.js";
import { wordsOf } from "../queue/filter.js";
import { go, type Place } from "../router.js";
import { nameOf, type Stoppable } from "../stops/words.js";
import { levels } from "../words.js";

export interface Item {
  group: "Here" | "Go to" | "Views" | "Narrow the queue" | "Stop" | "You";
  words: string;
  /** The key that does the same. */
  key?: string;
  /** How many are there. */
  count?: number;
  run(): void;
}

/** Only what a handler listens to now; not what opened the palette itself. */
export function heardIn({ room }: Place): Item[] {
  return (
    commandsIn(room)
      .filter(({ key, isOfFocus }) => !isOfFocus && key !== "/" && key !== "Ctrl k" && isHeard(key))
      // Each has its own name among the views.
      .filter(({ key }) => !/^z \d$/.test(key))
      .map(({ key, words }) => ({ group: "Here", words, key, run: () => press(key) }))
  );
}

export function viewItems(views: readonly SavedView[]): Item[] {
  return views.map(({ name, filter }, index) => ({
    group: "Views",
    words: name,
    ...(index < mostNumbered ? { key: `z ${index + 1}` } : {}),
    run: () => go({ room: "queue", id: null, filter }),
  }));
}

/** By what the figures of the queue know of, beside what narrows it already. */
export function filterItems(tally: ReviewTally, place: Place): Item[] {
  const { id, filter = {} } = place.room === "queue" ? place : { id: null };
  const only = (added: QueueFilter, name: keyof QueueFilter, count?: number): Item => ({
    group: "Narrow the queue",
    words: `Only ${wordsOf(added, name)}${name === "tier" ? " (tier)" : ""}`,
    ...(count === undefined ? {} : { count }),
    run: () => go({ room: "queue", id, filter: { ...filter, ...added } }),
  });
  const each = (name: "tool" | "tier" | "graph_id", counts: Record<string, number>): Item[] =>
    Object.entries(counts)
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([value, count]) => only({ [name]: value }, name, count));
  const agents = Object.keys(tally.byGraph).length > 1 ? each("graph_id", tally.byGraph) : [];
  const risks = levels.flatMap((level) =>
    tally.byLevel[level] ? [only({ level }, "level", tally.byLevel[level])] : [],
  );
  const all: Item = {
    group: "Narrow the queue",
    words: "All that waits",
    count: tally.open,
    run: () => go({ room: "queue", id }),
  };
  return [
    ...(Object.keys(filter).length > 0 ? [all] : []),
    ...risks,
    ...each("tool", tally.byTool),
    ...each("tier", tally.byTier),
    ...agents,
    only({ claimed: "mine" }, "claimed"),
    only({ claimed: "none" }, "claimed"),
  ];
}

/** What waits names what may be stopped; and all of it at once. */
export function stopItems(tally: ReviewTally | null, stop: (what: Stoppable) => void): Item[] {
  const named = (kind: "tool" | "agent", counts: Record<string, number> = {}): Stoppable[] =>
    Object.keys(counts)
      .toSorted()
      .map((name) => ({ kind, name }));
  const all: Stoppable[] = [
    ...named("tool", tally?.byTool),
    ...named("agent", tally?.byGraph),
    { kind: "tenant" },
  ];
  return all.map((what) => ({ group: "Stop", words: `Stop ${nameOf(what)}…`, run: () => stop(what) }));
}

const uuid = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/i;

/** Where an id was typed or pasted, also as part of an address. */
export function placesIn(typed: string): Item[] {
  const id = uuid.exec(typed)?.[0].toLowerCase();
  if (id === undefined) return [];
  const places: Item[] = [
    { group: "Go to", words: `Go to hold ${id}`, run: () => go({ room: "queue", id }) },
    {
      group: "Go to",
      words: `Go to conversation ${id}`,
      run: () => go({ room: "thread", id, from: null }),
    },
  ];
  return typed.includes("/threads/") ? places.toReversed() : places;
}

/** Every word that is typed is in it; the key itself comes first, then what begins with what was typed. */
export function fitting(items: readonly Item[], typed: string): Item[] {
  const text = typed.trim().toLowerCase();
  if (text === "") return [...items];
  const parts = text.split(/\s+/);
  const rank = ({ key, words }: Item): number => {
    if (key?.toLowerCase() === text) return 0;
    return words.toLowerCase().startsWith(text) ? 1 : 2;
  };
  return items
    .filter((item) => {
      const all = `${item.words} ${item.group}`.toLowerCase();
      return rank(item) === 0 || parts.every((part) => all.includes(part));
    })
    .toSorted((a, b) => rank(a) - rank(b));
}
