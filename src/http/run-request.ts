// What a caller asks of a run. LangGraph's API has more fields than this server has abilities, and a guarded agent
// fewer than a plain graph: each is either done, or refused by name. Values that ask for nothing, as clients send them
// by themselves, pass.
import { Send } from "@langchain/langgraph";
import type { ServedGraph } from "../graph/served-graph.js";
import { HoldpointError } from "../kernel/errors.js";
import type { JsonObject } from "../kernel/json.js";
import { webhookAddress } from "../notify/address.js";
import type { Durability } from "../kernel/lease.js";
import type { GraphMode, RunPayload } from "../runs/payload.js";
import type { Strategy } from "../storage/run-rows.js";
import { runCreateSchema, streamModes, type RunCreate, type StreamMode } from "./contract.js";
import type { ResolvedAssistant } from "./find-assistant.js";

export interface RunRequest {
  asks: { kind: "input"; input: unknown } | { kind: "command" } | { kind: "resume"; resume: unknown };
  /** What is kept with the run, but for its input. */
  payload: Omit<RunPayload, "input">;
  metadata: JsonObject;
  strategy: Strategy;
  /** Addresses that are told how it ends. */
  webhooks: string[];
  runAfterMs: number;
  modes: readonly StreamMode[];
  cancelOnDisconnect: boolean;
  createThread: boolean;
  /** Of a run that names no thread: whether its thread goes with it. */
  temporary: boolean;
}

interface For {
  served: ServedGraph;
  assistant: ResolvedAssistant;
  /** Null where the caller names no thread. */
  threadId: string | null;
  /** Nobody streams a run that is waited for. */
  streams: boolean;
  webhookHosts: readonly string[];
}

export function parseRunRequest(body: RunCreate, to: For): RunRequest {
  const { served, assistant, threadId } = to;
  refuseUnsupported(body, served, threadId);
  refuseContext(served, assistant.context);
  const config = body.config ?? {};
  refuseOthers("config", config, ["configurable", "tags", "metadata", "recursion_limit"]);
  const modes = modesOf(body.stream_mode);
  const { tags = [], recursion_limit: recursionLimit } = {
    ...assistant.config,
    ...dropEmpty({ tags: config.tags, recursion_limit: config.recursion_limit }),
  } as { tags?: string[]; recursion_limit?: number };
  const checkpoint = checkpointOf(body, threadId);
  const context = { ...assistant.context, ...(body.context as JsonObject | null | undefined) };
  const command = steering(body.command, served);
  const durability = durabilityOf(body, served);
  const asks = whatItAsks(body, served, command !== null);
  if (asks.kind === "resume") {
    refuseUnless(!body.after_seconds, "after_seconds", "A decision is delivered at once.");
  }
  return {
    asks,
    payload: {
      configurable: configurableOf(
        { ...(assistant.config["configurable"] as JsonObject | undefined), ...config.configurable },
        threadId,
      ),
      ...(Object.keys(context).length > 0 ? { context } : {}),
      ...(tags.length > 0 ? { tags } : {}),
      ...(config.metadata ? { metadata: config.metadata as JsonObject } : {}),
      ...(recursionLimit === undefined ? {} : { recursionLimit }),
      ...(durability === "sync" ? {} : { durability }),
      ...(checkpoint ? { checkpoint } : {}),
      ...(body.interrupt_before ? { interruptBefore: body.interrupt_before } : {}),
      ...(body.interrupt_after ? { interruptAfter: body.interrupt_after } : {}),
      ...(command ? { command } : {}),
      ...(to.streams
        ? { stream: { modes: graphModesFor(modes), subgraphs: body.stream_subgraphs ?? false, asked: modes } }
        : {}),
    },
    metadata: { ...assistant.metadata, ...(body.metadata as JsonObject | null | undefined) },
    strategy: body.multitask_strategy ?? "enqueue",
    webhooks: body.webhook ? [webhookAddress(body.webhook, to.webhookHosts)] : [],
    runAfterMs: Math.round((body.after_seconds ?? 0) * 1_000),
    modes,
    cancelOnDisconnect: body.on_disconnect === "cancel",
    createThread: body.if_not_exists === "create",
    temporary: body.on_completion !== "keep",
  };
}

function whatItAsks({ input, command }: RunCreate, served: ServedGraph, steers: boolean): RunRequest["asks"] {
  const hasInput = input !== undefined && input !== null && !(command && saysNothing(input));
  if (hasInput && command) {
    throw new HoldpointError("request_invalid", "The run has both input and a command. Send one of them.");
  }
  if (hasInput) {
    // Looked at before a thread is made for it; read for good when it is stored.
    served.storable(input);
    return { kind: "input", input };
  }
  if (command) {
    refuseOthers("command", command, ["resume", "goto", "update"]);
    if (command.resume !== undefined && (command.resume !== null || served.kind === "plain"))
      return { kind: "resume", resume: command.resume };
    if (steers) return { kind: "command" };
    throw new HoldpointError("request_invalid", "The command resumes nothing: command.resume is missing.");
  }
  // A graph that stopped at a breakpoint goes on where it is given nothing.
  if (served.kind === "plain") return { kind: "input", input: null };
  throw new HoldpointError(
    "request_invalid",
    "The run has neither input nor a command. To go on with what is held, send command.resume or decide at POST /reviews/:id/decision.",
  );
}

/** What a client does to a graph beside answering it. */
function steering(command: RunCreate["command"], served: ServedGraph): JsonObject | null {
  if (served.kind === "agent") {
    refuseUnless(
      isEmpty(command?.goto),
      "command.goto",
      "Only a decision moves a held call, and the agent finds its own way.",
    );
    refuseUnless(isEmpty(command?.update), "command.update", "State releases nothing; decisions do.");
    return null;
  }
  const { goto, update } = command ?? {};
  if (isEmpty(goto) && isEmpty(update)) return null;
  const targets = (Array.isArray(goto) ? goto : [goto]).flatMap((target) => {
    if (target === undefined || target === null) return [];
    return [typeof target === "string" ? target : new Send(target.node, target.input)];
  });
  return JSON.parse(
    JSON.stringify({ ...(targets.length > 0 ? { goto: targets } : {}), ...(update ? { update } : {}) }),
  ) as JsonObject;
}

/** `checkpoint_during` is what clients said before there was `durability`. An agent is always saved step by step. */
function durabilityOf({ durability, checkpoint_during: during }: RunCreate, served: ServedGraph): Durability {
  if (served.kind === "agent") return "sync";
  if (durability) return durability as Durability;
  return during === false ? "exit" : during === true ? "async" : "sync";
}

function checkpointOf({ checkpoint, checkpoint_id }: RunCreate, threadId: string | null): JsonObject | null {
  const given = checkpointIn(checkpoint, threadId);
  const at = dropEmpty({ ...given, ...(checkpoint_id ? { checkpoint_id } : {}) });
  if (typeof at["checkpoint_id"] === "string") return at as JsonObject;
  const { checkpoint_ns: namespace, checkpoint_map: map } = at;
  refuseUnless(!namespace && isEmpty(map), "checkpoint", "It has no checkpoint_id, so it names none.");
  return null;
}

/** A checkpoint by its own names, without the thread that it says it is of. */
export function checkpointIn(
  checkpoint: RunCreate["checkpoint"],
  threadId: string | null,
): Omit<NonNullable<RunCreate["checkpoint"]>, "thread_id"> {
  const { thread_id, ...given } = checkpoint ?? {};
  if (thread_id === undefined || thread_id === null || thread_id === threadId) return given;
  throw new HoldpointError(
    "request_invalid",
    `checkpoint.thread_id is ${thread_id}, which is another thread than the one of the path. Copy that thread to go on from a checkpoint of it.`,
  );
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
      "It belongs to the graph, not to its callers. A checkpoint is named by `checkpoint`.",
    );
    delete configurable[name];
  }
  return configurable as JsonObject;
}

export function modesOf(given: string | readonly string[] | null | undefined): StreamMode[] {
  const asked = typeof given === "string" ? [given] : (given ?? []);
  for (const mode of asked) {
    refuseUnless(isStreamMode(mode), "stream_mode", `"${mode}" is none of ${streamModes.join(", ")}.`);
  }
  return asked.length === 0 ? ["values"] : asked.filter(isStreamMode);
}

function isStreamMode(mode: string): mode is StreamMode {
  return (streamModes as readonly string[]).includes(mode);
}

/** What the graph has to emit for what the client wants to see. */
function graphModesFor(modes: readonly StreamMode[]): GraphMode[] {
  const needed = modes.flatMap((mode): GraphMode[] => {
    switch (mode) {
      case "messages":
        // Whole messages are told from the values.
        return ["messages", "values"];
      case "messages-tuple":
        return ["messages"];
      case "values":
      case "updates":
      case "custom":
      case "events":
      case "debug":
      case "tasks":
      case "checkpoints":
        return [mode];
    }
  });
  return [...new Set(needed)];
}

const onlyNull = (value: unknown) => value === undefined || value === null;
const onlyOrNull = (allowed: unknown) => (value: unknown) => onlyNull(value) || value === allowed;

const isDurability = (value: unknown) =>
  onlyNull(value) || ["sync", "async", "exit"].includes(value as string);

interface Limit {
  allows: (value: unknown) => boolean;
  why: string;
}

/** Which values ask for nothing, and what is to be said of the others. */
const limits: Record<string, Limit> = {
  durability: { allows: isDurability, why: "It is sync, async or exit." },
  feedback_keys: { allows: isEmpty, why: "Nothing is sent to LangSmith." },
  langsmith_tracer: { allows: isEmpty, why: "Nothing is sent to LangSmith." },
};

const proposedBefore =
  "What an agent proposes is saved before it is done, or a crash in between would let it be proposed, and done, once more";

const limitsOfAgents: Record<string, Limit> = {
  durability: { allows: onlyOrNull("sync"), why: `${proposedBefore}: sync.` },
  checkpoint_during: { allows: onlyOrNull(true), why: `${proposedBefore}: true.` },
  interrupt_before: { allows: isEmpty, why: "What is held is decided by policy." },
  interrupt_after: { allows: isEmpty, why: "What is held is decided by policy." },
  context: { allows: isEmpty, why: "The agent reads none." },
};

/** What an assistant would lend to its runs. One may have it from a time when its graph was another. */
export function refuseContext({ id, kind }: ServedGraph, ofAssistant: JsonObject): void {
  refuseUnless(
    kind === "plain" || isEmpty(ofAssistant),
    "context",
    `The assistant has one, and its graph "${id}" is an agent, which reads none: send the assistant "context": {}.`,
  );
}

function refuseUnsupported(body: RunCreate, served: ServedGraph, threadId: string | null): void {
  refuseOthers("", body, Object.keys(runCreateSchema.shape));
  const all = { ...limits, ...(served.kind === "agent" ? limitsOfAgents : {}) };
  for (const [field, { allows, why }] of Object.entries(all)) refuseUnless(allows(body[field]), field, why);
  refuseUnless(
    threadId === null || onlyOrNull("keep")(body.on_completion),
    "on_completion",
    "A thread that was named stays until it is deleted.",
  );
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

/** As chat clients send it beside a command: `{}`, or lists with nothing in them. */
function saysNothing(input: unknown): boolean {
  return isEmpty(input) || (typeof input === "object" && Object.values(Object(input)).every(isEmpty));
}

function isEmpty(value: unknown): boolean {
  return (
    value === undefined || value === null || (typeof value === "object" && Object.keys(value).length === 0)
  );
}

function dropEmpty(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== null),
  );
}
