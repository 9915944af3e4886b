// What the addresses of HOLDPOINT_WEBHOOKS are told: CloudEvents 1.0 in structured mode, one for each thing that happened.
import { z } from "zod";
import type { EventName } from "../../kernel/event-names.js";
import { executionSchema } from "./execution.js";
import { decisionTypeSchema, reviewSchema } from "./review.js";
import { personSchema } from "./review-parts.js";
import { components, timeSchema } from "./route.js";

const who = personSchema.pick({ id: true, kind: true });

/** Enough to know whether one has to look; the rest is at `GET /reviews/{id}`. */
const ofReview = z.strictObject({
  tenant: z.string(),
  reviewId: z.string(),
  threadId: z.string(),
  agent: z.string().describe("The graph's id."),
  actionId: z.string().nullable(),
  kind: reviewSchema.shape.kind,
  status: reviewSchema.shape.status,
  tool: z.string(),
  level: reviewSchema.shape.level,
  tier: z.string(),
  title: z.string().nullable().describe("Null for an answer that waits: it would have its words."),
  openedAt: timeSchema,
  expiresAt: timeSchema.nullable(),
});
const done = ofReview.extend({ by: who });

const ofExecution = z.strictObject({
  tenant: z.string(),
  ...executionSchema.pick({ actionId: true, reviewId: true, threadId: true, tool: true, effect: true }).shape,
  executionId: z.string(),
  state: executionSchema.shape.state,
  startedAt: timeSchema,
  settledAt: timeSchema.nullable(),
});

/** What each kind of event tells. */
export const eventData = {
  "review.opened": ofReview,
  "review.claimed": done,
  "review.released": done,
  "review.handed_on": done.extend({
    to: z.union([z.strictObject({ person: z.string() }), z.strictObject({ tier: z.string() })]),
  }),
  "review.commented": done.extend({ to: z.string().nullable().describe("Whom they ask.") }),
  "review.extended": done.extend({ until: timeSchema }),
  "review.escalated": done.extend({ from: z.string(), to: z.string() }).describe("Nobody decided in time."),
  "review.split": done.extend({ from: z.string(), to: z.string() }).describe("The votes were divided."),
  "review.parked": done.describe("Nobody decided in time, and it waits on without a deadline."),
  "review.expired": done.describe("Nobody decided in time, and it is refused."),
  "review.decided": done.extend({
    decision: decisionTypeSchema,
    approvalId: z.string().nullable().describe("The standing approval that made it."),
    undoUntil: timeSchema
      .nullable()
      .describe("Until then it may be taken back, and nothing comes of it. Null: it is final."),
  }),
  "review.undone": done.extend({ decision: decisionTypeSchema }).describe("A decision was taken back."),
  "review.superseded": ofReview.describe("It was withdrawn, or its hold was gone."),
  "execution.succeeded": ofExecution,
  "execution.failed": ofExecution,
  "execution.unknown": ofExecution.describe("A review of kind `settle` asks whether it happened."),
  "policy.changed": z.strictObject({
    tenant: z.string(),
    agent: z.string(),
    version: z.string(),
    before: z.string(),
    by: who,
  }),
  "autonomy.alarmed": z.strictObject({
    tenant: z.string(),
    kind: z.string(),
    agent: z.string(),
    tool: z.string(),
    model: z.string(),
    maxError: z.number(),
    confidence: z.number(),
    withdrawnAt: timeSchema.describe("The decision that set it off."),
  }),
} as const satisfies Record<EventName, z.ZodObject>;

const [first, ...others] = Object.entries(eventData).map(([name, data]) =>
  z.strictObject({
    specversion: z.literal("1.0"),
    id: z.string().describe("Of what happened: the same at each attempt to tell it, and the `webhook-id`."),
    type: z.literal(`holdpoint.${name}`),
    source: z.string(),
    subject: z.string(),
    time: timeSchema,
    datacontenttype: z.literal("application/json"),
    data,
  }),
);
if (!first) throw new Error("There is no event.");

export const eventSchema = z
  .discriminatedUnion("type", [first, ...others])
  .register(components, { id: "Event" });
