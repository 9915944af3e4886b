// Which money is meant.
import type { Claim } from "./claim.js";

/** Beside figures; "pounds" alone may be a weight. */
export function currenciesIn(text: string): Claim[] {
  return currencyPatterns.flatMap(({ code, pattern }) =>
    [...text.matchAll(pattern)].map(([words]): Claim => ({ kind: "currency", words, code })),
  );
}

/** Those that a text knows of, as their codes. */
export function currenciesNamed(text: string): string[] {
  return currencyPatterns.filter(({ word }) => word.test(text)).map(({ code }) => code);
}

const currencies: readonly (readonly [code: string, words: string])[] = [
  ["EUR", "€|EUR|euros?"],
  ["USD", String.raw`\$|USD|dollars?`],
  ["GBP", "£|GBP|pounds?|sterling"],
  ["JPY", "¥|JPY|yen|円"],
  ["CHF", "CHF|francs?|franken"],
];
const currencyPatterns = currencies.map(([code, words]) => ({
  code,
  pattern: new RegExp(
    String.raw`(?<!\p{L})(?:${words})(?=\s?\d)|(?<=\d\s?(?:\p{L}{1,8}\s)?)(?:${words})(?!\p{L})`,
    "giu",
  ),
  word: new RegExp(String.raw`(?<!\p{L})(?:${words})(?!\p{L})`, "iu"),
}));
