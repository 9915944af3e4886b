// Our own form: a decision as POST /reviews/:id/decision takes it. The hash of what was shown may be left out.
import type { Answer } from "../../review/decide.js";
import { decisionTypes } from "../../review/types.js";
import { decisionRequestSchema } from "../contract.js";
import { malformed } from "./refusals.js";
import { isObject } from "./said.js";
import { isAsked, type ShownHold } from "./shown-hold.js";

// A `value` picks one of the options of a question; other holds have none.
const askedSchema = decisionRequestSchema.omit({ undo: true }).partial({ argsHash: true });
const ownSchema = askedSchema.omit({ value: true });

export function readOwn(given: unknown, hold: ShownHold): Answer | null {
  if (!isObject(given) || !decisionTypes.some((type) => type === given["type"])) return null;
  const parsed = (isAsked(hold) ? askedSchema : ownSchema).safeParse(given);
  if (!parsed.success) throw malformed("Holdpoint", parsed.error);
  const { type, argsHash = hold.argsHash, args, reason, message, answers } = parsed.data;
  const value = "value" in parsed.data ? parsed.data.value : undefined;
  return {
    type,
    argsHash,
    ...(args === undefined ? {} : { args }),
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
    ...(answers === undefined ? {} : { answers }),
    ...(value === undefined ? {} : { value }),
  };
}
