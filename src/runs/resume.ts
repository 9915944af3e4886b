// What a resumption carries into the graph: for each interrupt that has something to find on record, a token that
// wakes it. The token says nothing; the node reads the row.
import type { StateSnapshot } from "@langchain/langgraph";
import { isHold, type HoldPayload } from "../review/hold.js";
import type { ReviewStore } from "../review/store.js";
import { stillWaits } from "../review/waits.js";
import type { Run, Unclosed } from "../storage/run-rows.js";

export interface PendingHold {
  interruptId: string;
  hold: HoldPayload;
}

export function pendingHolds(state: StateSnapshot): PendingHold[] {
  return state.tasks.flatMap((task) => holdsOf(task.interrupts));
}

export function holdsOf(interrupts: readonly { id?: string; value?: unknown }[]): PendingHold[] {
  return interrupts.flatMap(({ id, value }) =>
    id !== undefined && isHold(value) ? [{ interruptId: id, hold: value }] : [],
  );
}

/** For each interrupt that has something to find on record, what wakes it. */
export type WakeTokens = Record<string, { wake: true }>;

/** Wakes holds that were decided, whose proposal changed since it was published, or that a fault had parked. */
export async function wakeTokens(
  store: ReviewStore,
  { tenant, threadId }: Pick<Run, "tenant" | "threadId">,
  pending: readonly PendingHold[],
): Promise<WakeTokens> {
  const ids = pending.flatMap(({ hold }) => hold.holdpoint.reviewId ?? []);
  const own = (await store.findMany(tenant, ids)).filter((review) => review.threadId === threadId);
  return tokensFor(
    pending,
    own.map((review) => ({ ...review, reviewId: review.id, stillWaits: stillWaits(review) })),
  );
}

/**
 * The same, out of what was seen when the run was taken up, without reading its checkpoint. Null where that cannot be
 * all: it does not show a hold whose decision waits to be delivered.
 */
export function wakeTokensAtHand({ waits, unclosed }: Pick<Run, "waits" | "unclosed">): WakeTokens | null {
  if (waits === null || unclosed === null) return null;
  const pending = Object.values(waits).flatMap((interrupts) => holdsOf(interrupts as { id?: string }[]));
  const shown = new Set(pending.map(({ hold }) => hold.holdpoint.reviewId));
  const isWhole = unclosed.every(({ reviewId, isDecided }) => !isDecided || shown.has(reviewId));
  const tokens = tokensFor(pending, unclosed);
  return isWhole && Object.keys(tokens).length > 0 ? tokens : null;
}

/** @param unclosed of the thread's own reviews: a copied thread shows the holds of another, and has to open its own. */
function tokensFor(
  pending: readonly PendingHold[],
  unclosed: readonly Omit<Unclosed, "isDecided">[],
): WakeTokens {
  const reviewById = new Map(unclosed.map((review) => [review.reviewId, review]));
  const awake = pending.filter(({ hold }) => {
    const { reviewId, argsHash, expiresAt } = hold.holdpoint;
    const review = reviewId === null ? undefined : reviewById.get(reviewId);
    if (!review?.stillWaits) return true;
    return review.argsHash !== argsHash || (review.expiresAt?.toISOString() ?? null) !== expiresAt;
  });
  return Object.fromEntries(awake.map(({ interruptId }) => [interruptId, { wake: true }]));
}
