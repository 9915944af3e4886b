import { z } from "zod";
import { sinceQuerySchema } from "./review-context.js";
import { components, type Route } from "./route.js";

export const activitySchema = z
  .object({
    hasBegun: z.boolean().describe("Whether a call was ever proposed here, or a question asked."),
    ranWithoutAsking: z.int().describe("Calls that ran since then and that nobody had to decide."),
    demo: z
      .object({ assistantId: z.string(), text: z.string() })
      .nullable()
      .describe(
        "An agent that is served here on a scripted demo model, and what to say to it to see a call being held. Null " +
          "where all have real models.",
      ),
  })
  .register(components, { id: "Activity" });
export type Activity = z.output<typeof activitySchema>;

export const activityRoutes = {
  getActivity: {
    method: "get",
    path: "/activity",
    group: "Reviews",
    for: "staff",
    summary: "What went on without anybody at the queue, for whoever finds it empty.",
    query: sinceQuerySchema,
    answer: activitySchema,
    problems: [],
  },
} as const satisfies Record<string, Route>;
