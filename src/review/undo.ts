// Taking a decision back, for as long as nothing has come of it.
import type { Principal } from "../kernel/principal.js";
import type { DecideResult } from "./answer.js";
import { noReview, refuse } from "./refusals.js";
import type { ReviewStore } from "./store.js";
import type { Review } from "./types.js";

/** One of this and of what the decision leads to wins, in the statement that writes. */
export async function undo(
  { store }: { store: ReviewStore },
  by: Principal,
  reviewId: string,
): Promise<DecideResult> {
  const reopened = await store.undo(by.tenant, reviewId, by);
  if (reopened) return { ok: true, review: reopened };
  const review = await store.find(by.tenant, reviewId);
  return review ? notUndone(by, review) : noReview(reviewId);
}

function notUndone(by: Principal, { id: reviewId, status, decision, votes }: Review): DecideResult {
  if (!decision && votes.some((vote) => vote.by.id === by.id)) {
    return refuse(
      "undo_too_late",
      "Your vote can no longer be taken back: the time for that is over, the policy gives none, or somebody after you went by it.",
      { reviewId, status },
    );
  }
  if (!decision) {
    return refuse("undo_too_late", `There is no decision to take back: this review is ${status}.`, {
      reviewId,
      status,
    });
  }
  const { decidedBy, type } = decision;
  if (decidedBy.id !== by.id) {
    return refuse(
      "decision_forbidden",
      `${decidedBy.id} decided this. Who decided takes it back, and nobody else.`,
      { reviewId, decidedBy: decidedBy.id },
    );
  }
  return refuse(
    "undo_too_late",
    `The decision (${type}) can no longer be taken back: the time for that is over, or the policy gives none.`,
    { reviewId, decision: type },
  );
}
