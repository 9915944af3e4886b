import { z } from "zod";
import { personSchema } from "./review-parts.js";
import { components, idSchema, timeSchema, type Route } from "./route.js";
import { whySchema } from "./stop.js";

const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, "is a time of day, such as 07:30");

export const hoursSchema = z
  .strictObject({
    zone: z.string().refine(isZone, "is no time zone, such as Europe/Berlin"),
    days: z.array(z.enum(["mon", "tue", "wed", "thu", "fri", "sat", "sun"])).min(1),
    from: time,
    to: time.describe("No longer in it; before `from`: on the next day."),
  })
  .register(components, { id: "ApprovalHours" });

function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).format().length > 0;
  } catch {
    return false;
  }
}

const amount = z.number().positive().max(1e15);

export const standingRequestSchema = z
  .strictObject({
    tool: idSchema,
    agent: idSchema.optional(),
    when: z
      .string()
      .max(4_000)
      .optional()
      .describe("CEL over `tool` and `args`; one that throws fits nothing."),
    maxAmount: amount.optional().describe("In all, in what the policy's `amount` counts in."),
    perCall: amount.optional(),
    maxCount: z.int().min(1).max(1_000_000),
    until: timeSchema,
    tier: idSchema
      .optional()
      .describe("No call that waits for a higher one. The policy's default, where left out."),
    threadId: idSchema.optional(),
    cron: idSchema.optional().describe("Only in runs that this cron begins."),
    hours: z
      .union([hoursSchema, idSchema], {
        error: "is the name of a calendar of the policy, or { zone, days, from, to }",
      })
      .optional()
      .describe("Of its own, or the name of a calendar of the policy; by the clock of the database."),
    reason: whySchema,
  })
  .register(components, { id: "StandingApprovalRequest" });
export type StandingRequest = z.output<typeof standingRequestSchema>;

export const standingSchema = z
  .object({
    id: z.string(),
    tool: z.string(),
    agent: z.string().nullable(),
    threadId: z.string().nullable(),
    cron: z.string().nullable(),
    when: z.string().nullable(),
    maxAmount: z.number().nullable(),
    perCall: z.number().nullable(),
    currency: z.string().nullable(),
    maxCount: z.int(),
    until: timeSchema,
    hours: z.union([hoursSchema, z.string()]).nullable(),
    tier: z.string(),
    reason: z.string(),
    planReviewId: z
      .string()
      .nullable()
      .describe("The plan that it is an approved step of: one call, on one hash."),
    createdAt: timeSchema,
    signers: z.array(personSchema).describe("The first one made it."),
    missing: z.int().describe("How many people more have to sign it before it fits a call of its tier."),
    unfit: z
      .string()
      .nullable()
      .describe("What keeps calls from fitting it by the policies in force: a calendar that is gone."),
    maySign: z.boolean().describe("The caller may sign it beside the others, and it would count."),
    mayRevoke: z.boolean().describe("The caller may take it back."),
    usedCount: z.int(),
    usedAmount: z.number(),
    revoked: z.object({ by: personSchema, why: z.string(), at: timeSchema }).nullable(),
  })
  .register(components, { id: "StandingApproval" });
export type StandingApproval = z.output<typeof standingSchema>;

export const standingListSchema = z.object({ items: z.array(standingSchema) });

const ofApproval = z.object({ approval_id: idSchema });

export const standingRoutes = {
  makeStandingApproval: {
    method: "post",
    path: "/standing-approvals",
    group: "Reviews",
    for: "staff",
    summary: "Approves a class of calls in advance, within bounds.",
    body: standingRequestSchema,
    answer: standingSchema,
    problems: ["decision_forbidden", "not_found"],
  },
  listStandingApprovals: {
    method: "get",
    path: "/standing-approvals",
    group: "Reviews",
    for: "staff",
    summary: "What was approved in advance, the newest first, 200 at most.",
    query: z.strictObject({ status: z.enum(["live", "all"]).optional() }),
    answer: standingListSchema,
    problems: [],
  },
  signStandingApproval: {
    method: "post",
    path: "/standing-approvals/{approval_id}/sign",
    group: "Reviews",
    for: "staff",
    summary: "Signs it beside the others, for tiers at which one person is not enough.",
    params: ofApproval,
    answer: standingSchema,
    problems: ["decision_forbidden", "not_found", "approval_over"],
  },
  revokeStandingApproval: {
    method: "post",
    path: "/standing-approvals/{approval_id}/revoke",
    group: "Reviews",
    for: "staff",
    summary: "Takes it back at once: what it released and nobody has begun waits for a person again.",
    params: ofApproval,
    body: z.strictObject({ reason: whySchema }),
    answer: standingSchema,
    problems: ["decision_forbidden", "not_found", "approval_over"],
  },
} as const satisfies Record<string, Route>;
