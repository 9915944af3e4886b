// A thread as people read it: what was said, and every call in its place.
import { z } from "zod";
import { executionStateSchema, routeSchema } from "./review-context.js";
import { complaintSchema } from "./execution.js";
import { reviewSchema } from "./review.js";
import { components, idSchema, jsonObjectSchema, timeSchema } from "./route.js";

export const storyHoldSchema = reviewSchema.pick({
  id: true,
  kind: true,
  status: true,
  level: true,
  tier: true,
  title: true,
  reasons: true,
  openedAt: true,
  expiresAt: true,
  decision: true,
});
export type StoryHold = z.output<typeof storyHoldSchema>;

export const storyCallSchema = z.object({
  callId: z.string(),
  tool: z.string(),
  args: jsonObjectSchema,
  answer: z
    .object({ text: z.string(), isError: z.boolean() })
    .nullable()
    .describe("What the agent was told."),
  record: z
    .object({
      id: z.string(),
      route: routeSchema,
      reasons: reviewSchema.shape.reasons,
      createdAt: timeSchema,
      holds: z
        .array(storyHoldSchema)
        .describe("The reviews it went through, in order: may it run, did it happen."),
      execution: z
        .object({
          id: z.string(),
          state: executionStateSchema,
          result: z.string().nullable(),
          error: z.string().nullable(),
          startedAt: timeSchema,
          settledAt: timeSchema.nullable(),
          complaints: z
            .array(complaintSchema.omit({ executionId: true }))
            .describe("What went wrong with it, as people told it afterwards, in their order."),
        })
        .nullable(),
    })
    .nullable()
    .describe("Null where it is on no record: a call of a graph that knows nothing of Holdpoint."),
});
export type StoryCall = z.output<typeof storyCallSchema>;

export const storyTurnSchema = z.object({
  index: z.int().describe("Its place in the thread, from 0."),
  id: z.string(),
  who: z.enum(["user", "agent", "tool", "other"]),
  text: z.string(),
  writtenBy: z
    .string()
    .nullable()
    .describe("Of the assistant's side: the person who led the conversation, and wrote this."),
  calls: z.array(storyCallSchema),
});
export type StoryTurn = z.output<typeof storyTurnSchema>;

export const storyMomentSchema = z.object({
  what: z.enum(["taken over", "handed back"]),
  by: z.string().describe("Who took it over (from whoever had it), or handed it back."),
  at: timeSchema,
  after: z.string().nullable().describe("The turn it stands behind; null: before all."),
  note: z.string().nullable().describe("For the agent, with a hand-back."),
});
export type StoryMoment = z.output<typeof storyMomentSchema>;

export const storySchema = z
  .object({
    thread: z.object({
      id: z.string(),
      graphId: z.string().nullable().describe("The agent; null where none has worked in it yet."),
      isKeptHere: z
        .boolean()
        .describe("False where a host keeps the conversation, or the agent is not served here."),
      createdAt: timeSchema.nullable(),
      ledBy: z
        .object({ id: z.string(), since: timeSchema })
        .nullable()
        .describe("The person who leads the conversation in the agent's place."),
      canBeLed: z.boolean().describe("It is kept here, and its agent can be kept silent."),
    }),
    total: z.int().describe("Turns of the whole thread. Where the conversation is kept elsewhere, calls."),
    turns: z.array(storyTurnSchema),
    moments: z.array(storyMomentSchema).describe("When people led the conversation."),
    waiting: z
      .array(storyHoldSchema)
      .describe("What waits for a person and belongs to no turn of this page, as the question of a graph."),
  })
  .register(components, { id: "Story" });
export type Story = z.output<typeof storySchema>;

export const storyQuerySchema = z.strictObject({
  before: z.coerce
    .number<string>()
    .int()
    .min(0)
    .max(2_147_483_647)
    .optional()
    .describe("The turns before this place; absent: the newest."),
  limit: z.coerce.number<string>().int().min(1).max(200).default(60),
});

export const storyMarkSchema = z
  .object({
    mark: z.string().describe("Differs whenever the story does."),
    isAtWork: z.boolean().describe("Its agent is at work, or about to be."),
  })
  .register(components, { id: "StoryMark" });
export type StoryMark = z.output<typeof storyMarkSchema>;

export const ofStory = z.object({ thread_id: idSchema });
