// What each kind of call has earned by what people decided of it.
import { z } from "zod";
import { components, idSchema, timeSchema, type Route } from "./route.js";

const share = z.number().min(0).max(1);

export const earnedSchema = z
  .discriminatedUnion("kind", [
    z.object({
      kind: z.literal("certified"),
      threshold: share.describe("From this score on such calls run without a person."),
      share: share.describe("What part of such calls scores that much."),
      conversations: z.int().describe("In which people decided such calls."),
    }),
    z.object({
      kind: z.literal("none"),
      conversations: z.int().describe("In which people decided such calls."),
      needed: z.int().describe("How many it takes at least, all of them right."),
      withdrawnAt: timeSchema
        .nullable()
        .describe("When what was earned before was withdrawn: more went wrong than may."),
    }),
  ])
  .register(components, { id: "EarnedAutonomy" });

export const kindOfCallSchema = z
  .object({
    id: z.string(),
    agent: z.string(),
    tool: z.string(),
    model: z.string(),
    isCurrent: z
      .boolean()
      .describe("Calls of today are of this kind: model, prompt, tool and weights are still these."),
    maxError: share,
    confidence: share,
    earned: earnedSchema,
    since: timeSchema,
    calls: z
      .object({
        ran: z.int().describe("Without a person."),
        shown: z.int().describe("To a person, by chance or because of the score."),
        refused: z.int().describe("For their score."),
        decided: z.int(),
        wrong: z.int().describe("Of those decided: changed, rejected, or answered in the tool's stead."),
      })
      .describe("Those made since then."),
  })
  .register(components, { id: "KindOfCall" });
export type KindOfCall = z.output<typeof kindOfCallSchema>;

export const decidedCaseSchema = z
  .object({
    reviewId: z.string(),
    threadId: z.string(),
    score: share,
    isWrong: z.boolean(),
    lookedAt: share.describe("With which probability a person saw it."),
    decidedAt: timeSchema,
  })
  .register(components, { id: "DecidedCase" });
export type DecidedCase = z.output<typeof decidedCaseSchema>;

const estimateSchema = z.object({
  share,
  low: share.describe("It lies between this …"),
  high: share.describe("… and this, with 95 % confidence."),
  conversations: z.int().describe("That it is known from."),
});

const outlookSchema = z
  .object({
    maxError: share,
    confidence: share,
    threshold: share
      .nullable()
      .describe("From this score on such calls would run. Null: it is not shown for any; all are looked at."),
    needed: z.int().describe("Conversations that it takes at least."),
    missing: z
      .int()
      .nullable()
      .describe("How many more of them, all right, where there is no threshold. Null: many times `needed`."),
    review: estimateSchema.describe(
      "Of all such calls, how many people would look at: for their score, and by chance.",
    ),
    missed: estimateSchema.describe("Of all such calls, how many would run and be wrong, seen by nobody."),
    warnings: z.array(z.enum(["above-30-percent-reviewed", "below-2-percent-reviewed"])),
  })
  .register(components, { id: "AutonomyOutlook" });
export type AutonomyOutlook = z.output<typeof outlookSchema>;

const proposalSchema = z.discriminatedUnion("kind", [
  z
    .object({ kind: z.literal("keep") })
    .describe("People see what the policy wants, or nothing brings them nearer to it."),
  z
    .object({ kind: z.literal("decide"), missing: z.int().nullable() })
    .describe("So many more conversations, all right, and such calls begin to run. Null: very many."),
  z.object({ kind: z.literal("sample"), sample: share }).describe("Another `sample` is enough."),
  z
    .object({
      kind: z.literal("promise"),
      to: outlookSchema,
      changes: z
        .array(
          z.object({
            reviewId: z.string(),
            threadId: z.string(),
            score: share,
            change: z.enum(["runs", "waits"]),
            isWrong: z.boolean(),
          }),
        )
        .describe("The decided calls that would be on the other side."),
    })
    .describe("Another `maxError` or `confidence`: the strictest with which people see what is wanted."),
]);

export const autonomyAdviceSchema = z
  .discriminatedUnion("kind", [
    z
      .object({ kind: z.literal("gated") })
      .describe("Such calls cannot be undone: each waits for a person, and no threshold is proposed."),
    z.object({ kind: z.literal("unrouted") }).describe("The policy in force lets no call run by its score."),
    z
      .object({ kind: z.literal("undecided"), needed: z.int() })
      .describe(
        "Nobody has decided such a call yet, or since it was withdrawn. `needed`: conversations that it takes at least.",
      ),
    z.object({
      kind: z.literal("advised"),
      labels: z.int().describe("Decided calls that it is drawn from."),
      conversations: z.int().describe("In which these stand."),
      inForce: outlookSchema.describe("By the policy as it is."),
      others: z
        .array(outlookSchema)
        .describe("What it would be with another `maxError` or `confidence`, the strictest first."),
      proposal: proposalSchema,
    }),
  ])
  .register(components, { id: "AutonomyAdvice" });
export type AutonomyAdvice = z.output<typeof autonomyAdviceSchema>;

export const autonomyRoutes = {
  listAutonomy: {
    method: "get",
    path: "/autonomy",
    group: "Reviews",
    for: "staff",
    summary: "What each kind of call has earned, and how many of late ran without a person.",
    query: z.strictObject({
      since: timeSchema.optional().describe("From when on calls are counted; absent: the last 30 days."),
    }),
    answer: z.object({ items: z.array(kindOfCallSchema) }),
    problems: [],
  },
  listDecidedCases: {
    method: "get",
    path: "/autonomy/{kind}/cases",
    group: "Reviews",
    for: "staff",
    summary: "The decisions that a kind's certificate rests on, the newest last: at most 2,000.",
    params: z.object({ kind: idSchema }),
    answer: z.object({ items: z.array(decidedCaseSchema) }),
    problems: ["not_found"],
  },
  adviseAutonomy: {
    method: "get",
    path: "/autonomy/{kind}/advice",
    group: "Reviews",
    for: "staff",
    summary:
      "What stricter and looser promises would mean for people and for errors in a kind of calls, and which to ask for. Nothing is changed.",
    params: z.object({ kind: idSchema }),
    answer: autonomyAdviceSchema,
    problems: ["not_found"],
  },
} as const satisfies Record<string, Route>;
