// Where the reader is, in the address: the queue with or without a hold, the board, the policy, a thread.
import type { QueueFilter } from "./api.js";
import { filterIn, searchOf } from "./queue/filter.js";
import { useCallback, useMemo, useSyncExternalStore } from "react";

export type Place =
  | { room: "queue"; id: string | null; filter?: QueueFilter }
  | { room: "board" }
  /** `kind`: the kind of call for which it is asked what another threshold would mean. */
  | { room: "policy"; kind: string | null }
  | { room: "standing" }
  | { room: "batch"; id: string }
  /** `from`: the hold it was opened from, or the call that is looked for. */
  | { room: "thread"; id: string; from: string | null };

export const queue: Place = { room: "queue", id: null };
export const board: Place = { room: "board" };
export const standing: Place = { room: "standing" };
export const policy: Place = { room: "policy", kind: null };

export function pathOf(place: Place): string {
  switch (place.room) {
    case "queue":
      return `/review${place.id === null ? "" : `/${encodeURIComponent(place.id)}`}${searchOf(place.filter ?? {})}`;
    case "board":
      return "/review/board";
    case "standing":
      return "/review/standing";
    case "policy":
      return `/review/policy${place.kind === null ? "" : `/${encodeURIComponent(place.kind)}`}`;
    case "batch":
      return `/review/batches/${encodeURIComponent(place.id)}`;
    case "thread":
      return `/review/threads/${encodeURIComponent(place.id)}${place.from === null ? "" : `#${place.from}`}`;
  }
}

export function usePlace(): Place {
  const address = useSyncExternalStore(subscribe, addressNow);
  return useMemo(() => placeAt(address), [address]);
}

export function go(to: Place): void {
  window.history.pushState({ within: true }, "", pathOf(to));
  moved();
}

/** The same, where nobody would want to come back to what was here. */
export function goInstead(to: Place): void {
  window.history.replaceState(window.history.state, "", pathOf(to));
  moved();
}

function moved(): void {
  window.scrollTo(0, 0);
  for (const tell of listeners) tell();
}

/** To where the reader came from; who came from outside goes to the queue. */
export function back(): void {
  const { within } = Object(window.history.state) as { within?: boolean };
  if (within) window.history.back();
  else go(queue);
}

/** For a link: a click goes there in this page, and with a modifier where the browser would open it. */
export function linkTo(place: Place): { href: string; onClick(event: React.MouseEvent): void } {
  return {
    href: pathOf(place),
    onClick(event) {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      go(place);
    },
  };
}

/** The hold that is open, in the queue. */
export function useSelected(): [string | null, (id: string | null) => void] {
  const place = usePlace();
  const select = useCallback((id: string | null) => go({ room: "queue", id, filter: filterNow() }), []);
  return [place.room === "queue" ? place.id : null, select];
}

/** What narrows the queue; it stands in the address, so that a view can be sent to somebody. */
export function useFilter(): [QueueFilter, (filter: QueueFilter) => void] {
  const place = usePlace();
  const change = useCallback((filter: QueueFilter) => {
    const now = placeAt(addressNow());
    go({ room: "queue", id: now.room === "queue" ? now.id : null, filter });
  }, []);
  return [place.room === "queue" ? (place.filter ?? none) : none, change];
}

const none: QueueFilter = {};

function filterNow(): QueueFilter {
  const now = placeAt(addressNow());
  return now.room === "queue" ? (now.filter ?? none) : none;
}

const listeners = new Set<() => void>();

function subscribe(tell: () => void): () => void {
  listeners.add(tell);
  window.addEventListener("popstate", tell);
  return () => {
    listeners.delete(tell);
    window.removeEventListener("popstate", tell);
  };
}

function addressNow(): string {
  return window.location.pathname + window.location.search + window.location.hash;
}

function placeAt(address: string): Place {
  const [whole = "", from = ""] = address.split("#");
  const [path = "", search = ""] = whole.split("?");
  const [, room = "", rest] = /^\/review\/?([^/]*)(?:\/(.+))?$/.exec(path) ?? [];
  if (room === "board") return board;
  if (room === "standing") return standing;
  if (room === "policy") return { room, kind: rest === undefined ? null : decodeURIComponent(rest) };
  if (room === "batches" && rest !== undefined) return { room: "batch", id: decodeURIComponent(rest) };
  if (room === "threads" && rest !== undefined)
    return { room: "thread", id: decodeURIComponent(rest), from: from === "" ? null : from };
  return { room: "queue", id: room === "" ? null : decodeURIComponent(room), filter: filterIn(search) };
}
