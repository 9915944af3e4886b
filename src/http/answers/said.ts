// What the forms have in common: what a person said to a hold, in the words of its front. Here it becomes an answer,
// bound to the arguments that were shown.
import { HoldpointError } from "../../kernel/errors.js";
import { hashJson, parseJsonValue } from "../../kernel/json.js";
import type { Answer } from "../../review/decide.js";
import { answersByKind } from "../../review/types.js";
import { notAllowed } from "./refusals.js";
import { isAsked, type ShownHold } from "./shown-hold.js";
import { typedArgs } from "./typed-args.js";

export type Said = Meant & {
  /** Of the arguments that were before the person, where a front carries it. */
  argsHash?: string | undefined;
  reason?: string | undefined;
};

type Meant =
  /** `action`: what was approved, where a front repeats it. */
  | { meant: "approve"; action?: Action | undefined }
  | { meant: "edit"; action: Action }
  | { meant: "reject" }
  | { meant: "respond"; message: string }
  /** To look away. */
  | { meant: "ignore" };

/** A call, as a front names it. */
export interface Action {
  name: string;
  args: Record<string, unknown>;
}

export function answerTo(hold: ShownHold, said: Said): Answer {
  const { argsHash = hold.argsHash, reason } = said;
  const bound = { argsHash, ...(reason === undefined ? {} : { reason }) };
  switch (said.meant) {
    case "approve":
      if (said.action) refuseAnother(hold, said.action);
      return { type: "approve", ...bound };
    case "edit":
      if (isAsked(hold)) return { type: "respond", message: filledIn(hold, said.action), ...bound };
      return { type: "edit", args: editedArgs(hold, said.action), ...bound };
    case "reject":
      return { type: "reject", ...bound };
    case "respond":
      return hold.kind === "settle"
        ? { ...settled(hold, said.message), ...bound }
        : { type: "respond", message: said.message, ...bound };
    case "ignore":
      throw notAllowed(
        `To ignore is no decision: ${hold.title} goes on waiting for one. To have it not done, reject it.`,
      );
  }
}

/** What was typed into the one field of a question that is read; the rest of its fields show what is asked. */
function filledIn(hold: ShownHold, { name, args }: Action): string {
  if (name !== hold.tool) throw anotherTool(hold, name);
  const { answer } = args;
  if (typeof answer === "string" && answer.trim() !== "") return answer;
  throw notAllowed(
    `${hold.title}: the agent asks, and the field \`answer\` is empty. Fill it in, then send it.`,
  );
}

/** A front that repeats what it approves has shown exactly that. */
function refuseAnother(hold: ShownHold, action: Action): void {
  const approved = parseJsonValue(typedArgs(action.args, hold));
  if (action.name === hold.tool && hashJson(approved) === hashJson(hold.args)) return;
  throw new HoldpointError(
    "decision_stale",
    "What was accepted is not what waits: its arguments were changed since, or by the answer. " +
      "Look again, then accept; to change them, send an edit.",
    { details: { reviewId: hold.reviewId, argsHash: hold.argsHash } },
  );
}

function editedArgs(hold: ShownHold, { name, args }: Action): Record<string, unknown> {
  if (name === hold.tool) return typedArgs(args, hold);
  throw anotherTool(hold, name);
}

function anotherTool(hold: ShownHold, name: string): HoldpointError {
  return notAllowed(
    `An edit changes the arguments of ${hold.tool}, and cannot make it a call of ${JSON.stringify(name)}. ` +
      "Reject it, and say what is wanted instead.",
  );
}

/** Fronts that know no answers to "did it happen?" take one in words; no other words than these can be meant by it. */
function settled(hold: ShownHold, message: string): Pick<Answer, "type" | "message"> {
  const [, word, more] = /^\s*(happened|not[ _]happened|retry)\s*(?:[:.]\s*(.*))?$/is.exec(message) ?? [];
  const type = answersByKind.settle.find((one) => one === word?.toLowerCase().replace(" ", "_"));
  if (type) return { type, ...(more?.trim() ? { message: more.trim() } : {}) };
  throw notAllowed(
    `${hold.title}: it was attempted, and the question is whether it happened. ` +
      `Answer with one of: ${answersByKind.settle.join(", ")}.`,
  );
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
