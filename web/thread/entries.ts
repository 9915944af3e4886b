// What the keys move over: each turn, and within it each call.
import type { StoryCall, StoryHold, StoryTurn } from "../api.js";

export interface Entry {
  turn: number;
  /** -1: the turn itself. */
  call: number;
}

export const isSame = (one: Entry | null, other: Entry): boolean =>
  one?.turn === other.turn && one.call === other.call;

/** @param callsOf how many calls a turn has. */
export function entryBeside(
  from: Entry | null,
  by: 1 | -1,
  count: number,
  callsOf: (turn: number) => number,
): Entry | null {
  if (count === 0) return null;
  if (!from) return { turn: count - 1, call: callsOf(count - 1) - 1 };
  if (by > 0) {
    if (from.call + 1 < callsOf(from.turn)) return { ...from, call: from.call + 1 };
    return from.turn + 1 < count ? { turn: from.turn + 1, call: -1 } : from;
  }
  if (from.call >= 0) return { ...from, call: from.call - 1 };
  return from.turn > 0 ? { turn: from.turn - 1, call: callsOf(from.turn - 1) - 1 } : from;
}

export function openHold({ record }: StoryCall): StoryHold | null {
  return record?.holds.find(isOpen) ?? null;
}

export function isOpen({ status }: Pick<StoryHold, "status">): boolean {
  return status === "open" || status === "claimed";
}

/** The hold that Enter opens: of the call, or the first of the turn. */
export function holdAt(entry: Entry | null, turn: StoryTurn | undefined): StoryHold | null {
  if (!entry || !turn) return null;
  const calls = entry.call >= 0 ? turn.calls.slice(entry.call, entry.call + 1) : turn.calls;
  return calls.map(openHold).find((hold) => hold !== null) ?? null;
}

/** Where a call stands, or the call of a hold, among the turns that are there. */
export function entryOf(wanted: string, turns: ReadonlyMap<number, StoryTurn>): Entry | null {
  for (const { index, calls } of turns.values()) {
    const call = calls.findIndex(
      ({ record }) => record?.id === wanted || record?.holds.some(({ id }) => id === wanted),
    );
    if (call >= 0) return { turn: index, call };
  }
  return null;
}
