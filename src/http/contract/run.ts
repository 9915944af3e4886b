// Runs, in LangGraph's words. What this server does not do yet is named here too, so that it is refused by name.
import { z } from "zod";
import { components, jsonObjectSchema, timeSchema } from "./route.js";
import { checkpointRefSchema, interruptSchema, messageSchema } from "./thread.js";

export const streamModes = ["values", "updates", "messages", "messages-tuple", "custom"] as const;
export type StreamMode = (typeof streamModes)[number];

const unsupported = (what: string) => z.unknown().optional().describe(what);

export const runCreateSchema = z
  .looseObject({
    assistant_id: z.string().describe("The id of the graph."),
    input: z
      .unknown()
      .optional()
      .describe(
        '{ "messages": [{ "role": "user", "content": "…" }] }. Where something is held it is kept and delivered later.',
      ),
    command: z
      .looseObject({
        resume: z
          .unknown()
          .optional()
          .describe(
            "A decision of the caller: { [interruptId]: { type, args?, reason?, message?, argsHash? } }, or the bare object " +
              "where exactly one hold waits. Without argsHash it binds to the arguments shown in that interrupt.",
          ),
        goto: unsupported("Not supported: only a decision moves a held call."),
        update: unsupported("Not supported: state does not release anything."),
      })
      .nullish(),
    config: z
      .looseObject({
        configurable: jsonObjectSchema.nullish(),
        tags: z.array(z.string()).nullish(),
        metadata: jsonObjectSchema.nullish(),
      })
      .nullish(),
    metadata: jsonObjectSchema.nullish(),
    stream_mode: z
      .union([z.string(), z.array(z.string())])
      .nullish()
      .describe(streamModes.join(", ")),
    stream_subgraphs: z.boolean().nullish(),
    on_disconnect: z
      .enum(["cancel", "continue"])
      .nullish()
      .describe("A client that goes away never cancels a run."),
    if_not_exists: z.enum(["reject", "create"]).nullish(),
    multitask_strategy: z.string().nullish().describe("enqueue"),
    durability: z.string().nullish().describe("sync"),
    checkpoint: checkpointRefSchema.nullish().describe("The newest one only."),
    checkpoint_id: z.string().nullish().describe("The newest one only."),
    checkpoint_during: z.boolean().nullish().describe("true"),
    on_completion: z.string().nullish().describe("keep"),
    context: unsupported("Not supported."),
    stream_resumable: unsupported("Not supported."),
    interrupt_before: unsupported("Not supported."),
    interrupt_after: unsupported("Not supported."),
    webhook: unsupported("Not supported."),
    after_seconds: unsupported("Not supported."),
    feedback_keys: unsupported("Not supported."),
    langsmith_tracer: unsupported("Not supported."),
  })
  .register(components, { id: "RunCreate" });
export type RunCreate = z.output<typeof runCreateSchema>;

export const runSchema = z
  .object({
    run_id: z.string(),
    thread_id: z.string(),
    assistant_id: z.string(),
    created_at: timeSchema,
    updated_at: timeSchema,
    status: z
      .enum(["pending", "running", "success", "error"])
      .describe("A run that ends at a hold is a success; its thread is then `interrupted`."),
    metadata: jsonObjectSchema,
    kwargs: jsonObjectSchema,
    multitask_strategy: z.literal("enqueue"),
  })
  .register(components, { id: "Run" });
export type Run = z.output<typeof runSchema>;

export const runResultSchema = z
  .looseObject({
    messages: z.array(messageSchema).optional(),
    __interrupt__: z.array(interruptSchema).optional().describe("What waits for a person."),
    __error__: z
      .object({ error: z.string(), message: z.string() })
      .optional()
      .describe("How the run failed."),
  })
  .register(components, { id: "RunResult" });
export type RunResult = z.output<typeof runResultSchema>;

export const runEventSchema = z
  .object({
    id: z.string(),
    event: z
      .string()
      .describe(
        "metadata, values, updates, messages, messages/metadata, messages/partial, messages/complete, custom, error or end; " +
          "from a subgraph followed by |namespace.",
      ),
    data: z.unknown(),
  })
  .register(components, { id: "RunEvent" });
export type RunEvent = z.output<typeof runEventSchema>;
