import { z } from "zod";
import { components, jsonObjectSchema, timeSchema } from "./route.js";

export const assistantSchema = z
  .object({
    assistant_id: z.string().describe("The id of the graph."),
    graph_id: z.string(),
    name: z.string(),
    description: z.string().nullable(),
    config: jsonObjectSchema,
    context: jsonObjectSchema,
    metadata: jsonObjectSchema,
    version: z.int(),
    created_at: timeSchema,
    updated_at: timeSchema,
  })
  .register(components, { id: "Assistant" });
export type Assistant = z.output<typeof assistantSchema>;

export const assistantListSchema = z
  .array(assistantSchema.partial())
  .register(components, { id: "AssistantList" });

export const assistantSearchSchema = z
  .strictObject({
    graph_id: z.string().nullish(),
    name: z.string().nullish(),
    metadata: jsonObjectSchema.nullish(),
    limit: z.int().min(1).max(1_000).nullish(),
    offset: z.int().min(0).nullish(),
    // One assistant is in every order.
    sort_by: z.string().nullish(),
    sort_order: z.enum(["asc", "desc"]).nullish(),
    select: z.array(z.string()).nullish(),
  })
  .register(components, { id: "AssistantSearch" });
