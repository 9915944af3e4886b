// What stands for one thing and no other: addresses, accounts, telephones, versions, the numbers of orders.
import { without, type Claim, type Span } from "./claim.js";
import { figurePattern } from "./figures.js";

/** Each begins where a word does: what is tried at every letter of a long one takes for ever. */
export const namedMarks: readonly RegExp[] = [
  /(?<![\p{L}\p{N}_.+-])[\p{L}\p{N}_.+-]+@[\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+)+/gu,
  /\b(?:https?:\/\/|www\.)[^\s<>"')\]]+/g,
  // An account, in groups or in one.
  /(?<![\p{L}\d])[A-Z]{2}\d{2}(?: ?[A-Z\d]{4}){2,7}(?: ?[A-Z\d]{1,3})?(?![\p{L}\d])/gu,
  // Letters and figures in one: A-1234, c-17, 3fa85f64, v1.2.0. No ordinal, and no measure such as 10kg.
  /(?<![\p{L}\d_-])(?=[\w-]*\p{L})(?=[\w-]*\d)(?!\d+(?:st|nd|rd|th|er|ème|kg|g|mg|ml|km|cm|mm|m|h|am|pm|min|s|x|gb|mb)\b)[\p{L}\d]+(?:(?:[-_]|\.(?=\d))[\p{L}\d]+)*/giu,
];

export const figuredMarks: readonly RegExp[] = [
  // Figures that only stand together for something: 1.2.0, 030-123-456, 10:45, +49 30 1234567, 3/4.
  /(?<![\p{L}\d.,:/⁄-])(?:\+\d+(?:[ /-]\d+)*|\d+(?:\.\d+){2,}|\d+(?:-\d+){2,}|\d+(?:[:/⁄]\d+)+)(?![\p{L}\d])/gu,
  // Figures of other scripts, and those that only a word makes large.
  /(?:(?!\d)\p{N})+|[〇一二三四五六七八九十百千万億]{1,20}(?=[円人日月年個回件時分])/gu,
  /(?<![\p{L}\d])\d[\d.,]*[ \u00a0\u202f]?(?:thousand|million|billion|mio|mrd|tsd|tausend|millionen|milliarden?|millions?|milliards?|mille|millones|mil|k)\b/giu,
];

export function marksIn(
  text: string,
  patterns: readonly RegExp[],
): { claim: Extract<Claim, { kind: "name" | "quotation" | "mark" }>; at: Span }[] {
  let rest = text;
  return patterns.flatMap((pattern) => {
    const found = [...rest.matchAll(pattern)]
      .map(({ 0: all, index: from }) => ({ words: all.replace(/[.,;:!?\\]+$/, ""), from }))
      .filter(({ words }) => !isFigure(words));
    const marks = found.map(({ words, from }) => ({
      claim: { kind: "mark" as const, words },
      at: { from, to: from + words.length },
    }));
    rest = without(
      rest,
      marks.map(({ at }) => at),
    );
    return marks;
  });
}

/** All of it is one number: 1.234.567. */
function isFigure(words: string): boolean {
  return words.match(figurePattern)?.[0] === words;
}
