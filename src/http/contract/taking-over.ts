// A person leads a conversation in its agent's place.
import { z } from "zod";
import { personSchema } from "./review-parts.js";
import { components, idSchema, timeSchema, type Route } from "./route.js";

export const takeOverRequestSchema = z.strictObject({
  from: z
    .string()
    .min(1)
    .max(1_000)
    .optional()
    .describe("Whom it is taken from, where somebody leads it already: their id."),
});

export const takeOverSchema = z
  .object({
    threadId: z.string(),
    by: personSchema,
    at: timeSchema,
    handedBackAt: timeSchema.nullable(),
    note: z.string().nullable(),
  })
  .register(components, { id: "TakeOver" });
export type TakeOver = z.output<typeof takeOverSchema>;

export const writeRequestSchema = z.strictObject({
  text: z.string().min(1).max(100_000),
  id: z.uuid().optional().describe("Of the message: sent again with the same, it is the same one."),
});

export const handBackRequestSchema = z.strictObject({
  note: z
    .string()
    .min(1)
    .max(10_000)
    .optional()
    .describe("For the agent, which then goes on. Who chats does not see it."),
});

const ofThread = z.object({ thread_id: idSchema });

export const takingOverRoutes = {
  takeOver: {
    method: "post",
    path: "/threads/{thread_id}/take-over",
    group: "Reviews",
    for: "staff",
    summary: "Leads a conversation in its agent's place: what is said is kept, and the agent is silent.",
    params: ofThread,
    body: takeOverRequestSchema,
    answer: takeOverSchema,
    problems: ["not_found", "thread_taken_over", "thread_not_taken_over", "unsupported"],
  },
  writeMessage: {
    method: "post",
    path: "/threads/{thread_id}/messages",
    group: "Reviews",
    for: "staff",
    summary: "Writes to who chats, as a message of the assistant's that says who wrote it.",
    params: ofThread,
    body: writeRequestSchema,
    answer: z.object({ id: z.string() }),
    problems: ["not_found", "thread_taken_over", "thread_not_taken_over", "unsupported"],
  },
  handBack: {
    method: "post",
    path: "/threads/{thread_id}/hand-back",
    group: "Reviews",
    for: "staff",
    summary: "Hands a conversation back. The agent goes on where it owes an answer, or has a note to follow.",
    params: ofThread,
    body: handBackRequestSchema,
    answer: takeOverSchema,
    problems: ["not_found", "thread_taken_over", "thread_not_taken_over", "unsupported"],
  },
} as const satisfies Record<string, Route>;
