// Facts: what earlier results say, by the names that a policy gives them.
import type { JsonObject } from "../kernel/json.js";
import type { Expression } from "./cel.js";
import type { Evidence } from "./evidence.js";
import { readFacts } from "./readable-facts.js";

/** The newest result of one of these tools, by a key that is read off the arguments they were called with. */
export interface FactDefinition {
  readonly name: string;
  readonly tools: readonly string[];
  readonly key: Expression<string>;
  /** Is the result JSON, or a text as it stands? What is no JSON is no fact of the first kind. */
  readonly as: "json" | "text";
}

/** By name, then by key. A result whose key cannot be read is no fact. */
export function factsFrom(definitions: readonly FactDefinition[], { results }: Evidence): JsonObject {
  const facts: JsonObject = {};
  for (const { name, tools, key, as } of definitions) {
    const known: JsonObject = {};
    for (const { tool, args, ...result } of results) {
      const value = as === "text" ? result.text : result.value;
      if (value === undefined || !tools.includes(tool)) continue;
      const found = key(readFacts({ tool, args, context: {} }));
      // As a key of its own, whatever it is called.
      if (found.ok)
        Object.defineProperty(known, found.value, { value, enumerable: true, configurable: true });
    }
    facts[name] = known;
  }
  return facts;
}

/** The variable `user`. Where nothing is known of what was written, a rule that reads it fails, and so holds. */
export function userFrom({ words }: Evidence): JsonObject {
  const last = words?.at(-1);
  return words === null || last === undefined ? {} : { words: [...words], last, all: words.join("\n") };
}
