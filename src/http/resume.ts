// What a resume value has to do with where nothing asks for a decision of ours: a graph's own questions, and a thread in
// which nothing waits any more.
import { HoldpointError } from "../kernel/errors.js";
import { titleForChats } from "../review/hold.js";
import type { ReviewStore } from "../review/store.js";
import type { Decision, Review } from "../review/types.js";
import { isByInterrupt, type HoldAnswer } from "./answers/answers-of.js";
import { unclear } from "./answers/refusals.js";

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
  if (!isByInterrupt(resume) && open.length !== 1) {
    throw unclear(
      `${open.length} questions wait. Say which one is meant: { [interruptId]: answer }.`,
      waiting,
    );
  }
  const given = isByInterrupt(resume)
    ? Object.entries(resume)
    : [[open[0]?.interruptId ?? "", resume] as const];
  return given.map(([interruptId, value]) => {
    const found = open.find((one) => one.interruptId === interruptId);
    if (!found) throw unclear(`No question with id ${interruptId} waits in this thread.`, waiting);
    const { id: reviewId, argsHash } = found.review;
    return { interruptId, reviewId, answer: { type: "respond", value, argsHash } };
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
    return unclear("Nothing in this thread waits for a decision, and nothing was decided in it.", []);
  const { review, decision } = last;
  const by = decision.decidedBy.id;
  const at = decision.decidedAt.toISOString();
  return new HoldpointError(
    "review_already_decided",
    `Nothing in this thread waits for a decision any more. ${by} made the last one at ${at}, on "${titleForChats(review)}": ` +
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
