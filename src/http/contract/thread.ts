// Threads and their state, in LangGraph's words.
import { z } from "zod";
import { components, idSchema, jsonObjectSchema, timeSchema } from "./route.js";

export const messageSchema = z
  .looseObject({
    type: z.string().describe("human, ai, tool or system."),
    id: z.string().nullish(),
    content: z.union([z.string(), z.array(z.unknown())]),
    name: z.string().nullish(),
    tool_calls: z
      .array(z.looseObject({ name: z.string(), args: z.unknown(), id: z.string().nullish() }))
      .optional(),
    tool_call_id: z.string().optional().describe("Of a tool message: the call it answers."),
  })
  .register(components, { id: "Message" });
export type Message = z.output<typeof messageSchema>;

export const interruptSchema = z
  .looseObject({
    id: z.string().optional(),
    value: z
      .unknown()
      .describe("What waits; `value.holdpoint` names the review, the hash and the allowed answers."),
  })
  .register(components, { id: "Interrupt" });
export type Interrupt = z.output<typeof interruptSchema>;

export const valuesSchema = z
  .looseObject({ messages: z.array(messageSchema).optional() })
  .register(components, { id: "Values" });
export type Values = z.output<typeof valuesSchema>;

const ttlSchema = z
  .union([
    z.number().positive(),
    z.strictObject({
      strategy: z.string().nullish().describe("delete"),
      ttl: z.number().positive().max(52_560_000).describe("Minutes."),
      sweep_interval_minutes: z
        .unknown()
        .optional()
        .describe("Not supported: it is looked at every half minute."),
    }),
  ])
  .nullish()
  .describe(
    "Deletes the thread when nothing has happened in it for so many minutes, and nothing in it waits.",
  );

export const threadSchema = z
  .object({
    thread_id: z.string(),
    created_at: timeSchema,
    updated_at: timeSchema,
    state_updated_at: timeSchema,
    metadata: jsonObjectSchema,
    status: z
      .enum(["idle", "busy", "interrupted", "error"])
      .describe("interrupted: something waits for a person."),
    config: jsonObjectSchema,
    values: valuesSchema,
    interrupts: z.record(z.string(), z.array(interruptSchema)).describe("By task id."),
    error: z.object({ error: z.string(), message: z.string() }).nullable(),
    ttl: z
      .object({ strategy: z.literal("delete"), ttl_minutes: z.number(), expires_at: timeSchema })
      .optional()
      .describe("Where it has one; `expires_at` if nothing happens in it before."),
  })
  .register(components, { id: "Thread" });
export type Thread = z.output<typeof threadSchema>;

export const threadListSchema = z.array(threadSchema.partial()).register(components, { id: "ThreadList" });

const threadFilter = {
  metadata: jsonObjectSchema.nullish().describe("Contained in the thread's metadata."),
  values: jsonObjectSchema
    .nullish()
    .describe(
      "Contained in the thread's values, lists of messages aside, where these have no more than 65,536 characters.",
    ),
  status: z.enum(["idle", "busy", "interrupted", "error"]).nullish(),
};

export const threadSearchSchema = z
  .strictObject({
    ...threadFilter,
    ids: z.array(idSchema).max(1_000).nullish(),
    limit: z.int().min(1).max(1_000).nullish().describe("10"),
    offset: z.int().min(0).nullish(),
    sort_by: z.enum(["thread_id", "status", "created_at", "updated_at"]).nullish(),
    sort_order: z.enum(["asc", "desc"]).nullish(),
    select: z
      .array(z.string())
      .nullish()
      .describe("Members to be told of each; without `values` it is faster."),
    extract: z.unknown().optional().describe("Not supported."),
  })
  .register(components, { id: "ThreadSearch" });

export const threadCountSchema = z.strictObject(threadFilter).register(components, { id: "ThreadCount" });

export const threadPatchSchema = z
  .strictObject({
    metadata: jsonObjectSchema.nullish(),
    ttl: ttlSchema.describe("null takes it back."),
  })
  .register(components, { id: "ThreadPatch" });

export const threadPruneSchema = z
  .strictObject({
    thread_ids: z.array(idSchema).max(1_000),
    strategy: z.string().nullish().describe("delete"),
  })
  .register(components, { id: "ThreadPrune" });
export const threadPrunedSchema = z
  .object({ pruned_count: z.int() })
  .register(components, { id: "ThreadPruned" });

export const threadDeleteQuerySchema = z.strictObject({
  holds: z
    .enum(["refuse", "supersede"])
    .default("refuse")
    .describe(
      "What becomes of it where something waits: it is refused, or that is withdrawn, on the record.",
    ),
});

const superstepSchema = z.strictObject({
  updates: z.array(
    z.strictObject({
      values: z.union([jsonObjectSchema, z.array(jsonObjectSchema)]).nullish(),
      as_node: z.string().nullish(),
      command: z.unknown().optional().describe("Not supported."),
    }),
  ),
});
export type Superstep = z.output<typeof superstepSchema>;

export const threadCreateSchema = z
  .strictObject({
    // Ids that stand in a path as they are.
    thread_id: z
      .string()
      .regex(/^(?!\.+$)[\w.:@~-]{1,200}$/, "is 1 to 200 letters, digits or . _ : @ ~ -")
      .nullish()
      .describe("Of a new thread: a random UUID, version 4 or 7."),
    metadata: jsonObjectSchema.nullish().describe("`graph_id`, where given, is the graph this server has."),
    if_exists: z.enum(["raise", "do_nothing"]).nullish(),
    supersteps: z
      .array(superstepSchema)
      .max(1_000)
      .nullish()
      .describe("The state it begins with, step by step, as nodes would have written it."),
    ttl: ttlSchema,
  })
  .register(components, { id: "ThreadCreate" });
export type ThreadCreate = z.output<typeof threadCreateSchema>;

export const checkpointSchema = z
  .object({
    thread_id: z.string(),
    checkpoint_ns: z.string(),
    checkpoint_id: z.string().nullable(),
    checkpoint_map: jsonObjectSchema.nullable(),
  })
  .register(components, { id: "Checkpoint" });
export type Checkpoint = z.output<typeof checkpointSchema>;

export const threadStateSchema = z
  .object({
    values: valuesSchema,
    next: z.array(z.string()),
    tasks: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        path: z.array(z.unknown()),
        error: z.string().nullable(),
        interrupts: z.array(interruptSchema),
        checkpoint: checkpointSchema.nullable(),
        state: z.unknown().describe("With `subgraphs`: the state of the graph in this task."),
        result: z.unknown(),
      }),
    ),
    metadata: jsonObjectSchema.nullable(),
    created_at: timeSchema.nullable(),
    checkpoint: checkpointSchema.nullable(),
    parent_checkpoint: checkpointSchema.nullable(),
  })
  .register(components, { id: "ThreadState" });
export type ThreadState = z.output<typeof threadStateSchema>;

export const threadStateListSchema = z
  .array(threadStateSchema)
  .register(components, { id: "ThreadStateList" });

const subgraphs = z
  .enum(["true", "false", "1", "0"])
  .transform((word) => word === "true" || word === "1")
  .optional()
  .describe("With the states of the graphs in it.");

export const stateQuerySchema = z.strictObject({ subgraphs, checkpoint_id: idSchema.optional() });
export const stateAtQuerySchema = z.strictObject({ subgraphs });

/** Names a checkpoint; `checkpoint_ns` is that of a graph inside the graph. */
export const checkpointRefSchema = z
  .strictObject({
    thread_id: z.string().nullish(),
    checkpoint_id: idSchema.nullish(),
    checkpoint_ns: z.string().nullish(),
    checkpoint_map: jsonObjectSchema.nullish(),
  })
  .register(components, { id: "CheckpointRef" });

export const stateAtCheckpointSchema = z
  .strictObject({ checkpoint: checkpointRefSchema.nullish(), subgraphs: z.boolean().nullish() })
  .register(components, { id: "StateAtCheckpoint" });

export const stateUpdateSchema = z
  .strictObject({
    values: z.union([jsonObjectSchema, z.array(jsonObjectSchema)]).nullish(),
    as_node: z.string().nullish().describe("The node that is taken to have written it."),
    checkpoint: checkpointRefSchema.nullish(),
    checkpoint_id: idSchema.nullish(),
  })
  .register(components, { id: "StateUpdate" });

export const stateUpdatedSchema = z
  .object({ checkpoint: checkpointSchema.nullable() })
  .register(components, { id: "StateUpdated" });

const limit = z.int().min(1).max(1_000);

/** The time to live is always told; there is nothing else to include. */
export const threadQuerySchema = z.strictObject({
  include: z.union([z.literal("ttl"), z.array(z.literal("ttl"))], "is ttl").optional(),
});

const threadStreamModeSchema = z.enum(["run_modes", "lifecycle", "state_update"]);
export type ThreadStreamMode = z.output<typeof threadStreamModeSchema>;

export const threadStreamQuerySchema = z.strictObject({
  stream_mode: z
    .preprocess(
      (given) => (typeof given === "string" ? [given] : given),
      z.array(threadStreamModeSchema).min(1),
    )
    .default(["run_modes"]),
});

export const historyQuerySchema = z.strictObject({
  limit: z.coerce.number<string>().pipe(limit).default(10),
  before: idSchema.optional().describe("A checkpoint's id."),
});

export const historyRequestSchema = z
  .strictObject({
    limit: limit.nullish(),
    before: z.union([idSchema, z.looseObject({ configurable: checkpointRefSchema.nullish() })]).nullish(),
    metadata: jsonObjectSchema.nullish().describe("Contained in the checkpoint's metadata."),
    checkpoint: checkpointRefSchema.nullish(),
  })
  .register(components, { id: "HistoryRequest" });
