import { z } from "zod";
import { levelSchema } from "./review.js";
import { components } from "./route.js";

export const faultSchema = z.object({
  path: z.string().describe("Names and places with dots between; empty where it is about all of them."),
  message: z.string(),
});
export type Fault = z.output<typeof faultSchema>;

export const assessmentRequestSchema = z.strictObject({
  args: z.unknown().describe("The whole arguments, as an `edit` would carry them."),
});

export const assessmentSchema = z
  .object({
    level: levelSchema,
    tier: z.string().describe("Who would release it: never a lower one than the review waits for."),
    roles: z.array(z.string()),
    title: z.string().describe("What would happen, in the tool's own words."),
    reasons: z.array(z.object({ rule: z.string(), text: z.string() })),
    questions: z.array(z.string()),
    isForbidden: z.boolean().describe("By policy: nobody may release it like that."),
    mayDecide: z.boolean().describe("May the caller release it like that?"),
    faults: z
      .array(faultSchema)
      .describe(
        "What is wrong with the arguments. Where there is a fault, the rest speaks of those that wait.",
      ),
  })
  .register(components, { id: "Assessment" });
export type Assessment = z.output<typeof assessmentSchema>;
