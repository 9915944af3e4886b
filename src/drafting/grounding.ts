// A claim that stands in no source makes its block uncertain, however sure the machine is: a number, a date, a name, a
// quotation that nobody said and no tool answered is the machine's own. It is a look, and no proof: what it finds nothing
// against may still be wrong.
import type { DraftBlock } from "./block.js";
import { claimsIn, type Claim } from "./claims.js";
import { folded, isWord, standing, type Source } from "./sources.js";

/** Lowers what claims something of its own, and keeps of the named sources those that say what is quoted. */
export function groundedIn(sources: readonly Source[], blocks: readonly DraftBlock[]): DraftBlock[] {
  const known = knownIn(sources);
  return blocks.map((block) => {
    const kept = { ...block, sources: standing(block.sources, sources) };
    if (block.kind !== "confident") return kept;
    const note = noteOn(block.text, known);
    return note === null ? kept : { ...kept, kind: "uncertain", isOpen: true, note };
  });
}

/** What a text claims that stands in no source, in words; null where nothing was found. */
export function inventedIn(text: string, sources: readonly Source[]): string | null {
  return noteOn(text, knownIn(sources));
}

interface Known {
  text: string;
  values: ReadonlySet<number>;
  shares: ReadonlySet<number>;
  days: ReadonlySet<string>;
}

function knownIn(sources: readonly Source[]): Known {
  const claims = sources.flatMap(({ text }) => claimsIn(text));
  const numbers = claims.flatMap((claim) => (claim.kind === "number" ? [claim] : []));
  const days = claims.flatMap((claim) => (claim.kind === "date" ? claim.days : []));
  return {
    text: folded(sources.map(({ text }) => text).join("\n")),
    values: new Set(numbers.flatMap(({ values }) => values)),
    shares: new Set(numbers.flatMap(({ values, isShare }) => (isShare ? values : []))),
    // Who names the day without its year means one of those that were named with it.
    days: new Set([...days, ...days.map((day) => day.slice(-5))]),
  };
}

function isKnown(claim: Claim, { text, values, shares, days }: Known): boolean {
  switch (claim.kind) {
    case "number":
      return (
        claim.values.some((value) => (claim.isShare ? shares : values).has(value)) ||
        isWord(claim.words, text)
      );
    case "date":
      return claim.days.some((day) => days.has(day)) || isWord(claim.words, text);
    case "name":
    case "mark":
      return isWord(claim.words, text);
    case "quotation":
      return text.includes(folded(claim.words));
  }
}

const most = 5;

function noteOn(text: string, known: Known): string | null {
  const invented = claimsIn(text).filter((claim) => !isKnown(claim, known));
  if (invented.length === 0) return null;
  const words = [...new Set(invented.map((claim) => claim.words))];
  const rest = words.length > most ? ` and ${words.length - most} more` : "";
  return `In no source: ${words.slice(0, most).join(", ")}${rest}.`;
}
