import { z } from "zod";
import {
  batchDecisionSchema,
  batchMemberRequestSchema,
  batchOutcomesSchema,
  batchSchema,
  openBatchSchema,
} from "./batch.js";
import { idSchema, type Route } from "./route.js";

const ofBatch = z.object({ batchId: idSchema });

export const batchRoutes = {
  openBatch: {
    method: "post",
    path: "/batches",
    group: "Reviews",
    for: "staff",
    summary: "Puts holds that are alike into one batch, and draws the sample that has to be looked at.",
    body: openBatchSchema,
    answer: batchSchema,
    problems: ["not_found", "agent_not_served", "batch_forbidden", "decision_forbidden"],
  },
  getBatch: {
    method: "get",
    path: "/batches/{batchId}",
    group: "Reviews",
    for: "staff",
    summary: "A batch of one's own, as its holds stand now.",
    params: ofBatch,
    answer: batchSchema,
    problems: ["not_found"],
  },
  openMember: {
    method: "post",
    path: "/batches/{batchId}/opened",
    group: "Reviews",
    for: "staff",
    summary: "Says that a hold of a batch was looked at.",
    params: ofBatch,
    body: batchMemberRequestSchema,
    answer: batchSchema,
    problems: ["not_found"],
  },
  objectToMember: {
    method: "post",
    path: "/batches/{batchId}/objections",
    group: "Reviews",
    for: "staff",
    summary:
      "Takes a batch apart: the hold objected to waits by itself, the others in a new batch with a new sample.",
    params: ofBatch,
    body: batchMemberRequestSchema,
    answer: batchSchema,
    problems: ["not_found", "batch_closed"],
  },
  decideBatch: {
    method: "post",
    path: "/batches/{batchId}/decision",
    group: "Reviews",
    for: "staff",
    summary: "Decides each hold of a batch, as if it stood alone. Sent again, it goes on where it broke off.",
    params: ofBatch,
    body: batchDecisionSchema,
    answer: batchOutcomesSchema,
    problems: ["not_found", "agent_not_served", "batch_closed", "batch_forbidden", "sample_unopened"],
  },
} as const satisfies Record<string, Route>;
