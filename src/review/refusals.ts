// What is said to an answer that is not taken.
import { completenessOf, openIn, type Draft, type DraftBlock } from "../drafting/block.js";
import { asShown } from "../drafting/change.js";
import { HoldpointError, type ErrorCode } from "../kernel/errors.js";
import { isGuest, subjectOf, type Principal } from "../kernel/principal.js";
import { whoMay } from "../policies/limits.js";
import { ladderFrom, type Policy } from "../policies/policy.js";
import type { Refused } from "./answer.js";
import type { Bar } from "./bars.js";
import type { CallOverLimit } from "./over-limit.js";
import type { Review } from "./types.js";

export function refuse(code: ErrorCode, message: string, details: Record<string, unknown> = {}): Refused {
  return { ok: false, error: new HoldpointError(code, message, { details }) };
}

export function noReview(reviewId: string): Refused {
  return refuse("not_found", `There is no review ${reviewId}.`, { reviewId });
}

export function tooLate({ id, status, decision }: Review): Refused {
  if (status === "expired") {
    return refuse(
      "review_expired",
      "Nobody decided this review in time: it is refused, and its agent is told so.",
      {
        reviewId: id,
      },
    );
  }
  if (!decision) {
    return refuse("review_already_decided", `This review is ${status}; it can no longer be decided.`, {
      reviewId: id,
      status,
    });
  }
  const at = decision.decidedAt.toISOString();
  return refuse(
    "review_already_decided",
    `${decision.decidedBy.id} decided this review at ${at}: ${decision.type}. The first decision stands; yours changed nothing.`,
    { reviewId: id, decidedBy: decision.decidedBy.id, decidedAt: at, decision: decision.type },
  );
}

/** Silence has its consequence, whoever comes a moment later. */
export function overdue({ id, expiresAt, tier }: Review): Refused {
  const at = expiresAt?.toISOString();
  return refuse(
    "review_expired",
    `${tier} had until ${at} to decide this, and nobody did: it goes on to others, or is refused. Yours changed nothing.`,
    { reviewId: id, expiresAt: at },
  );
}

/** Only who has it decides it, for as long as they do. */
export function claimedByOther({ id, claimedBy, claimedUntil }: Review): Refused {
  const until = claimedUntil?.toISOString();
  return refuse(
    "review_claimed",
    `${claimedBy?.id ?? "Somebody else"} has this review until ${until}, and nobody else decides it before. Yours changed nothing.`,
    { reviewId: id, claimedBy: claimedBy?.id, claimedUntil: until },
  );
}

/** Who is asked to decide says why it is suspected: that is not for whoever chats. */
export function forbidden(by: Principal, { tier, roles }: Review): Refused {
  if (isGuest(by))
    return refuse("decision_forbidden", `${by.id} may not decide this: it is for people with a role here.`);
  return refuse(
    "decision_forbidden",
    by.kind === "agent"
      ? `${by.id} is an agent, and agents decide nothing, whatever their roles.`
      : `${by.id} may not decide this: tier "${tier}" asks for one of the roles ${roles.join(", ")}.`,
    { tier, roles },
  );
}

/** Why this person decides nothing of it, in words. */
export function barred(by: Principal, review: Review, bar: Bar): Refused {
  const { id: reviewId, tier, roles, requestedBy } = review;
  switch (bar.kind) {
    case "agent":
    case "role":
      return forbidden(by, review);
    case "turn":
      return refuse(
        "decision_forbidden",
        `It is not the turn of ${by.id}: "${tier}" decides in turn, and now it is for ${roles.join(", ")}.`,
        { reviewId, tier, roles, why: bar.kind },
      );
    case "asked":
      return refuse(
        "decision_forbidden",
        `${askedFor(by, requestedBy)} Tier "${tier}" asks for somebody else to decide it.`,
        { reviewId, tier, requestedBy: requestedBy.id, why: bar.kind },
      );
    case "voted": {
      const { by: voter, at, type } = bar.vote;
      // What another one said may be hidden from who has the same right.
      const who =
        voter.id === by.id
          ? `${by.id} has voted on this already: ${type}, at ${at.toISOString()}.`
          : `${voter.id} has voted on this already, by the same right as ${by.id}, at ${at.toISOString()}.`;
      return refuse("already_voted", `${who} One person is one vote; this one changed nothing.`, {
        reviewId,
        votedAt: at.toISOString(),
      });
    }
  }
}

/** It is more than this person may release; nothing is said of who else decides it otherwise. */
export function beyond(by: Principal, review: Review, policy: Policy, over: CallOverLimit): Refused {
  const { amount, currency, upTo, tool } = over;
  const tiers = ladderFrom(policy, review.tier).slice(1);
  const may = whoMay(policy, tool, over);
  const moved = amount === null ? `an amount that cannot be read` : `${amount} ${currency}`;
  const limit = upTo === Infinity ? "no limit" : `${upTo} ${currency}`;
  return refuse(
    "over_limit",
    `${over.step === null ? "This" : `Step ${over.step}`} moves ${moved}, and ${by.id} may release up to ${limit}. ` +
      (may.length > 0 ? `Who may: ${may.join(", ")}. ` : "Nobody may, by this policy. ") +
      `Hand it on to one of them${tiers.length > 0 ? `, or up to ${tiers.join(" or ")}` : ""}.`,
    { reviewId: review.id, amount, currency, limit: upTo === Infinity ? null : upTo, mayRelease: may, tiers },
  );
}

function askedFor(by: Principal, requestedBy: Principal): string {
  if (by.id === requestedBy.id) return `${by.id} asked for this.`;
  if (subjectOf(by) === subjectOf(requestedBy))
    return `${by.id} is the same person as ${requestedBy.id}, who asked for this.`;
  return by.onBehalfOf?.subject === subjectOf(requestedBy)
    ? `${by.id} would decide in the stead of ${requestedBy.id}, who asked for this.`
    : `${by.id} would decide by the same right as ${requestedBy.id}, who asked for this.`;
}

export function stale({ id, argsHash }: Review): Refused {
  return refuse(
    "decision_stale",
    "What waits is not what this decision was made on: it was changed since. Look again, then decide.",
    { reviewId: id, argsHash },
  );
}

export function noDraft({ id }: Review): Refused {
  return refuse("not_found", "The words of this review are not written in blocks: it has no draft.", {
    reviewId: id,
  });
}

export function blockChanged({ id }: Pick<Review, "id">, block: DraftBlock): Refused {
  return refuse(
    "draft_changed",
    `${block.changedBy ?? "The agent"} changed this block meanwhile. Yours changed nothing: look at what stands there now.`,
    { reviewId: id, block: asShown(block) },
  );
}

/** Silence of a machine about what it does not know must not go out as its word. */
export function unfinished({ id }: Review, { blocks, isWriting }: Draft): Refused {
  const open = openIn(blocks).map((block) => block.id);
  return refuse(
    "draft_incomplete",
    `${open.length} of ${blocks.length} blocks of the draft ${open.length === 1 ? "is" : "are"} still open` +
      `${isWriting ? ", and its agent is still writing" : ""}: fill in what is missing, and accept or change what is uncertain. Then it can go out.`,
    { reviewId: id, open, completeness: completenessOf(blocks) },
  );
}

export function notServed({ graphId }: Review): Refused {
  return refuse(
    "agent_not_served",
    `This server does not serve the agent "${graphId}", and cannot judge its calls. Decide at one that does; what releases nothing is taken here, too.`,
    { graphId },
  );
}

export function toolGone({ tool }: Review): Refused {
  return refuse(
    "edit_refused",
    `The tool ${tool} no longer exists, so nothing can check the edit. Reject it instead.`,
  );
}
