// AG-UI: entries that name their interrupts, with `{ approved, editedArgs? }` in them. Its bridge to LangGraph sends one
// entry as what stands in it, and several, or one that was given up, under keys of its own.
// https://docs.ag-ui.com/concepts/interrupts, and `interrupts.ts` of @ag-ui/langgraph.
import { z } from "zod";
import type { Answer } from "../../review/decide.js";
import { decisionRequestSchema } from "../contract.js";
import { malformed } from "./refusals.js";
import { answerTo, isObject } from "./said.js";
import type { ShownHold } from "./shown-hold.js";

export const cancelledKey = "__agui_cancelled__";
export const resumeMapKey = "__agui_resume_map__";

const payloadSchema = z.strictObject({
  approved: z.boolean(),
  editedArgs: z.record(z.string(), z.unknown()).nullish(),
  reason: decisionRequestSchema.shape.reason.nullable(),
  argsHash: z.string().optional(),
});

export function readAgUi(given: unknown, hold: ShownHold): Answer | null {
  if (!isObject(given)) return null;
  // Given up without an answer. Its client takes the interrupt for closed, and of all that closes a hold only this runs
  // nothing.
  if (given[cancelledKey] === true)
    return answerTo(hold, { meant: "reject", reason: "Cancelled, without a word why." });
  if (!("approved" in given)) return null;
  const parsed = payloadSchema.safeParse(given);
  if (!parsed.success) throw malformed("AG-UI", parsed.error);
  const { approved, editedArgs, argsHash } = parsed.data;
  const beside = { argsHash, reason: parsed.data.reason ?? undefined };
  if (!approved) return answerTo(hold, { meant: "reject", ...beside });
  if (!editedArgs) return answerTo(hold, { meant: "approve", ...beside });
  return answerTo(hold, { meant: "edit", action: { name: hold.tool, args: editedArgs }, ...beside });
}

/** An answer to one interrupt, as AG-UI names it. */
export interface Entry {
  interruptId: string;
  given: unknown;
}

const entrySchema = z.strictObject({
  interruptId: z.string(),
  status: z.enum(["resolved", "cancelled"]),
  payload: z.unknown().optional(),
  // An envelope for its own transport; who decided is known by who sent it.
  metadata: z.record(z.string(), z.unknown()).nullish(),
});

/** Null where the value is no list of entries, in AG-UI's own words or in those of its bridge. */
export function agUiEntries(resume: unknown): Entry[] | null {
  const entries = entriesIn(resume);
  if (entries === null) return null;
  const parsed = z.array(entrySchema).safeParse(entries);
  if (!parsed.success) throw malformed("AG-UI", parsed.error);
  return parsed.data.map(({ interruptId, status, payload }) => ({
    interruptId,
    given: status === "cancelled" ? { [cancelledKey]: true } : payload,
  }));
}

function entriesIn(resume: unknown): unknown[] | null {
  if (Array.isArray(resume)) {
    const isOfEntries = resume.some((entry) => isObject(entry) && "interruptId" in entry);
    return isOfEntries ? resume : null;
  }
  if (!isObject(resume)) return null;
  const { [resumeMapKey]: map } = resume;
  if (isObject(map)) {
    return Object.entries(map).map(([interruptId, entry]) => ({ ...Object(entry), interruptId }) as unknown);
  }
  if (resume[cancelledKey] === true && "interrupt_id" in resume)
    return [{ interruptId: resume["interrupt_id"], status: "cancelled" }];
  return null;
}
