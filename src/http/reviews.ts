// The review API: what waits, what was decided, what ran.
import { HoldpointError } from "../kernel/errors.js";
import type { Principal } from "../kernel/principal.js";
import { listExecutions } from "../storage/execution-rows.js";
import { actionsOfThread, decidedAlike } from "../storage/review-context.js";
import { tallyReviews } from "../storage/review-queue.js";
import type { Review } from "../review/types.js";
import { assessEdit } from "../review/assess-edit.js";
import { undo as undoDecision } from "../review/undo.js";
import type { Answer } from "../review/decide.js";
import type { reviewRoutes } from "./contract/review-routes.js";
import type { DecisionRequest, Turn } from "./contract.js";
import type { HttpDeps } from "./deps.js";
import type { HandlersOf } from "./mount.js";
import { watchQueue } from "./review-events.js";
import { eventStream } from "./sse.js";
import { conversationOf } from "./wire/conversation.js";
import {
  executionToWire,
  instructionsToWire,
  reviewToWire,
  tallyToWire,
  threadActionToWire,
} from "./wire/reviews.js";

const dayMs = 24 * 60 * 60 * 1_000;
const lastTurns = 60;
const lastActions = 200;
const mostAlike = 5;

export function reviewHandlers({
  runtime,
  heartbeatMs,
}: Pick<HttpDeps, "runtime" | "heartbeatMs">): HandlersOf<typeof reviewRoutes> {
  const find = async ({ tenant }: Principal, id: string): Promise<Review> => {
    const review = await runtime.reviews.find(tenant, id);
    if (review) return review;
    throw new HoldpointError("not_found", `There is no review ${id}.`, { details: { reviewId: id } });
  };

  const conversation = async (
    principal: Principal,
    { hosted, threadId, graphId }: Review,
  ): Promise<Turn[]> => {
    const served = runtime.graphs.get(graphId);
    if (hosted || !served || !(await runtime.runs.findThread(principal.tenant, threadId))) return [];
    const { values } = await runtime.stateOf(principal, { threadId, graphId });
    return conversationOf(served.shown(values as Record<string, unknown>), lastTurns);
  };

  return {
    async listReviews({
      principal,
      query: {
        status,
        thread_id: threadId,
        graph_id: graphId,
        tool,
        tier,
        level,
        deciding,
        order,
        limit,
        after,
      },
    }) {
      const page = await runtime.reviews.list(principal.tenant, {
        limit,
        order,
        ...(tool === undefined ? {} : { tool }),
        ...(tier === undefined ? {} : { tier }),
        ...(level === undefined ? {} : { level }),
        ...(status === undefined ? {} : { status }),
        ...(threadId === undefined ? {} : { threadId }),
        ...(graphId === undefined ? {} : { graphId }),
        ...(deciding === undefined ? {} : { decidingBy: principal.id }),
        ...(after === undefined ? {} : { after }),
      });
      return { items: page.items.map(reviewToWire), next: page.next };
    },

    tallyReviews: async ({ principal, query: { since } }) =>
      tallyToWire(await tallyReviews(runtime.db, principal.tenant, sinceWhen(since))),

    watchReviews: async ({ principal: { tenant }, query: { since }, signal }) =>
      eventStream(watchQueue({ runtime }, { tenant, since: sinceWhen(since), signal }), {
        headers: {},
        heartbeatMs,
      }),

    getReview: async ({ principal, params: { id } }) => reviewToWire(await find(principal, id)),

    async getReviewContext({ principal, params: { id } }) {
      const review = await find(principal, id);
      const [turns, actions, alike] = await Promise.all([
        conversation(principal, review),
        actionsOfThread(runtime.db, principal.tenant, review.threadId, lastActions),
        decidedAlike(runtime.db, review, mostAlike),
      ]);
      const agent = runtime.agents.get(review.graphId);
      const tool = agent?.tools.get(review.tool);
      return {
        conversation: turns,
        actions: actions.map(threadActionToWire),
        alike: alike.map((one) => ({ ...one, review: reviewToWire(one.review) })),
        instructions: agent ? instructionsToWire(agent.policy(), review, tool) : null,
        argsSchema: tool?.argsSchema ?? null,
      };
    },

    async decide({ principal, params: { id }, headers, body }) {
      const result = await runtime.decide(principal, id, answerOf(body, headers["idempotency-key"]));
      if (!result.ok) throw result.error;
      return reviewToWire(result.review);
    },

    async undoDecision({ principal, params: { id } }) {
      const result = await undoDecision({ store: runtime.reviews }, principal, id);
      if (!result.ok) throw result.error;
      return reviewToWire(result.review);
    },

    async assessEdit({ principal, params: { id }, body: { args } }) {
      const review = await find(principal, id);
      const assessed = assessEdit(runtime.agents.get(review.graphId) ?? null, principal, review, args);
      if (!assessed.ok) throw assessed.error;
      return assessed.value;
    },

    async listExecutions({ principal, query: { thread_id: threadId, limit } }) {
      const filter = threadId === undefined ? { limit } : { limit, threadId };
      const executions = await listExecutions(runtime.db, principal.tenant, filter);
      return { items: executions.map(executionToWire) };
    },
  };
}

function sinceWhen(since: string | undefined): Date {
  return since === undefined ? new Date(Date.now() - dayMs) : new Date(since);
}

function answerOf(
  { type, argsHash, args, reason, message, answers, undo, value }: DecisionRequest,
  idempotencyKey: string | undefined,
): Answer {
  return {
    type,
    argsHash,
    ...(args === undefined ? {} : { args }),
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
    ...(answers === undefined ? {} : { answers }),
    ...(undo === undefined ? {} : { undo }),
    ...(value === undefined ? {} : { value }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  };
}
