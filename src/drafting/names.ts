// Names of people, places and companies.
import nlp from "compromise/three";
import { pieces, type Claim } from "./claim.js";
import { folded } from "./sources.js";

/** Names as English has them, and what is capitalised inside a sentence of any language that keeps capitals for names. */
export function namesIn(text: string): Claim[] {
  const byLanguage = capitalisesNouns(text)
    ? [...pairs(text), ...englishNames(text).filter((words) => /\s/.test(words))]
    : [...englishNames(text), ...capitalised(text)];
  return [...new Set([...titledNames(text), ...byLanguage])]
    .filter((words) => /\p{L}/u.test(words) && !ordinary.has(folded(words)))
    .map((words): Claim => ({ kind: "name", words }));
}

function englishNames(text: string): string[] {
  return pieces(text).flatMap((piece) => {
    const read = nlp(piece);
    return [read.people(), read.places(), read.organizations()].flatMap((found) =>
      (found.out("array") as string[]).map(trimmed),
    );
  });
}

function trimmed(words: string): string {
  return words.replace(/^[^\p{L}\d]+|[^\p{L}\d]+$/gu, "").replace(/['’]s$/u, "");
}

const word = String.raw`\p{Lu}[\p{L}\d'’-]*`;

function capitalised(text: string): string[] {
  const inside = new RegExp(
    String.raw`(?<=[\p{Ll}\d,;)] |\b(?:[A-Z]{1,3}|Dear|Hello|Hi|Hallo) )${word}(?: ${word})*`,
    "gu",
  );
  return [...text.matchAll(inside)].map(([words]) => trimmed(words));
}

const titledPatterns: readonly RegExp[] = [
  new RegExp(
    String.raw`\b(?:Herrn?|Frau|Dr\.?|Prof\.?|Familie|Firma|Mr\.?|Mrs\.?|Ms\.?|Mme|Mlle|Madame|Monsieur|Señora?|Sra?\.) ((?:${word})(?: ${word})*)`,
    "gu",
  ),
  /([\p{Script=Han}\p{Script=Katakana}ー]{1,8})(?=さん|様|氏|先生)/gu,
];

function titledNames(text: string): string[] {
  return titledPatterns.flatMap((titled) =>
    [...text.matchAll(titled)].flatMap(([, words]) => (words === undefined ? [] : [trimmed(words)])),
  );
}

/** In German all nouns have capitals; there a name is known by its title, or by standing beside another. */
function pairs(text: string): string[] {
  const inside = new RegExp(String.raw`(?<=[\p{Ll},] )${word} ${word}`, "gu");
  return [...text.matchAll(inside)]
    .map(([words]) => trimmed(words))
    .filter((words) => !/^(?:Sie|Ihnen|Ihre?[nmrs]?|Damen) /.test(words));
}

function capitalisesNouns(text: string): boolean {
  return (
    /\b(?:der|die|das|und|nicht|ist|wir|Sie|Ihre[nmrs]?)\b/.test(text) &&
    /\b(?:der|die|das|den|dem|ein|eine|einen)\b/.test(text)
  );
}

/** Capitalised, and no names. */
const ordinary = new Set(
  (
    "i i'm i'll i've i'd mr mrs ms dr hello hi dear thanks thank regards sincerely best kind please yours " +
    "it this that these those the we you they he she our your their if when where see first second note order " +
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august " +
    "september october november december english french german spanish ok faq pdf id url eur usd gbp chf a"
  ).split(" "),
);
