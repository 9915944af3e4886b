// The page's words for what the server names.
import type { Review } from "./api.js";

export const levels = ["critical", "high", "medium", "low"] as const;
export type Level = (typeof levels)[number];

/** A shape and a word beside the colour. */
export const marks: Readonly<Record<Level, { shape: string; word: string }>> = {
  critical: { shape: "◆", word: "critical" },
  high: { shape: "▲", word: "high" },
  medium: { shape: "●", word: "medium" },
  low: { shape: "○", word: "low" },
};

/** `2 min`, `3 h`, `5 d`. */
export function age(from: string, now: number): string {
  return span(now - Date.parse(from));
}

/** Rounded down, but for seconds. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 48 * 3_600) return `${Math.floor(seconds / 3_600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

export const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

export const done: Readonly<Record<string, string>> = {
  approve: "Approved",
  edit: "Changed and approved",
  reject: "Rejected",
  respond: "Answered",
  happened: "Settled: it happened",
  not_happened: "Settled: it did not happen",
  retry: "Sent back to be tried again",
};

/** What waits, where it is not simply a call. */
export const kinds: Readonly<Record<Review["kind"], string | null>> = {
  review: null,
  reply: "an answer",
  settle: "did it happen?",
  question: "the graph asks",
  ask: "the agent asks",
  handover: "the agent hands over",
  plan: "a plan",
};

/** What became of a call, in a word. */
export const states: Readonly<Record<string, string>> = {
  claimed: "running",
  succeeded: "done",
  failed: "failed",
  unknown: "outcome unknown",
};

/** The name of an argument as it is spoken: `orderId` and `order_id` are the `order`. */
export function spokenName(name: string): string {
  const words = name
    .replaceAll(/([a-z\d])([A-Z])/g, "$1 $2")
    .replaceAll(/[_-]+/g, " ")
    .trim()
    .toLowerCase();
  return words.replace(/ id$/, "") || name;
}
