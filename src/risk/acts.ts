// What a text asks for, held against what a tool does: did anybody ask for this, and which sentence orders it?
import { described, isNounToo, ordered, type Meaning } from "./vocabulary.js";
import { wordsOf, type ToolReading } from "./read-tool.js";

/** What a tool does, as a text may name it. The beginnings of words stand for them: cancel, cancelled, cancellation. */
export interface Act {
  /** What its name orders; none where the name has no verb that is known. */
  verbs: ReadonlySet<string>;
  name: ReadonlySet<string>;
  description: ReadonlySet<string>;
  /** The gravest that it may do, as `irreversible money`: who asks for an update has asked for no payment. */
  meanings: ReadonlySet<string>;
}

export function actOf(
  { name, description }: { name: string; description: string },
  { effect, why }: Pick<ToolReading, "effect" | "why">,
): Act {
  return {
    verbs: new Set(why.flatMap((found) => (found.in === "name" ? [rootOf(found.word)] : []))),
    name: new Set(wordsOf(name).map(rootOf)),
    description: new Set(rootsIn(description)),
    meanings: new Set(
      why.flatMap(({ says, domain }) => (says === effect ? [meaningOf({ effect, domain })] : [])),
    ),
  };
}

/** Does it name the act? By its verb or one that means the same; where the name has none, by half of its words. */
export function isNamedIn(text: string, { verbs, name, meanings }: Act): boolean {
  const words = wordsIn(text);
  if (verbs.size === 0) {
    const roots = new Set(words.map(rootOf));
    return [...name].filter((root) => roots.has(root)).length * 2 >= name.size;
  }
  return words.some((word, index) => {
    if (verbs.has(rootOf(word))) return true;
    if (isNounToo(word) && !beforeVerbs.has(words[index - 1] ?? "to")) return false;
    const meaning = meaningIn(word);
    return meaning !== null && meaning.effect !== "read" && meanings.has(meaningOf(meaning));
  });
}

/** "I want to change", "please book", and not "your change". */
const beforeVerbs = new Set("to please you and or i we can could just then also".split(" "));

/** Pays, paid in is not read; paying, changing and cancelled are. */
function meaningIn(word: string): Meaning | null {
  const stem = word.replace(/(?:ing|ed)$/, "");
  return described(word) ?? described(stem) ?? described(`${stem}e`);
}

/** Or two words of what the tool says of itself, which are no chance. */
export function isDescribedIn(text: string, act: Act): boolean {
  if (isNamedIn(text, act)) return true;
  const roots = [...new Set(rootsIn(text))];
  return roots.filter((root) => act.description.has(root) || act.name.has(root)).length > 1;
}

/** The sentences that tell somebody to do something, as they stand; a text in JSON has its own between quotes. */
export function ordersIn(text: string): string[] {
  return text
    .slice(0, mostRead)
    .split(/(?<=[.!?:;>])\s+|\n+|\\n|"/)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence.includes(" ") && isOrder(sentence));
}

const mostRead = 1_000_000;

/** A verb that opens a clause and has something to act on, or any after a "please" or a "you must". */
function isOrder(sentence: string): boolean {
  const said = sentence.toLowerCase();
  if (begging.test(said)) return true;
  return [...said.matchAll(opening)].some(([, first, next, joined]) => {
    const lead = first ?? joined ?? "";
    // "Charge for May" is a line of a bill.
    if (isNounToo(lead) && afterThings.has(next ?? "")) return false;
    const meaning = ordered(lead);
    return meaning !== null && meaning.effect !== "read";
  });
}

const begging =
  /\bplease \p{L}|\b(?:you|(?:ai|the) ?(?:assistant|agent|model)) (?:must|should|shall|need to|have to|are to)\b/u;
const opening =
  /(?:^[^\p{L}]*(?:(?:now|then|also|and|first|next|finally|so|just) )*|[,;] (?:and |then )*)([a-z]+) (?=(\S+))|(?: and | then )([a-z]+) (?:it|them|all|the|an?|this|these|that|my|your|his|her|their|our|me)\b/gu;

const afterThings = new Set("for of from is was are were has".split(" "));

function meaningOf({ effect, domain }: Meaning): string {
  return `${effect} ${domain ?? ""}`;
}

function wordsIn(text: string): string[] {
  return text.toLowerCase().match(/\p{L}+/gu) ?? [];
}

function rootsIn(text: string): string[] {
  return wordsIn(text)
    .filter((word) => word.length > 2 && !joining.has(word))
    .map(rootOf);
}

function rootOf(word: string): string {
  return word.replace(/s$/, "").slice(0, 5);
}

/** They stand in any text. */
const joining = new Set(
  (
    "the and for with from into onto this that these those its any all can will use used using which when where what " +
    "has have are was not you your our their"
  ).split(" "),
);
