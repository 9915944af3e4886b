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
  })
  .register(components, { id: "Thread" });
export type Thread = z.output<typeof threadSchema>;

export const threadCreateSchema = z
  .strictObject({
    // Ids that stand in a path as they are.
    thread_id: z
      .string()
      .regex(/^(?!\.+$)[\w.:@~-]{1,200}$/, "is 1 to 200 letters, digits or . _ : @ ~ -")
      .nullish(),
    metadata: jsonObjectSchema.nullish().describe("`graph_id`, where given, is the graph this server has."),
    if_exists: z.enum(["raise", "do_nothing"]).nullish(),
    supersteps: z.array(z.unknown()).nullish().describe("Not supported."),
    ttl: z.unknown().optional().describe("Not supported."),
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
        state: z.null(),
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

const subgraphs = z
  .enum(["true", "false", "1", "0"])
  .optional()
  .describe("Accepted; this graph has no subgraphs.");

export const stateQuerySchema = z.strictObject({ subgraphs, checkpoint_id: idSchema.optional() });
export const stateAtQuerySchema = z.strictObject({ subgraphs });

/** Names a checkpoint of the graph itself; the parts that would name a subgraph's must be empty. */
export const checkpointRefSchema = z
  .strictObject({
    thread_id: z.string().nullish(),
    checkpoint_id: idSchema.nullish(),
    checkpoint_ns: z.literal("").nullish(),
    checkpoint_map: z.strictObject({}).nullish(),
  })
  .register(components, { id: "CheckpointRef" });

export const stateAtCheckpointSchema = z
  .strictObject({ checkpoint: checkpointRefSchema.nullish(), subgraphs: z.boolean().nullish() })
  .register(components, { id: "StateAtCheckpoint" });
