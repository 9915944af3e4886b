// The independent signals of one call, as the policy's score takes them. Nothing here decides anything.
import type { JsonObject } from "../kernel/json.js";
import type { SignalValues } from "../policies/composite.js";
import { accuracyOf } from "./routing/accuracy.js";
import { familiarityOf } from "./routing/novelty.js";
import type { Past } from "./routing/past.js";
import { similarityOf } from "./routing/similarity.js";
import type { DoneBefore } from "./store.js";

export interface SignalledCall {
  tool: string;
  args: JsonObject;
}

/** What was found elsewhere: by the rules (`heardOf`), by the provider, by other models. What is left out is not known. */
export type FoundElsewhere = Pick<SignalValues, "validators" | "confidence" | "judge" | "agreement">;

/** Each 0 … 1, and 1 is: nothing speaks against it. Null where it is not known, which counts as the worst. */
export function signalValuesOf(
  { tool, args }: SignalledCall,
  past: Past & Pick<DoneBefore, "carriedOut">,
  elsewhere: FoundElsewhere = {},
): SignalValues {
  const decided = past.decided.get(tool) ?? [];
  return {
    ...elsewhere,
    similarity: similarityOf(args, decided),
    accuracy: accuracyOf(decided),
    novelty: familiarityOf(args, past.carriedOut.get(tool) ?? []),
  };
}
