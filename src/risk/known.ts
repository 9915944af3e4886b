// Whether a value stands in texts.
import { figurePattern, valuesOf } from "../drafting/figures.js";
import { folded, isWord, type Source } from "../drafting/sources.js";
import { daysIn, namesRelativeDay } from "./days.js";

/** Texts that values are looked up in, read no further than is asked for. */
export class Known {
  #text: string | null = null;
  #figures: Set<number> | null = null;
  #days: Set<string> | null = null;
  #packed: string | null = null;

  constructor(readonly sources: readonly Source[]) {}

  /** Numbers and days count by what they mean, all else by its letters. */
  has(value: string | number): boolean {
    if (typeof value === "number") return this.#hasNumber(value);
    const isDecimal = /^\d+[.,]\d+$/.test(value);
    if (isDecimal && valuesOf(value).some((one) => this.#hasNumber(one))) return true;
    return this.#hasDay(value) ?? this.#hasWords(value);
  }

  get text(): string {
    return (this.#text ??= folded(this.sources.map(({ text }) => text).join("\n")));
  }

  #hasNumber(value: number): boolean {
    this.#figures ??= new Set(
      // "8841 420" may be one number or two.
      [...this.text.matchAll(figurePattern)].flatMap(([figures]) =>
        [figures, ...figures.split(/\s/)].flatMap(valuesOf),
      ),
    );
    return this.#figures.has(Math.abs(value));
  }

  /** Null: it names no day. */
  #hasDay(value: string): boolean | null {
    const day = /^(\d{4}-\d\d-\d\d)(?:T|$)/.exec(value)?.[1];
    if (day === undefined) return null;
    this.#days ??= daysIn(this.text);
    return this.#days.has(day) || this.#days.has(day.slice(5)) || namesRelativeDay(this.text);
  }

  #hasWords(value: string): boolean {
    const words = value.replace(/^[#@\s]+/, "");
    const packed = pack(words);
    if (packed === "" || isWord(words, this.text)) return true;
    // Spaces and signs between figures are everybody's own: DE44 5001, +49 (30) 12.
    if (!/\d/.test(packed) || packed.length < 6) return false;
    this.#packed ??= pack(this.text);
    return this.#packed.includes(packed);
  }
}

function pack(text: string): string {
  return folded(text).replace(/[^\p{L}\d]/gu, "");
}
