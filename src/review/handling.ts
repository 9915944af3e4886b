// What is done with a review short of deciding it: having it, handing it on, writing its words, asking its agent. It takes
// a role of its tier, one's own or one that was given to a deputy.
import { holdsRole, type Principal } from "../kernel/principal.js";
import type { DecideDeps, Refused } from "./answer.js";
import { actingFor } from "./deputies.js";
import { claimedByOther, forbidden, overdue, tooLate } from "./refusals.js";
import type { Review } from "./types.js";

/** Themselves where their own right is enough, else in the stead of who gave them theirs. */
export async function handlerOf(
  { deputies }: Pick<DecideDeps, "deputies">,
  by: Principal,
  review: Review,
): Promise<Principal> {
  return mayHandle(by, review) ? by : actingFor(deputies ?? null, by, review);
}

/** Why this person may do nothing with it now; null where they may. */
export function objectionTo(review: Review, by: Principal): Refused | null {
  if (review.status !== "open" && review.status !== "claimed") return tooLate(review);
  if (review.isOverdue) return overdue(review);
  if (!mayHandle(by, review)) return forbidden(by, review);
  return review.claimedBy && review.claimedBy.id !== by.id ? claimedByOther(review) : null;
}

/** Whoever may decide it; and who was given it, whatever their roles: they may at least ask, and give it on. */
export function mayHandle(by: Principal, { roles, claimedBy }: Review): boolean {
  return by.kind !== "agent" && (claimedBy?.id === by.id || holdsRole(by, roles));
}
