// How far a machine's word can be relied on.
import { z } from "zod";
import { components, timeSchema, type Route } from "./route.js";

/** Of a share. */
export const intervalSchema = z
  .object({ low: z.number(), high: z.number() })
  .nullable()
  .describe("Wilson's interval of the share, with 95 % confidence.");

const reliabilitySchema = z
  .object({
    drafts: z.int().describe("Drafts that a person released."),
    confident: z.int().describe("Their blocks that were called confident."),
    changed: z.int().describe("Of these, the ones that went out in other words, or not at all."),
    share: z
      .number()
      .nullable()
      .describe("`changed` of `confident`, from 0 to 1; null where there were none."),
    interval: intervalSchema,
  })
  .register(components, { id: "Reliability" });
export type Reliability = z.output<typeof reliabilitySchema>;

export const reliabilityReportSchema = z
  .object({
    since: timeSchema,
    total: reliabilitySchema,
    byTool: z.record(z.string(), reliabilitySchema),
    byAgent: z.record(z.string(), reliabilitySchema),
    byModel: z.record(z.string(), reliabilitySchema),
  })
  .register(components, { id: "ReliabilityReport" });
export type ReliabilityReport = z.output<typeof reliabilityReportSchema>;

export const reliabilityRoutes = {
  getReliability: {
    method: "get",
    path: "/drafts/reliability",
    group: "Reviews",
    for: "staff",
    summary:
      "Of the blocks of drafts that were called confident, how many people changed before they went out.",
    query: z.strictObject({
      since: timeSchema.optional().describe("From when on releases are counted; absent: the last 90 days."),
    }),
    answer: reliabilityReportSchema,
    problems: [],
  },
} as const satisfies Record<string, Route>;
