import { z } from "zod";
import { problemSchema } from "./problem.js";
import { reviewSchema } from "./review.js";
import { components, idSchema, timeSchema } from "./route.js";

export const oddValueSchema = z.object({
  reviewId: z.string(),
  field: z.string(),
  why: z
    .enum(["changed", "new", "rare", "far"])
    .describe(
      "changed: earlier calls with the same value under `given` always had `before` here; new: never let through " +
        "before, as most others were; rare: nearly all others have one value; far: a number far from the others.",
    ),
  given: z.string().nullable(),
  before: z.unknown().describe("What stood here before, where it changed; else null."),
});
export type OddValue = z.output<typeof oddValueSchema>;

export const batchSchema = z
  .object({
    id: z.string(),
    openedAt: timeSchema,
    ended: z.enum(["approve", "reject", "split"]).nullable().describe("Null: it still waits."),
    members: z.array(
      z.object({
        review: reviewSchema,
        inSample: z.boolean().describe("It has to be opened before the batch is decided."),
        openedAt: timeSchema.nullable(),
      }),
    ),
    odd: z.array(oddValueSchema).describe("What stands out; it decides nothing."),
  })
  .register(components, { id: "Batch" });
export type Batch = z.output<typeof batchSchema>;

export const openBatchSchema = z.union([
  z.strictObject({
    reviewId: idSchema.describe("All that may stand with this one, the oldest first, up to 100."),
  }),
  z.strictObject({ reviewIds: z.array(idSchema).min(1).max(100).describe("Exactly these, or a refusal.") }),
]);

export const batchMemberRequestSchema = z.strictObject({ reviewId: idSchema });

export const batchDecisionSchema = z.strictObject({
  type: z.enum(["approve", "reject"]),
  reason: z.string().max(10_000).optional(),
});

export const batchOutcomesSchema = z.object({
  items: z.array(
    z.object({
      reviewId: z.string(),
      review: reviewSchema
        .nullable()
        .describe("As it stands after its decision; null where that was refused."),
      problem: problemSchema.nullable(),
    }),
  ),
});
export type BatchOutcomes = z.output<typeof batchOutcomesSchema>;
