// A reviewer's question to the agent about its own call: answered, and kept with the review. The thread knows nothing of it.
import type { BaseMessage } from "@langchain/core/messages";
import { HoldpointError } from "../kernel/errors.js";
import type { Principal } from "../kernel/principal.js";
import type { ReviewEvent } from "../review/events.js";
import { handlerOf, mayHandle } from "../review/handling.js";
import { forbidden, notServed, tooLate } from "../review/refusals.js";
import type { Review } from "../review/types.js";
import type { Runtime } from "../runtime.js";
import { noteAsked } from "../storage/review-events.js";

export async function askAboutReview(
  runtime: Runtime,
  caller: Principal,
  review: Review,
  question: string,
): Promise<ReviewEvent> {
  if (review.status !== "open" && review.status !== "claimed") throw tooLate(review).error;
  const by = await handlerOf(runtime, caller, review);
  if (!mayHandle(by, review)) throw forbidden(by, review).error;
  const agent = runtime.agents.get(review.graphId);
  if (!agent) throw notServed(review).error;
  const { threadId, graphId } = review;
  if (review.hosted || !(await runtime.runs.findThread(by.tenant, threadId))) throw keptElsewhere(review);
  const { values } = await runtime.stateOf(by, { threadId, graphId });
  const { messages = [] } = values as { messages?: BaseMessage[] };
  const answer = await agent.ask(messages, review, question);
  return noteAsked(runtime.db, review, by, { question, answer });
}

function keptElsewhere({ id }: Review): HoldpointError {
  return new HoldpointError(
    "unsupported",
    "The conversation of this review is not kept here, so its agent cannot be asked about it. Ask where it runs.",
    { details: { reviewId: id } },
  );
}
