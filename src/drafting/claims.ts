// What a text claims that can be looked up: numbers, dates, names, quotations, currencies, and marks such as an order's number.
import { without, type Claim } from "./claim.js";
import { currenciesIn } from "./currencies.js";
import { datesIn } from "./dates.js";
import { figuredMarks, marksIn, namedMarks } from "./marks.js";
import { namesIn } from "./names.js";
import { numbersIn } from "./numbers.js";
import { quotationsIn } from "./quotations.js";

export function claimsIn(given: string): Claim[] {
  const text = written(given);
  const { dates, marks, numbers, unmarked } = figuresIn(text);
  return [...dates, ...marks, ...numbers, ...currenciesIn(text), ...quotationsIn(text), ...namesIn(unmarked)];
}

/** What a source offers to compare such claims with, other than its words. */
export interface Facts {
  values: number[];
  shares: number[];
  days: string[];
  marks: string[];
}

export function factsIn(given: string): Facts {
  const { dates, marks, numbers } = figuresIn(written(given));
  return {
    values: numbers.flatMap(({ values }) => values),
    shares: numbers.flatMap(({ values, isShare }) => (isShare ? values : [])),
    days: dates.flatMap(({ days }) => days),
    marks: marks.map(({ words }) => words),
  };
}

/** One way to write what may be written in several: full width, in a circle, as a fraction. */
function written(text: string): string {
  return text.normalize("NFKC").replace(/\s{3,}/g, (gap) => (gap.includes("\n") ? "\n" : " "));
}

/** A date's figures are no numbers, and neither are those of an order's number. */
function figuresIn(text: string) {
  const dates = datesIn(text);
  const named = marksIn(text, namedMarks);
  const spans = [...dates.flatMap(({ at }) => at), ...named.map(({ at }) => at)];
  const figured = marksIn(without(text, spans), figuredMarks);
  const marks = [...named, ...figured];
  return {
    dates: dates.map(({ claim }) => claim),
    marks: marks.map(({ claim }) => claim),
    numbers: numbersIn(without(text, [...spans, ...figured.map(({ at }) => at)])),
    unmarked: without(
      text,
      marks.map(({ at }) => at),
    ),
  };
}
