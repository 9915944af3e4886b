// Traces in a text that somebody has to look at: characters that nobody sees, letters that look like others, and gaps that
// nobody filled.
import { hiddenCharacters, numberOf } from "../kernel/hidden-characters.js";

/** The first character that nobody sees, by its number; null where there is none. Line ends and tabs are none. */
export function hiddenIn(text: string): string | null {
  for (const [character] of text.matchAll(hiddenCharacters))
    if (!/[\t\n\r]/.test(character)) return numberOf(character);
  return null;
}

/** Beside a Latin letter, these are there to be taken for one. */
const likeLatin = String.raw`[\p{Script=Cyrillic}ΑΒΕΖΗΙΚΜΝΟΡΤΥΧονυρχ]`;
const disguised = new RegExp(
  String.raw`(?<!\p{L})\p{L}*(?:\p{Script=Latin}${likeLatin}|${likeLatin}\p{Script=Latin})\p{L}*`,
  "u",
);

/** The first word that is made of letters of two alphabets; null where there is none. */
export function disguisedIn(text: string): string | null {
  return disguised.exec(text)?.[0].slice(0, 80) ?? null;
}

/** Nothing that anybody could see. */
export function isBlank(text: string): boolean {
  return text.replace(hiddenCharacters, "").trim() === "";
}

const gaps: readonly RegExp[] = [
  /\{\{[^}]{0,200}\}\}/,
  /\$\{[^}]{0,200}\}/,
  // [Name], [insert date here], <customer>; no [1], no list of options, no tag of a web page.
  /\[(?=[^\][\n]*\p{L})[^\][\n]*\]|\[\s*\]/u,
  /[［【][^］】\n]{0,200}[］】]|[〇○]{2,}/u,
  /<\p{L}[\p{L}\w .-]{0,40}>|\{\p{L}[\p{L}\w .-]{0,40}\}/u,
  /\uFFFD|\?{3,}/,
  /\b(?:dd|tt|jj)[./-]mm[./-](?:yyyy|yy|jjjj|aaaa)\b|\bX{2,}(?:[./-]X{2,})+/i,
  /_{3,}|\.{5,}|…{2,}/,
  /\b(?:TODO|TBD|TBC|FIXME|XXX+|N\.N\.)\b/,
  /lorem ipsum/i,
  /\b(?:insert|fill in|add)\b[^.\n]{0,40}\bhere\b/i,
  /\bto be (?:confirmed|determined|announced|filled in)\b|\bbitte (?:ergänzen|einfügen|ausfüllen)|\bà compléter\b/i,
];

/** As it can be kept: Postgres keeps no NUL, and UTF-8 no half of a pair. */
export function keepable(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\uFFFD");
}

/** What looks as if something were still to be filled in; null where nothing does. */
export function gapIn(text: string): string | null {
  for (const gap of gaps) {
    const found = gap.exec(text)?.[0];
    if (found !== undefined) return found.slice(0, 80);
  }
  return null;
}
