// Assistants, in LangGraph's words.
import { z } from "zod";
import { components, jsonObjectSchema, timeSchema } from "./route.js";

const configSchema = z
  .looseObject({
    tags: z.array(z.string()).nullish(),
    recursion_limit: z.int().min(1).nullish(),
    configurable: jsonObjectSchema.nullish(),
  })
  .describe("tags, recursion_limit and configurable; each run of the assistant begins with them.");
export type AssistantConfig = z.output<typeof configSchema>;

export const assistantSchema = z
  .object({
    assistant_id: z.string(),
    graph_id: z.string(),
    name: z.string(),
    description: z.string().nullable(),
    config: jsonObjectSchema,
    context: jsonObjectSchema,
    metadata: jsonObjectSchema.describe("created_by is `system` for the assistant a graph is born with."),
    version: z.int().describe("The one in force."),
    created_at: timeSchema,
    updated_at: timeSchema,
  })
  .register(components, { id: "Assistant" });
export type Assistant = z.output<typeof assistantSchema>;

export const assistantListSchema = z
  .array(assistantSchema.partial())
  .register(components, { id: "AssistantList" });

export const assistantVersionSchema = assistantSchema
  .omit({ updated_at: true })
  .register(components, { id: "AssistantVersion" });
export type AssistantVersion = z.output<typeof assistantVersionSchema>;

const content = {
  config: configSchema.nullish(),
  context: jsonObjectSchema.nullish(),
  metadata: jsonObjectSchema.nullish(),
  name: z.string().min(1).max(1_000).nullish(),
  description: z.string().max(100_000).nullish(),
};

export const assistantCreateSchema = z
  .strictObject({
    assistant_id: z.guid().nullish().describe("A UUID; a fresh one where it is left out."),
    graph_id: z.string(),
    ...content,
    if_exists: z.enum(["raise", "do_nothing"]).nullish(),
  })
  .register(components, { id: "AssistantCreate" });

export const assistantPatchSchema = z
  .strictObject({ graph_id: z.string().nullish(), ...content })
  .describe("Makes a new version. Metadata is merged; what is left out stays.")
  .register(components, { id: "AssistantPatch" });

const filter = {
  graph_id: z.string().nullish(),
  name: z.string().nullish().describe("A part of the name, in whatever case."),
  metadata: jsonObjectSchema.nullish().describe("What the metadata holds, among other things."),
};
const page = { limit: z.int().min(1).max(1_000).nullish(), offset: z.int().min(0).nullish() };

export const assistantSearchSchema = z
  .strictObject({
    ...filter,
    ...page,
    sort_by: z.enum(["assistant_id", "graph_id", "name", "created_at", "updated_at"]).nullish(),
    sort_order: z.enum(["asc", "desc"]).nullish(),
    select: z.array(assistantSchema.keyof()).nullish(),
  })
  .register(components, { id: "AssistantSearch" });

export const assistantCountSchema = z.strictObject(filter).register(components, { id: "AssistantCount" });

export const assistantVersionsSchema = z
  .strictObject({ metadata: filter.metadata, ...page })
  .register(components, { id: "AssistantVersions" });

export const assistantLatestSchema = z
  .strictObject({ version: z.int().min(1) })
  .register(components, { id: "AssistantLatest" });

const flag = z.enum(["true", "false", "1", "0"]).transform((value) => value === "true" || value === "1");

export const assistantDeleteQuerySchema = z.strictObject({
  delete_threads: flag
    .optional()
    .describe("Also the threads whose metadata names the assistant: all of them, or nothing is deleted."),
  holds: z
    .enum(["refuse", "supersede"])
    .default("refuse")
    .describe("What becomes of threads in which something waits: as where a thread is deleted."),
});

export const assistantGraphQuerySchema = z.strictObject({
  xray: z
    .string()
    .regex(/^(true|false|\d{1,3})$/, "is true, false or a depth")
    .optional()
    .describe("Draws subgraphs too: all of them, or down to a depth."),
});

export const assistantGraphSchema = z
  .object({
    nodes: z.array(z.looseObject({ id: z.union([z.string(), z.number()]) })),
    edges: z.array(z.looseObject({ source: z.string(), target: z.string() })),
  })
  .register(components, { id: "AssistantGraph" });

const jsonSchema = jsonObjectSchema.nullable().describe("A JSON Schema; null where the graph tells none.");

export const graphSchemasSchema = z
  .object({
    graph_id: z.string(),
    input_schema: jsonSchema,
    output_schema: jsonSchema,
    state_schema: jsonSchema,
    config_schema: jsonSchema,
    context_schema: jsonSchema,
  })
  .register(components, { id: "GraphSchemas" });
export type GraphSchemas = z.output<typeof graphSchemasSchema>;

export const subgraphsQuerySchema = z.strictObject({ recurse: flag.optional() });

export const subgraphsSchema = z
  .record(z.string(), graphSchemasSchema)
  .describe("By namespace: the names of the nodes on the way, divided by |.")
  .register(components, { id: "Subgraphs" });
