// What a caller asks of a run. LangGraph's API has many more fields than this server has abilities: each of them is
// either done, or refused by name. Values that ask for nothing, as clients send them by themselves, pass.
import { parseInput } from "../graph/input.js";
import { HoldpointError } from "../kernel/errors.js";
import { newUuid } from "../kernel/ids.js";
import type { JsonObject } from "../kernel/json.js";
import { runCreateSchema, streamModes, type RunCreate, type StreamMode } from "./contract.js";

export interface RunRequest {
  asks: { kind: "input"; input: unknown } | { kind: "resume"; resume: unknown };
  configurable: JsonObject;
  metadata: JsonObject;
  modes: readonly StreamMode[];
  subgraphs: boolean;
  /** The checkpoint the caller saw last; any other than the newest would be a fork. */
  checkpointId: string | null;
  createThread: boolean;
}

/** @param threadId null where the caller names no thread. */
export function parseRunRequest(body: RunCreate, threadId: string | null): RunRequest {
  refuseUnsupported(body);
  const config = body.config ?? {};
  refuseOthers("config", config, ["configurable", "tags", "metadata"]);
  refuseUnless(isEmpty(config.tags), "config.tags", "Runs are not traced.");
  refuseUnless(isEmpty(config.metadata), "config.metadata", "Send it as `metadata` of the run.");
  return {
    asks: whatItAsks(body),
    configurable: configurableOf(config.configurable ?? {}, threadId),
    metadata: (body.metadata ?? {}) as JsonObject,
    modes: modesOf(body.stream_mode),
    subgraphs: body.stream_subgraphs ?? false,
    checkpointId: body.checkpoint_id ?? body.checkpoint?.checkpoint_id ?? null,
    createThread: body.if_not_exists === "create",
  };
}

function whatItAsks({ input, command }: RunCreate): RunRequest["asks"] {
  const hasInput = input !== undefined && input !== null;
  if (!command) {
    if (hasInput) {
      // Looked at before a thread is made for it; read for good when it is stored.
      parseInput(input, newUuid);
      return { kind: "input", input };
    }
    throw new HoldpointError(
      "request_invalid",
      "The run has neither input nor a command. To go on with what is held, send command.resume or decide at POST /reviews/:id/decision.",
    );
  }
  refuseOthers("command", command, ["resume", "goto", "update"]);
  refuseUnless(
    isEmpty(command.goto),
    "command.goto",
    "Only a decision moves a held call, and the graph finds its own way.",
  );
  refuseUnless(isEmpty(command.update), "command.update", "State releases nothing; decisions do.");
  if (command.resume === undefined || command.resume === null) {
    throw new HoldpointError("request_invalid", "The command resumes nothing: command.resume is missing.");
  }
  if (hasInput)
    throw new HoldpointError("request_invalid", "The run has both input and a command. Send one of them.");
  return { kind: "resume", resume: command.resume };
}

function configurableOf(given: Record<string, unknown>, threadId: string | null): JsonObject {
  const { thread_id, ...configurable } = given;
  if (thread_id !== undefined && thread_id !== null && thread_id !== threadId) {
    throw new HoldpointError(
      "request_invalid",
      "config.configurable.thread_id is another thread than the one of the path.",
    );
  }
  for (const [name, value] of Object.entries(configurable)) {
    // They steer LangGraph itself: where it reads its checkpoint, what it takes for its own.
    if (!name.startsWith("checkpoint_") && !name.startsWith("__")) continue;
    refuseUnless(
      isEmpty(value),
      `config.configurable.${name}`,
      "It belongs to the graph, not to its callers.",
    );
    delete configurable[name];
  }
  return configurable as JsonObject;
}

function modesOf(given: string | string[] | null | undefined): StreamMode[] {
  const asked = typeof given === "string" ? [given] : (given ?? []);
  for (const mode of asked) {
    refuseUnless(isStreamMode(mode), "stream_mode", `"${mode}" is none of ${streamModes.join(", ")}.`);
  }
  return asked.length === 0 ? ["values"] : asked.filter(isStreamMode);
}

function isStreamMode(mode: string): mode is StreamMode {
  return (streamModes as readonly string[]).includes(mode);
}

const onlyNull = (value: unknown) => value === undefined || value === null;
const onlyOrNull = (allowed: unknown) => (value: unknown) => onlyNull(value) || value === allowed;

/** Which values ask for nothing, and what is to be said of the others. */
const limits: Record<string, { allows: (value: unknown) => boolean; why: string }> = {
  multitask_strategy: { allows: onlyOrNull("enqueue"), why: "Runs of one thread queue up: enqueue." },
  durability: { allows: onlyOrNull("sync"), why: "A step is saved before the next one begins: sync." },
  checkpoint_during: { allows: onlyOrNull(true), why: "A step is saved before the next one begins: true." },
  on_completion: { allows: onlyOrNull("keep"), why: "Threads stay: keep." },
  after_seconds: { allows: onlyOrNull(0), why: "Runs begin as soon as they may." },
  stream_resumable: {
    allows: onlyOrNull(false),
    why: "A stream that broke off cannot be taken up; read the thread's state.",
  },
  interrupt_before: { allows: isEmpty, why: "What is held is decided by policy." },
  interrupt_after: { allows: isEmpty, why: "What is held is decided by policy." },
  context: { allows: isEmpty, why: "The graph reads none." },
  webhook: { allows: onlyNull, why: "No webhook is called." },
  feedback_keys: { allows: isEmpty, why: "Nothing is sent to LangSmith." },
  langsmith_tracer: { allows: isEmpty, why: "Nothing is sent to LangSmith." },
};

function refuseUnsupported(body: RunCreate): void {
  refuseOthers("", body, Object.keys(runCreateSchema.shape));
  for (const [field, { allows, why }] of Object.entries(limits))
    refuseUnless(allows(body[field]), field, why);
}

function refuseOthers(where: string, given: Record<string, unknown>, known: readonly string[]): void {
  for (const [name, value] of Object.entries(given)) {
    const field = where === "" ? name : `${where}.${name}`;
    refuseUnless(known.includes(name) || onlyNull(value), field, "This server does not know it.");
  }
}

function refuseUnless(allowed: boolean, field: string, why: string): void {
  if (!allowed) throw unsupported(field, why);
}

export function unsupported(field: string, why: string): HoldpointError {
  return new HoldpointError("unsupported", `${field} is not supported as it was sent. ${why}`, {
    details: { field },
  });
}

function isEmpty(value: unknown): boolean {
  return (
    value === undefined || value === null || (typeof value === "object" && Object.keys(value).length === 0)
  );
}
