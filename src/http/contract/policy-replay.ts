// What another policy would have made of the record, and what a shadow says beside the one in force.
import { z } from "zod";
import { judgementSchema, policyTextSchema, reasonSchema, verdictSchema } from "./explanation.js";
import { components, timeSchema } from "./route.js";

export const policyReplayRequestSchema = z.strictObject({
  policy: policyTextSchema.optional(),
  since: timeSchema.optional().describe("Only calls that were proposed since then."),
  after: z.string().min(1).optional().describe("`next` of the part before."),
});

export type PolicyReplayRequest = z.output<typeof policyReplayRequestSchema>;

const beforeAfterSchema = z.object({ before: z.int(), after: z.int() });
const outcomeSchema = z.enum(["rejected", "edited", "failed", "approved"]);
const knownSchema = z.object({
  calls: z.int(),
  stopped: beforeAfterSchema.describe("How many of them were, and would be, held or refused."),
});

export const replayFiguresSchema = z
  .object({
    calls: z.int().describe("Calls that were judged again."),
    identical: z.int().describe("The same verdict for the same reasons, word by word."),
    otherReasons: z.int().describe("The same verdict for other reasons."),
    changed: z.int(),
    unknowable: z
      .object({
        "not-kept": z.int().describe("Proposed before it was kept what calls are judged by."),
        "words-unknown": z.int().describe("A rule wants what the person wrote, and that is not on record."),
      })
      .describe("Calls that cannot be judged again as of then. They are in none of the other figures."),
    moves: z.array(z.object({ from: verdictSchema, to: verdictSchema, calls: z.int() })),
    load: z.record(z.string(), beforeAfterSchema).describe("Calls that wait, by tier."),
    held: beforeAfterSchema.describe("Calls that wait for a person."),
    known: z
      .object({ rejected: knownSchema, edited: knownSchema, failed: knownSchema, approved: knownSchema })
      .describe("By what people decided of a call, or how it ended."),
  })
  .register(components, { id: "ReplayFigures" });
export type ReplayFigures = z.output<typeof replayFiguresSchema>;

export const changedCaseSchema = z.object({
  actionId: z.string(),
  threadId: z.string(),
  agent: z.string(),
  tool: z.string(),
  at: timeSchema,
  from: verdictSchema,
  to: verdictSchema,
  reasonsBefore: z.array(reasonSchema),
  reasonsAfter: z.array(reasonSchema),
  outcome: outcomeSchema.nullable(),
});
export type ChangedCase = z.output<typeof changedCaseSchema>;

export const replayPartSchema = z
  .object({
    figures: replayFiguresSchema,
    cases: z
      .array(changedCaseSchema)
      .describe("Of the calls of this part whose verdict changes, the first 100."),
    total: z.int().nullable().describe("How many calls there are in all; only in the first part."),
    notServed: z
      .int()
      .describe("Calls of agents that are not served here, which are left out; only in the first part."),
    next: z.string().nullable().describe("Goes into `after` for the next part; null: it is over."),
  })
  .register(components, { id: "PolicyReplayPart" });
export type ReplayPart = z.output<typeof replayPartSchema>;

export const shadowReportSchema = z
  .object({
    version: z.string(),
    since: timeSchema.describe("From when on it has judged every call."),
    said: z
      .object({
        same: z.int(),
        differs: z.int(),
        unknowable: z.int().describe("A rule wants what the person wrote, and that is not on record."),
        failed: z.int(),
      })
      .describe("Calls, by what the shadow says of them."),
    held: beforeAfterSchema.describe("Of these calls, those that wait for a person: now, and by the shadow."),
    moves: z.array(z.object({ from: verdictSchema, to: verdictSchema, calls: z.int() })),
    cases: z
      .array(
        z.object({
          actionId: z.string(),
          threadId: z.string(),
          agent: z.string(),
          tool: z.string(),
          at: timeSchema,
          from: judgementSchema,
          to: judgementSchema,
        }),
      )
      .describe("The newest 100 that differ."),
  })
  .register(components, { id: "ShadowReport" });
export type ShadowReport = z.output<typeof shadowReportSchema>;
