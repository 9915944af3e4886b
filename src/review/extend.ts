// More time for whoever may decide: as much, and as often, as the policy gives their tier.
import { deadlineOf, type Policy } from "../policies/policy.js";
import type { DecideDeps, DecideResult, Refused } from "./answer.js";
import { lost } from "./claim.js";
import type { Principal } from "../kernel/principal.js";
import { handlerOf, objectionTo } from "./handling.js";
import { noReview, notServed, refuse } from "./refusals.js";
import { putOff } from "./rung.js";
import type { Review } from "./types.js";

export async function extend(
  deps: Pick<DecideDeps, "store" | "agentOf" | "deputies">,
  by: Principal,
  reviewId: string,
): Promise<DecideResult> {
  const review = await deps.store.find(by.tenant, reviewId);
  if (!review) return noReview(reviewId);
  const objection = objectionTo(review, await handlerOf(deps, by, review));
  if (objection) return objection;
  const agent = deps.agentOf(review.graphId);
  if (!agent) return notServed(review);
  const until = extendedBy(agent.policy(), review);
  if (!(until instanceof Date)) return until;
  const { version, extended } = review;
  const later = await deps.store.extend(by.tenant, { reviewId, version, extended, by, until });
  return later ? { ok: true, review: later } : lost(deps, by, review);
}

/** How often it may still be put off, and by how much; null: it has no deadline, or the policy gives its tier no more time. */
export function extensionOf(policy: Policy, review: Review): { ms: number; left: number } | null {
  const extension = deadlineOf(policy, review.tier)?.extend;
  if (!extension || review.expiresAt === null) return null;
  return { ms: extension.ms, left: Math.max(0, extension.times - review.extended) };
}

function extendedBy(policy: Policy, review: Review): Date | Refused {
  const { tier, expiresAt } = review;
  const deadline = deadlineOf(policy, tier);
  const extension = extensionOf(policy, review);
  if (!deadline || !extension || expiresAt === null)
    return refuse(
      "extension_refused",
      expiresAt === null
        ? "It has no deadline that could be put off: it waits until somebody decides."
        : `The policy gives "${tier}" no more time than it has.`,
    );
  if (extension.left === 0)
    return refuse(
      "extension_refused",
      `Its time was put off ${review.extended === 1 ? "once" : `${review.extended} times`} already, and the policy gives "${tier}" no more. Decide it, or hand it on.`,
      { extended: review.extended },
    );
  const until = putOff(deadline, expiresAt, extension.ms);
  if (until > expiresAt) return until;
  return refuse(
    "extension_refused",
    `The hours of "${tier}" end then, and outside of them nobody is waited for. Decide it, or hand it on.`,
  );
}
