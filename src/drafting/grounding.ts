// A claim that stands in no source makes its block uncertain, however sure the machine is: a number, a date, a name, a
// quotation that nobody said and no tool answered is the machine's own. It is a look, and no proof: what it finds nothing
// against may still be wrong.
import { lowered, type DraftBlock } from "./block.js";
import type { Claim } from "./claim.js";
import { claimsIn, factsIn, type Facts } from "./claims.js";
import { currenciesNamed } from "./currencies.js";
import { acrossSeams } from "./seams.js";
import { folded, isWord, standing, withoutAsked, type Source } from "./sources.js";

/** More of it is not looked up: nothing else goes on meanwhile. */
const mostLookedUp = 50_000;

/** Lowers what claims something of its own, and keeps of the named sources those that say what is quoted. */
export function groundedIn(sources: readonly Source[], blocks: readonly DraftBlock[]): DraftBlock[] {
  const known = knownIn(sources);
  const seams = acrossSeams(blocks, (text) => inventedOf(text, known));
  let left = mostLookedUp;
  return blocks.map((block, index) => {
    const { text, alternatives, sources: named } = block;
    const kept = { ...block, sources: standing(named, known.sources) };
    left -= text.length + alternatives.join("").length;
    if (left < 0) return block.kind === "confident" ? lowered(kept, [tooMuch]) : kept;
    const invented = [...inventedOf(text, known), ...(seams[index] ?? [])];
    if (block.kind === "confident" && invented.length === 0) {
      // What it offers beside what it is sure of is put in its place unread.
      return { ...kept, alternatives: alternatives.filter((words) => inventedOf(words, known).length === 0) };
    }
    const otherwise = alternatives.flatMap((words) => inventedOf(words, known));
    return lowered(kept, [
      ...noteOn("In no source", invented),
      ...noteOn("In no source, of its other wordings", otherwise),
    ]);
  });
}

const tooMuch = "There is more of it than is looked up in the sources.";

/** What a text claims that stands in no source, in words; null where nothing was found. */
export function inventedIn(text: string, sources: readonly Source[]): string | null {
  return noteOn("In no source", inventedOf(text, knownIn(sources)))[0] ?? null;
}

interface Known {
  /** Folded. */
  sources: readonly Source[];
  text: string;
  values: ReadonlySet<number>;
  shares: ReadonlySet<number>;
  days: ReadonlySet<string>;
  marks: ReadonlySet<string>;
  currencies: ReadonlySet<string>;
}

function knownIn(sources: readonly Source[]): Known {
  const own = sources.map((source) => ({ from: source.from, text: withoutAsked(source) }));
  const facts = newest(own, mostFigures).map(({ text }) => factsIn(text));
  const all = <Of extends keyof Facts>(of: Of) => facts.flatMap((one): Facts[Of][number][] => one[of]);
  const text = newest(own, mostText)
    .map((source) => folded(source.text))
    .join(" ");
  const days = all("days");
  return {
    sources: newest(sources, mostText).map(({ from, text: words }) => ({ from, text: folded(words) })),
    text,
    values: new Set(all("values")),
    shares: new Set(all("shares")),
    // Who names the day without its year means one of those that were named with it.
    days: new Set([...days, ...days.map((day) => day.slice(-5))]),
    marks: new Set(all("marks").map(markOf)),
    currencies: new Set(currenciesNamed(text)),
  };
}

/** Of sources, no more is read for words, and for figures: nothing else goes on meanwhile. What is not read is not known. */
const mostText = 1_000_000;
const mostFigures = 100_000;

/** What was said first, then what tools answered last. */
function newest(sources: readonly Source[], most: number): Source[] {
  let left = most;
  const isSaid = ({ from }: Source): boolean => from === "user" || from === "instructions";
  const [said, answered] = [sources.filter(isSaid), sources.filter((source) => !isSaid(source))];
  return [...said.toReversed(), ...answered.toReversed()].flatMap(({ from, text }) => {
    // Half a number is another one.
    const kept = text.length <= left ? text : text.slice(0, Math.max(0, text.lastIndexOf(" ", left)));
    left -= kept.length;
    return kept === "" ? [] : [{ from, text: kept }];
  });
}

/** Whole: what is a part of a longer number, mark or address is another one. */
function isKnown(claim: Claim, { text, values, shares, days, marks, currencies }: Known): boolean {
  switch (claim.kind) {
    case "number":
      return (
        claim.values.some((value) => (claim.isShare ? shares : values).has(value)) ||
        (!/\d/.test(claim.words) && isWord(claim.words, text))
      );
    case "date":
      return claim.days.some((day) => days.has(day)) || isWord(claim.words, text);
    case "currency":
      return currencies.has(claim.code);
    case "mark":
      return marks.has(markOf(claim.words));
    case "name":
      return isWord(claim.words, text);
    case "quotation":
      return text.includes(folded(claim.words));
  }
}

/** v1.2.0 is 1.2.0, and the spaces in the number of a telephone or an account are everybody's own. */
function markOf(words: string): string {
  const same = folded(words).replace(/^v(?=\d)/, "");
  return /^\+\d|^[a-z]{2}\d{2}[a-z\d ]{11,}$/.test(same) ? same.replace(/[\s/-]/g, "") : same;
}

const most = 5;

function inventedOf(text: string, known: Known): string[] {
  return claimsIn(text)
    .filter((claim) => !isKnown(claim, known))
    .map(({ words }) => words);
}

function noteOn(where: string, invented: readonly string[]): string[] {
  const words = [...new Set(invented)];
  if (words.length === 0) return [];
  const rest = words.length > most ? ` and ${words.length - most} more` : "";
  return [`${where}: ${words.slice(0, most).map(shortened).join(", ")}${rest}.`];
}

function shortened(words: string): string {
  return words.length > 120 ? `${words.slice(0, 120)}…` : words;
}
