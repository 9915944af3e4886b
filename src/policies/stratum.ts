import { hashJson, type JsonObject } from "../kernel/json.js";
import type { Weights } from "./composite.js";

/** Which calls are one kind: what people found of one says something of the next. */
export interface Stratum {
  /** Changes with each of the parts. */
  readonly id: string;
  readonly agent: string;
  readonly tool: string;
  /** The parts, for people: a long one by its hash. */
  readonly about: StratumParts;
}

export interface StratumParts {
  readonly model: string;
  readonly instructions: string | null;
  readonly others: readonly string[];
  readonly description: string;
  readonly schema: string;
  readonly weights: Weights;
}

/** Who made a call: what it says of itself may change with either. */
export interface Author {
  readonly agent: string;
  readonly model: string;
  readonly instructions: string | null;
  /** Other models that are asked about its calls, by their part and name. */
  readonly others: readonly string[];
}

/** A new model, prompt, tool or schema, and another way to score, begin a kind of their own: nothing was seen of it yet. */
export function stratumOf(
  { agent, model, instructions, others }: Author,
  tool: { readonly name: string; readonly description: string; readonly argsSchema: JsonObject },
  weights: Weights,
): Stratum {
  const about: StratumParts = {
    model,
    instructions: instructions === null ? null : hashJson(instructions),
    others,
    description: hashJson(tool.description),
    schema: hashJson(tool.argsSchema),
    weights,
  };
  return {
    id: hashJson({ agent, tool: tool.name, ...about, others: [...others] }),
    agent,
    tool: tool.name,
    about,
  };
}
