// Crons, in LangGraph's words: runs that begin by the clock.
import { z } from "zod";
import { components, idSchema, jsonObjectSchema, timeSchema } from "./route.js";

const endTimeSchema = z.iso
  .datetime({ offset: true, local: true })
  .describe("ISO 8601; UTC where it names no offset. After it the cron starts no run.");

const own = {
  timezone: z.string().max(100).nullish().describe("An IANA name; UTC where it is left out."),
  end_time: endTimeSchema.nullish(),
  on_run_completed: z
    .enum(["delete", "keep"])
    .nullish()
    .describe("What becomes of a run's fresh thread: delete, where nothing is said."),
  enabled: z.boolean().nullish(),
  metadata: jsonObjectSchema.nullish(),
};

const scheduleSchema = z
  .string()
  .max(200)
  .describe('A cron expression: minute, hour, day, month, weekday; or "@hourly" and its like.');

export const cronCreateSchema = z
  .looseObject({ assistant_id: z.string(), schedule: scheduleSchema, ...own })
  .describe("Beside these, what POST /runs takes: input, config and so on.")
  .register(components, { id: "CronCreate" });
export type CronCreate = z.output<typeof cronCreateSchema>;

export const cronPatchSchema = z
  .looseObject({ schedule: scheduleSchema.nullish(), ...own })
  .describe(
    "What is left out stays; null takes back a timezone or an end_time. Metadata is merged. The cron's next runs are " +
      "in the name of whoever changed it last.",
  )
  .register(components, { id: "CronPatch" });

export const cronSchema = z
  .object({
    cron_id: z.string(),
    assistant_id: z.string(),
    thread_id: z.string().nullable(),
    on_run_completed: z.enum(["delete", "keep"]),
    end_time: timeSchema.nullable(),
    schedule: z.string(),
    timezone: z.string().nullable(),
    created_at: timeSchema,
    updated_at: timeSchema,
    payload: jsonObjectSchema.describe("The run it begins."),
    user_id: z.string().describe("In whose name it runs."),
    next_run_date: timeSchema.nullable().describe("null: it is disabled, or has come to its end."),
    metadata: jsonObjectSchema,
    enabled: z.boolean(),
  })
  .register(components, { id: "Cron" });
export type Cron = z.output<typeof cronSchema>;

const filter = {
  assistant_id: z.string().nullish(),
  thread_id: idSchema.nullish(),
  enabled: z.boolean().nullish(),
  metadata: jsonObjectSchema.nullish().describe("What the metadata holds, among other things."),
};

export const cronSearchSchema = z
  .strictObject({
    ...filter,
    limit: z.int().min(1).max(1_000).nullish(),
    offset: z.int().min(0).nullish(),
    sort_by: z
      .enum(["cron_id", "assistant_id", "thread_id", "created_at", "updated_at", "next_run_date"])
      .nullish(),
    sort_order: z.enum(["asc", "desc"]).nullish(),
    select: z.array(cronSchema.keyof()).nullish(),
  })
  .register(components, { id: "CronSearch" });

export const cronCountSchema = z.strictObject(filter).register(components, { id: "CronCount" });
export type CronCount = z.output<typeof cronCountSchema>;

export const cronListSchema = z.array(cronSchema.partial()).register(components, { id: "CronList" });
