// Agent Inbox: a list with one response, or the response by itself. What is accepted is repeated, and values that went
// through its text fields are text.
import { z } from "zod";
import type { Answer } from "../../review/decide.js";
import { decisionRequestSchema } from "../contract.js";
import { malformed } from "./refusals.js";
import { answerTo, isObject, type Action, type Said } from "./said.js";
import type { ShownHold } from "./shown-hold.js";

export const inboxActionSchema = z
  .strictObject({ action: z.string(), args: z.record(z.string(), z.unknown()) })
  .transform(({ action: name, args }): Action => ({ name, args }));

/** An answer in the tool's stead is as long as ours may be. */
export const wordsSchema = decisionRequestSchema.shape.message.unwrap();

const argsHash = z.string().optional();

const responseSchema = z.discriminatedUnion("type", [
  z
    .strictObject({ type: z.literal("accept"), args: inboxActionSchema.nullish(), argsHash })
    .transform(
      (said): Said => ({ meant: "approve", action: said.args ?? undefined, argsHash: said.argsHash }),
    ),
  z
    .strictObject({ type: z.literal("edit"), args: inboxActionSchema, argsHash })
    .transform((said): Said => ({ meant: "edit", action: said.args, argsHash: said.argsHash })),
  z
    .strictObject({ type: z.literal("response"), args: wordsSchema, argsHash })
    .transform((said): Said => ({ meant: "respond", message: said.args, argsHash: said.argsHash })),
  z.looseObject({ type: z.literal("ignore") }).transform((): Said => ({ meant: "ignore" })),
]);

export function readAgentInbox(given: unknown, hold: ShownHold): Answer | null {
  const response: unknown = Array.isArray(given) && given.length === 1 ? given[0] : given;
  if (!Array.isArray(given) && !isInboxResponse(response, hold)) return null;
  const parsed = responseSchema.safeParse(response);
  if (!parsed.success) throw malformed("Agent Inbox", parsed.error);
  return answerTo(hold, parsed.data);
}

/** By itself, its edit differs from ours only in what stands in `args`: an action, and not the arguments of one. */
function isInboxResponse(given: unknown, { argsSchema }: ShownHold): boolean {
  if (!isObject(given)) return false;
  const { type, args } = given;
  if (type !== "edit") return type === "accept" || type === "response" || type === "ignore";
  const isAction = isObject(args) && Object.keys(args).toSorted().join() === "action,args";
  return isAction && !(isObject(argsSchema["properties"]) && "action" in argsSchema["properties"]);
}
