// A draft as a file, and what was changed in it outside.
import { z } from "zod";
import { draftBlockSchema, draftChangedSchema } from "./draft.js";
import { reviewSchema } from "./review.js";
import { components, idSchema } from "./route.js";

export const draftDocumentSchema = z
  .object({
    format: z.literal("holdpoint-draft/1"),
    reviewId: z.string(),
    tool: z.string(),
    title: z.string(),
    field: z.string(),
    model: z.string().nullable(),
    text: z.string().describe("As it reads now; what is missing stands in brackets."),
    original: z.string(),
    blocks: z.array(draftBlockSchema),
    changes: z.array(draftChangedSchema).describe("Of all blocks, the oldest first."),
  })
  .register(components, { id: "DraftDocument" });
export type DraftDocument = z.output<typeof draftDocumentSchema>;

export const editsSchema = z.strictObject({
  reviewId: idSchema
    .optional()
    .describe("The review that the words were taken from: of another one nothing is taken."),
  blocks: z
    .array(
      z.strictObject({
        id: idSchema,
        revision: z.int().min(0).describe("Of the block, when the file was made."),
        text: z.string(),
      }),
    )
    .max(1_000)
    .describe("Blocks with the words as they read outside; those that read as before change nothing."),
});
export type DraftEdits = z.output<typeof editsSchema>;

export const importedSchema = z.object({
  review: reviewSchema,
  changed: z.array(z.string()).describe("Blocks that read now as they do outside."),
  refused: z.array(
    z.object({
      blockId: z.string(),
      code: z
        .string()
        .describe("`draft_changed`: it was changed here meanwhile, and stands as it was changed here."),
      detail: z.string(),
      yours: z.string(),
      now: draftBlockSchema.nullable().describe("What stands there now, where it was changed here."),
    }),
  ),
});
export type Imported = z.output<typeof importedSchema>;
