// What a resumption carries into the graph: for each interrupt that has something to find on record, a token that
// wakes it. The token says nothing; the node reads the row.
import type { StateSnapshot } from "@langchain/langgraph";
import { isHold, type HoldPayload } from "../review/hold.js";
import type { ReviewStore } from "../review/store.js";
import { stillWaits } from "../review/waits.js";
import type { Review } from "../review/types.js";
import type { Run } from "../storage/run-rows.js";

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
  return tokensFor(threadId, pending, await store.findMany(tenant, ids));
}

/**
 * The same, out of what the last run left in the thread's row, without reading its checkpoint. Null where that cannot
 * be all: it does not show a hold whose decision waits to be delivered.
 */
export async function wakeTokensAtHand(
  store: ReviewStore,
  { tenant, threadId, waits }: Pick<Run, "tenant" | "threadId" | "waits">,
): Promise<WakeTokens | null> {
  if (waits === null) return null;
  const pending = Object.values(waits).flatMap((interrupts) => holdsOf(interrupts as { id?: string }[]));
  const unclosed = await store.unclosedOf(tenant, threadId);
  const shown = new Set(pending.map(({ hold }) => hold.holdpoint.reviewId));
  const isWhole = unclosed.every(({ id, status }) => status !== "decided" || shown.has(id));
  const tokens = tokensFor(threadId, pending, unclosed);
  return isWhole && Object.keys(tokens).length > 0 ? tokens : null;
}

function tokensFor(
  threadId: string,
  pending: readonly PendingHold[],
  reviews: readonly Review[],
): WakeTokens {
  const reviewById = new Map(reviews.map((review) => [review.id, review]));
  const awake = pending.filter(({ hold }) => {
    const { reviewId, argsHash, expiresAt } = hold.holdpoint;
    if (reviewId === null) return true;
    const review = reviewById.get(reviewId);
    // A copied thread shows the holds of the one it was copied from; it has to open its own.
    if (review && review.threadId !== threadId) return true;
    if (!review || !stillWaits(review)) return true;
    return review.argsHash !== argsHash || (review.expiresAt?.toISOString() ?? null) !== expiresAt;
  });
  return Object.fromEntries(awake.map(({ interruptId }) => [interruptId, { wake: true }]));
}
