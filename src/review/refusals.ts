// What is said to an answer that is not taken.
import { completenessOf, openIn, type Draft } from "../drafting/block.js";
import { HoldpointError, type ErrorCode } from "../kernel/errors.js";
import type { Principal } from "../kernel/principal.js";
import type { Refused } from "./answer.js";
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

export function forbidden(by: Principal, { tier, roles }: Review): Refused {
  return refuse(
    "decision_forbidden",
    by.kind === "agent"
      ? `${by.id} is an agent, and agents decide nothing, whatever their roles.`
      : `${by.id} may not decide this: tier "${tier}" asks for one of the roles ${roles.join(", ")}.`,
    { tier, roles },
  );
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
    `This server does not serve the agent "${graphId}", and cannot judge its calls. Decide at one that does, or reject it here.`,
    { graphId },
  );
}

export function toolGone({ tool }: Review): Refused {
  return refuse(
    "edit_refused",
    `The tool ${tool} no longer exists, so nothing can check the edit. Reject it instead.`,
  );
}
