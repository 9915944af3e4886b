// Having a review to oneself for a while, giving it back, and handing it on: to a person, or up the ladder.
import { holdsRole, type Principal } from "../kernel/principal.js";
import { deadlineOf, ladderFrom, rolesOf, type Policy } from "../policies/policy.js";
import type { DecideDeps, DecideResult, Refused } from "./answer.js";
import type { Addressee } from "./events.js";
import {
  claimedByOther,
  forbidden,
  noReview,
  notServed,
  overdue,
  refuse,
  stale,
  tooLate,
} from "./refusals.js";
import type { Review } from "./types.js";

type ClaimDeps = Pick<DecideDeps, "store" | "agentOf">;

const minuteMs = 60_000;
const claimMs = 10 * minuteMs;
/** For somebody who may be at something else. */
const handedOnMs = 8 * 60 * minuteMs;

/** Claiming again is having it for as long again. */
export async function claim(deps: ClaimDeps, by: Principal, reviewId: string): Promise<DecideResult> {
  const review = await deps.store.find(by.tenant, reviewId);
  if (!review) return noReview(reviewId);
  const objection = objectionTo(review, by);
  if (objection) return objection;
  return claimFor(deps, by, review, { to: by, forMs: claimMs, note: null });
}

export async function release(deps: ClaimDeps, by: Principal, reviewId: string): Promise<DecideResult> {
  const released = await deps.store.release(by.tenant, reviewId, by);
  if (released) return { ok: true, review: released };
  const review = await deps.store.find(by.tenant, reviewId);
  if (!review) return noReview(reviewId);
  if (review.status === "claimed") return claimedByOther(review);
  // What nobody has need not be given back.
  return review.status === "open" ? { ok: true, review } : tooLate(review);
}

export async function handOn(
  deps: ClaimDeps,
  by: Principal,
  reviewId: string,
  to: Addressee,
  note: string | null,
): Promise<DecideResult> {
  const review = await deps.store.find(by.tenant, reviewId);
  if (!review) return noReview(reviewId);
  const objection = objectionTo(review, by);
  if (objection) return objection;
  if ("person" in to) return handToPerson(deps, by, review, to.person, note);
  const agent = deps.agentOf(review.graphId);
  return agent
    ? handToTier(deps, by, review, { policy: agent.policy(), tier: to.tier, note })
    : notServed(review);
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

async function handToPerson(
  deps: ClaimDeps,
  by: Principal,
  review: Review,
  person: string,
  note: string | null,
): Promise<DecideResult> {
  if (person === by.id)
    return refuse("hand_on_refused", "To have it yourself, claim it. Handing on is for somebody else.");
  const to: Principal = { id: person, kind: "person", roles: [], tenant: by.tenant };
  return claimFor(deps, by, review, { to, forMs: handedOnMs, note });
}

async function handToTier(
  deps: ClaimDeps,
  by: Principal,
  review: Review,
  { policy, tier, note }: { policy: Policy; tier: string; note: string | null },
): Promise<DecideResult> {
  const tiers = ladderFrom(policy, review.tier);
  if (!tiers.includes(tier)) {
    return refuse(
      "hand_on_refused",
      `It waits for "${review.tier}", and goes to no lower tier, nor to one that the policy does not have. ` +
        (tiers.length > 0
          ? `It may go to: ${tiers.join(", ")}.`
          : `The policy no longer has "${review.tier}".`),
      { tiers },
    );
  }
  const { id: reviewId, version } = review;
  const roles = [...rolesOf(policy, tier)];
  const respondMs = deadlineOf(policy, tier)?.ms ?? null;
  const handed = await deps.store.handOn(by.tenant, { reviewId, version, by, tier, roles, respondMs, note });
  return handed ? { ok: true, review: handed } : lost(deps, by, review);
}

async function claimFor(
  deps: ClaimDeps,
  by: Principal,
  review: Review,
  how: { to: Principal; forMs: number; note: string | null },
): Promise<DecideResult> {
  const { id: reviewId, version } = review;
  const claimed = await deps.store.claim(by.tenant, { reviewId, version, by, ...how });
  return claimed ? { ok: true, review: claimed } : lost(deps, by, review);
}

async function lost({ store }: ClaimDeps, by: Principal, review: Review): Promise<Refused> {
  const now = await store.find(by.tenant, review.id);
  if (!now) return noReview(review.id);
  return objectionTo(now, by) ?? stale(now);
}
