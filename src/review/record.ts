// An answer that passed every check wins or loses against all others in one guarded statement.
import type { JsonObject } from "../kernel/json.js";
import type { Principal } from "../kernel/principal.js";
import type { Answer, Asked, DecideDeps, DecideResult } from "./answer.js";
import { claimedByOther, noReview, overdue, stale, tooLate } from "./refusals.js";
import type { GivenBefore, LentStep, Rewritten } from "./store.js";
import { isToRelease, type GivenAnswer, type Review } from "./types.js";

/** What was decided on, and what was said to the questions of the rules. */
export interface Decided {
  args: JsonObject;
  argsHash: string;
  answers?: readonly GivenAnswer[];
  /** Of a plan that is approved. */
  lends?: readonly LentStep[];
}

export async function record(deps: DecideDeps, asked: Asked, decided: Decided): Promise<DecideResult> {
  const { by, review, answer } = asked;
  const after = await deps.store.decide(by.tenant, {
    id: deps.newId(),
    reviewId: review.id,
    type: answer.type,
    args: decided.args,
    argsHash: decided.argsHash,
    seenHash: answer.argsHash,
    version: review.version,
    reason: answer.reason ?? null,
    message: answer.message ?? null,
    answers: decided.answers ?? [],
    rewritten: rewrittenIn(review, decided.args),
    undoMs: undoMsOf(deps, asked),
    lends: decided.lends ?? [],
    decidedBy: by,
    idempotencyKey: answer.idempotencyKey ?? null,
  });
  if (!after) return lost(deps, asked);
  // What may be taken back is delivered by the sweep, once it is final.
  if (after.decidingUntil === null) await deps.resumption.resume(after);
  return { ok: true, review: after };
}

/** What a door that knows no blocks made of the words: they were all written by who answered there. */
export function rewrittenIn({ draft, args }: Review, decided: JsonObject): Rewritten | null {
  if (!draft) return null;
  const [before, after] = [args[draft.field], decided[draft.field]];
  return typeof before === "string" && typeof after === "string" && before !== after
    ? { before, after }
    : null;
}

/** Only a release waits for that; to say what became of a call writes it down at once. */
export function undoMsOf(deps: DecideDeps, { review, answer }: Asked): number | null {
  if (!answer.undo || !isToRelease(review)) return null;
  return deps.agentOf(review.graphId)?.policy().undoMs ?? null;
}

/** Somebody was faster between our look and our statement: say who, or what changed. */
export async function lost(deps: DecideDeps, { by, review, answer }: Asked): Promise<DecideResult> {
  const now = await deps.store.find(by.tenant, review.id);
  if (!now) return noReview(review.id);
  if (await wasGivenBefore(deps, by, review.id, answer)) return { ok: true, review: now };
  if (now.isOverdue) return overdue(now);
  if (now.claimedBy && now.claimedBy.id !== by.id) return claimedByOther(now);
  return now.status === "open" || now.status === "claimed" ? stale(now) : tooLate(now);
}

/** Is this the same answer again, under its own key? */
export async function wasGivenBefore(
  { store }: Pick<DecideDeps, "store">,
  by: Principal,
  reviewId: string,
  answer: Answer,
): Promise<boolean> {
  if (answer.idempotencyKey === undefined) return false;
  const earlier = await store.givenBefore(by.tenant, reviewId, answer.idempotencyKey);
  return earlier !== null && isRepeat(earlier, by, answer);
}

/** A key repeats its own answer; it makes nobody else's, and no other answer, into that one. */
function isRepeat(earlier: GivenBefore, by: Principal, answer: Answer): boolean {
  return (
    earlier.decidedBy.id === by.id && earlier.type === answer.type && earlier.seenHash === answer.argsHash
  );
}
