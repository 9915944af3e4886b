// What a text claims, piece by piece.
export type Claim =
  /** `values`: what it may stand for, since a comma is a decimal sign to some and no more than a gap to others. */
  | { kind: "number"; words: string; values: readonly number[]; isShare: boolean }
  /** `days`: what it may stand for, as 2026-03-14 or 03-14; none: a day that only its words name ("tomorrow"). */
  | { kind: "date"; words: string; days: readonly string[] }
  | { kind: "currency"; words: string; code: string }
  | { kind: "name" | "quotation" | "mark"; words: string };

/** Where something stands in a text. */
export interface Span {
  from: number;
  to: number;
}

/** The same text with gaps where they stood. */
export function without(text: string, spans: readonly Span[]): string {
  const sorted = spans.toSorted((a, b) => a.from - b.from);
  let left = "";
  let at = 0;
  for (const { from, to } of sorted) {
    if (to <= at) continue;
    left += text.slice(at, Math.max(at, from)) + " ".repeat(to - Math.max(at, from));
    at = to;
  }
  return left + text.slice(at);
}

/** What is read at once: a sentence that never ends takes for ever. */
export function pieces(text: string): string[] {
  return text.match(/[^]{1,1000}(?=\s)\s?|[^]{1,1000}/g) ?? [];
}
