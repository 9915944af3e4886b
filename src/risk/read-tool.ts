// What a tool that nobody has described to us yet may do, by its name, description, schema and annotations: word by word,
// and always the same. A reading is for a person to confirm; until then the worse one of two holds.
import {
  described,
  graveThing,
  isAboutPeople,
  isNounToo,
  ordered,
  type Domain,
  type Effect,
  type Meaning,
} from "./vocabulary.js";
import { fieldsIn, type Fields } from "./fields.js";
import { isJsonObject, type JsonObject } from "../kernel/json.js";

export interface UnknownTool {
  name: string;
  description: string;
  /** JSON Schema of its arguments. */
  argsSchema: JsonObject | null;
  annotations?: { readOnlyHint?: boolean | undefined; destructiveHint?: boolean | undefined };
  /** Is what its server says of it believed where it lowers the risk? */
  isTrusted?: boolean;
}

export interface ToolReading {
  effect: Effect;
  /** Something that stands is gone or overwritten afterwards. */
  isDestructive: boolean;
  domains: readonly Domain[];
  /** By its name it reads or changes what is known of people. */
  isAboutPeople: boolean;
  fields: Fields;
  /** Nothing is known of it, or its words contradict each other: the worse reading stands, and a person should look. */
  isSure: boolean;
  why: readonly Finding[];
}

/** One word, and what follows from it. */
export interface Finding {
  in: "name" | "description" | "schema" | "annotations";
  word: string;
  says: Effect;
  domain: Domain | null;
}

export function readTool(tool: UnknownTool): ToolReading {
  const why = [
    ...inName(tool.name).map(found("name")),
    ...inDescription(tool.description).map(found("description")),
    ...inSchema(tool.argsSchema).map(found("schema")),
    ...inAnnotations(tool),
  ];
  const worst = worstOf(why);
  const lowered = tool.isTrusted === true && tool.annotations?.readOnlyHint === true;
  const effect = lowered ? "read" : worst;
  return {
    effect,
    isDestructive: !lowered && why.some((one) => one.domain === "deletion" || isOverwriting(one)),
    domains: [
      ...new Set(why.flatMap(({ says, domain }) => (domain && says === "irreversible" ? [domain] : []))),
    ],
    isAboutPeople: wordsOf(tool.name).some(isAboutPeople),
    fields: fieldsIn(tool.argsSchema),
    isSure: lowered || (why.length > 0 && new Set(why.map(({ says }) => says)).size === 1),
    why,
  };
}

interface Word extends Meaning {
  word: string;
}

const found =
  (where: Finding["in"]) =>
  ({ word, effect, domain }: Word): Finding => ({ in: where, word, says: effect, domain });

/** The verb of a name, what is joined to it, and the thing it is about: `create_or_update_file`, `update_password`. */
function inName(name: string): Word[] {
  const words = wordsOf(name);
  const lead = leadIn(words);
  const verbs = words.flatMap((word, index) => {
    const isJoined = index > lead && /^(and|or|then)$/.test(words[index - 1] ?? "");
    const meaning = index === lead || isJoined ? ordered(word) : null;
    return meaning ? [{ word, ...meaning }] : [];
  });
  const isChanging = verbs.some(({ effect }) => effect !== "read");
  const things = words.flatMap((word): Word[] => {
    const domain = graveThing(word);
    return domain && isChanging ? [{ word, effect: "irreversible", domain }] : [];
  });
  return [...verbs, ...things];
}

/** A word that can only be a verb stands before one that may be a thing, but for the first of all, which orders. */
function leadIn(words: readonly string[]): number {
  const first = words.findIndex((word) => ordered(word) !== null);
  const only = words.findIndex((word) => ordered(word) !== null && !isNounToo(word));
  return first === 0 || only === -1 ? first : only;
}

/** The verbs that sentences begin with, and those joined to them: "Creates or updates a file. It also sends it." */
function inDescription(description: string): Word[] {
  return sentencesOf(description).flatMap((sentence) => {
    const { lead = "", next = "" } = sentence.match(opening)?.groups ?? {};
    // "Files are …" is about files.
    const isThing = isNounToo(lead) && lead.endsWith("s") && auxiliary.test(next);
    const joined = [...sentence.matchAll(joining)]
      .map(([, word = ""]) => word)
      .filter((word) => !isNounToo(word));
    return [...(isThing ? [] : [lead]), ...joined].flatMap((word) => {
      const meaning = described(word);
      return meaning ? [{ word, ...meaning }] : [];
    });
  });
}

/** "This tool can be used to …", "It also …", "Use this to …": what stands before a sentence's verb. */
const opening =
  /^\W*(?:(?:this|the|an?) (?:tool|function|method|operation|endpoint|command|action|api)s? )?(?:(?:it|also|then|will|can|may|be|is|used|use|this|to|for|allows?|lets?|you|simply|safely|permanently|temporarily|automatically|immediately|completely) )*(?<lead>[a-z]+)(?:\W+(?<next>[a-z]+))?/;
const joining =
  /(?:\b(?:and|or|then|also|will|automatically)|[,/]) ?(?:then |also |automatically |permanently )*([a-z]+)/g;
const auxiliary = /^(is|are|was|were|has|have|can|will|may|must|should)$/;

/** What can be asked of it by a word: `method: ["get", "delete"]`; and a field for a program. */
function inSchema(schema: JsonObject | null): Word[] {
  return Object.entries(propertiesOf(schema)).flatMap(([name, property]): Word[] => {
    if (/^(command|code|script|sql|shell|expression|program|source_?code)$/i.test(name))
      return [{ word: name, effect: "irreversible", domain: "code" }];
    if (!/(^|_)(method|action|operation|op|mode|command|type|event)$/i.test(name) || !isJsonObject(property))
      return [];
    const options = Array.isArray(property["enum"]) ? property["enum"].map(String) : [];
    return options.flatMap(inName);
  });
}

/** They may raise the risk, and lower it only where the server is trusted. */
function inAnnotations({ annotations = {} }: UnknownTool): Finding[] {
  if (annotations.destructiveHint === true && annotations.readOnlyHint !== true)
    return [{ in: "annotations", word: "destructiveHint", says: "irreversible", domain: "deletion" }];
  return annotations.readOnlyHint === false
    ? [{ in: "annotations", word: "readOnlyHint: false", says: "reversible", domain: null }]
    : [];
}

function worstOf(why: readonly Finding[]): Effect {
  if (why.length === 0 || why.some(({ says }) => says === "irreversible")) return "irreversible";
  return why.some(({ says }) => says === "reversible") ? "reversible" : "read";
}

function isOverwriting({ word, says }: Finding): boolean {
  return says === "reversible" && /^(update|write|edit|move|rename|replace|overwrite|modify)/.test(word);
}

/** `issueRefund_v2` is issue, refund; what generators of clients put in front says nothing. */
export function wordsOf(name: string): string[] {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== "");
  return words[0] === "api" ? words.slice(1) : words;
}

/** What it says of itself, without what it says of its arguments. */
function sentencesOf(description: string): string[] {
  const [about = ""] = description.split(
    /\b(?:args|arguments|parameters|params|returns|raises|error responses|example|examples)\s*:|:param|@param/i,
  );
  return about
    .toLowerCase()
    .split(/(?<=[.!?:|])\s+|\n+/)
    .filter((one) => one.trim() !== "")
    .slice(0, sentencesRead);
}

/** What comes later in a description tells of cases and limits. */
const sentencesRead = 6;

function propertiesOf(schema: JsonObject | null): JsonObject {
  const properties = schema?.["properties"];
  return isJsonObject(properties) ? properties : {};
}
