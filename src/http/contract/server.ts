import { z } from "zod";
import { components, jsonObjectSchema } from "./route.js";

export const meSchema = z
  .object({
    id: z.string(),
    kind: z.enum(["person", "agent", "service"]),
    roles: z
      .array(z.string())
      .describe("`*` is every role: the one person of a machine without an access file."),
    tenant: z.string(),
  })
  .register(components, { id: "Me" });
export type Me = z.output<typeof meSchema>;

export const okSchema = z.object({ ok: z.literal(true) }).register(components, { id: "Ok" });

export const healthSchema = z.object({ status: z.literal("ready") }).register(components, { id: "Health" });

export const infoSchema = z
  .object({
    name: z.string(),
    version: z.string(),
    langgraph_js_version: z.string(),
    context: z.literal("js"),
    flags: z.object({ assistants: z.boolean(), crons: z.boolean(), langsmith: z.boolean() }),
  })
  .register(components, { id: "Info" });
export type Info = z.output<typeof infoSchema>;

export const openApiSchema = jsonObjectSchema;
