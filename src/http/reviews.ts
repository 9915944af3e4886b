// The review API: what waits, what was decided, what ran.
import { HoldpointError } from "../kernel/errors.js";
import type { Principal } from "../kernel/principal.js";
import { complain } from "../storage/complaint-rows.js";
import { listExecutions } from "../storage/execution-rows.js";
import { actionsOfThread, decidedOf, saidOfCall } from "../storage/review-context.js";
import { eventsOfReview } from "../storage/review-events.js";
import { tallyReviews } from "../storage/review-queue.js";
import type { Review } from "../review/types.js";
import { assessEdit } from "../review/assess-edit.js";
import { undo as undoDecision } from "../review/undo.js";
import { comment } from "../review/comment.js";
import { mayDecide } from "../review/may-decide.js";
import { likest } from "../review/likeness.js";
import { judgedBy } from "../review/terms.js";
import { claim, handOn, release } from "../review/claim.js";
import { extend } from "../review/extend.js";
import type { Answer, DecideResult } from "../review/decide.js";
import type { reviewRoutes } from "./contract/review-routes.js";
import type { DecisionRequest, Review as WireReview, Turn } from "./contract.js";
import { askAboutReview } from "./ask-agent.js";
import type { HttpDeps } from "./deps.js";
import type { HandlersOf } from "./mount.js";
import { watchQueue } from "./review-events.js";
import { sinceWhen } from "./since-when.js";
import { eventStream } from "./sse.js";
import { personToWire } from "./wire/person.js";
import { conversationOf } from "./wire/conversation.js";
import {
  eventToWire,
  executionToWire,
  instructionsToWire,
  reviewToWire,
  tallyToWire,
  threadActionToWire,
} from "./wire/reviews.js";

const lastTurns = 60;
const lastActions = 200;
const newestDecided = 300;
const mostAlike = 5;
const lastEvents = 100;

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

  const deps = {
    store: runtime.reviews,
    agentOf: (graphId: string) => runtime.judgeOf(graphId),
    deputies: runtime.deputies,
    rolesOfNow: runtime.rolesOfNow,
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
        older_than: olderThanMinutes,
        confidence_below: confidenceBelow,
        claimed,
        asked,
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
        ...(olderThanMinutes === undefined ? {} : { olderThanMinutes }),
        ...(confidenceBelow === undefined ? {} : { confidenceBelow }),
        ...(status === undefined ? {} : { status }),
        ...(threadId === undefined ? {} : { threadId }),
        ...(graphId === undefined ? {} : { graphId }),
        ...(claimed === undefined ? {} : { claimedBy: claimed === "mine" ? principal.id : null }),
        ...(asked === undefined ? {} : { askedOf: principal.id }),
        ...(deciding === undefined ? {} : { decidingBy: principal.id }),
        ...(after === undefined ? {} : { after }),
      });
      return { items: page.items.map((review) => reviewToWire(review, principal)), next: page.next };
    },

    tallyReviews: async ({ principal, query: { since } }) =>
      tallyToWire(await tallyReviews(runtime.db, principal.tenant, sinceWhen(since))),

    watchReviews: async ({ principal: { tenant }, query: { since }, signal }) =>
      eventStream(watchQueue({ runtime }, { tenant, since: sinceWhen(since), signal }), {
        headers: {},
        heartbeatMs,
      }),

    getReview: async ({ principal, params: { id } }) => reviewToWire(await find(principal, id), principal),

    async getReviewContext({ principal, params: { id } }) {
      const review = await find(principal, id);
      const [turns, actions, decided, { rationale, score }, events] = await Promise.all([
        conversation(principal, review),
        actionsOfThread(runtime.db, principal.tenant, review.threadId, lastActions),
        decidedOf(runtime.db, review, newestDecided),
        saidOfCall(runtime.db, review),
        eventsOfReview(runtime.db, principal.tenant, id, lastEvents),
      ]);
      const agent = runtime.judgeOf(review.graphId);
      const tool = agent?.tools.get(review.tool);
      return {
        mayDecide: await mayDecide(deps, principal, review),
        conversation: turns,
        actions: actions.map(threadActionToWire),
        rationale,
        score: score && { score: score.score, parts: score.parts },
        alike: likest(review, decided, mostAlike).map(({ one, likeness }) => ({
          review: reviewToWire(one, principal),
          execution: one.execution,
          likeness,
        })),
        events: events.map(eventToWire),
        instructions: agent
          ? instructionsToWire(await judgedBy(runtime.reviews, agent, review), review)
          : null,
        argsSchema: tool?.argsSchema ?? null,
      };
    },

    async decide({ principal, params: { id }, headers, body }) {
      const result = await runtime.decide(principal, id, answerOf(body, headers["idempotency-key"]));
      return reviewIn(result, principal);
    },

    async undoDecision({ principal, params: { id } }) {
      return reviewIn(await undoDecision(deps, principal, id), principal);
    },

    claim: async ({ principal, params: { id } }) => reviewIn(await claim(deps, principal, id), principal),
    release: async ({ principal, params: { id } }) => reviewIn(await release(deps, principal, id), principal),
    extend: async ({ principal, params: { id } }) => reviewIn(await extend(deps, principal, id), principal),
    handOn: async ({ principal, params: { id }, body: { to, note } }) =>
      reviewIn(await handOn(deps, principal, id, to, note ?? null), principal),

    askAgent: async ({ principal, params: { id }, body: { text } }) =>
      eventToWire(await askAboutReview(runtime, principal, await find(principal, id), text)),

    async comment({ principal, params: { id }, body: { text, to = null } }) {
      const commented = await comment(runtime.reviews, principal, id, { text, to });
      if (!commented.ok) throw commented.error;
      return eventToWire(commented.event);
    },

    async assessEdit({ principal, params: { id }, body: { args } }) {
      const review = await find(principal, id);
      const assessed = await assessEdit(deps, runtime.judgeOf(review.graphId), principal, review, args);
      if (!assessed.ok) throw assessed.error;
      return assessed.value;
    },

    async complain({ principal, params: { executionId }, body: { text } }) {
      const complaint = await complain(runtime.db, principal, executionId, text);
      if (!complaint)
        throw new HoldpointError("not_found", `There is no execution ${executionId}.`, {
          details: { executionId },
        });
      return { ...complaint, by: personToWire(complaint.by), at: complaint.at.toISOString() };
    },

    async listExecutions({ principal, query: { thread_id: threadId, limit } }) {
      const filter = threadId === undefined ? { limit } : { limit, threadId };
      const executions = await listExecutions(runtime.db, principal.tenant, filter);
      return { items: executions.map(executionToWire) };
    },
  };
}

function reviewIn(result: DecideResult, viewer: Principal): WireReview {
  if (!result.ok) throw result.error;
  return reviewToWire(result.review, viewer);
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
