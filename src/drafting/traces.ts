// Traces in a text that somebody has to look at: characters that nobody sees, and gaps that nobody filled.

/** Controls, marks without width, and those that turn the direction of others around. Line ends and tabs are none, nor is what makes a sign into a coloured one. */
const hidden = /(?!\uFE0F|[\t\n\r])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

/** The first of them, by its number; null where there is none. */
export function hiddenIn(text: string): string | null {
  const found = hidden.exec(text)?.[0]?.codePointAt(0);
  return found === undefined ? null : `U+${found.toString(16).toUpperCase().padStart(4, "0")}`;
}

const gaps: readonly RegExp[] = [
  /\{\{[^}]*\}\}/,
  /\$\{[^}]*\}/,
  // [Name], [insert date here], <customer>; no [1], no list of options, no tag of a web page.
  /\[[^\][\n]*\p{L}[^\][\n]*\]/u,
  /<[A-Za-z][\w .-]{0,40}>/,
  /_{3,}|\.{5,}|…{2,}/,
  /\b(?:TODO|TBD|TBC|FIXME|XXX+|N\.N\.)\b/,
  /lorem ipsum/i,
  /\b(?:insert|fill in|add)\b[^.\n]{0,40}\bhere\b/i,
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
