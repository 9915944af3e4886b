// A resume value at LangGraph's door is a decision of the caller on what was shown to them. Here it is read, and
// bound to the hash that was published with it; whether it may stand is for `decide` to say.
import { z } from "zod";
import { HoldpointError } from "../kernel/errors.js";
import type { Answer } from "../review/decide.js";
import type { ReviewStore } from "../review/store.js";
import type { Decision, Review } from "../review/types.js";
import type { PendingHold } from "../runs/resume.js";
import { decisionRequestSchema } from "./contract.js";
import { unsupported } from "./run-request.js";

export interface HoldAnswer {
  interruptId: string;
  reviewId: string;
  answer: Answer;
}

/** What waits in a thread of a graph that is no agent. Its answers are whatever the graph makes of them. */
export function answersToQuestions(resume: unknown, questions: readonly Review[]): HoldAnswer[] {
  const open = questions.flatMap((review) =>
    review.interrupt && review.status !== "decided" ? [{ review, interruptId: review.interrupt.id }] : [],
  );
  const waiting = open.map(({ interruptId, review }) => ({
    interruptId,
    reviewId: review.id,
    title: review.title,
  }));
  if (!isMap(resume) && open.length !== 1) {
    throw notOne(
      `${open.length} questions wait. Say which one is meant: { [interruptId]: answer }.`,
      waiting,
    );
  }
  const given = isMap(resume) ? Object.entries(resume) : [[open[0]?.interruptId ?? "", resume] as const];
  return given.map(([interruptId, value]) => {
    const found = open.find((one) => one.interruptId === interruptId);
    if (!found) throw notOne(`No question with id ${interruptId} waits in this thread.`, waiting);
    const { id: reviewId, argsHash } = found.review;
    return { interruptId, reviewId, answer: { type: "respond", value, argsHash } };
  });
}

/** The holds that somebody can decide: what met a fault is tried again by itself. */
export function decidableOf(pending: readonly PendingHold[]): PendingHold[] {
  return pending.filter(({ hold }) => hold.holdpoint.reviewId !== null);
}

/** Takes `{ [interruptId]: decision }`, or a bare decision where exactly one hold waits. Throws before any is made. */
export function answersOf(resume: unknown, decidable: readonly PendingHold[]): HoldAnswer[] {
  const byInterrupt = isMap(resume) ? Object.entries(resume) : [bareAnswer(resume, decidable)];
  const unknown = byInterrupt.filter(([id]) => !decidable.some(({ interruptId }) => interruptId === id));
  if (unknown.length > 0) {
    throw refused(
      `No hold with id ${unknown.map(([id]) => id).join(", ")} waits in this thread; it may have been decided already, ` +
        "which GET /reviews?thread_id= tells.",
      decidable,
    );
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

/**
 * Why a resume value has nothing to answer: somebody was faster, or nothing was ever held. Reviews do not keep the ids
 * of their interrupts, so the decision that is named is the last one of the thread.
 */
export async function nothingWaits(
  reviews: ReviewStore,
  tenant: string,
  threadId: string,
): Promise<HoldpointError> {
  const last = await lastDecided(reviews, tenant, threadId);
  if (!last)
    return refused("Nothing in this thread waits for a decision, and nothing was decided in it.", []);
  const { review, decision } = last;
  const by = decision.decidedBy.id;
  const at = decision.decidedAt.toISOString();
  return new HoldpointError(
    "review_already_decided",
    `Nothing in this thread waits for a decision any more. ${by} made the last one at ${at}, on "${review.title}": ` +
      `${decision.type}. That stands; yours changed nothing.`,
    { details: { reviewId: review.id, decidedBy: by, decidedAt: at, decision: decision.type } },
  );
}

interface Decided {
  review: Review;
  decision: Decision;
}

async function lastDecided(reviews: ReviewStore, tenant: string, threadId: string): Promise<Decided | null> {
  let last: Decided | null = null;
  for (let after: string | null = ""; after !== null; ) {
    const page: Awaited<ReturnType<ReviewStore["list"]>> = await reviews.list(tenant, {
      threadId,
      limit: 200,
      ...(after === "" ? {} : { after }),
    });
    for (const review of page.items) {
      const { decision } = review;
      if (decision && (!last || decision.decidedAt >= last.decision.decidedAt)) last = { review, decision };
    }
    after = page.next;
  }
  return last;
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
  return notOne(
    why,
    pending.map(({ interruptId, hold: { holdpoint } }) => ({
      interruptId,
      reviewId: holdpoint.reviewId,
      title: holdpoint.title,
    })),
  );
}

function notOne(
  why: string,
  waiting: readonly { interruptId: string; reviewId: string | null; title: string }[],
): HoldpointError {
  const list = waiting.map(({ interruptId }) => interruptId).join(", ");
  return new HoldpointError("request_invalid", list === "" ? why : `${why} Waiting: ${list}.`, {
    details: { pending: waiting },
  });
}
