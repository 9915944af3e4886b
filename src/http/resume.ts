// A resume value at LangGraph's door is a decision of the caller on what was shown to them. Here it is read, and
// bound to the hash that was published with it; whether it may stand is for `decide` to say.
import { z } from "zod";
import { HoldpointError } from "../kernel/errors.js";
import type { Answer } from "../review/decide.js";
import type { PendingHold } from "../runs/resume.js";
import { decisionRequestSchema } from "./contract.js";
import { unsupported } from "./run-request.js";

export interface HoldAnswer {
  interruptId: string;
  reviewId: string;
  answer: Answer;
}

/** Takes `{ [interruptId]: decision }`, or a bare decision where exactly one hold waits. Throws before any is made. */
export function answersOf(resume: unknown, pending: readonly PendingHold[]): HoldAnswer[] {
  // What met a fault is tried again by itself; there is nothing to decide.
  const decidable = pending.filter(({ hold }) => hold.holdpoint.reviewId !== null);
  if (decidable.length === 0) {
    throw refused(
      "Nothing in this thread waits for a decision; it may have been decided already. GET /reviews?thread_id= tells.",
      [],
    );
  }
  const byInterrupt = isMap(resume) ? Object.entries(resume) : [bareAnswer(resume, decidable)];
  const unknown = byInterrupt.filter(([id]) => !decidable.some(({ interruptId }) => interruptId === id));
  if (unknown.length > 0) {
    throw refused(`No hold with id ${unknown.map(([id]) => id).join(", ")} waits in this thread.`, decidable);
  }
  return decidable.flatMap(({ interruptId, hold }) => {
    const given = byInterrupt.find(([id]) => id === interruptId);
    if (!given || hold.holdpoint.reviewId === null) return [];
    return {
      interruptId,
      reviewId: hold.holdpoint.reviewId,
      answer: readAnswer(given[1], hold.holdpoint.argsHash),
    };
  });
}

function bareAnswer(resume: unknown, decidable: readonly PendingHold[]): [string, unknown] {
  refuseForeignForms(resume);
  const [only, ...others] = decidable;
  if (typeof resume !== "object" || resume === null) {
    throw refused(
      'A resume value is a decision, as { "type": "approve" }; a bare value would say nothing of what it approves.',
      decidable,
    );
  }
  if (!only || others.length > 0) {
    throw refused(
      `${decidable.length} holds wait. Say which one is meant: { [interruptId]: decision }.`,
      decidable,
    );
  }
  return [only.interruptId, resume];
}

/** LangGraph's interrupt ids are 32 hexadecimal digits, which no field of a decision is. */
function isMap(resume: unknown): resume is Record<string, unknown> {
  if (typeof resume !== "object" || resume === null || Array.isArray(resume)) return false;
  const keys = Object.keys(resume);
  return keys.length > 0 && keys.every((key) => /^[0-9a-f]{32}$/.test(key));
}

const answerSchema = decisionRequestSchema.partial({ argsHash: true });

function readAnswer(given: unknown, shownHash: string): Answer {
  refuseForeignForms(given);
  const parsed = answerSchema.safeParse(given);
  if (!parsed.success) {
    throw new HoldpointError(
      "request_invalid",
      `The resume value is no decision: ${z.prettifyError(parsed.error)}`,
    );
  }
  const { type, argsHash = shownHash, args, reason, message } = parsed.data;
  return {
    type,
    argsHash,
    ...(args === undefined ? {} : { args }),
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
  };
}

/** Answers as LangChain's middleware and Agent Inbox give them mean something else by place and by name. */
function refuseForeignForms(given: unknown): void {
  const type = typeof given === "object" && given !== null && "type" in given ? given.type : undefined;
  const isForeign =
    Array.isArray(given) ||
    (typeof given === "object" &&
      given !== null &&
      ["decisions", "editedAction", "edited_action"].some((key) => key in given)) ||
    type === "accept" ||
    type === "ignore" ||
    type === "response";
  if (!isForeign) return;
  throw unsupported(
    "command.resume",
    'Answers of LangChain and Agent Inbox are not taken yet. Send { "type": "approve" | "edit" | "reject" | "respond", … }, ' +
      "or decide at POST /reviews/:id/decision.",
  );
}

function refused(why: string, pending: readonly PendingHold[]): HoldpointError {
  const waiting = pending.map(({ interruptId, hold }) => ({
    interruptId,
    reviewId: hold.holdpoint.reviewId,
    title: hold.holdpoint.title,
  }));
  const list = waiting.map(({ interruptId }) => interruptId).join(", ");
  return new HoldpointError("request_invalid", list === "" ? why : `${why} Waiting: ${list}.`, {
    details: { pending: waiting },
  });
}
