// Dates as people write them, in the languages that its dictionaries know.
import * as chrono from "chrono-node";
import type { Claim, Span } from "./claim.js";

export function datesIn(text: string): { claim: Extract<Claim, { kind: "date" }>; at: Span[] }[] {
  const found = new Map<string, { days: Set<string>; at: Span[] }>();
  for (const { text: said, index, start, end } of calendars.flatMap((calendar) =>
    calendar.parse(text, anyDay),
  )) {
    const named = [start, end].filter((at) => at !== null && at !== undefined).filter(namesDay);
    // An hour alone is a number, and "now" claims nothing.
    if (named.length === 0 || /^\W*(?:now|jetzt|soon)\W*$/i.test(said)) continue;
    const words = said.replace(/^(?:on|at|by|in|from|am|um|bis|le|el|du)\s+/i, "");
    const { days, at } = found.get(words) ?? { days: new Set(), at: [] };
    for (const one of named) if (!isRelative(one)) days.add(dayOf(one));
    found.set(words, { days, at: [...at, { from: index, to: index + said.length }] });
  }
  return [...found].map(([words, { days, at }]) => ({ claim: { kind: "date", words, days: [...days] }, at }));
}

const calendars = [chrono.en.casual, chrono.en.GB, chrono.de.casual, chrono.fr.casual, chrono.es.casual];

function namesDay(at: chrono.ParsedComponents): boolean {
  return at.isCertain("day") || at.isCertain("weekday") || at.isCertain("month") || isRelative(at);
}

/** "Tomorrow", "Monday", "in two weeks": which day that is depends on when it is said, so only its words are compared. */
function isRelative(at: chrono.ParsedComponents): boolean {
  if (!at.isCertain("day") || !at.isCertain("month")) return true;
  return [...at.tags()].some((tag) => /relative|casual/i.test(tag));
}

const anyDay = new Date(Date.UTC(2000, 0, 15, 12));

function dayOf(at: chrono.ParsedComponents): string {
  const two = (value: number | null): string => String(value ?? 0).padStart(2, "0");
  const day = `${two(at.get("month"))}-${two(at.get("day"))}`;
  return at.isCertain("year") ? `${at.get("year")}-${day}` : day;
}
