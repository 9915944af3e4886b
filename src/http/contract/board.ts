// Where everything stands: a column for each stage, from the message that waits to what came of a call.
import { z } from "zod";
import { components, timeSchema } from "./route.js";

export const boardColumns = [
  "queued",
  "working",
  "waiting",
  "decided",
  "executed",
  "unknown",
  "refused",
] as const;
export type BoardColumnName = (typeof boardColumns)[number];

export const boardCardSchema = z.object({
  id: z.string(),
  title: z
    .string()
    .nullable()
    .describe(
      "The call in its tool's words, or what an agent was told; null where an agent goes on with a decision.",
    ),
  tool: z.string().nullable().describe("Null for a run."),
  agent: z.string(),
  at: timeSchema.describe("Since when it stands in this column."),
  threadId: z.string(),
  reviewId: z.string().nullable(),
  level: z.enum(["low", "medium", "high", "critical"]).nullable(),
  what: z
    .enum([
      "run",
      "call",
      "question",
      "ask",
      "handover",
      "plan",
      "settle",
      "failed",
      "rejected",
      "answered",
      "withdrawn",
      "expired",
      "forbidden",
    ])
    .describe("What it is, or how it came here."),
  by: z.string().nullable().describe("Who decided."),
});
export type BoardCard = z.output<typeof boardCardSchema>;

const columnSchema = z.object({
  count: z.int(),
  cards: z.array(boardCardSchema).describe("The newest."),
});
export type BoardColumn = z.output<typeof columnSchema>;

export const boardSchema = z
  .object({
    queued: columnSchema.describe("Runs that wait for their turn."),
    working: columnSchema.describe("Runs at work, in threads in which nothing waits for a person."),
    waiting: columnSchema.describe("Open and claimed reviews."),
    decided: columnSchema.describe("Decided, and not carried out yet."),
    executed: columnSchema.describe("Calls that ran after a decision, since the time asked for."),
    unknown: columnSchema.describe("Calls attempted since then of which nobody knows whether they happened."),
    refused: columnSchema.describe("Calls that did not run, since then: rejected, withdrawn, forbidden."),
    ranWithoutAsking: z.int().describe("Calls that ran since then and that nobody had to decide."),
  })
  .register(components, { id: "Board" });
export type Board = z.output<typeof boardSchema>;
