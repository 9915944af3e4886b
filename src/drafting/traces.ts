// Traces in a text that somebody has to look at: characters that nobody sees, letters that look like others, and gaps that
// nobody filled.

/** Their letters are joined and parted by marks without width, as Persian and Hindi are written. */
const joiningScripts = [
  "Arabic",
  "Bengali",
  "Devanagari",
  "Gujarati",
  "Gurmukhi",
  "Kannada",
  "Khmer",
  "Malayalam",
  "Mongolian",
  "Myanmar",
  "Oriya",
  "Sinhala",
  "Syriac",
  "Tamil",
  "Telugu",
];

/** Between two signs of one picture, such as a family, or two letters of one such script. */
const joined = [
  String.raw`(?<=\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier})?)\u200D(?=\p{Extended_Pictographic})`,
  ...joiningScripts.map((script) => {
    const letter = String.raw`(?=[\p{L}\p{M}])\p{Script_Extensions=${script}}`;
    return String.raw`(?<=${letter})[\u200C\u200D](?=${letter})`;
  }),
].join("|");

/**
 * Controls, marks without width, halves of signs, and those that turn the direction of others around. Line ends and tabs
 * are none, nor is what makes a sign into a coloured one, or joins two.
 */
const hidden = new RegExp(
  String.raw`(?=[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u2800\p{Default_Ignorable_Code_Point}])(?!\uFE0F|[\t\n\r]|${joined})[^]`,
  "u",
);

/** The first of them, by its number; null where there is none. */
export function hiddenIn(text: string): string | null {
  const found = hidden.exec(text)?.[0]?.codePointAt(0);
  return found === undefined ? null : `U+${found.toString(16).toUpperCase().padStart(4, "0")}`;
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
  return text.replace(new RegExp(hidden, "gu"), "").trim() === "";
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
