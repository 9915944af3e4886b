// Who decides in a replay. Deciding is pure: a review, and what is known of its conversation, gives the answer.
import { canonicalJson } from "../kernel/json.js";
import type { Review } from "../review/types.js";
import type { RecordedConversation } from "./conversation.js";
import { isWrite, type RecordedEffect } from "./effects.js";

/** `approve` lets everything through. `ground-truth` knows which writes were right, and lets each through once. */
export const reviewerNames = ["approve", "ground-truth"] as const;
export type ReviewerName = (typeof reviewerNames)[number];

export type Verdict = { type: "approve" } | { type: "reject"; reason: string };

export function verdictOn(
  reviewer: ReviewerName,
  review: Pick<Review, "tool" | "args" | "reasons">,
  { rightWrites }: RecordedConversation,
  effect: RecordedEffect,
): Verdict {
  switch (reviewer) {
    case "approve":
      return { type: "approve" };
    case "ground-truth": {
      if (!isWrite(effect)) return { type: "approve" };
      const isRight = rightWrites.some(
        ({ tool, args }) => tool === review.tool && canonicalJson(args) === canonicalJson(review.args),
      );
      if (!isRight) return { type: "reject", reason: "This write is not among those that were right here." };
      const isRepeat = review.reasons.some(({ rule }) => rule === "possible-repeat");
      if (isRepeat) return { type: "reject", reason: "This write was made already, and is right only once." };
      return { type: "approve" };
    }
  }
}
