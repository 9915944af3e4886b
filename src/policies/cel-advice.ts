// What people write who know spreadsheets or SQL, where the rule language reads something else: told in its words.

/** Of what could not be read from there on; null where nothing is known of it. */
export function adviceAt(source: string, offset: number): string | null {
  const [before, rest] = [source.slice(0, offset), source.slice(offset)];
  if (rest.trim() === "")
    return "The rule ends here, and something is still to come: a value, a closing bracket or a closing quote";
  if (/\d$/.test(before) && /^,\d{3}/.test(rest)) return "A number is written without separators: 1000";
  const slip = slips.find(([seen]) => seen.test(rest));
  if (slip) return slip[1];
  return wordAt(source, offset) === null
    ? null
    : "Between two values stands ==, !=, <, <=, >, >=, in, && or ||; a text stands in quotes";
}

/** The language names the last letter of a word that it did not expect. */
export function wordAt(source: string, offset: number): string | null {
  return /^[\p{L}_]+/u.exec(source.slice(offset))?.[0] ?? null;
}

const slips: readonly (readonly [seen: RegExp, advice: string])[] = [
  [/^and\b/i, "Write && for and"],
  [/^or\b/i, "Write || for or"],
  [/^not\b/i, "Write ! for not, before it: !user.last.mentions('yes')"],
  [/^&(?!&)/, "Write && for and"],
  [/^\|(?!\|)/, "Write || for or"],
  [/^=>/, "Write >= for at least"],
  [/^=</, "Write <= for at most"],
  [/^>/, "Write != for not equal"],
  [/^=/, "Write == for equal"],
  [/^[“”„‘’‚«»]/, "Write plain quotes: ' or \""],
];

/** Of two values that do not go together, by what the language says of them. */
export function adviceOnTypes(summary: string): string | null {
  if (/\bin string$/.test(summary)) return "What is looked in is a list: tool in ['pay', 'refund']";
  if (/Timestamp/.test(summary) && /string/.test(summary))
    return "A time is compared with a time: now > timestamp('2031-03-10T00:00:00Z')";
  return null;
}
