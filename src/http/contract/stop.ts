import { z } from "zod";
import { personSchema } from "./review-parts.js";
import { components, idSchema, timeSchema, type Route } from "./route.js";

const stopKinds = ["agent", "tool", "tenant", "all"] as const;

export const whySchema = z
  .string()
  .trim()
  .min(1, "says why, for whoever finds it")
  .max(2_000)
  .refine((text) => text.isWellFormed() && !text.includes("\0"), "is not well-formed text");

export const stopRequestSchema = z
  .strictObject({
    kind: z.enum(stopKinds),
    name: idSchema.optional().describe("Of the agent or the tool."),
    why: whySchema,
  })
  .refine(({ kind, name }) => (kind === "agent" || kind === "tool") === (name !== undefined), {
    path: ["name"],
    message: "names the agent or the tool, and is left out for a tenant and for everything",
  })
  .register(components, { id: "StopRequest" });
export type StopRequest = z.output<typeof stopRequestSchema>;

export const liftRequestSchema = z
  .strictObject({ why: whySchema })
  .register(components, { id: "LiftRequest" });

export const stopSchema = z
  .object({
    id: z.string(),
    kind: z.enum(stopKinds),
    name: z.string().nullable(),
    by: personSchema,
    why: z.string(),
    at: timeSchema,
    lifted: z
      .object({ by: personSchema, why: z.string(), at: timeSchema })
      .nullable()
      .describe("Null while it stands."),
  })
  .register(components, { id: "Stop" });
export type Stop = z.output<typeof stopSchema>;

export const stopListSchema = z.object({ items: z.array(stopSchema) });

export const stopRoutes = {
  setStop: {
    method: "post",
    path: "/stops",
    group: "Server",
    for: "operator",
    summary:
      "Stops an agent, a tool, one's tenant or everything; where it is stopped, gives the stop that stands.",
    body: stopRequestSchema,
    answer: stopSchema,
    problems: ["access_forbidden", "not_found"],
  },
  listStops: {
    method: "get",
    path: "/stops",
    group: "Server",
    for: "staff",
    summary: "What is stopped, or was: the newest first, 200 at most.",
    query: z.strictObject({ status: z.enum(["standing", "lifted"]).optional() }),
    answer: stopListSchema,
    problems: [],
  },
  liftStop: {
    method: "post",
    path: "/stops/{stop_id}/lift",
    group: "Server",
    for: "operator",
    summary: "Lifts a stop: what it held goes on.",
    params: z.object({ stop_id: idSchema }),
    body: liftRequestSchema,
    answer: stopSchema,
    problems: ["access_forbidden", "not_found", "stop_lifted"],
  },
} as const satisfies Record<string, Route>;
