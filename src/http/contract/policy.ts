// The policies: which there were, why one of them judges a call as it does, and what another one would have made of the record.
import { z } from "zod";
import { routeSchema } from "./review-context.js";
import { personSchema } from "./review-parts.js";
import { levelSchema, panelSchema } from "./review.js";
import { components, idSchema, jsonObjectSchema, timeSchema } from "./route.js";

const reasonSchema = z.object({ rule: z.string(), text: z.string() });

const policyTextSchema = z
  .string()
  .describe("A policy file, as it stands; absent: the policy that is in force for the agent.");

export const policyTermSchema = z.object({
  agent: z.string(),
  since: timeSchema,
  until: timeSchema.nullable().describe("Null: it is in force."),
  by: personSchema.describe("Who put it in force: a person, or the file or the start that brought it."),
});

export const policyVersionSchema = z
  .object({
    version: z.string().describe("The hash of its content."),
    firstUsedAt: timeSchema,
    terms: z.array(policyTermSchema).describe("When it was in force, the newest first."),
  })
  .register(components, { id: "PolicyVersion" });
export type PolicyVersion = z.output<typeof policyVersionSchema>;

export const policyVersionListSchema = z.object({
  items: z.array(policyVersionSchema),
  next: z.string().nullable().describe("Goes into `after`; null: these were the last."),
});

export const policyListQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  after: z
    .string()
    .regex(/^[0-9a-f]+$/)
    .optional(),
});

export const policySourceSchema = policyVersionSchema
  .extend({ source: z.string().nullable().describe("Null: it was given as an object, not as a text.") })
  .register(components, { id: "PolicySource" });
export type PolicySource = z.output<typeof policySourceSchema>;

const share = z.number().min(0).max(1);

export const policyInForceSchema = z
  .object({
    agent: z.string(),
    version: z.string(),
    tiers: z
      .array(
        z.object({
          name: z.string(),
          roles: z.array(z.string()),
          deadline: z
            .object({
              ms: z.int(),
              after: z.discriminatedUnion("kind", [
                z.object({ kind: z.literal("escalate"), tier: z.string() }),
                z.object({ kind: z.literal("reject") }),
                z.object({ kind: z.literal("park") }),
                z.object({
                  kind: z.literal("instead"),
                  tool: z.string(),
                  args: z
                    .record(z.string(), z.string())
                    .describe("By name, expressions over the refused call."),
                }),
              ]),
              hours: z
                .object({
                  calendar: z.string().describe("In words."),
                  outside: z
                    .enum(["wait", "then"])
                    .describe("`wait`: only its hours count. `then`: outside of them comes what is `after`."),
                })
                .nullable()
                .describe("Null: all time counts."),
              extend: z
                .object({ ms: z.int(), times: z.int() })
                .nullable()
                .describe("By how much, and how often, whoever may decide puts it off; null: not at all."),
            })
            .nullable()
            .describe("How long it has to answer, and what then."),
          panel: panelSchema.describe("How many have to agree, and how."),
        }),
      )
      .describe("The ladder, lowest first."),
    calendars: z
      .array(z.object({ name: z.string(), open: z.string().describe("In words.") }))
      .describe("Tiers name them, and what is approved in advance."),
    defaultTier: z.string().describe("Who releases what is held without a rule."),
    rules: z
      .array(
        z.object({
          id: z.string(),
          verdict: z.enum(["hold", "deny", "allow", "note"]),
          when: z.string().describe("The condition, as it was written."),
          tools: z
            .array(z.string())
            .nullable()
            .describe(
              "Those that it compares the call's tool with; null: it does not ask which tool is called.",
            ),
          reason: z.string(),
          level: levelSchema.nullable(),
          tier: z.string().nullable().describe("Of a rule that holds: who releases it."),
          guideline: z
            .object({ text: z.string().nullable(), link: z.string().nullable() })
            .nullable()
            .describe("What it tells whoever decides of how such cases are decided."),
          questions: z.array(z.string()).describe("Have to be answered before what it holds is released."),
        }),
      )
      .describe("In the order of the file."),
    unknownTools: z
      .array(
        z.object({
          tool: z.string(),
          rules: z.array(z.string()).describe("Ids; none where it stands under `tools` or `facts`."),
        }),
      )
      .describe("Tools that it names and no agent here has: what it says of them rules nothing."),
    facts: z
      .array(
        z.object({
          name: z.string(),
          tools: z.array(z.string()).describe("Whose newest result it is."),
          key: z.string().describe("What of that call's arguments it is found by, as it was written."),
          as: z.enum(["json", "text"]),
        }),
      )
      .describe("What rules read of earlier results."),
    limits: z
      .array(
        z.object({
          roles: z.array(z.string()).nullable().describe("Of holders of one of these; null: of the person."),
          person: z.string().nullable(),
          currency: z.string(),
          upTo: z.number().nullable().describe("Null: any amount."),
          tools: z.array(z.string()).nullable().describe("Null: of all that move this currency."),
        }),
      )
      .describe("How much each may release. Where there are some, who is in none releases nothing."),
    validators: z
      .array(z.object({ name: z.string(), tools: z.array(z.string()) }))
      .describe("Checks in TypeScript that the agent brings."),
    tools: z
      .array(
        z.object({
          name: z.string(),
          reversibility: z.enum(["reversible", "compensable", "irreversible"]),
          readOnly: z.boolean(),
          asks: z
            .boolean()
            .describe("A call of it is itself a question to a person, whatever the policy says."),
        }),
      )
      .describe("Of the agent, and what each is taken for: the policy's word wins over its author's."),
    routing: z
      .object({
        target: z.object({ from: share, to: share }),
        maxError: share,
        confidence: share,
        tools: z
          .array(z.object({ name: z.string(), maxError: share, confidence: share }))
          .describe("Of calls of these tools that is promised instead."),
        sample: share,
        refuseBelow: share.nullable(),
        bands: z.array(z.object({ below: share, tier: z.string() })),
      })
      .nullable()
      .describe("Null: no call runs by its score."),
    changes: z
      .object({ tier: z.string() })
      .nullable()
      .describe("Who approves what is to replace it; null: whoever may change its file."),
    waiting: z
      .object({
        reviewId: z.string(),
        version: z.string().describe("What it would put in force."),
        by: personSchema.describe("Who proposed it: the file that brought it, say."),
        since: timeSchema,
        tier: z.string(),
        roles: z.array(z.string()),
        changes: z.array(z.string()).describe("What it says otherwise, in words."),
        replay: z.array(z.string()).describe("What it would have made of the calls on record, in words."),
        decided: z
          .object({
            type: z.enum(["approve", "reject"]),
            by: personSchema,
            until: timeSchema
              .nullable()
              .describe("Until then it may be taken back; null: it is carried out now."),
          })
          .nullable()
          .describe("What a person decided, while nothing has come of it; null: nobody has."),
      })
      .nullable()
      .describe(
        "The change that waits for a person, or whose decision has not led to anything yet; null: none does.",
      ),
  })
  .register(components, { id: "PolicyInForce" });
export type PolicyInForce = z.output<typeof policyInForceSchema>;

export const explanationRequestSchema = z
  .strictObject({
    policy: policyTextSchema.optional(),
    actionId: idSchema
      .optional()
      .describe("A call on record: judged with what could be known when it was proposed."),
    agent: idSchema.optional().describe("Absent: the one agent that has the tool."),
    tool: z.string().min(1).optional(),
    args: jsonObjectSchema.optional(),
    threadId: idSchema
      .optional()
      .describe(
        "Whose results and words it is judged with, as they are now; absent: nothing came before it.",
      ),
  })
  .refine(
    ({ actionId, tool, args, agent, threadId }) =>
      actionId === undefined
        ? tool !== undefined && args !== undefined
        : [tool, args, agent, threadId].every((given) => given === undefined),
    "Give `tool` and `args`, or `actionId` alone.",
  );
export type ExplanationRequest = z.output<typeof explanationRequestSchema>;

const verdictSchema = z.object({ route: routeSchema, tier: z.string().nullable(), level: levelSchema });
export type Verdict = z.output<typeof verdictSchema>;

export const judgementSchema = verdictSchema.extend({
  reasons: z.array(reasonSchema),
  policyVersion: z.string(),
});
export type Judgement = z.output<typeof judgementSchema>;

export const askedRuleSchema = z.object({
  id: z.string(),
  by: z.enum(["rule", "validator"]),
  verdict: z
    .enum(["hold", "deny", "allow", "note"])
    .nullable()
    .describe("Of a validator that did not speak: null."),
  tier: z.string().nullable(),
  level: levelSchema.nullable(),
  source: z.string().nullable().describe("The rule as it was written."),
  said: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("matched"), reason: z.string() }),
    z.object({ kind: z.literal("not-matched") }),
    z.object({ kind: z.literal("undecided"), why: z.string() }),
  ]),
});
export type AskedRule = z.output<typeof askedRuleSchema>;

export const explanationSchema = z
  .object({
    agent: z.string(),
    args: jsonObjectSchema.describe("As the tool parses them."),
    judgement: judgementSchema,
    recorded: judgementSchema
      .extend({ at: timeSchema })
      .nullable()
      .describe("How it was judged when it was proposed."),
    tool: z.object({
      name: z.string(),
      declared: z
        .object({
          reversibility: z.string(),
          effect: z.string(),
          readOnly: z.boolean(),
          asks: z.string().nullable(),
          draft: z.string().nullable(),
        })
        .nullable()
        .describe("By its author; null: no agent has such a tool."),
      stands: z
        .object({
          reversibility: z.string(),
          effect: z.string(),
          policy: jsonObjectSchema.describe("What the policy says of it."),
        })
        .nullable()
        .describe("What it is taken for: the policy's word wins."),
    }),
    asked: z.array(askedRuleSchema).describe("Each rule and validator that was asked, in their order."),
    notAsked: z
      .array(z.string())
      .describe("Rules that are not about answers of an agent, where this is one."),
    seen: z
      .array(reasonSchema)
      .describe("What was seen of the call from outside, such as a possible repeat."),
    known: z.object({
      facts: jsonObjectSchema.describe("By the policy's names, then by key."),
      words: z.array(z.string()).nullable().describe("Null: not read, or not known."),
      now: timeSchema.nullable(),
    }),
  })
  .register(components, { id: "Explanation" });
export type Explanation = z.output<typeof explanationSchema>;

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
