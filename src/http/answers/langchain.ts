// LangChain's middleware: one decision for each action of an interrupt, and a hold has one. The fields are camelCase in
// JavaScript and snake_case in Python, and clients send both at once. Agent Inbox answers in this form too, and then
// puts what it has to say into `args`.
import { z } from "zod";
import { canonicalJson, parseJsonValue } from "../../kernel/json.js";
import type { Answer } from "../../review/decide.js";
import { decisionRequestSchema } from "../contract.js";
import { inboxActionSchema, wordsSchema } from "./agent-inbox.js";
import { malformed, notAllowed } from "./refusals.js";
import { answerTo, isObject, type Action, type Said } from "./said.js";
import type { ShownHold } from "./shown-hold.js";

const actionSchema = z.strictObject({ name: z.string(), args: z.record(z.string(), z.unknown()) });

const { reason: message } = decisionRequestSchema.shape;
const argsHash = z.string().optional();

const decisionSchema = z.discriminatedUnion("type", [
  z
    .strictObject({ type: z.literal("approve"), args: inboxActionSchema.nullish(), message, argsHash })
    .transform(
      (said): Said => ({
        meant: "approve",
        action: said.args ?? undefined,
        reason: said.message,
        argsHash: said.argsHash,
      }),
    ),
  z
    .strictObject({
      type: z.literal("edit"),
      editedAction: actionSchema.optional(),
      edited_action: actionSchema.optional(),
      args: inboxActionSchema.optional(),
      message,
      argsHash,
    })
    .transform((said, context): Said => {
      const action = theOne([said.editedAction, said.edited_action, said.args]);
      if (action) return { meant: "edit", action, reason: said.message, argsHash: said.argsHash };
      context.addIssue("An edit has one edited action: { editedAction: { name, args } }.");
      return z.NEVER;
    }),
  z.strictObject({ type: z.literal("reject"), args: message.nullable(), message, argsHash }).transform(
    (said): Said => ({
      meant: "reject",
      reason: said.message ?? said.args ?? undefined,
      argsHash: said.argsHash,
    }),
  ),
  z
    .strictObject({ type: z.literal("respond"), message: wordsSchema, argsHash })
    .transform((said): Said => ({ meant: "respond", message: said.message, argsHash: said.argsHash })),
  z.looseObject({ type: z.literal("ignore") }).transform((): Said => ({ meant: "ignore" })),
]);

const responseSchema = z.strictObject({ decisions: z.array(z.unknown()) });

export function readLangChain(given: unknown, hold: ShownHold): Answer | null {
  if (!isObject(given) || !("decisions" in given)) return null;
  const response = responseSchema.safeParse(given);
  if (!response.success) throw malformed("LangChain", response.error);
  const { decisions } = response.data;
  if (decisions.length !== 1) {
    throw notAllowed(
      `A hold is one action and takes one decision; here are ${decisions.length}. Several holds are answered ` +
        "by their ids: { [interruptId]: { decisions: [one] } }.",
    );
  }
  const decision = decisionSchema.safeParse(decisions[0]);
  if (!decision.success) throw malformed("LangChain", decision.error);
  return answerTo(hold, decision.data);
}

/** Where a client sends it in both spellings, they say the same; nothing else is one action. */
function theOne(actions: readonly (Action | undefined)[]): Action | null {
  const [first, ...others] = actions.filter((action) => action !== undefined);
  if (!first) return null;
  return others.every((other) => textOf(other) === textOf(first)) ? first : null;
}

const textOf = (action: Action) => canonicalJson(parseJsonValue(action));
