import { z } from "zod";
import { personSchema } from "./review-parts.js";
import { components, idSchema, noAnswer, timeSchema, type Route } from "./route.js";

export const deputySchema = z
  .object({
    id: z.string(),
    side: z
      .enum(["given", "had", "others"])
      .describe("The caller gave it, has it, or sees it as an operator."),
    from: personSchema.describe("Whose roles they are."),
    to: z.string().describe("Who decides in their stead: an account, or the person behind several."),
    roles: z.array(z.string()),
    until: timeSchema,
    reason: z.string().nullable(),
    givenAt: timeSchema,
  })
  .register(components, { id: "Deputy" });
export type Deputy = z.output<typeof deputySchema>;

export const deputyListSchema = z.object({ items: z.array(deputySchema) });

export const deputyRequestSchema = z.strictObject({
  to: idSchema,
  roles: z
    .array(z.string().trim().min(1).max(200))
    .min(1)
    .max(50)
    .optional()
    .describe("Absent: all that the caller holds themselves."),
  until: timeSchema,
  reason: z.string().trim().min(1).max(2_000).optional(),
});
export type DeputyRequest = z.input<typeof deputyRequestSchema>;

export const deputyRoutes = {
  giveDeputy: {
    method: "post",
    path: "/deputies",
    group: "Reviews",
    for: "staff",
    summary:
      "Has somebody decide what the caller may, until a time. What was given to the caller is not given on.",
    body: deputyRequestSchema,
    answer: deputySchema,
    problems: ["access_forbidden"],
  },
  listDeputies: {
    method: "get",
    path: "/deputies",
    group: "Reviews",
    for: "staff",
    summary: "Deputies that the caller gave or is, as far as they are in force; to an operator, all.",
    answer: deputyListSchema,
    problems: [],
  },
  revokeDeputy: {
    method: "delete",
    path: "/deputies/{deputyId}",
    group: "Reviews",
    for: "staff",
    summary: "Takes it back, at once: by who gave it, or an operator.",
    params: z.object({ deputyId: idSchema }),
    answer: noAnswer,
    status: 204,
    problems: ["not_found"],
  },
} as const satisfies Record<string, Route>;
