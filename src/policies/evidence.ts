// What was found out in a conversation before a call is judged: what tools answered, and what the person wrote.
import { isJsonObject, parseJsonValue, type Json, type JsonObject } from "../kernel/json.js";

export interface Evidence {
  /** Of calls that were carried out, by our own rows; the newest last. */
  readonly results: readonly EarlierResult[];
  /** The newest last. Null: not known. */
  readonly words: readonly string[] | null;
  /** By the database's clock. Null: not asked for. */
  readonly now: Date | null;
}

export interface EarlierResult {
  readonly tool: string;
  readonly args: JsonObject;
  readonly text: string;
  /** The text read as JSON; undefined where it is none. */
  readonly value: Json | undefined;
}

/** What of it a policy looks at. Nothing else is fetched. */
export interface Reads {
  readonly tools: readonly string[];
  readonly words: boolean;
  readonly now: boolean;
}

export const noEvidence: Evidence = Object.freeze({ results: Object.freeze([]), words: null, now: null });

/** A result as its row has it: text. */
export function resultFrom(tool: string, args: JsonObject, text: string): EarlierResult {
  return { tool, args, text, value: valueOf(text) };
}

function valueOf(text: string): Json | undefined {
  try {
    return parseJsonValue(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Earlier results, for a validator in TypeScript. */
export interface KnownFacts {
  /** The newest JSON result of this tool whose call had (at least) these arguments; undefined where there is none. */
  newest(tool: string, args?: JsonObject): Json | undefined;
  /** All results of these tools, the newest last. */
  all(...tools: string[]): readonly EarlierResult[];
}

export function knownFacts({ results }: Evidence): KnownFacts {
  const all = (...tools: string[]) => results.filter(({ tool }) => tools.includes(tool));
  return {
    all,
    newest: (tool, args = {}) =>
      all(tool).findLast((one) => one.value !== undefined && includes(one.args, args))?.value,
  };
}

function includes(whole: Json, part: Json): boolean {
  if (!isJsonObject(part) || !isJsonObject(whole)) return JSON.stringify(whole) === JSON.stringify(part);
  return Object.entries(part).every(
    ([key, value]) => Object.hasOwn(whole, key) && includes(whole[key] ?? null, value),
  );
}
