// The policies: which there were, and what the one in force says.
import { z } from "zod";
import { personSchema } from "./review-parts.js";
import { levelSchema, panelSchema } from "./review.js";
import { components, timeSchema } from "./route.js";

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
