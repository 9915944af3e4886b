// The store, in LangGraph's words: what agents remember across threads.
import { z } from "zod";
import { components, jsonObjectSchema, timeSchema } from "./route.js";

const text = z
  .string()
  .max(1_000)
  .refine((one) => one.isWellFormed() && !one.includes("\0"), "is not well-formed text");

const labelSchema = text.min(1).refine((label) => !label.includes("."), "has a dot");

const pathSchema = z.array(labelSchema).max(100);

export const namespaceSchema = pathSchema
  .min(1)
  .refine(([first]) => first !== "langgraph", 'begins with "langgraph", which is LangGraph\'s own')
  .describe("Labels without dots; the first is not `langgraph`.");

const flag = z.enum(["true", "false", "1", "0"]).transform((value) => value === "true" || value === "1");

// A hundred years; a time beyond what Postgres counts would end the statement.
const ttlSchema = z
  .number()
  .positive()
  .max(100 * 366 * 24 * 60)
  .nullish()
  .describe("How many minutes the item lives; null: for ever.");

export const storePutSchema = z
  .strictObject({
    namespace: namespaceSchema,
    key: text.min(1),
    value: jsonObjectSchema,
    index: z
      .union([z.literal(false), z.array(z.string())])
      .nullish()
      .describe("Not supported: nothing is indexed for a search by meaning."),
    ttl: ttlSchema,
  })
  .register(components, { id: "StorePut" });

export const storeGetQuerySchema = z.strictObject({
  namespace: z
    .string()
    .transform((path) => path.split("."))
    .pipe(namespaceSchema)
    .describe("Its labels, divided by dots."),
  key: text.min(1),
  refresh_ttl: flag.optional().describe("Does the item live as long again? It does unless told otherwise."),
});

export const storeDeleteSchema = z
  .strictObject({ namespace: namespaceSchema, key: text.min(1) })
  .register(components, { id: "StoreDelete" });

const page = { limit: z.int().min(1).max(1_000).nullish(), offset: z.int().min(0).nullish() };

export const storeSearchSchema = z
  .strictObject({
    namespace_prefix: pathSchema.nullish().describe("Everything, where it is left out."),
    filter: jsonObjectSchema
      .nullish()
      .describe("{ field: value } or { field: { $eq, $ne, $gt, $gte, $lt, $lte } }."),
    ...page,
    query: z.string().nullish().describe("Not supported: there is no search by meaning."),
    refresh_ttl: z.boolean().nullish(),
  })
  .register(components, { id: "StoreSearch" });

export const storeNamespacesSchema = z
  .strictObject({
    prefix: pathSchema.nullish().describe("`*` stands for any label."),
    suffix: pathSchema.nullish(),
    max_depth: z.int().min(1).max(100).nullish(),
    ...page,
  })
  .register(components, { id: "StoreNamespaces" });

export const storeItemSchema = z
  .object({
    namespace: z.array(z.string()),
    key: z.string(),
    value: jsonObjectSchema,
    created_at: timeSchema,
    updated_at: timeSchema,
  })
  .register(components, { id: "StoreItem" });
export type StoreItem = z.output<typeof storeItemSchema>;

export const storeItemListSchema = z
  .object({ items: z.array(storeItemSchema).describe("Last written first.") })
  .register(components, { id: "StoreItemList" });

export const namespaceListSchema = z
  .object({ namespaces: z.array(z.array(z.string())) })
  .register(components, { id: "NamespaceList" });
