// What people say to each other about a review. It decides nothing, and neither the agent nor whoever chats hears of it.
import type { Principal } from "../kernel/principal.js";
import type { Refused } from "./answer.js";
import type { ReviewEvent } from "./events.js";
import { noReview, refuse } from "./refusals.js";
import type { ReviewStore } from "./store.js";

export interface Comment {
  text: string;
  /** Who is asked to say something; null: whoever reads it. */
  to: string | null;
}

/** At any time: what was decided is talked about, too. A colleague who is asked needs no role of its tier to answer. */
export async function comment(
  store: Pick<ReviewStore, "find" | "comment">,
  by: Principal,
  reviewId: string,
  said: Comment,
): Promise<{ ok: true; event: ReviewEvent } | Refused> {
  const review = await store.find(by.tenant, reviewId);
  if (!review) return noReview(reviewId);
  if (by.kind === "agent")
    return refuse("decision_forbidden", `${by.id} is an agent, and has no part in what people say here.`);
  if (said.to === by.id)
    return refuse("request_invalid", "To ask yourself, nobody need be told. Leave `to` out.");
  return { ok: true, event: await store.comment(review, by, said) };
}
