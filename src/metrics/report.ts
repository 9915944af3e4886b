// What became of the calls of a period, so that every one of them is counted once and the sums can be checked.
import { wilson, type Interval } from "../policies/wilson.js";

/** What became of a call. Each has one of them. */
export const fates = [
  // It was attempted,
  "unasked",
  "approved",
  "edited",
  "inAdvance",
  // or it was not, and will not be,
  "forbidden",
  "rejected",
  "answered",
  "expired",
  "withdrawn",
  // or that is not known yet.
  "waiting",
  "released",
  "proposed",
] as const;
export type Fate = (typeof fates)[number];

/** How an attempt ended. Each attempted call has one of them. */
export const ends = ["succeeded", "failed", "unknown", "claimed"] as const;
export type End = (typeof ends)[number];

/** Calls of one tool of an agent that have become the same. */
export interface Counted {
  agent: string;
  tool: string;
  fate: Fate;
  calls: number;
  ended: Readonly<Record<End, number>>;
}

export interface CallFigures {
  calls: number;
  became: Record<Fate, number>;
  attempted: number;
  ended: Record<End, number>;
  /** Of all calls those that a person decided. */
  seen: Share;
}

export interface Share {
  count: number;
  of: number;
  /** Null where there were none. */
  share: number | null;
  interval: Interval | null;
}

export interface CallReport {
  total: CallFigures;
  byTool: ({ agent: string; tool: string } & CallFigures)[];
}

export function callReport(counted: readonly Counted[]): CallReport {
  const byTool = new Map<string, Counted[]>();
  for (const one of counted) {
    const key = JSON.stringify([one.agent, one.tool]);
    byTool.set(key, [...(byTool.get(key) ?? []), one]);
  }
  return {
    total: figuresOf(counted),
    byTool: [...byTool.values()].flatMap((of) =>
      of.slice(0, 1).map(({ agent, tool }) => ({ agent, tool, ...figuresOf(of) })),
    ),
  };
}

export function shareOf(count: number, of: number): Share {
  return { count, of, share: of === 0 ? null : count / of, interval: wilson(count, of) };
}

function figuresOf(counted: readonly Counted[]): CallFigures {
  const became = sums(fates, (fate) => counted.filter((one) => one.fate === fate).map(({ calls }) => calls));
  const ended = sums(ends, (end) => counted.map((one) => one.ended[end]));
  const calls = sum(Object.values(became));
  return {
    calls,
    became,
    attempted: sum(attempts.map((fate) => became[fate])),
    ended,
    seen: shareOf(sum(seen.map((fate) => became[fate])), calls),
  };
}

const attempts = ["unasked", "approved", "edited", "inAdvance"] as const satisfies readonly Fate[];
/** What ran out, or was withdrawn, waited for a person who did not decide. */
const seen = ["approved", "edited", "rejected", "answered", "released"] as const satisfies readonly Fate[];

function sums<Name extends string>(
  names: readonly Name[],
  of: (name: Name) => number[],
): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, sum(of(name))])) as Record<Name, number>;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
