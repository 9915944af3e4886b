// What a text claims that can be looked up: numbers, dates, names, quotations, and marks such as an order's number.
import * as chrono from "chrono-node";
import nlp from "compromise/three";
import { figurePattern, valuesOf } from "./figures.js";
import { folded } from "./sources.js";

export type Claim =
  /** `values`: what it may stand for, since a comma is a decimal sign to some and no more than a gap to others. */
  | { kind: "number"; words: string; values: readonly number[]; isShare: boolean }
  /** `days`: what it may stand for, as 2026-03-14 or 03-14; none: a day that only its words name ("tomorrow"). */
  | { kind: "date"; words: string; days: readonly string[] }
  | { kind: "name" | "quotation" | "mark"; words: string };

export function claimsIn(text: string): Claim[] {
  const dates = datesIn(text);
  const marks = marksIn(text);
  // A date's figures are no numbers, and neither are those of an order's number.
  const bare = without(
    text,
    [...dates, ...marks].map(({ words }) => words),
  );
  return [
    ...dates,
    ...marks,
    ...numbersIn(bare),
    ...quotationsIn(text),
    ...namesIn(
      without(
        text,
        marks.map(({ words }) => words),
      ),
    ),
  ];
}

const calendars = [chrono.en.casual, chrono.en.GB, chrono.de.casual, chrono.fr.casual, chrono.es.casual];

function datesIn(text: string): Extract<Claim, { kind: "date" }>[] {
  const found = new Map<string, Set<string>>();
  for (const { text: said, start, end } of calendars.flatMap((calendar) => calendar.parse(text, anyDay))) {
    const named = [start, end].filter((at) => at !== null && at !== undefined).filter(namesDay);
    // An hour alone is a number, and "now" claims nothing.
    if (named.length === 0 || /^\W*(?:now|jetzt|soon)\W*$/i.test(said)) continue;
    const words = said.replace(/^(?:on|at|by|in|from|am|um|bis|le|el|du)\s+/i, "");
    const days = found.get(words) ?? new Set();
    for (const at of named) if (!isRelative(at)) days.add(dayOf(at));
    found.set(words, days);
  }
  return [...found].map(([words, days]) => ({ kind: "date", words, days: [...days] }));
}

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

const markPatterns: readonly RegExp[] = [
  /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g,
  /\b(?:https?:\/\/|www\.)[^\s<>"')\]]+/g,
  // Letters and figures in one: A-1234, c-17, 3fa85f64. No ordinal, and no measure such as 10kg.
  /\b(?=[\w-]*\p{L})(?=[\w-]*\d)(?!\d+(?:st|nd|rd|th|er|ème|kg|g|mg|ml|km|cm|mm|m|h|am|pm|min|s|x|k|gb|mb)\b)[\p{L}\d]+(?:[-_][\p{L}\d]+)*/giu,
];

function marksIn(text: string): Claim[] {
  let rest = text;
  return markPatterns.flatMap((pattern) => {
    const words = [...rest.matchAll(pattern)].map(([found]) => found.replace(/[.,;:!?]+$/, ""));
    rest = without(rest, words);
    return words.map((found): Claim => ({ kind: "mark", words: found }));
  });
}

function numbersIn(text: string): Claim[] {
  const figures = [...text.matchAll(figurePattern)]
    .filter(({ index, 0: words }) => !isListMark(text, index, words))
    .map(
      ([words]): Claim => ({
        kind: "number",
        words: words.trim(),
        values: valuesOf(words),
        isShare: /[%a-z]/i.test(words),
      }),
    );
  return [...figures, ...numberWordsIn(text)];
}

/** "1." before an item of a list counts the items. */
function isListMark(text: string, index: number, words: string): boolean {
  return /(?:^|\n)\s*$/.test(text.slice(0, index)) && /^[.)]\s/.test(text.slice(index + words.length));
}

/** Numbers in words, of English. "One" is more often no number. */
function numberWordsIn(text: string): Claim[] {
  const found = nlp(text).numbers().json() as { text: string; number?: { num: number | null } }[];
  return found.flatMap(({ text: words, number }): Claim[] => {
    const value = number?.num ?? null;
    if (value === null || /\d/.test(words) || Math.abs(value) <= 1) return [];
    return [{ kind: "number", words, values: [value], isShare: /percent|per cent/i.test(words) }];
  });
}

const quotationPattern = /"([^"\n]{2,})"|“([^”\n]{2,})”|„([^“”\n]{2,})[“”]|«([^»\n]{2,})»|»([^«\n]{2,})«/g;

function quotationsIn(text: string): Claim[] {
  return [...text.matchAll(quotationPattern)].map(
    ([, ...quoted]): Claim => ({
      kind: "quotation",
      words: (quoted.find((words) => words !== undefined) ?? "").replace(/[.,!?]$/, ""),
    }),
  );
}

/** Names as English has them, and what is capitalised inside a sentence of any language that keeps capitals for names. */
function namesIn(text: string): Claim[] {
  const found = capitalisesNouns(text) ? titledNames(text) : [...englishNames(text), ...capitalised(text)];
  return [...new Set(found)]
    .filter((words) => /\p{L}/u.test(words) && !ordinary.has(folded(words)))
    .map((words): Claim => ({ kind: "name", words }));
}

function englishNames(text: string): string[] {
  const read = nlp(text);
  return [read.people(), read.places(), read.organizations()].flatMap((found) =>
    (found.out("array") as string[]).map(trimmed),
  );
}

function trimmed(words: string): string {
  return words.replace(/^[^\p{L}\d]+|[^\p{L}\d]+$/gu, "").replace(/['’]s$/u, "");
}

const word = String.raw`\p{Lu}[\p{L}\d'’-]*`;

function capitalised(text: string): string[] {
  const inside = new RegExp(
    String.raw`(?<=[\p{Ll}\d,;)] |\b(?:[A-Z]{1,3}|Dear|Hello|Hi|Hallo) )${word}(?: ${word})*`,
    "gu",
  );
  return [...text.matchAll(inside)].map(([words]) => trimmed(words));
}

/** In German all nouns have capitals; there a name is known by its title, or by standing beside another. */
function titledNames(text: string): string[] {
  const titled = new RegExp(
    String.raw`\b(?:Herrn?|Frau|Dr\.|Prof\.|Familie|Firma) ((?:${word})(?: ${word})*)`,
    "gu",
  );
  return [...text.matchAll(titled)].flatMap(([, words]) => (words === undefined ? [] : [trimmed(words)]));
}

function capitalisesNouns(text: string): boolean {
  return (
    /\b(?:der|die|das|und|nicht|ist|wir|Sie|Ihre[nmrs]?)\b/.test(text) &&
    /\b(?:der|die|das|den|dem|ein|eine|einen)\b/.test(text)
  );
}

/** Capitalised, and no names. */
const ordinary = new Set(
  (
    "i i'm i'll i've i'd mr mrs ms dr hello hi dear thanks thank regards sincerely best kind please yours " +
    "it this that these those the we you they he she our your their if when where see first second note order " +
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august " +
    "september october november december english french german spanish ok faq pdf id url eur usd gbp chf a"
  ).split(" "),
);

function without(text: string, words: readonly string[]): string {
  return words.reduce((left, found) => left.replace(found, " "), text);
}
