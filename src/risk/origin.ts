// Where the values of a call come from: the words of those who may order something, results of tools, or nowhere.
import type { NamedValue } from "./values.js";
import type { Known } from "./known.js";

export interface Origins {
  /** Stand in the words of whoever asks, or of the company. */
  said: NamedValue[];
  /** Stand in a result only. */
  answered: NamedValue[];
  /** Stand nowhere: the model's own. It may have worked them out. */
  nowhere: NamedValue[];
}

export function originsOf(values: readonly NamedValue[], asked: Known, results: Known): Origins {
  const found: Origins = { said: [], answered: [], nowhere: [] };
  for (const value of values) {
    const where = asked.has(value.value) ? "said" : results.has(value.value) ? "answered" : "nowhere";
    found[where].push(value);
  }
  return found;
}
