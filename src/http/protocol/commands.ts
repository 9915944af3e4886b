// The commands of the protocol. Each is answered in its form, refusals too.
import type { Principal } from "../../kernel/principal.js";
import { isHoldpointError } from "../../kernel/errors.js";
import { createThreadLine } from "../../storage/thread-line.js";
import { begin } from "../begin.js";
import type { RunCreate } from "../contract.js";
import {
  commandHeadSchema,
  inputRespondSchema,
  runStartSchema,
  stateGetSchema,
  type CommandAnswer,
  type StateGet,
} from "../contract/protocol.js";
import type { HttpDeps } from "../deps.js";
import { findThread } from "../find-thread.js";
import { unsupported } from "../run-request.js";
import { checkpointToWire, valuesToWire } from "../wire/threads.js";
import { errorAnswer, namesNothingThatWaits } from "./errors.js";
import { parseParams, runToRespond, runToStart } from "./requests.js";
import { numberBefore } from "./thread-events.js";
import { recorded } from "./translate.js";

interface Addressed {
  principal: Principal;
  threadId: string;
}

type Success = Omit<Extract<CommandAnswer, { type: "success" }>, "type" | "id">;

export async function answerCommand(deps: HttpDeps, to: Addressed, body: unknown): Promise<CommandAnswer> {
  const head = commandHeadSchema.safeParse(body);
  if (!head.success) {
    const { id } = Object(body) as { id?: unknown };
    return refusal(Number.isSafeInteger(id) && (id as number) >= 0 ? (id as number) : null, head.error);
  }
  const { id, method, params } = head.data;
  try {
    const done = await perform(deps, to, method, params);
    if (done) return { type: "success", id, ...done };
    return {
      type: "error",
      id,
      error: "unknown_command",
      message: `There is no command "${method}". This server knows run.start, input.respond and state.get.`,
    };
  } catch (error) {
    if (namesNothingThatWaits(error)) return errorAnswer(id, error, deps.log, "no_such_interrupt");
    // What is addressed, rather than named in the params, is missing.
    const isThread = isHoldpointError(error, "not_found") && method !== "run.start";
    return errorAnswer(id, error, deps.log, isThread ? "no_such_run" : undefined);
  }

  function refusal(
    of: number | null,
    cause: { issues: { path: PropertyKey[]; message: string }[] },
  ): CommandAnswer {
    const what = cause.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
    return {
      type: "error",
      id: of,
      error: "invalid_argument",
      message: `This is no command. ${what}. Send { "id": 1, "method": "run.start", "params": { … } }.`,
    };
  }
}

/** Null for a command that nobody knows. */
async function perform(
  deps: HttpDeps,
  to: Addressed,
  method: string,
  params: unknown,
): Promise<Success | null> {
  switch (method) {
    case "run.start":
      return beginRun(deps, to, runToStart(parseParams(runStartSchema, params)));
    case "input.respond": {
      const respond = parseParams(inputRespondSchema, params);
      const thread = await findThread(deps, to.principal, to.threadId);
      return beginRun(deps, to, runToRespond(thread, respond));
    }
    case "state.get":
      return stateOf(deps, to, parseParams(stateGetSchema, params));
    case "input.inject":
      throw unsupported(
        method,
        "Send it as input, by run.start: it is kept until the run at work has ended.",
      );
    case "agent.getTree":
      throw unsupported(method, "The channel `lifecycle` tells of each namespace.");
    case "state.listCheckpoints":
      throw unsupported(method, "POST /threads/:id/history lists them.");
    case "state.fork":
      throw unsupported(method, "Send run.start with config.configurable.checkpoint_id.");
    case "subscription.subscribe":
    case "subscription.unsubscribe":
    case "subscription.reconnect":
      throw unsupported(
        method,
        "A subscription is a connection of its own here: POST /threads/:id/stream/events.",
      );
    default:
      return null;
  }
}

async function beginRun(
  deps: HttpDeps,
  { principal, threadId }: Addressed,
  body: RunCreate,
): Promise<Success> {
  const records = { modes: [...recorded], subgraphs: true, asked: [] };
  const { run } = await begin(deps, { principal, threadId, body, streams: true, records });
  const at = await createThreadLine(deps.runtime.db).placeOf(principal.tenant, run.id);
  return {
    result: { run_id: run.id },
    meta: { thread_id: threadId, applied_through_seq: numberBefore(at) },
  };
}

async function stateOf(
  deps: HttpDeps,
  { principal, threadId }: Addressed,
  { namespace, keys }: StateGet,
): Promise<Success> {
  if (namespace.length > 0)
    throw unsupported(
      "params.namespace",
      "GET /threads/:id/state?subgraphs=true has the state of subgraphs.",
    );
  const { graphId } = await findThread(deps, principal, threadId);
  if (graphId === null) return { result: { values: {} } };
  const state = await deps.runtime.stateOf(principal, { threadId, graphId });
  const values = Object.entries(valuesToWire(deps.runtime.graphs.get(graphId), state.values));
  const checkpoint = checkpointToWire(state.config);
  return {
    result: {
      values: Object.fromEntries(values.filter(([name]) => !keys || keys.includes(name))),
      ...(checkpoint ? { checkpoint: { id: checkpoint.checkpoint_id, ns: checkpoint.checkpoint_ns } } : {}),
    },
  };
}
