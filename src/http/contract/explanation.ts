// Why a policy judges a call as it does.
import { z } from "zod";
import { routeSchema } from "./review-context.js";
import { levelSchema } from "./review.js";
import { components, idSchema, jsonObjectSchema, timeSchema } from "./route.js";

export const reasonSchema = z.object({ rule: z.string(), text: z.string() });

export const policyTextSchema = z
  .string()
  .describe("A policy file, as it stands; absent: the policy that is in force for the agent.");

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

export const verdictSchema = z.object({
  route: routeSchema,
  tier: z.string().nullable(),
  level: levelSchema,
});
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
