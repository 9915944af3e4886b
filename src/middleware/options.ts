import type { StructuredToolInterface } from "@langchain/core/tools";
import { z } from "zod";
import type { Log } from "../kernel/log.js";
import type { Principal } from "../kernel/principal.js";
import { checked, optionsSchema, settingsSchema, type DatabaseOptions, type Settings } from "../options.js";
import type { Policy } from "../policies/policy.js";
import type { Validator } from "../policies/validator.js";
import type { HoldpointTool } from "../tools/tool.js";

export interface HoldpointMiddlewareOptions {
  /**
   * Names the agent. Reviews carry it, and whoever decides one judges it by the tools and the policy of that name: give
   * each agent that shares a database a name, and a middleware, of its own. Default: `agent`.
   */
  name?: string;
  /** YAML text, or a loaded policy. Without one, what cannot be undone waits for the role `reviewer`. */
  policy?: string | Policy;
  /** Checks from `defineValidator`, beside the rules of the policy. */
  validators?: readonly Validator[];
  /**
   * Tools that say what they do: from `defineTool`, `wrapMcpTools`, `wrapLangChainTool`. The agent gets them from here.
   * Tools that are given to `createAgent` instead read as irreversible and blind, where the policy says nothing else.
   */
  tools?: readonly (HoldpointTool | StructuredToolInterface)[];
  /** Postgres: `{ url }` of any server from version 13, or `{ home }`, a folder for an embedded one. */
  database: DatabaseOptions;
  /** Whose threads these are; for one company, leave it out. */
  tenant?: string;
  /** For whom the agent acts, as reviewers see it: one for all, or by the `configurable` of the call. It gives no right to decide. */
  principal?: Caller | ((configurable: Readonly<Record<string, unknown>>) => Caller);
  log?: Log;
  settings?: z.input<typeof middlewareSettingsSchema>;
}

export type Caller = Pick<Principal, "id"> & Partial<Pick<Principal, "kind" | "subject">>;

// The others are those of a worker that runs graphs itself.
const middlewareSettingsSchema = settingsSchema.pick({
  leaseMs: true,
  pollMs: true,
  toolTimeoutMs: true,
  draftTimeoutMs: true,
  drainMs: true,
  maxConnections: true,
});

export type MiddlewareSettings = Pick<Settings, keyof z.output<typeof middlewareSettingsSchema>>;

const middlewareOptionsSchema = optionsSchema
  .omit({ model: true, instructions: true, answers: true, builtIns: true, routing: true })
  .extend({
    tools: optionsSchema.shape.tools.optional(),
    principal: z
      .custom(
        (value) =>
          typeof value === "function" || (typeof value === "object" && value !== null && "id" in value),
        {
          error:
            "Give { id } of whom the agent acts for, or a function that reads it from the call's configurable.",
        },
      )
      .optional(),
    settings: middlewareSettingsSchema.prefault({}),
  } satisfies Partial<Record<keyof HoldpointMiddlewareOptions, z.ZodType>>);

/** Checks all that was given, and fills in the defaults of the settings. Throws `options_invalid`: one line for each fault. */
export function checkMiddlewareOptions(given: HoldpointMiddlewareOptions): MiddlewareSettings {
  return checked(middlewareOptionsSchema, given).settings;
}
