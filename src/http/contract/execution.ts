import { z } from "zod";
import { personSchema } from "./review-parts.js";
import { components, idSchema, jsonObjectSchema, timeSchema } from "./route.js";

/** What came of an action. There is at most one for an action, for ever. */
export const executionSchema = z
  .object({
    id: z.string(),
    actionId: z.string(),
    reviewId: z.string().nullable().describe("The review that released it; null where nobody had to."),
    threadId: z.string(),
    tool: z.string(),
    args: jsonObjectSchema,
    argsHash: z.string(),
    effect: z.enum(["transactional", "keyed", "queryable", "blind"]),
    state: z
      .enum(["claimed", "succeeded", "failed", "unknown"])
      .describe("unknown: it was attempted, nobody knows the outcome, and a review of kind `settle` asks."),
    epoch: z.int().describe("How often it was attempted."),
    result: z.string().nullable(),
    error: z.string().nullable(),
    startedAt: timeSchema,
    settledAt: timeSchema.nullable(),
  })
  .register(components, { id: "Execution" });
export type Execution = z.output<typeof executionSchema>;

export const executionListSchema = z
  .object({ items: z.array(executionSchema).describe("Newest first.") })
  .register(components, { id: "ExecutionList" });
export type ExecutionList = z.output<typeof executionListSchema>;

export const complaintRequestSchema = z.strictObject({
  text: z.string().trim().min(1).max(4_000).describe("What went wrong, in the words of whoever complains."),
});

export const complaintSchema = z
  .object({
    id: z.string(),
    executionId: z.string(),
    text: z.string(),
    by: personSchema.describe("Who told it here."),
    at: timeSchema,
  })
  .register(components, { id: "Complaint" });
export type Complaint = z.output<typeof complaintSchema>;

export const executionQuerySchema = z.strictObject({
  thread_id: idSchema.optional(),
  limit: z.coerce.number<string>().int().min(1).max(1_000).default(200),
});
