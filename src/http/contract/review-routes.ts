import { z } from "zod";
import { executionListSchema, executionQuerySchema } from "./execution.js";
import { decisionRequestSchema, reviewListSchema, reviewQuerySchema, reviewSchema } from "./review.js";
import { idSchema, type Route } from "./route.js";

const ofReview = z.object({ id: idSchema });

export const reviewRoutes = {
  listReviews: {
    method: "get",
    path: "/reviews",
    group: "Reviews",
    for: "staff",
    summary: "Reviews, oldest first.",
    query: reviewQuerySchema,
    answer: reviewListSchema,
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
