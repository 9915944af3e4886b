// What a draft may rest on: words of the person who asked, of the company, and results of tools as our own rows have them.
import type { SourceQuote } from "./block.js";

export interface Source {
  /** `user`, `instructions`, or the name of a tool. */
  from: string;
  text: string;
  /** Of what a tool answered, the words of the call: where it only says them again, they are the agent's own. */
  asked?: readonly string[];
}

/** Those quotations that stand in the source they name; the others are the model's invention. @param sources folded */
export function standing(quotes: readonly SourceQuote[], sources: readonly Source[]): SourceQuote[] {
  return quotes.filter(({ from, quote }) =>
    sources.some((source) => source.from === from && source.text.includes(folded(quote))),
  );
}

const mostAsked = 100;

/** What it says by itself. */
export function withoutAsked({ text, asked = [] }: Source): string {
  return asked
    .filter((words) => words.trim() !== "")
    .slice(0, mostAsked)
    .flatMap((words) => [words, JSON.stringify(words).slice(1, -1)])
    .reduce((left, words) => (left.includes(words) ? left.replaceAll(wholly(words), " ") : left), text);
}

function wholly(words: string): RegExp {
  const literally = words.replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
  return new RegExp(String.raw`(?<![\p{L}\d]|\d[.,])${literally}(?![\p{L}\d]|[.,]\d)`, "gu");
}

/** Whole, and not as a part of another: 42 is no part of 420, nor Ann of Annual. @param text folded */
export function isWord(words: string, text: string): boolean {
  const wanted = folded(words);
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
    const around = `${text[at - 1] ?? " "}${text[at + wanted.length] ?? " "}`;
    if (!/[\p{L}\d]/u.test(around)) return true;
  }
  return false;
}

/** The same letters, whatever their case, their spaces, and the shape of quotation marks and dashes. */
export function folded(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[‘’‚‛`´]/g, "'")
    .replace(/[“”„‟«»]/g, '"')
    .replace(/[‐-―−]/g, "-")
    .replace(/\s+/g, " ")
    .trim();
}
