// Having a review to oneself for a while, giving it back, and handing it on: to a person, or up the ladder.
import type { Principal } from "../kernel/principal.js";
import { ladderFrom } from "../policies/policy.js";
import type { DecideDeps, DecideResult, Judge, Refused } from "./answer.js";
import type { Addressee } from "./events.js";
import { evidenceFor } from "./evidence.js";
import { barOf } from "./bars.js";
import { actingFor, type RolesOfNow } from "./deputies.js";
import { handlerOf, objectionTo } from "./handling.js";
import { barred, claimedByOther, noReview, notServed, refuse, stale, tooLate } from "./refusals.js";
import { rungOf } from "./rung.js";
import type { Review } from "./types.js";

type ClaimDeps = Pick<DecideDeps, "store" | "agentOf" | "deputies">;

const minuteMs = 60_000;
const claimMs = 10 * minuteMs;
/** For somebody who may be at something else. */
const handedOnMs = 8 * 60 * minuteMs;

/** Claiming again is having it for as long again. */
export async function claim(deps: ClaimDeps, by: Principal, reviewId: string): Promise<DecideResult> {
  const review = await deps.store.find(by.tenant, reviewId);
  if (!review) return noReview(reviewId);
  // Who has it without the role, because it was given to them or the role was taken from them, does not keep it.
  const acting = await actingFor(deps.deputies ?? null, by, review);
  const bar = barOf(acting, review);
  const objection = objectionTo(review, acting) ?? (bar && barred(acting, review, bar));
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
  deps: ClaimDeps & { rolesOfNow: RolesOfNow },
  by: Principal,
  reviewId: string,
  to: Addressee,
  note: string | null,
): Promise<DecideResult> {
  const review = await deps.store.find(by.tenant, reviewId);
  if (!review) return noReview(reviewId);
  const objection = objectionTo(review, await handlerOf(deps, by, review));
  if (objection) return objection;
  if ("person" in to) return handToPerson(deps, by, review, to.person, note);
  const agent = deps.agentOf(review.graphId);
  return agent ? handToTier(deps, by, review, { agent, tier: to.tier, note }) : notServed(review);
}

async function handToPerson(
  deps: ClaimDeps & { rolesOfNow: RolesOfNow },
  by: Principal,
  review: Review,
  person: string,
  note: string | null,
): Promise<DecideResult> {
  if (person === by.id)
    return refuse("hand_on_refused", "To have it yourself, claim it. Handing on is for somebody else.");
  if (deps.rolesOfNow(by.tenant, person)?.length === 0)
    return refuse(
      "hand_on_refused",
      `No account "${person}" has a role here: it would wait for hours for somebody who cannot come. ` +
        "Name an account as it is shown beside what it did, such as key:ada.",
    );
  const to: Principal = { id: person, kind: "person", roles: [], tenant: by.tenant };
  return claimFor(deps, by, review, { to, forMs: handedOnMs, note });
}

async function handToTier(
  deps: ClaimDeps,
  by: Principal,
  review: Review,
  { agent, tier, note }: { agent: Judge; tier: string; note: string | null },
): Promise<DecideResult> {
  const policy = agent.policy();
  const [own, ...tiers] = ladderFrom(policy, review.tier);
  // There it would begin anew: with all of its time, without the votes it has, on lighter terms where those have changed.
  if (!tiers.includes(tier)) {
    return refuse(
      "hand_on_refused",
      `It waits for "${review.tier}", and goes to a higher tier that the policy has, or to a person. ` +
        (own === undefined
          ? `The policy no longer has "${review.tier}".`
          : tiers.length > 0
            ? `It may go to: ${tiers.join(", ")}.`
            : "No tier is higher."),
      { tiers },
    );
  }
  if (agent.unstaffed?.(by.tenant).includes(tier) === true)
    return refuse(
      "hand_on_refused",
      `At "${tier}" nobody here may release it: there it would wait in vain.`,
      {
        tiers,
      },
    );
  const { id: reviewId, version } = review;
  const { now } = await evidenceFor(deps.store, policy, review);
  const rung = rungOf(policy, tier, now);
  const handed = await deps.store.handOn(by.tenant, { reviewId, version, by, rung, note });
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

/** Somebody was faster between our look and our statement. */
export async function lost(
  deps: Pick<ClaimDeps, "store" | "deputies">,
  by: Principal,
  review: Review,
): Promise<Refused> {
  const now = await deps.store.find(by.tenant, review.id);
  if (!now) return noReview(review.id);
  return objectionTo(now, await handlerOf(deps, by, now)) ?? stale(now);
}
