import { z } from "zod";
import { addresseeSchema } from "./hand-on.js";
import { personSchema } from "./review-parts.js";
import { decisionTypeSchema, reviewSchema, reviewStatusSchema } from "./review.js";
import { components, jsonObjectSchema, timeSchema } from "./route.js";

export const executionStateSchema = z.enum(["claimed", "succeeded", "failed", "unknown"]);

export const routeSchema = z.enum(["execute", "review", "approve", "draft", "refuse"]);

export const turnSchema = z.object({
  id: z.string(),
  who: z.enum(["user", "agent", "tool", "other"]),
  text: z.string(),
  callId: z.string().nullable().describe("Of a tool: the call it answers."),
});
export type Turn = z.output<typeof turnSchema>;

export const threadActionSchema = z.object({
  id: z.string(),
  messageId: z.string().describe("The agent's turn that proposed it."),
  callId: z.string(),
  tool: z.string(),
  args: jsonObjectSchema,
  route: routeSchema,
  createdAt: timeSchema,
  review: z
    .object({
      id: z.string(),
      status: reviewStatusSchema,
      decision: decisionTypeSchema.nullable(),
      decidedBy: z.string().nullable(),
    })
    .nullable(),
  execution: z
    .object({ state: executionStateSchema, result: z.string().nullable(), error: z.string().nullable() })
    .nullable(),
});
export type ThreadAction = z.output<typeof threadActionSchema>;

/** What the policy in force says to whoever decides. */
export const instructionsSchema = z
  .object({
    guidelines: z.array(
      z.object({ rule: z.string(), text: z.string().nullable(), link: z.string().nullable() }),
    ),
    questions: z
      .array(z.string())
      .describe("An approval carries an answer to each; so does an edit, which may raise more."),
    tiers: z
      .array(z.string())
      .describe("Where it may be handed on to: the tier it waits for, and those above."),
    rejectReasons: z.array(z.string()).describe("Words to reject it with; others are as good."),
    onSilence: z
      .discriminatedUnion("kind", [
        z.object({ kind: z.literal("escalated"), tier: z.string() }),
        z.object({ kind: z.enum(["parked", "expired"]) }),
        z.object({
          kind: z.literal("instead"),
          tool: z.string(),
          title: z.string(),
          args: jsonObjectSchema
            .nullable()
            .describe("Null: they cannot be made of this call, and it is not done."),
        }),
      ])
      .describe(
        "What happens at `expiresAt`, where there is one: to whom it goes on, or that it waits on, or is refused, or is refused with another call made instead.",
      ),
    extension: z
      .object({ ms: z.int(), left: z.int().describe("How often it may still be put off.") })
      .nullable()
      .describe("By how much whoever may decide puts `expiresAt` off; null: not at all."),
    hours: z
      .object({
        zone: z.string().describe("Where they are kept, as Europe/Berlin."),
        opensAt: timeSchema.nullable().describe("Null: it is open."),
        outside: z.enum(["wait", "then"]).describe("`wait`: until then its clock stands still."),
      })
      .nullable()
      .describe("When somebody of its tier is there; null: all time counts."),
  })
  .register(components, { id: "ReviewInstructions" });
export type ReviewInstructions = z.output<typeof instructionsSchema>;
const rationaleSchema = z
  .object({
    why: z.string().nullable(),
    alternatives: z.array(z.object({ instead: z.string(), whyNot: z.string().nullable() })),
    confidence: z.number().nullable().describe("From 0 to 1."),
  })
  .describe("What the model said of its own call: its claim, which nothing rests on.");

export const questionRequestSchema = z.strictObject({ text: z.string().trim().min(1).max(4_000) });

export const commentRequestSchema = z.strictObject({
  text: z.string().trim().min(1).max(4_000),
  to: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .optional()
    .describe(
      "The id of a colleague who is asked: they find it under `GET /reviews?asked=me` until they comment.",
    ),
});
export type CommentRequest = z.output<typeof commentRequestSchema>;

const eventBase = { by: personSchema, at: timeSchema };

/** What was done with a review, beside deciding it. */
export const reviewEventSchema = z
  .discriminatedUnion("kind", [
    z.object({ kind: z.enum(["claimed", "released"]), ...eventBase }),
    z.object({
      kind: z.literal("handed_on"),
      ...eventBase,
      to: addresseeSchema,
      note: z.string().nullable(),
    }),
    z.object({ kind: z.literal("extended"), ...eventBase, until: timeSchema }),
    z.object({ kind: z.literal("undone"), ...eventBase, decision: decisionTypeSchema }),
    z.object({ kind: z.enum(["escalated", "split"]), ...eventBase, from: z.string(), to: z.string() }),
    z.object({ kind: z.enum(["parked", "expired", "orphaned"]), ...eventBase }),
    z.object({
      kind: z.literal("commented"),
      ...eventBase,
      text: z.string(),
      to: z.string().nullable().describe("Whom they ask."),
    }),
    z.object({ kind: z.literal("asked"), ...eventBase, question: z.string(), answer: z.string() }),
  ])
  .register(components, { id: "ReviewEvent" });
export type ReviewEvent = z.output<typeof reviewEventSchema>;

/** In what a past call is like this one. */
const likenessSchema = z
  .object({
    score: z.number().describe("From 0 to 1; 1: the same arguments, held by the same rules."),
    sameRules: z.boolean(),
    same: z.array(z.string()).describe("Arguments with the same value."),
    numbers: z
      .array(z.object({ field: z.string(), ratio: z.number() }))
      .describe("Arguments that are other numbers: the past one as a multiple of this one."),
    differing: z.array(z.string()).describe("Arguments with another value, or none in one of the two."),
  })
  .register(components, { id: "Likeness" });
export type Likeness = z.output<typeof likenessSchema>;

const scoreSchema = z.object({
  score: z.number().describe("From 0 to 1: how little speaks against the call."),
  parts: z
    .array(z.object({ signal: z.string(), value: z.number().nullable(), weight: z.number() }))
    .describe("What it is made of, that first which takes most from it; null: not known."),
});

export const mayDecideSchema = z
  .object({
    may: z.boolean().describe("The caller may say something to it: a no at least."),
    mayRelease: z.boolean().describe("The caller may approve it as it stands."),
    mayHandle: z
      .boolean()
      .describe("The caller may hand it on, put it off, write its words and ask its agent."),
    why: z
      .enum(["agent", "role", "turn", "asked", "voted", "over", "over_limit"])
      .nullable()
      .describe(
        "Why not: agents decide nothing; no role of this tier; another one's turn; asked for it; has voted; nothing " +
          "waits any more; more than the caller may release. Null: nothing stands in the way.",
      ),
    text: z.string().nullable().describe("The same in a sentence."),
    onBehalfOf: z.string().nullable().describe("In whose stead it would be decided."),
  })
  .register(components, { id: "MayDecide" });
export type MayDecide = z.output<typeof mayDecideSchema>;

export const reviewContextSchema = z
  .object({
    mayDecide: mayDecideSchema.describe("Whether the caller may decide it now, before they try."),
    conversation: z
      .array(turnSchema)
      .describe(
        "The last turns of the thread. None where a host keeps them, or the agent is not served here.",
      ),
    actions: z.array(threadActionSchema).describe("The newest calls of the thread, in their order."),
    rationale: rationaleSchema.nullable(),
    score: scoreSchema.nullable().describe("Null where it was not routed by a score."),
    alike: z
      .array(
        z.object({
          review: reviewSchema,
          execution: executionStateSchema.nullable(),
          likeness: likenessSchema,
        }),
      )
      .describe(
        "Of the newest decisions on calls of this tool by this agent those most like it, the likest first.",
      ),
    events: z.array(reviewEventSchema).describe("What was done with it, in its order."),
    instructions: instructionsSchema.nullable().describe("Null where the agent is not served here."),
    argsSchema: jsonObjectSchema
      .nullable()
      .describe("JSON Schema of the tool's arguments; null where it is gone."),
  })
  .register(components, { id: "ReviewContext" });
export type ReviewContext = z.output<typeof reviewContextSchema>;

const countsSchema = z.record(z.string(), z.int());

export const reviewTallySchema = z
  .object({
    open: z.int(),
    claimed: z.int().describe("Of these, those that somebody has to themselves."),
    byLevel: countsSchema,
    byTier: countsSchema,
    byTool: countsSchema,
    byGraph: countsSchema,
    oldest: timeSchema.nullable().describe("When the oldest that waits was opened."),
    decided: z.int().describe("Since the time asked for."),
    overridden: z.int().describe("Of these: changed, refused, or answered in the tool's stead."),
  })
  .register(components, { id: "ReviewTally" });
export type ReviewTally = z.output<typeof reviewTallySchema>;

export const sinceQuerySchema = z.strictObject({
  since: timeSchema.optional().describe("From when on decisions are counted; absent: the last 24 hours."),
});
