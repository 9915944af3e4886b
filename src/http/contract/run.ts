// Runs, in LangGraph's words. What this server does not do is named here too, so that it is refused by name.
import { z } from "zod";
import { components, idSchema, jsonObjectSchema, timeSchema } from "./route.js";
import { checkpointRefSchema, interruptSchema, messageSchema } from "./thread.js";

export const streamModes = [
  "values",
  "updates",
  "messages",
  "messages-tuple",
  "custom",
  "events",
  "debug",
  "tasks",
  "checkpoints",
] as const;
export type StreamMode = (typeof streamModes)[number];

const unsupported = (what: string) => z.unknown().optional().describe(what);
const nodes = z.union([z.literal("*"), z.array(z.string())]);
const goto = z.union([z.string(), z.strictObject({ node: z.string(), input: z.unknown().optional() })]);

export const runCreateSchema = z
  .looseObject({
    assistant_id: z.string().describe("The id of an assistant, or of a graph."),
    input: z
      .unknown()
      .optional()
      .describe(
        'Of an agent: { "messages": [{ "role": "user", "content": "…" }] }. Where something is held it is kept and delivered later.',
      ),
    command: z
      .looseObject({
        resume: z
          .unknown()
          .optional()
          .describe(
            "A decision of the caller. Of an agent: { [interruptId]: { type, args?, reason?, message?, argsHash? } }, or the " +
              "bare object where exactly one hold waits; without argsHash it binds to the arguments shown in that interrupt. " +
              "Of another graph: { [interruptId]: answer }, or the bare answer where exactly one question waits.",
          ),
        goto: z
          .union([goto, z.array(goto)])
          .nullish()
          .describe("Of graphs that are no agents."),
        update: z
          .union([jsonObjectSchema, z.array(z.tuple([z.string(), z.unknown()]))])
          .nullish()
          .describe("Of graphs that are no agents."),
      })
      .nullish(),
    config: z
      .looseObject({
        configurable: jsonObjectSchema.nullish(),
        tags: z.array(z.string()).nullish(),
        metadata: jsonObjectSchema.nullish(),
        recursion_limit: z.int().min(1).nullish(),
      })
      .nullish(),
    context: jsonObjectSchema.nullish().describe("Of graphs that are no agents."),
    metadata: jsonObjectSchema.nullish(),
    stream_mode: z
      .union([z.string(), z.array(z.string())])
      .nullish()
      .describe(streamModes.join(", ")),
    stream_subgraphs: z.boolean().nullish(),
    stream_resumable: z.boolean().nullish().describe("Every stream is."),
    on_disconnect: z
      .enum(["cancel", "continue"])
      .nullish()
      .describe("What becomes of the run when a client that waits or watches goes away; continue."),
    if_not_exists: z.enum(["reject", "create"]).nullish(),
    multitask_strategy: z
      .enum(["reject", "enqueue", "interrupt", "rollback"])
      .nullish()
      .describe(
        "For a busy thread; enqueue. interrupt and rollback also withdraw what waits for people, on the record.",
      ),
    durability: z.string().nullish().describe("sync; of graphs that are no agents also async and exit."),
    checkpoint: checkpointRefSchema.nullish().describe("An older one begins a fork."),
    checkpoint_id: z.string().nullish(),
    checkpoint_during: z.boolean().nullish().describe("The older way to say async (true) or exit (false)."),
    on_completion: z
      .enum(["delete", "keep"])
      .nullish()
      .describe("Of a run on a fresh thread: whether that stays; delete."),
    after_seconds: z.number().min(0).max(31_536_000).nullish(),
    interrupt_before: nodes.nullish().describe("Of graphs that are no agents."),
    interrupt_after: nodes.nullish().describe("Of graphs that are no agents."),
    webhook: z
      .string()
      .nullish()
      .describe("Where the end of the run, and of those that go on from its holds, is told by POST."),
    feedback_keys: unsupported("Not supported."),
    langsmith_tracer: unsupported("Not supported."),
  })
  .register(components, { id: "RunCreate" });
export type RunCreate = z.output<typeof runCreateSchema>;

/** LangGraph's client leaves its own spelling of it beside ours here. */
const inBatchSchema = runCreateSchema
  .extend({ assistantId: z.string().optional() })
  .transform(
    (run) => Object.fromEntries(Object.entries(run).filter(([name]) => name !== "assistantId")) as RunCreate,
  );

export const runBatchSchema = z.array(inBatchSchema).min(1).max(100);

export const runStatuses = ["pending", "running", "error", "success", "timeout", "interrupted"] as const;

export const runSchema = z
  .object({
    run_id: z.string(),
    thread_id: z.string(),
    assistant_id: z.string(),
    created_at: timeSchema,
    updated_at: timeSchema,
    status: z
      .enum(runStatuses)
      .describe(
        "A run that ends at a hold is a success, and its thread then `interrupted`; a run that is `interrupted` was cancelled.",
      ),
    metadata: jsonObjectSchema,
    kwargs: jsonObjectSchema,
    multitask_strategy: z.enum(["reject", "enqueue", "interrupt", "rollback"]),
  })
  .register(components, { id: "Run" });
export type Run = z.output<typeof runSchema>;

export const runListSchema = z.array(runSchema.partial()).register(components, { id: "RunList" });

export const runListQuerySchema = z.strictObject({
  limit: z.coerce.number<string>().int().min(1).max(1_000).default(10),
  offset: z.coerce.number<string>().int().min(0).default(0),
  status: z.enum(runStatuses).optional(),
  select: z.union([z.string(), z.array(z.string())]).optional(),
});

const flag = z
  .enum(["true", "false", "1", "0"])
  .transform((word) => word === "true" || word === "1")
  .optional();

export const joinQuerySchema = z.strictObject({ cancel_on_disconnect: flag });

export const joinStreamQuerySchema = z.strictObject({
  cancel_on_disconnect: flag,
  stream_mode: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .describe("Of the modes that the run was begun with; all of them."),
});

export const resumeFromSchema = z.object({
  "last-event-id": z.string().max(100).optional().describe("The id of the last event that arrived."),
});

export const cancelQuerySchema = z.strictObject({
  wait: flag.describe("204 when the runs have ended; else 202 at once."),
  action: z.enum(["interrupt", "rollback"]).default("interrupt"),
});

export const cancelManySchema = z
  .strictObject({
    thread_id: idSchema.nullish(),
    run_ids: z.array(idSchema).max(1_000).nullish(),
    status: z.enum(["pending", "running", "all"]).nullish(),
  })
  .register(components, { id: "CancelMany" });

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
    id: z.string().describe("For Last-Event-ID."),
    event: z
      .string()
      .describe(
        "metadata, error, end, or the stream mode (messages: messages/metadata, messages/partial, messages/complete); " +
          "from a subgraph followed by |namespace.",
      ),
    data: z.unknown(),
  })
  .register(components, { id: "RunEvent" });
export type RunEvent = z.output<typeof runEventSchema>;
