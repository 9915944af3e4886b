// LangGraph's streaming protocol (@langchain/protocol): commands to a thread, and what happens in it as events.
import { z } from "zod";
import { problemSchema } from "./problem.js";
import { components, idSchema, jsonObjectSchema } from "./route.js";

/** What a client may subscribe to. `custom` takes in every `custom:<name>`. */
export const channels = [
  "values",
  "updates",
  "messages",
  "tools",
  "lifecycle",
  "input",
  "checkpoints",
  "tasks",
  "custom",
] as const;
export type Channel = (typeof channels)[number] | `custom:${string}`;

const namespaceSchema = z.array(z.string()).max(100);

// Of its fields only `params` is looked at here: whatever else is wrong is told in the protocol's own form.
export const commandSchema = z
  .looseObject({
    id: z.unknown().optional().describe("A number; the answer carries it."),
    method: z.unknown().optional().describe("run.start, input.respond or state.get."),
    params: z.unknown().optional(),
  })
  .register(components, { id: "ProtocolCommand" });

export const commandHeadSchema = z.looseObject({
  id: z.int().min(0),
  method: z.string(),
  params: jsonObjectSchema.default({}),
});

export const runStartSchema = z.looseObject({
  assistant_id: z.string().min(1),
  input: z.unknown().optional(),
  config: z
    .looseObject({ configurable: jsonObjectSchema.nullish() })
    .nullish()
    .describe("configurable.checkpoint_id begins a fork."),
  metadata: jsonObjectSchema.nullish(),
  multitaskStrategy: z.enum(["reject", "enqueue", "interrupt", "rollback"]).nullish(),
  langsmith_tracer: z.unknown().optional().describe("Not supported."),
});
export type RunStart = z.output<typeof runStartSchema>;

const answerSchema = z.strictObject({
  interrupt_id: z.string(),
  response: z.unknown().optional(),
  // Ids name their interrupts in the whole thread, so it says nothing more.
  namespace: namespaceSchema.optional(),
});

const besideAnswers = {
  update: z.union([jsonObjectSchema, z.array(z.tuple([z.string(), z.unknown()]))]).nullish(),
  goto: z.unknown().optional(),
  config: runStartSchema.shape.config,
  metadata: jsonObjectSchema.nullish(),
};

export const inputRespondSchema = z.union([
  z.strictObject({ responses: z.array(answerSchema).min(1).max(1_000), ...besideAnswers }),
  answerSchema
    .extend(besideAnswers)
    .transform(({ interrupt_id, response, update, goto, config, metadata }) => ({
      responses: [{ interrupt_id, response }],
      update,
      goto,
      config,
      metadata,
    })),
]);
export type InputRespond = z.output<typeof inputRespondSchema>;

export const stateGetSchema = z.strictObject({
  namespace: namespaceSchema.default([]),
  keys: z.array(z.string()).optional(),
});
export type StateGet = z.output<typeof stateGetSchema>;

export const protocolErrors = [
  "invalid_argument",
  "unknown_command",
  "unknown_error",
  "no_such_run",
  "no_such_namespace",
  "no_such_interrupt",
  "permission_denied",
  "not_supported",
] as const;
export type ProtocolErrorCode = (typeof protocolErrors)[number];

export const commandAnswerSchema = z
  .discriminatedUnion("type", [
    z.object({
      type: z.literal("success"),
      id: z.int(),
      result: jsonObjectSchema,
      meta: z
        .object({
          thread_id: z.string(),
          applied_through_seq: z.int().describe("Events up to this one were there before."),
        })
        .optional(),
    }),
    z.object({
      type: z.literal("error"),
      id: z.int().nullable(),
      error: z.enum(protocolErrors),
      message: z.string(),
      problem: problemSchema.optional().describe("What it is here; its `code` is for programs."),
    }),
  ])
  .register(components, { id: "ProtocolAnswer" });
export type CommandAnswer = z.output<typeof commandAnswerSchema>;

export const subscriptionSchema = z
  .strictObject({
    channels: z
      .array(z.union([z.enum(channels), z.string().regex(/^custom:./, `is none of ${channels.join(", ")}`)]))
      .min(1)
      .max(100),
    namespaces: z
      .array(namespaceSchema)
      .max(1_000)
      .optional()
      .describe("Beginnings of namespaces; a name without `:` stands for all tasks of that node."),
    depth: z.int().min(0).optional().describe("How far below such a beginning."),
    since: z.int().min(0).optional().describe("The `seq` of the last event that arrived."),
  })
  .describe("Without `since`, it begins with the run that is at work or was the last one.")
  .register(components, { id: "ProtocolSubscription" });
export type Subscription = z.output<typeof subscriptionSchema>;

export const protocolEventSchema = z
  .object({
    type: z.literal("event"),
    event_id: z.string(),
    seq: z.int().describe("Rises within the thread; the same for everybody, and again."),
    method: z.enum([
      "values",
      "updates",
      "messages",
      "tools",
      "lifecycle",
      "input.requested",
      "checkpoints",
      "tasks",
      "custom",
    ]),
    params: z.object({
      namespace: z.array(z.string()).readonly(),
      timestamp: z.int(),
      node: z.string().optional(),
      data: z.unknown(),
    }),
  })
  .register(components, { id: "ProtocolEvent" });
export type ProtocolEvent = z.output<typeof protocolEventSchema>;

export const lastEventSchema = z.object({
  "last-event-id": z.string().max(100).optional().describe("As `since`, where that is left out."),
});

export const ofThreadSchema = z.object({ thread_id: idSchema });
