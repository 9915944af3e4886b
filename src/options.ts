import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import type { StructuredToolInterface } from "@langchain/core/tools";
import { z } from "zod";
import { HoldpointError } from "./kernel/errors.js";
import type { Log } from "./kernel/log.js";
import type { Model } from "./models/port.js";
import type { Policy } from "./policies/policy.js";
import type { Validator } from "./policies/validator.js";
import { builtInNames, type BuiltInName } from "./tools/built-in/built-in.js";
import { answerModes, type AnswerMode } from "./tools/built-in/reply.js";
import type { HoldpointTool } from "./tools/tool.js";

/** An agent. */
export interface AgentOptions {
  /**
   * Names the agent (the graph id of a server). Processes that share a database and a name take up each other's
   * work; agents of other names are left alone. Default: `agent`.
   */
  name?: string;
  /** A LangChain chat model that can call tools, or a model of one's own. */
  model: BaseChatModel | Model;
  /** Tools from `defineTool`, `wrapMcpTools` or LangChain. A LangChain tool reads as irreversible and blind. */
  tools: readonly (HoldpointTool | StructuredToolInterface)[];
  /**
   * Tools that Holdpoint brings: the agent may ask a person (`ask_human`), hand the case to one (`hand_over`), or
   * have several calls approved at once (`propose_plan`).
   */
  builtIns?: readonly BuiltInName[];
  /**
   * Whether a person releases what the agent answers before anybody reads it: `released`, each answer waits; `drafted`, and is
   * written together with them. Left out, only answers wait that a rule of the policy holds.
   */
  answers?: AnswerMode;
  /** YAML text, or a loaded policy. Without one, what cannot be undone waits for the role `reviewer`. */
  policy?: string | Policy;
  /** Checks from `defineValidator`, beside the rules of the policy. */
  validators?: readonly Validator[];
  /** Instructions to the model, put before every conversation. */
  instructions?: string;
  /** Other models that are asked about a call, where the policy routes by what they say. */
  routing?: RoutingOptions;
}

/** None is ever asked about a call that waits for a person in any case, and what fails or is late is no opinion. */
export interface RoutingOptions {
  /** Is shown the conversation and the call, and says how likely it is right. */
  judge?: BaseChatModel | Model;
  /** Is asked what the agent's own model was asked: does it propose the same? */
  second?: BaseChatModel | Model;
  /** Stronger models, the weakest first: they judge a call that would wait only for being unsure, before a person is asked. */
  ladder?: readonly (BaseChatModel | Model)[];
  /** How long each of them may take, in milliseconds. Default: 20 000. */
  timeoutMs?: number;
}

/** What agents of one process share. */
export interface SharedOptions {
  /** Postgres: `{ url }` of any server from version 13, or `{ home }`, a folder for an embedded one. */
  database: DatabaseOptions;
  /** Whose threads these are; for one company, leave it out. */
  tenant?: string;
  log?: Log;
  settings?: z.input<typeof settingsSchema>;
}

/** What is to be built. The library reads no environment and no file: all it knows comes in here. */
export interface HoldpointOptions extends AgentOptions, SharedOptions {}

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
    draftTimeoutMs: z
      .number()
      .int()
      .min(1)
      .max(2_147_483_647)
      .default(90_000)
      .describe("After this, words that an agent has not put into blocks stay uncertain as a whole."),
    drainMs: z.number().int().min(0).default(20_000).describe("How long a stop waits for runs at work."),
    keepEventsMs: z
      .number()
      .int()
      .min(0)
      .default(3_600_000)
      .describe("How long what a run emitted can be joined again."),
    reconcileMs: z
      .number()
      .int()
      .min(50)
      .default(60_000)
      .describe(
        "How long after a look at all that waits, to close what its thread has lost, the next one begins.",
      ),
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

/** The settings alone; see `checkOptions`. */
export function checkSettings(given: z.input<typeof settingsSchema> | undefined): Settings {
  return checked(optionsSchema.pick({ settings: true }), { settings: given }).settings;
}

/** Checks all that was given, and fills in the defaults of the settings. Throws `options_invalid`: one line for each fault. */
export function checkOptions(given: HoldpointOptions): Settings {
  return checked(optionsSchema, given).settings;
}

/** What was given, as a schema of options reads it; throws as `checkOptions` does. */
export function checked<Options extends z.ZodObject>(schema: Options, given: unknown): z.output<Options> {
  const parsed = schema.safeParse(given, { reportInput: true, error: aboutKind });
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.flatMap((issue) => linesOn(issue, schema));
  throw new HoldpointError("options_invalid", lines.join("\n"));
}

export function isPostgresUrl(text: string): boolean {
  return URL.canParse(text) && /^postgres(ql)?:$/.test(new URL(text).protocol);
}

/** Said without the value, which may hold a password. */
export const howToWriteUrl =
  "Write postgres://user:password@host:5432/database, with signs such as @ and # in the password as %40 and %23.";

const postgresUrl = z.string().refine(isPostgresUrl, `This is no Postgres URL. ${howToWriteUrl}`);

const databaseSchema = z
  .strictObject({
    url: postgresUrl.optional(),
    directUrl: postgresUrl.optional(),
    home: z.string().min(1).optional(),
  })
  .refine(
    ({ url, directUrl, home }) => (home === undefined ? url !== undefined : !url && !directUrl),
    "One of two is needed: { url } of a Postgres server, perhaps with a { directUrl }, or { home }, a folder for an embedded one.",
  );

// By what a thing can do, and not by its class: a program may hold two copies of LangChain.
export const optionsSchema = z.strictObject({
  name: z.string().min(1).optional(),
  model: z.custom(isModel),
  tools: z.array(z.custom(isTool)),
  builtIns: z.array(z.enum(builtInNames)).optional(),
  answers: z.enum(answerModes).optional(),
  policy: z
    .custom((value) => typeof value === "string" || isPolicy(value))
    .refine((value) => typeof value !== "string" || !isPath(value), {
      error:
        "This looks like a path, and the library reads no files. Give the text of the file: " +
        'await readFile(path, "utf8") with readFile from node:fs/promises.',
    })
    .optional(),
  validators: z
    .array(z.custom(isValidator))
    .refine((all) => new Set(namesOf(all)).size === all.length, "Two of these have the same name.")
    .optional(),
  database: databaseSchema,
  instructions: z.string().optional(),
  routing: z
    .strictObject({
      judge: z.custom(isModel).optional(),
      second: z.custom(isModel).optional(),
      ladder: z.array(z.custom(isModel)).optional(),
      timeoutMs: z.number().int().min(1).max(2_147_483_647).optional(),
    })
    .optional(),
  tenant: z.string().min(1).optional(),
  log: z.custom((value) => can(value, ["info", "warn", "error"])).optional(),
  settings: settingsSchema.prefault({}),
} satisfies Record<keyof HoldpointOptions, z.ZodType>);

const advice: Partial<Record<PropertyKey, string>> = {
  model:
    "Give a LangChain chat model as it is (no bindTools or withConfig around it), openAiModel({ apiKey, model }), " +
    "or a model of your own with a name, invoke() and stream().",
  tools:
    "Give a list of what defineTool or LangChain's tool() returned; an MCP server's: ...(await wrapMcpTools(client)). " +
    "[] is an agent without tools.",
  policy: "Give YAML text, or what loadPolicy() returned.",
  builtIns: `Give a list of names: ${builtInNames.join(", ")}.`,
  answers: `Give one of ${answerModes.join(", ")}, or leave it out.`,
  validators: "Give a list of what defineValidator() returned.",
  routing:
    "Give { judge, second, ladder: [ … ], timeoutMs } or some of these; each model as it would be given as `model`.",
  database: "Give { url } of a Postgres server, or { home }, a folder for an embedded one.",
  log: "Give an object with info(), warn() and error(), such as console.",
} satisfies Partial<Record<keyof HoldpointOptions, string>>;

/** What is missing, or of the wrong kind, with what to give instead. What a check says for itself stands as it is. */
const aboutKind: z.core.$ZodErrorMap = ({ code, input, path = [] }) => {
  const what = advice[path[0] ?? ""];
  if ((code !== "custom" && code !== "invalid_type") || what === undefined) return undefined;
  return `${input === undefined ? "Missing" : kindOf(input)}. ${what}`;
};

function linesOn(issue: z.core.$ZodIssue, schema: z.ZodObject): string[] {
  const place = z.core.toDotPath(issue.path) || "options";
  if (issue.code !== "unrecognized_keys") return [`${place}: ${issue.message}`];
  const known = Object.keys(shapeAt(issue.path, schema));
  return issue.keys.map((key) => `${place}: ${aboutUnknownKey(key, known)}`);
}

function shapeAt([option]: readonly PropertyKey[], schema: z.ZodObject): object {
  const within = schema.shape[String(option)];
  const of = within instanceof z.ZodPrefault ? within.unwrap() : within;
  return of instanceof z.ZodObject ? of.shape : schema.shape;
}

function aboutUnknownKey(key: string, known: readonly string[]): string {
  const [nearest] = known
    .map((name) => ({ name, distance: distance(key.toLowerCase(), name.toLowerCase()) }))
    .filter(({ distance }) => distance <= 2)
    .toSorted((a, b) => a.distance - b.distance);
  const hint = nearest ? ` Did you mean "${nearest.name}"?` : "";
  return `There is no "${key}", and it would do nothing.${hint} Known here: ${known.join(", ")}.`;
}

function isModel(value: unknown): boolean {
  if (can(value, ["_llmType"])) return true;
  return can(value, ["invoke", "stream"]) && "name" in value && typeof value.name === "string";
}

function isTool(value: unknown): boolean {
  return can(value, ["parseArgs", "run"]) || (can(value, ["invoke"]) && "schema" in value);
}

function isValidator(value: unknown): boolean {
  return can(value, ["check"]) && "name" in value && "reads" in value;
}

function namesOf(validators: readonly unknown[]): unknown[] {
  return validators.map((one) => Reflect.get(Object(one), "name"));
}

function isPolicy(value: unknown): boolean {
  return typeof value === "object" && value !== null && "version" in value && "defaultTier" in value;
}

function isPath(text: string): boolean {
  return !/[\n{]|:\s/.test(text) && /\.ya?ml$|^(\.{0,2}|~)[\\/]/i.test(text.trim());
}

function can(value: unknown, methods: readonly string[]): value is object {
  if (typeof value !== "object" || value === null) return false;
  return methods.every((name) => typeof Reflect.get(value, name) === "function");
}

function kindOf(value: unknown): string {
  if (value instanceof Promise) return "This is a Promise, so await it";
  if (value === null) return "This is null";
  if (Array.isArray(value)) return "This is a list";
  return typeof value === "object" ? "This object is of another kind" : `This is a ${typeof value}`;
}

/** How many letters have to be added, dropped or changed. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [line, letter] of from.split("").entries()) {
    const next = [line + 1];
    for (const [column, other] of to.split("").entries()) {
      const changed = (row[column] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(changed, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
