// An agent's own question is answered in words, as a graph's is: by the text itself, or in the one field that a form made
// from its `responseSchema` has.
import { z } from "zod";
import type { Answer } from "../../review/decide.js";
import { wordsSchema } from "./agent-inbox.js";
import { malformed } from "./refusals.js";
import { answerTo, isObject } from "./said.js";
import { isAsked, type ShownHold } from "./shown-hold.js";

const fieldSchema = z.strictObject({ answer: wordsSchema, argsHash: z.string().optional() });

export function readWords(given: unknown, hold: ShownHold): Answer | null {
  if (!isAsked(hold)) return null;
  const form = typeof given === "string" ? { answer: given } : given;
  if (!isObject(form) || !("answer" in form)) return null;
  const parsed = fieldSchema.safeParse(form);
  if (!parsed.success) throw malformed("Holdpoint", parsed.error);
  const { answer: message, argsHash } = parsed.data;
  return answerTo(hold, { meant: "respond", message, argsHash });
}
