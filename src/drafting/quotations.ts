// Words that a text says somebody said.
import type { Claim } from "./claim.js";

export function quotationsIn(text: string): Claim[] {
  const others = quotationPatterns.flatMap((pattern) =>
    [...text.matchAll(pattern)].map(([, words = ""]) => words),
  );
  return [...betweenMarks(text), ...others]
    .filter((words) => words.trim().length > 1)
    .map((words) => ({ kind: "quotation", words: words.trim().replace(/[.,!?]$/, "") }));
}

/** Every second piece; where their marks do not come in pairs, each may be one. */
function betweenMarks(text: string): string[] {
  const [, ...pieces] = text.split(marksOfQuotation);
  const isPaired = pieces.length % 2 === 0;
  return pieces.slice(0, -1).filter((_, index) => !isPaired || index % 2 === 0);
}

const marksOfQuotation = /["“”„‟]/g;

const quotationPatterns: readonly RegExp[] = [
  /[«»‹›]([^«»‹›]{2,2000})[«»‹›]/g,
  /[「『]([^」』]{2,2000})[」』]/g,
  /[‘‚]([^\n]{2,200}?)[’‘](?![\p{L}\d])/gu,
  /(?<![\p{L}\d'])'(?=[\p{L}\d])([^\n]{2,200}?)'(?![\p{L}\d'])/gu,
  // As a mail quotes another.
  /^[ \t]*>[ \t]?([^\n]{2,})$/gm,
];
