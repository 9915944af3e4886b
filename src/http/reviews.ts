// The review API: what waits, what was decided, what ran.
import { HoldpointError } from "../kernel/errors.js";
import { listExecutions } from "../storage/execution-rows.js";
import type { Answer } from "../review/decide.js";
import type { DecisionRequest } from "./contract.js";
import type { HttpDeps } from "./deps.js";
import type { Handlers } from "./mount.js";
import { executionToWire, reviewToWire } from "./wire/reviews.js";

export function reviewHandlers({
  runtime,
}: Pick<HttpDeps, "runtime">): Handlers<"listReviews" | "getReview" | "decide" | "listExecutions"> {
  return {
    async listReviews({
      principal,
      query: { status, thread_id: threadId, graph_id: graphId, limit, after },
    }) {
      const page = await runtime.reviews.list(principal.tenant, {
        limit,
        ...(status === undefined ? {} : { status }),
        ...(threadId === undefined ? {} : { threadId }),
        ...(graphId === undefined ? {} : { graphId }),
        ...(after === undefined ? {} : { after }),
      });
      return { items: page.items.map(reviewToWire), next: page.next };
    },

    async getReview({ principal, params: { id } }) {
      const review = await runtime.reviews.find(principal.tenant, id);
      if (!review)
        throw new HoldpointError("not_found", `There is no review ${id}.`, { details: { reviewId: id } });
      return reviewToWire(review);
    },

    async decide({ principal, params: { id }, headers, body }) {
      const result = await runtime.decide(principal, id, answerOf(body, headers["idempotency-key"]));
      if (!result.ok) throw result.error;
      return reviewToWire(result.review);
    },

    async listExecutions({ principal, query: { thread_id: threadId, limit } }) {
      const filter = threadId === undefined ? { limit } : { limit, threadId };
      const executions = await listExecutions(runtime.db, principal.tenant, filter);
      return { items: executions.map(executionToWire) };
    },
  };
}

function answerOf(
  { type, argsHash, args, reason, message, value }: DecisionRequest,
  idempotencyKey: string | undefined,
): Answer {
  return {
    type,
    argsHash,
    ...(args === undefined ? {} : { args }),
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
    ...(value === undefined ? {} : { value }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  };
}
