import { z } from "zod";
import { draftSchema } from "./draft.js";
import { personSchema } from "./review-parts.js";
import { components, idSchema, jsonObjectSchema, timeSchema } from "./route.js";

export const decisionTypeSchema = z
  .enum(["approve", "edit", "reject", "respond", "happened", "not_happened", "retry"])
  .describe(
    "A review of kind `review` takes approve, edit, reject, or respond (an answer in the tool's stead); one of kind " +
      "`settle` takes happened, not_happened, or retry; a `plan` approve or reject; a `question`, `ask` or `handover` takes respond.",
  )
  .register(components, { id: "DecisionType" });

export const decisionSchema = z
  .object({
    id: z.string(),
    type: decisionTypeSchema,
    args: jsonObjectSchema.describe(
      "The arguments decided on: the edited ones after an edit. To an `ask`: the option that was picked, under `picked`.",
    ),
    argsHash: z.string(),
    seenHash: z.string().describe("The hash the reviewer had before them."),
    reason: z.string().nullable(),
    message: z.string().nullable(),
    answers: z
      .array(z.object({ question: z.string(), text: z.string() }))
      .describe("To what the rules ask before they let a call go."),
    decidedBy: personSchema.describe("The last to say so, where several decide."),
    approvedBy: z.array(personSchema).describe("All who approved, where several decide; else empty."),
    decidedAt: timeSchema,
    byApproval: z
      .string()
      .nullable()
      .describe("The standing approval that made it in their name; null: they looked at this very call."),
  })
  .register(components, { id: "Decision" });
export type Decision = z.output<typeof decisionSchema>;

export const panelSchema = z
  .object({
    quorum: z.int().describe("Approvals that are needed, of different people, on the same arguments."),
    of: z.int().describe("People who vote at most."),
    fourEyes: z.boolean().describe("Who asked for it may not decide."),
    blind: z.boolean().describe("Nobody sees how others voted before they have voted."),
    turns: z
      .array(z.string())
      .nullable()
      .describe("One approval of each of these roles, in this order. Null: in any order."),
    veto: z.array(z.string()).describe("Roles whose no ends it at once."),
    split: z
      .string()
      .nullable()
      .describe(
        "The tier it goes on to where some approved and the quorum cannot be reached. Null: rejected.",
      ),
  })
  .register(components, { id: "Panel" });
export type Panel = z.output<typeof panelSchema>;

export const voteSchema = z
  .object({
    type: z.enum(["approve", "reject"]),
    by: personSchema,
    reason: z.string().nullable(),
    message: z.string().nullable(),
    at: timeSchema,
    undoUntil: timeSchema.nullable().describe("Until then who gave it may take it back; null: it is final."),
  })
  .register(components, { id: "Vote" });
export type Vote = z.output<typeof voteSchema>;

export const votesSchema = z.object({
  given: z.int().describe("How many have voted; what waited for others before does not count."),
  approvals: z.int().nullable().describe("How many of them approve. Null: not shown to the caller."),
  items: z
    .array(voteSchema)
    .describe("In their order. While a blind review waits: none, for whoever has not voted on it."),
});
export type Votes = z.output<typeof votesSchema>;

export const reviewStatusSchema = z.enum(["open", "claimed", "decided", "resumed", "expired", "superseded"]);

export const levelSchema = z.enum(["low", "medium", "high", "critical"]);
export type Level = z.output<typeof levelSchema>;

export const planStepSchema = z
  .object({
    tool: z.string(),
    title: z.string().describe("In the tool's own words."),
    args: jsonObjectSchema,
    argsHash: z
      .string()
      .describe("What the plan's approval lets go: a call of this tool with these arguments, once."),
    level: levelSchema,
    tier: z.string().nullable().describe("Null where nobody has to release it."),
    passes: z
      .enum(["unasked", "with-plan", "by-itself"])
      .describe(
        "unasked: it runs at once, whatever becomes of the plan. with-plan: it runs once the plan is approved. by-itself: " +
          "the plan's approval lets it go no further; somebody is asked when it is called.",
      ),
    reasons: z.array(z.object({ rule: z.string(), text: z.string() })),
  })
  .register(components, { id: "PlanStep" });
export type PlanStep = z.output<typeof planStepSchema>;

export const reviewSchema = z
  .object({
    id: z.string(),
    threadId: z.string(),
    graphId: z.string().describe("The agent, or the graph, that asks."),
    actionId: z.string().nullable().describe("Null for a question of a graph."),
    kind: z
      .enum(["review", "settle", "question", "ask", "handover", "plan", "reply"])
      .describe(
        "review: may it run? settle: it was attempted; did it happen? question: a graph interrupted for an answer. ask, " +
          "handover: the agent itself asks a person, or hands its case to one. plan: may these calls be made, each on exactly " +
          "its arguments? reply: may whoever asked read this answer?",
      ),
    status: reviewStatusSchema,
    version: z.int().describe("Rises with every change a reviewer could have missed."),
    tool: z.string(),
    args: jsonObjectSchema.describe("Of a question: what the graph asks, under `value`."),
    argsHash: z.string().describe("A decision carries it back: it binds to these arguments and no others."),
    level: levelSchema,
    tier: z.string(),
    roles: z
      .array(z.string())
      .describe("Roles of which a decider needs one; where they decide in turn, the one whose turn it is."),
    panel: panelSchema.describe(
      "How many have to agree, and how. A `quorum` of 1 `of` 1: one person decides.",
    ),
    votes: votesSchema.nullable().describe("Null where one person decides."),
    title: z.string().describe("What will happen, in the tool's own words."),
    reasons: z.array(z.object({ rule: z.string(), text: z.string() })),
    allowedAnswers: z.array(decisionTypeSchema),
    answerSchema: jsonObjectSchema
      .nullable()
      .describe("Of a question: JSON Schema that the answer has to fit, where the graph named one."),
    requestedBy: personSchema,
    claimedBy: personSchema
      .nullable()
      .describe("Who has it to themselves: nobody else decides it meanwhile."),
    claimedUntil: timeSchema.nullable(),
    openedAt: timeSchema,
    expiresAt: timeSchema.nullable(),
    decidedAt: timeSchema.nullable(),
    decidingUntil: timeSchema
      .nullable()
      .describe("Until then who decided may take it back, and nothing comes of it. Null: it is final."),
    resumedAt: timeSchema.nullable(),
    decision: decisionSchema.nullable(),
    steps: z
      .array(planStepSchema)
      .optional()
      .describe(
        "Of a plan: its calls, in their order. Their arguments are in `args.steps`, under the same hash.",
      ),
    draft: draftSchema
      .optional()
      .describe("Its words, where they are written together: nothing of it may be open when it is released."),
  })
  .register(components, { id: "Review" });
export type Review = z.output<typeof reviewSchema>;

export const reviewListSchema = z
  .object({
    items: z.array(reviewSchema),
    next: z.string().nullable().describe("Pass it as `after`; null at the end."),
  })
  .register(components, { id: "ReviewList" });
export type ReviewList = z.output<typeof reviewListSchema>;

export const reviewQuerySchema = z.strictObject({
  status: reviewStatusSchema
    .optional()
    .describe("`open`: every undecided review, claimed ones too. Absent: all."),
  thread_id: idSchema.optional(),
  graph_id: idSchema.optional(),
  tool: idSchema.optional(),
  tier: idSchema.optional(),
  level: levelSchema.optional(),
  older_than: z.coerce
    .number<string>()
    .int()
    .min(1)
    .max(525_600)
    .optional()
    .describe("Minutes it has waited at least."),
  confidence_below: z.coerce
    .number<string>()
    .min(0)
    .max(1)
    .optional()
    .describe("The agent said that it was less sure than this, from 0 to 1."),
  claimed: z
    .enum(["mine", "none"])
    .optional()
    .describe("Only those that the caller has, or that nobody has."),
  asked: z
    .literal("me")
    .optional()
    .describe("Only those that somebody asks the caller about, who has said nothing since."),
  deciding: z
    .literal("mine")
    .optional()
    .describe("Only those that the caller decided and may still take back."),
  order: z
    .enum(["oldest", "risk"])
    .default("oldest")
    .describe(
      "`oldest` first, or (`risk`) the gravest first, of these what has the least time left, then the oldest.",
    ),
  limit: z.coerce.number<string>().int().min(1).max(200).default(50),
  after: z.string().min(1).max(500).optional().describe("`next` of the page before."),
});

export const decisionRequestSchema = z
  .strictObject({
    type: decisionTypeSchema,
    argsHash: z.string().describe("Of the arguments that were before the reviewer."),
    args: z.unknown().optional().describe("With `edit`: the whole new arguments."),
    reason: z.string().max(10_000).optional(),
    message: z
      .string()
      .max(100_000)
      .optional()
      .describe("With `respond`: what the agent is told. With `happened`: what came of it."),
    answers: z
      .record(z.string().max(200), z.string().max(10_000))
      .optional()
      .describe("With `approve` and `edit`: what is said to each question that the rules ask, by its words."),
    undo: z
      .boolean()
      .optional()
      .describe(
        "To have the time that the policy gives (`undo`) to take it back; nothing comes of it before.",
      ),
    value: z
      .unknown()
      .optional()
      .describe(
        "With `respond` to a question: the answer, any JSON. A message alone is taken for it. To an `ask`: the label of " +
          "the option that is picked.",
      ),
  })
  .register(components, { id: "DecisionRequest" });
export type DecisionRequest = z.output<typeof decisionRequestSchema>;
