import { AIMessage, ToolMessage, type BaseMessage } from "@langchain/core/messages";
import type { Log } from "../kernel/log.js";
import { actionIdOf } from "../review/propose.js";
import type { ReviewStore } from "../review/store.js";
import type { ReviewStatus, TaskScope } from "../review/types.js";
import { proposedCalls } from "./calls.js";
import { answerId } from "./tool-answer.js";

/**
 * Withdraws the reviews of calls that somebody else answered: middleware that takes a hold for a fault of the tool, or a
 * state update. The agent goes on from that answer, so a decision would be made in vain.
 */
export async function withdrawAnswered(
  { store, log }: { store: ReviewStore; log: Log },
  scope: TaskScope,
  messages: readonly BaseMessage[],
): Promise<void> {
  const { tenant, threadId } = scope;
  for (const actionId of answeredElsewhere(scope, messages)) {
    const standing = await store.standing(tenant, actionId);
    const { review, execution } = standing ?? {};
    if (!review || execution || !waiting.has(review.status)) continue;
    log.warn("a call that was held was answered by somebody else; its review is withdrawn", {
      threadId,
      reviewId: review.id,
    });
    await store.close(tenant, [review.id], "superseded");
  }
}

const waiting: ReadonlySet<ReviewStatus> = new Set(["open", "claimed", "decided"]);

function answeredElsewhere(scope: TaskScope, messages: readonly BaseMessage[]): string[] {
  const last = messages.findLast((message) => AIMessage.isInstance(message));
  const answers = new Map(
    messages.filter((one) => ToolMessage.isInstance(one)).map((one) => [one.tool_call_id, one.id]),
  );
  const calls = last ? proposedCalls(last) : [];
  return calls
    .filter((call) => answers.has(call.callId) && answers.get(call.callId) !== answerId(scope, call))
    .map((call) => actionIdOf(scope, call));
}
