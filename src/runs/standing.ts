// Which reviews of a thread have their hold in its newest checkpoint, or will have it as soon as somebody goes on with it.
import type { StateSnapshot } from "@langchain/langgraph";
import type { ServedGraph } from "../graph/served-graph.js";
import type { AgentStateValue } from "../graph/state.js";
import type { ReviewStore } from "../review/store.js";
import type { Run } from "../storage/run-rows.js";
import { pendingHolds } from "./resume.js";

/** Ids of reviews; all others that are open in the thread are lost. */
export async function standingIn(
  reviews: ReviewStore,
  served: ServedGraph,
  { tenant, threadId }: Pick<Run, "tenant" | "threadId">,
  state: StateSnapshot,
): Promise<string[]> {
  const shown = pendingHolds(state).flatMap(({ hold }) => hold.holdpoint.reviewId ?? []);
  if (state.tasks.every(({ interrupts }) => interrupts.length > 0)) return shown;
  const unclosed = await reviews.unclosedOf(tenant, threadId);
  const ahead = await Promise.all(
    unclosed.map(async ({ id, actionId }) => {
      const standing = actionId === null ? null : await reviews.standing(tenant, actionId);
      const isAhead = standing !== null && isAheadIn(served, state, standing.action.messageId);
      return isAhead ? [id] : [];
    }),
  );
  return [...shown, ...ahead.flat()];
}

/**
 * A run ended before it came to the interrupt: the next one comes to it, if what was proposed is still said there. Of an
 * agent within another graph nobody can tell from outside.
 */
function isAheadIn({ kind }: ServedGraph, { values }: StateSnapshot, messageId: string): boolean {
  if (kind === "plain") return true;
  const { messages = [], answer } = Object(values) as Partial<AgentStateValue>;
  // What differs from the record is proposed under the message's id and a mark.
  const [said] = messageId.split("#");
  return answer?.messageId === said || messages.some(({ id }) => id === said);
}
