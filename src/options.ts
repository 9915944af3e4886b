import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import type { StructuredToolInterface } from "@langchain/core/tools";
import { z } from "zod";
import { HoldpointError } from "./kernel/errors.js";
import type { Log } from "./kernel/log.js";
import type { Model } from "./models/port.js";
import type { Policy } from "./policies/policy.js";
import type { HoldpointTool } from "./tools/tool.js";

/** What is to be built. The library reads no environment and no file: all it knows comes in here. */
export interface HoldpointOptions {
  /**
   * Names the agent (the graph id of a server). Processes that share a database and a name take up each other's
   * work; agents of other names are left alone. Default: `agent`.
   */
  name?: string;
  /** A LangChain chat model that can call tools, or a model of one's own. */
  model: BaseChatModel | Model;
  /** Tools from `defineTool`, `wrapMcpTools` or LangChain. A LangChain tool reads as irreversible and blind. */
  tools: readonly (HoldpointTool | StructuredToolInterface)[];
  /** YAML text, or a loaded policy. Without one, what cannot be undone waits for the role `reviewer`. */
  policy?: string | Policy;
  /** Postgres: `{ url }` of any server from version 13, or `{ home }`, a folder for an embedded one. */
  database: DatabaseOptions;
  /** Instructions to the model, put before every conversation. */
  instructions?: string;
  /** Whose threads these are; for one company, leave it out. */
  tenant?: string;
  log?: Log;
  settings?: z.input<typeof settingsSchema>;
}

export type DatabaseOptions =
  /** `directUrl` serves migrations where `url` goes through a transaction pooler. */
  | { url: string; directUrl?: string }
  /** A folder: an embedded Postgres keeps its data in it. */
  | { home: string };

/** Durations in milliseconds. */
export const settingsSchema = z
  .strictObject({
    leaseMs: z
      .number()
      .int()
      .min(500)
      .default(10_000)
      .describe("A process that has not renewed for so long counts as gone."),
    pollMs: z
      .number()
      .int()
      .min(50)
      .default(1_000)
      .describe("How often the tables are looked at when nothing wakes the worker."),
    toolTimeoutMs: z
      .number()
      .int()
      .min(1)
      .default(120_000)
      .describe("After this, a tool's outcome counts as unknown."),
    drainMs: z.number().int().min(0).default(20_000).describe("How long a stop waits for runs at work."),
    concurrency: z
      .number()
      .int()
      .min(1)
      .default(16)
      .describe("Runs at work at the same time in this process."),
    maxAttempts: z
      .number()
      .int()
      .min(1)
      .default(10)
      .describe("How often a run is taken up again before it is given up."),
    maxSteps: z
      .number()
      .int()
      .min(3)
      .default(300)
      .describe("Supersteps after which a run without an end is stopped."),
    maxConnections: z.number().int().min(2).default(20).describe("Postgres connections of this process."),
  })
  .describe("Holdpoint settings");
export type Settings = z.output<typeof settingsSchema>;

/** Fills in the defaults; unknown or wrong settings throw `options_invalid`. */
export function compileSettings(given: z.input<typeof settingsSchema> | undefined): Settings {
  const parsed = settingsSchema.safeParse(given ?? {});
  if (parsed.success) return parsed.data;
  throw new HoldpointError("options_invalid", `The settings are wrong: ${z.prettifyError(parsed.error)}`);
}
