// One recorded conversation, through the real graph.
import { isAIMessage, type BaseMessage } from "@langchain/core/messages";
import { setTimeout as delay } from "node:timers/promises";
import type { Holdpoint, ThreadView } from "../holdpoint.js";
import { messageOf } from "../kernel/errors.js";
import { actionId } from "../kernel/ids.js";
import { defaultTenant } from "../kernel/principal.js";
import type { Execution, Review } from "../review/types.js";
import type { RecordedConversation } from "./conversation.js";
import type { Verdict } from "./reviewer.js";

/** What became of a call. `refused`: it did not run, and nobody was asked. */
export type CallEnd = "executed-at-once" | "approved" | "rejected" | "refused";

export interface ReplayedConversation {
  conversation: RecordedConversation;
  /** In the order of the recording. */
  calls: readonly CallEnd[];
  /** Why it did not come to its end. */
  error: string | null;
}

export interface Replayer {
  holdpoint: Holdpoint;
  decide: (review: Review, conversation: RecordedConversation) => Verdict;
}

type VerdictByAction = Map<string, Verdict["type"]>;

/** Says what the users said, decides what is held, and reads from the record what came of each call. */
export async function replayConversation(
  replayer: Replayer,
  conversation: RecordedConversation,
): Promise<ReplayedConversation> {
  const verdicts: VerdictByAction = new Map();
  let messages: BaseMessage[] = [];
  let error: string | null = null;
  try {
    for (const [index, { words, answeredAt }] of conversation.exchanges.entries()) {
      const input = words.map((content, at) => ({
        role: "user",
        content,
        // The model finds its recording by the id of the first message.
        ...(index === 0 && at === 0 ? { id: conversation.id } : {}),
      }));
      const view = await decideAll(replayer, conversation, verdicts, { messages: input });
      messages = view.messages;
      const answered = messages.filter((message) => isAIMessage(message)).length;
      if (answered !== answeredAt)
        throw new Error(`It stopped at model message ${answered} of ${answeredAt}.`);
    }
  } catch (thrown) {
    error = messageOf(thrown);
  }
  const executions = await replayer.holdpoint.executions({
    threadId: conversation.id,
    limit: conversation.answers.length + 1,
  });
  const failed = executions.find(({ state }) => state !== "succeeded");
  return {
    conversation,
    calls: callEnds(conversation.id, messages, verdicts, executions),
    error: error ?? (failed ? `${failed.tool} ended as ${failed.state}: ${failed.error}` : null),
  };
}

/** Resolves when the agent has answered for good. */
async function decideAll(
  { holdpoint, decide }: Replayer,
  conversation: RecordedConversation,
  verdicts: VerdictByAction,
  input: { messages: unknown },
): Promise<ThreadView> {
  let view = await holdpoint.send(conversation.id, input);
  while (view.status === "interrupted" || view.status === "busy") {
    for (const { hold } of view.holds) {
      const { reviewId, title } = hold.holdpoint;
      // Parked by a fault of the database: it is tried again by itself.
      if (reviewId === null) await delay(200);
      else {
        const review = await holdpoint.review(reviewId);
        if (review?.kind !== "review") throw new Error(`Nobody can answer this in a replay: ${title}`);
        if (review.decision) continue;
        const verdict = decide(review, conversation);
        const decided = await holdpoint.decide(reviewId, { ...verdict, argsHash: review.argsHash });
        if (!decided.ok) throw decided.error;
        verdicts.set(review.actionId ?? reviewId, verdict.type);
      }
    }
    view = await holdpoint.wait(conversation.id);
  }
  if (view.error) throw new Error(`Its run failed: ${JSON.stringify(view.error)}`);
  return view;
}

function callEnds(
  threadId: string,
  messages: readonly BaseMessage[],
  verdicts: VerdictByAction,
  executions: readonly Execution[],
): CallEnd[] {
  const ran = new Set(executions.map((execution) => execution.actionId));
  const calls = messages.flatMap((message) =>
    isAIMessage(message)
      ? (message.tool_calls ?? []).map((_, callIndex) => ({ messageId: message.id ?? "", callIndex }))
      : [],
  );
  return calls.map((call) => {
    const id = actionId({ tenant: defaultTenant, threadId, checkpointNs: "", ...call });
    switch (verdicts.get(id)) {
      case "approve":
        return "approved";
      case "reject":
        return "rejected";
      case undefined:
        return ran.has(id) ? "executed-at-once" : "refused";
    }
  });
}
