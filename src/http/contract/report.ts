// What an owner reports of a period.
import { z } from "zod";
import { intervalSchema } from "./reliability.js";
import { personSchema } from "./review-parts.js";
import { components, timeSchema, type Route } from "./route.js";

const shareSchema = z.object({
  count: z.int(),
  of: z.int(),
  share: z.number().nullable().describe("`count` of `of`, from 0 to 1; null where there were none."),
  interval: intervalSchema,
});

const callFiguresSchema = z.object({
  calls: z.int().describe("Calls proposed in the period: the sum of `became`."),
  became: z
    .object({
      unasked: z.int().describe("Attempted, and nobody had to decide."),
      approved: z.int().describe("Attempted as a person approved it."),
      edited: z.int().describe("Attempted as a person changed it."),
      inAdvance: z.int().describe("Attempted by an approval in advance, or as a step of an approved plan."),
      forbidden: z.int().describe("Refused by the policy."),
      rejected: z.int(),
      answered: z.int().describe("Answered by a person in the tool's place."),
      expired: z.int().describe("Nobody decided in time."),
      withdrawn: z.int().describe("Nobody had to decide any more."),
      waiting: z.int().describe("Wait for a person."),
      released: z.int().describe("Approved by a person, and not begun yet."),
      proposed: z.int().describe("Nothing has come of them yet."),
    })
    .describe("What became of them by now: each stands in one place."),
  attempted: z.int().describe("Of these, the ones that were attempted: the sum of `ended`."),
  ended: z.object({
    succeeded: z.int(),
    failed: z.int(),
    unknown: z.int().describe("Nobody knows whether they happened."),
    claimed: z.int().describe("At work."),
  }),
  seen: shareSchema.describe("Of all calls, those that a person decided."),
});
export type CallFigures = z.output<typeof callFiguresSchema>;

export const reportSchema = z
  .object({
    since: timeSchema,
    until: timeSchema.describe("Not in the period."),
    calls: z.object({
      total: callFiguresSchema,
      byTool: z.array(z.object({ agent: z.string(), tool: z.string(), ...callFiguresSchema.shape })),
    }),
    decisions: z
      .object({
        approve: z.int(),
        edit: z.int(),
        reject: z.int(),
        respond: z.int(),
        corrected: shareSchema.describe("Of those that approved, edited or rejected: the last two."),
        medianSeconds: z
          .number()
          .nullable()
          .describe("From a hold to its decision; null where none was made."),
        p90Seconds: z.number().nullable(),
        people: z.int().describe("How many people decided."),
        busiest: shareSchema.describe("How many of the decisions were made by whoever made most."),
      })
      .describe("Made by people in the period, of whatever call; those in advance are not among them."),
    events: z
      .object({
        escalated: z.int(),
        expired: z.int(),
        extended: z.int(),
        undone: z.int().describe("Decisions that were taken back."),
        complaints: z.int(),
        stops: z.int(),
      })
      .describe("In the period."),
    policies: z
      .array(
        z.object({
          agent: z.string(),
          version: z.string(),
          since: timeSchema,
          until: timeSchema.nullable().describe("Null: it is in force."),
          by: personSchema,
        }),
      )
      .describe("What was in force at some time of the period."),
  })
  .register(components, { id: "Report" });
export type Report = z.output<typeof reportSchema>;

export const reportRoutes = {
  getReport: {
    method: "get",
    path: "/report",
    group: "Reviews",
    for: "staff",
    summary: "What became of the calls of a period, how people decided, and under which policies.",
    query: z
      .strictObject({
        since: timeSchema.optional().describe("Absent: 30 days before its end."),
        until: timeSchema.optional().describe("Absent: now."),
      })
      .refine(
        ({ since, until }) =>
          since === undefined || until === undefined || Date.parse(since) < Date.parse(until),
        "A period ends after it begins.",
      ),
    answer: reportSchema,
    problems: [],
  },
} as const satisfies Record<string, Route>;
