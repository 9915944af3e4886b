import { z } from "zod";
import { executionListSchema, executionQuerySchema } from "./execution.js";
import { decisionRequestSchema, reviewListSchema, reviewQuerySchema, reviewSchema } from "./review.js";
import { reviewContextSchema, reviewTallySchema, sinceQuerySchema } from "./review-context.js";
import { idSchema, type Route } from "./route.js";

const ofReview = z.object({ id: idSchema });

export const reviewRoutes = {
  listReviews: {
    method: "get",
    path: "/reviews",
    group: "Reviews",
    for: "staff",
    summary: "Reviews, page by page.",
    query: reviewQuerySchema,
    answer: reviewListSchema,
    problems: [],
  },
  tallyReviews: {
    method: "get",
    path: "/reviews/tally",
    group: "Reviews",
    for: "staff",
    summary: "Where the queue stands: what waits, and what was decided.",
    query: sinceQuerySchema,
    answer: reviewTallySchema,
    problems: [],
  },
  watchReviews: {
    method: "get",
    path: "/reviews/events",
    group: "Reviews",
    for: "staff",
    summary: "The same, as an event `queue` at once and whenever it has changed.",
    query: sinceQuerySchema,
    answer: reviewTallySchema,
    streams: true,
    problems: [],
  },
  getReview: {
    method: "get",
    path: "/reviews/{id}",
    group: "Reviews",
    for: "staff",
    summary: "One review.",
    params: ofReview,
    answer: reviewSchema,
    problems: ["not_found"],
  },
  getReviewContext: {
    method: "get",
    path: "/reviews/{id}/context",
    group: "Reviews",
    for: "staff",
    summary: "What stands around a review: the conversation, the other calls, decisions on calls like it.",
    params: ofReview,
    answer: reviewContextSchema,
    problems: ["not_found"],
  },
  decide: {
    method: "post",
    path: "/reviews/{id}/decision",
    group: "Reviews",
    for: "staff",
    summary: "Decides a review, once. A repeat with the same Idempotency-Key gets the first answer again.",
    params: ofReview,
    headers: z.object({ "idempotency-key": z.string().min(1).max(255).optional() }),
    body: decisionRequestSchema,
    answer: reviewSchema,
    problems: [
      "not_found",
      "review_already_decided",
      "decision_stale",
      "decision_forbidden",
      "answer_not_allowed",
      "args_invalid",
      "args_not_json",
      "edit_refused",
      "policy_forbids",
    ],
  },
  listExecutions: {
    method: "get",
    path: "/executions",
    group: "Reviews",
    for: "staff",
    summary: "What ran, newest first.",
    query: executionQuerySchema,
    answer: executionListSchema,
    problems: [],
  },
} as const satisfies Record<string, Route>;
