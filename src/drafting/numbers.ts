// Numbers, in figures and in words.
import nlp from "compromise/three";
import { pieces, type Claim } from "./claim.js";
import { figurePattern, valuesOf } from "./figures.js";

export function numbersIn(text: string): Extract<Claim, { kind: "number" }>[] {
  const figures = [...text.matchAll(figurePattern)]
    .filter(({ index, 0: words }) => !isListMark(text, index, words))
    .map(([words]) => ({
      kind: "number" as const,
      words: words.trim(),
      values: valuesOf(words),
      isShare: /[%a-z]/i.test(words),
    }));
  return [...figures, ...numberWordsIn(text)];
}

/** "1." before an item of a list counts the items. */
function isListMark(text: string, index: number, words: string): boolean {
  return (
    /(?:^|\n)\s*$/.test(text.slice(Math.max(0, index - 100), index)) &&
    /^[.)]\s/.test(text.slice(index + words.length, index + words.length + 2))
  );
}

/** Numbers in words: as English has them, where "one" is more often no number, and the plainest of others. */
function numberWordsIn(text: string): Extract<Claim, { kind: "number" }>[] {
  const read = pieces(text)
    .filter((piece) => englishNumber.test(piece))
    .flatMap((piece) => nlp(piece).numbers().json() as { text: string; number?: { num: number | null } }[]);
  const english = read.flatMap(({ text: words, number }) => {
    const value = number?.num ?? null;
    if (value === null || /\d/.test(words) || Math.abs(value) <= 1) return [];
    return [{ words, values: [value], isShare: /percent|per cent/i.test(words) }];
  });
  const others = [...text.matchAll(numberWord)].map(([words]) => {
    const value = numberWords[words.toLowerCase()];
    return { words, values: value === undefined ? [] : [value], isShare: false };
  });
  return [...english, ...others].map((one) => ({ kind: "number", ...one }));
}

const englishNumber =
  /\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w{3,6}teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|hundred|thousand|million|billion|second|third|\w{2,9}th)/i;

/** Those that are no other word in any of the languages. */
const numberWords: Readonly<Record<string, number>> = {
  dozen: 12,
  half: 0.5,
  twice: 2,
  double: 2,
  triple: 3,
  zwei: 2,
  drei: 3,
  vier: 4,
  fünf: 5,
  sechs: 6,
  sieben: 7,
  neun: 9,
  zehn: 10,
  zwölf: 12,
  zwanzig: 20,
  hundert: 100,
  tausend: 1000,
  deux: 2,
  quatre: 4,
  cinq: 5,
  huit: 8,
  onze: 11,
  douze: 12,
  quinze: 15,
  vingt: 20,
  trente: 30,
  cinco: 5,
  ocho: 8,
  nueve: 9,
  diez: 10,
  doce: 12,
  veinte: 20,
};

const numberWord = new RegExp(
  String.raw`(?<!\p{L})(?:${Object.keys(numberWords).join("|")}|\p{L}{2,20}(?:und(?:zwanzig|dreißig|vierzig|fünfzig|sechzig|siebzig|achtzig|neunzig)|hundert|tausend)\p{L}{0,20}|dreißig|vierzig|fünfzig|sechzig|siebzig|achtzig|neunzig|quarante|cinquante|soixante|treinta|cuarenta|cincuenta)(?!\p{L})`,
  "giu",
);
