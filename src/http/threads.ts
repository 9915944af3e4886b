// LangGraph's threads and their state.
import { randomUUID } from "node:crypto";
import { HoldpointError } from "../kernel/errors.js";
import type { JsonObject } from "../kernel/json.js";
import type { Principal } from "../kernel/principal.js";
import type { Thread } from "../storage/thread-rows.js";
import { checkAssistant } from "./assistants.js";
import type * as wire from "./contract.js";
import type { HttpDeps } from "./deps.js";
import type { Handlers } from "./mount.js";
import { unsupported } from "./run-request.js";
import { stateToWire, threadToWire } from "./wire/threads.js";

type Names = "createThread" | "getThread" | "getState" | "getStateAt" | "postStateAt";

export function threadHandlers(deps: HttpDeps): Handlers<Names> {
  const { runtime } = deps;

  const view = async (principal: Principal, thread: Thread): Promise<wire.Thread> => {
    const [activity, state] = await Promise.all([
      runtime.runs.threadActivity(principal.tenant, thread.id),
      runtime.stateOf(principal, thread.id),
    ]);
    return threadToWire(thread, activity, state, runtime.name);
  };

  const stateAt = async (
    principal: Principal,
    threadId: string,
    checkpointId?: string,
  ): Promise<wire.ThreadState> => {
    await findThread(deps, principal, threadId);
    const state = await runtime.stateOf(principal, threadId, checkpointId);
    if (checkpointId !== undefined && state.createdAt === undefined) {
      throw new HoldpointError("not_found", `Thread ${threadId} has no checkpoint ${checkpointId}.`);
    }
    return stateToWire(state);
  };

  return {
    async createThread({ principal, body }) {
      const id = body.thread_id ?? randomUUID();
      return view(principal, await createThread(deps, principal, id, body));
    },
    getThread: async ({ principal, params }) =>
      view(principal, await findThread(deps, principal, params.thread_id)),
    getState: ({ principal, params, query }) => stateAt(principal, params.thread_id, query.checkpoint_id),
    getStateAt: ({ principal, params }) => stateAt(principal, params.thread_id, params.checkpoint_id),
    postStateAt: ({ principal, params, body }) =>
      stateAt(principal, params.thread_id, body.checkpoint?.checkpoint_id ?? undefined),
  };
}

export async function findThread(
  { runtime }: HttpDeps,
  principal: Principal,
  threadId: string,
): Promise<Thread> {
  const thread = await runtime.runs.findThread(principal.tenant, threadId);
  if (thread && isOurs(thread, runtime.name)) return thread;
  throw new HoldpointError("not_found", `There is no thread ${threadId}.`, { details: { threadId } });
}

/** Servers of several agents may share a database; a thread of another one is not to be gone on with by this one's graph. */
function isOurs({ graphId }: Thread, name: string): boolean {
  return graphId === null || graphId === name;
}

export async function createThread(
  { runtime }: HttpDeps,
  { tenant }: Principal,
  id: string,
  { metadata, if_exists, supersteps, ttl }: wire.ThreadCreate,
): Promise<Thread> {
  if (supersteps && supersteps.length > 0)
    throw unsupported("supersteps", "A thread's history is what was run in it.");
  if (ttl !== undefined && ttl !== null) throw unsupported("ttl", "Threads stay until they are deleted.");
  if (typeof metadata?.["graph_id"] === "string") checkAssistant(runtime.name, metadata["graph_id"]);

  const made = await runtime.runs.createThread({
    id,
    tenant,
    graphId: runtime.name,
    metadata: (metadata ?? {}) as JsonObject,
  });
  if (made) return made;
  const existing = if_exists === "do_nothing" ? await runtime.runs.findThread(tenant, id) : null;
  if (existing && isOurs(existing, runtime.name)) return existing;
  throw new HoldpointError(
    "thread_exists",
    `There is a thread ${id} already. Leave out thread_id to get a new one.`,
    {
      details: { threadId: id },
    },
  );
}
