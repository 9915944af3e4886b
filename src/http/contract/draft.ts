// The words of a call, written together in blocks.
import { z } from "zod";
import { personSchema } from "./review-parts.js";
import { components, idSchema, timeSchema } from "./route.js";

export const draftBlockSchema = z
  .object({
    id: z.string(),
    kind: z
      .enum(["confident", "uncertain", "placeholder"])
      .describe(
        "What the machine said of it, after the checks: it can stand; it may be wrong; something is missing. It stays so, " +
          "whatever a person makes of the block.",
      ),
    text: z.string().describe("What stands there now. Of an open placeholder: a suggestion, or nothing."),
    original: z.string().describe("What the machine wrote."),
    note: z.string().nullable().describe("Why it is uncertain, or what is missing."),
    alternatives: z.array(z.string()),
    sources: z
      .array(z.object({ from: z.string(), quote: z.string() }))
      .describe("Words that it rests on, which stand so in what the user wrote or a tool answered."),
    joint: z.enum(["nothing", "space", "line", "paragraph"]).describe("What stands before the next block."),
    isOpen: z.boolean().describe("It waits for a person; while one does, the call is not released."),
    isAcceptable: z
      .boolean()
      .describe("`accept` may let it stand as it is: it is open, and what stands there is no gap."),
    revision: z.int().describe("A change names the one it was made on."),
    changedBy: z.string().nullable(),
  })
  .register(components, { id: "DraftBlock" });
export type DraftBlock = z.output<typeof draftBlockSchema>;

export const draftSchema = z
  .object({
    field: z
      .string()
      .describe("The argument that it becomes, as the review's `args` have it at every moment."),
    blocks: z.array(draftBlockSchema),
    original: z
      .string()
      .describe(
        "The whole as the machine wrote it, before anybody changed a block; what was missing stands in brackets.",
      ),
    model: z.string().nullable().describe("Which model put it into blocks; null: none did."),
    completeness: z.number().describe("Share of the blocks that wait for nobody, from 0 to 1."),
    proposals: z
      .array(
        z.object({
          id: z.string(),
          blockId: z.string(),
          revision: z.int(),
          text: z.string(),
          note: z.string().nullable(),
        }),
      )
      .describe("What the agent would write instead. Nothing of it stands before somebody takes it."),
    isWriting: z.boolean().describe("The agent is still putting it into blocks."),
    version: z.int(),
  })
  .register(components, { id: "Draft" });
export type Draft = z.output<typeof draftSchema>;

export const blockChangeSchema = z
  .discriminatedUnion("type", [
    z.strictObject({ type: z.literal("accept") }),
    z.strictObject({ type: z.literal("pick"), alternative: z.int().min(0).describe("Counted from 0.") }),
    z.strictObject({ type: z.literal("write"), text: z.string().max(20_000) }),
    z.strictObject({ type: z.literal("remove") }),
    z.strictObject({ type: z.literal("restore") }),
    z.strictObject({ type: z.literal("take"), proposalId: idSchema }),
  ])
  .describe(
    "`accept` lets it stand as it is, `pick` and `take` put an alternative or a proposal in its place, `restore` what the machine wrote.",
  )
  .register(components, { id: "BlockChange" });
export type BlockChange = z.output<typeof blockChangeSchema>;

export const draftChangeRequestSchema = z.strictObject({
  blockId: idSchema,
  revision: z.int().min(0).describe("Of the block, as it was seen."),
  change: blockChangeSchema,
});

export type DraftChangeRequest = z.input<typeof draftChangeRequestSchema>;

export const proposalRequestSchema = z
  .strictObject({
    blockId: idSchema.optional().describe("Absent: every block that nobody is in."),
    instruction: z.string().trim().min(1).max(4_000).optional(),
  })
  .refine(({ blockId, instruction }) => blockId === undefined || instruction !== undefined, {
    error: "To have one block written anew, say how, in `instruction`.",
  });

export type ProposalRequest = z.input<typeof proposalRequestSchema>;

export const draftChangedSchema = z
  .object({
    blockId: z
      .string()
      .nullable()
      .describe(
        "Null: the whole text at once, by its agent (`written`) or an answer that knew no blocks (`whole`).",
      ),
    kind: z
      .enum(["written", "accept", "pick", "write", "remove", "restore", "take", "whole"])
      .describe("`written`: its agent put what it had proposed, which stands under `before`, into blocks."),
    before: z.string(),
    after: z.string(),
    by: personSchema,
    at: timeSchema,
  })
  .register(components, { id: "DraftChange" });
export type DraftChange = z.output<typeof draftChangedSchema>;

export const draftChangesSchema = z.object({ items: z.array(draftChangedSchema) });

export const editorSchema = z
  .object({ person: z.string(), blockId: z.string().nullable() })
  .describe("Who has the draft before them, and the block they are in.");
export type DraftEditor = z.output<typeof editorSchema>;
export const editorsSchema = z.object({ items: z.array(editorSchema) });
export const editRequestSchema = z.strictObject({ blockId: idSchema.nullable() });
