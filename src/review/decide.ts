// Deciding: an answer passes every check, then wins or loses against all others in one guarded statement.
import { openIn } from "../drafting/block.js";
import { callerRole, holdsRole, type Principal } from "../kernel/principal.js";
import type { Answer, Asked, DecideDeps, DecideResult, Door, Refused } from "./answer.js";
import { answerAgent } from "./answer-agent.js";
import { answerGraph } from "./answer-graph.js";
import { record, wasGivenBefore } from "./record.js";
import {
  claimedByOther,
  forbidden,
  noReview,
  overdue,
  refuse,
  stale,
  tooLate,
  unfinished,
} from "./refusals.js";
import { release } from "./release.js";
import { answersByKind, type DecisionType, type Review, type ReviewKind } from "./types.js";

export type { Answer, DecideDeps, DecideResult, Door, Judge } from "./answer.js";

export async function decide(
  deps: DecideDeps,
  by: Principal,
  reviewId: string,
  answer: Answer,
  door: Door = "review",
): Promise<DecideResult> {
  const review = await deps.store.find(by.tenant, reviewId);
  if (!review) return noReview(reviewId);
  if (await wasGivenBefore(deps, by, reviewId, answer)) return { ok: true, review };
  const objection = objectionTo(review, by, answer, door);
  if (objection) return objection;
  const asked = { by, review, answer };
  switch (answer.type) {
    case "edit":
    case "approve":
      return release(deps, asked);
    case "respond":
      return respond(deps, asked);
    case "reject":
    case "happened":
    case "not_happened":
    case "retry":
      return record(deps, asked, review);
  }
}

function objectionTo(review: Review, by: Principal, answer: Answer, door: Door): Refused | null {
  if (review.status !== "open" && review.status !== "claimed") return tooLate(review);
  if (review.isOverdue) return overdue(review);
  const allowed: readonly DecisionType[] = answersByKind[review.kind];
  if (!allowed.includes(answer.type)) {
    const why = whyOnly[review.kind] ?? "";
    return refuse(
      "answer_not_allowed",
      `This review cannot be answered with "${answer.type}". ${why}Answer with one of: ${allowed.join(", ")}.`,
      { allowed },
    );
  }
  if (!mayAnswer(by, review, door)) return forbidden(by, review);
  if (review.kind === "reply" && door === "thread") return unread;
  if (review.claimedBy && review.claimedBy.id !== by.id) return claimedByOther(review);
  if (answer.argsHash !== review.argsHash) return stale(review);
  const releases = answer.type === "approve" || answer.type === "edit";
  if (releases && review.draft && openIn(review.draft.blocks).length > 0)
    return unfinished(review, review.draft);
  if (answer.type === "respond" && review.kind === "review" && !answer.message?.trim()) {
    return refuse(
      "request_invalid",
      "An answer in the tool's stead needs a message: it is what the agent is told.",
    );
  }
  return null;
}

/** Whoever chats must not read it yet, so nothing of it stands there to be decided on. */
const unread = refuse(
  "answer_not_allowed",
  "An answer is released where its words can be read: at /review, or with /reviews/:id/decision. The chat does not show them before.",
);

const whyOnly: Partial<Record<ReviewKind, string>> = {
  settle: "It was attempted, and the question is whether it happened. ",
  ask: "The agent asks, and nothing waits to be run. ",
  handover: "The agent hands over, and nothing waits to be run. ",
};

function mayAnswer(by: Principal, { kind, roles }: Review, door: Door): boolean {
  if (door === "thread" && kind === "question" && roles.includes(callerRole)) return true;
  return by.kind !== "agent" && holdsRole(by, roles);
}

async function respond(deps: DecideDeps, asked: Asked): Promise<DecideResult> {
  const { review } = asked;
  const { kind } = review;
  switch (kind) {
    case "question":
      return answerGraph(deps, asked);
    case "ask":
    case "handover":
      return answerAgent(deps, asked);
    case "review":
    case "reply":
    case "settle":
      return record(deps, asked, review);
  }
}
