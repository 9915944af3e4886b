// Deciding: an answer passes every check, then wins or loses against all others in one guarded statement.
import { openIn } from "../drafting/block.js";
import { callerRole, type Principal } from "../kernel/principal.js";
import { isTogether } from "../policies/panel.js";
import type { Answer, Asked, Attempt, DecideDeps, DecideResult, Door, Refused } from "./answer.js";
import { answerAgent } from "./answer-agent.js";
import { answerGraph } from "./answer-graph.js";
import { barOf } from "./bars.js";
import { actingFor } from "./deputies.js";
import { overLimitOf } from "./over-limit.js";
import { record, wasGivenBefore } from "./record.js";
import {
  barred,
  beyond,
  claimedByOther,
  noReview,
  notServed,
  overdue,
  refuse,
  stale,
  tooLate,
  unfinished,
} from "./refusals.js";
import { release } from "./release.js";
import { vote } from "./vote.js";
import { answersByKind, type DecisionType, type Review, type ReviewKind } from "./types.js";

export type { Answer, DecideDeps, DecideResult, Door, Judge } from "./answer.js";

/** As often as people vote on one review at the same moment. */
const mostTries = 20;

export async function decide(
  deps: DecideDeps,
  by: Principal,
  reviewId: string,
  answer: Answer,
  door: Door = "review",
): Promise<DecideResult> {
  for (let tries = 0; tries < mostTries; tries += 1) {
    const attempt = await decideOnce(deps, by, reviewId, answer, door);
    if (attempt !== "changed") return attempt;
  }
  const review = await deps.store.find(by.tenant, reviewId);
  return review ? stale(review) : noReview(reviewId);
}

async function decideOnce(
  deps: DecideDeps,
  caller: Principal,
  reviewId: string,
  answer: Answer,
  door: Door,
): Promise<Attempt> {
  const review = await deps.store.find(caller.tenant, reviewId);
  if (!review) return noReview(reviewId);
  const by = await actingFor(deps.deputies ?? null, caller, review);
  if (await wasGivenBefore(deps, by, reviewId, answer)) return { ok: true, review };
  const objection =
    objectionTo(review, by, answer, door) ?? notTaken(deps.agentOf(review.graphId)?.answers, answer);
  if (objection) return objection;
  const asked = { by, review, answer };
  switch (answer.type) {
    case "edit":
    case "approve":
      return release(deps, asked);
    case "respond":
      return respond(deps, asked);
    case "reject":
      return isTogether(review.panel) ? vote(deps, asked, review, review.panel) : record(deps, asked, review);
    case "happened":
    case "not_happened":
      return record(deps, asked, review);
    case "retry":
      return retry(deps, asked);
  }
}

/** It lets the call go once more, so it is measured as a release is. */
async function retry(deps: DecideDeps, asked: Asked): Promise<DecideResult> {
  const { by, review } = asked;
  const agent = deps.agentOf(review.graphId);
  if (!agent) return notServed(review);
  const policy = agent.policy();
  const over = overLimitOf(policy, by, review);
  return over ? beyond(by, review, policy, over) : record(deps, asked, review);
}

function objectionTo(review: Review, by: Principal, answer: Answer, door: Door): Refused | null {
  if (review.status !== "open" && review.status !== "claimed") return tooLate(review);
  if (!isForCaller(review, door)) {
    const bar = barOf(by, review);
    if (bar) return barred(by, review, bar);
  }
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
  if (review.kind === "reply" && door === "thread") return unread;
  if (review.claimedBy && review.claimedBy.id !== by.id) return claimedByOther(review);
  if (answer.type === "respond" && isTogether(review.panel)) return notTogether;
  if (answer.args !== undefined && answer.type !== "edit") return notChanged(answer);
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

function notTaken(taken: readonly DecisionType[] | undefined, { type }: Answer): Refused | null {
  if (!taken || taken.includes(type)) return null;
  return refuse(
    "answer_not_allowed",
    `This review cannot be answered with "${type}". Answer with one of: ${taken.join(", ")}.`,
    { allowed: taken },
  );
}

/** Whoever sent other arguments would take them for released. */
function notChanged({ type }: Answer): Refused {
  return refuse(
    "request_invalid",
    `An answer "${type}" has no args: it is about the call as it waits. To change the call, send type "edit" with them.`,
  );
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
  plan: "A plan is approved as it is; where it should be otherwise, reject it and say how. ",
};

/** Whoever reaches the thread answers what its graph asks them. */
function isForCaller({ kind, roles }: Review, door: Door): boolean {
  return door === "thread" && kind === "question" && roles.includes(callerRole);
}

const notTogether = refuse(
  "answer_not_allowed",
  "Several people decide this, and an answer in the tool's stead is one person's. Approve, edit or reject it.",
  { allowed: ["approve", "edit", "reject"] },
);

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
    case "plan":
    case "settle":
      return record(deps, asked, review);
  }
}
