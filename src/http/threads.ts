// LangGraph's threads and their state.
import { randomUUID } from "node:crypto";
import type { StateSnapshot } from "@langchain/langgraph";
import type { ServedGraph, Superstep } from "../graph/served-graph.js";
import { HoldpointError, isHoldpointError, messageOf } from "../kernel/errors.js";
import type { JsonObject } from "../kernel/json.js";
import type { Principal } from "../kernel/principal.js";
import { isConnectionFault } from "../storage/database.js";
import type { Thread, ThreadFilter } from "../storage/thread-rows.js";
import { graphOf } from "./find-assistant.js";
import type * as wire from "./contract.js";
import type { threadRoutes } from "./contract/thread-routes.js";
import type { HttpDeps } from "./deps.js";
import type { HandlersOf } from "./mount.js";
import { checkpointIn, unsupported } from "./run-request.js";
import { checkpointToWire, stateToWire, threadToWire } from "./wire/threads.js";

type At = NonNullable<wire.RunCreate["checkpoint"]>;

export function threadHandlers(deps: HttpDeps): HandlersOf<typeof threadRoutes> {
  const { runtime } = deps;

  const servedOf = ({ graphId }: Thread): ServedGraph | undefined => runtime.graphs.get(graphId ?? "");

  /** Null for a thread that no graph has worked in yet. */
  const stateOf = async (
    principal: Principal,
    thread: Thread,
    at: At = {},
  ): Promise<StateSnapshot | null> => {
    if (thread.graphId === null) return null;
    return runtime.stateOf(principal, { threadId: thread.id, graphId: thread.graphId, ...checkpointAt(at) });
  };

  const view = async (principal: Principal, thread: Thread): Promise<wire.Thread> => {
    const [activity, state] = await Promise.all([
      runtime.runs.threadActivity(principal.tenant, thread.id),
      stateOf(principal, thread),
    ]);
    return threadToWire(thread, servedOf(thread), state, activity);
  };

  const stateAt = async (
    principal: Principal,
    threadId: string,
    { at = {}, subgraphs = false }: { at?: At; subgraphs?: boolean | undefined },
  ): Promise<wire.ThreadState> => {
    const thread = await findThread(deps, principal, threadId);
    if (thread.graphId === null) return noState;
    const { graph, config } = await runtime.reading(principal, {
      threadId,
      graphId: thread.graphId,
      ...checkpointAt(at),
    });
    const state = await graph.getState(config, { subgraphs });
    if (at.checkpoint_id && state.createdAt === undefined)
      throw new HoldpointError("not_found", `Thread ${threadId} has no checkpoint ${at.checkpoint_id}.`);
    return stateToWire(servedOf(thread), state);
  };

  const history = async (
    principal: Principal,
    threadId: string,
    how: { limit: number; before?: string | null; at?: At; filter?: JsonObject | null },
  ): Promise<wire.ThreadState[]> => {
    const thread = await findThread(deps, principal, threadId);
    if (thread.graphId === null) return [];
    const { graph, config } = await runtime.reading(principal, {
      threadId,
      graphId: thread.graphId,
      ...checkpointAt(how.at ?? {}),
    });
    const states: wire.ThreadState[] = [];
    const options = {
      limit: how.limit,
      ...(how.before ? { before: { configurable: { checkpoint_id: how.before } } } : {}),
      ...(how.filter ? { filter: how.filter } : {}),
    };
    for await (const state of graph.getStateHistory(config, options))
      states.push(stateToWire(servedOf(thread), state));
    return states;
  };

  return {
    async createThread({ principal, body }) {
      const { thread_id, metadata, if_exists, supersteps, ttl } = body;
      if (ttl !== undefined && ttl !== null) throw unsupported("ttl", "Threads stay until they are deleted.");
      const named = metadata?.["graph_id"];
      const graphId = typeof named === "string" ? graphOf(deps, named).id : null;
      const thread = await createThread(deps, principal, {
        id: thread_id ?? randomUUID(),
        graphId: graphId ?? onlyGraph(deps),
        metadata: JSON.parse(JSON.stringify(metadata ?? {})) as JsonObject,
        ifExists: if_exists ?? "raise",
      });
      if (supersteps && supersteps.length > 0) await fill(principal, thread, supersteps);
      return view(principal, thread);
    },

    async searchThreads({ principal, body }) {
      const { limit, offset, sort_by, sort_order, select, extract } = body;
      if (extract !== undefined && extract !== null)
        throw unsupported("extract", "Ask for `values` with select.");
      const page = { limit: limit ?? 10, offset: offset ?? 0 };
      const filter = filterOf(deps, body);
      const [threads, total] = await Promise.all([
        runtime.runs.searchThreads(principal.tenant, filter, {
          ...page,
          sortBy: sort_by ?? "updated_at",
          descending: sort_order !== "asc",
        }),
        runtime.runs.countThreads(principal.tenant, filter),
      ]);
      const withValues = !select || select.includes("values");
      const found = await Promise.all(
        threads.map(async (thread) =>
          threadToWire(thread, servedOf(thread), withValues ? await stateOf(principal, thread) : null),
        ),
      );
      const next = page.offset + threads.length;
      return Response.json(
        found.map((thread) =>
          Object.fromEntries(Object.entries(thread).filter(([name]) => !select || select.includes(name))),
        ),
        {
          headers: {
            "x-pagination-total": String(total),
            ...(next < total ? { "x-pagination-next": String(next) } : {}),
          },
        },
      );
    },

    countThreads: ({ principal, body }) => runtime.runs.countThreads(principal.tenant, filterOf(deps, body)),

    async pruneThreads({ principal, body: { thread_ids, strategy } }) {
      if (strategy !== undefined && strategy !== null && strategy !== "delete")
        throw unsupported("strategy", "Threads are deleted whole: delete.");
      let pruned = 0;
      for (const threadId of thread_ids) {
        const thread = await runtime.runs.findThread(principal.tenant, threadId);
        if (!thread || !isOurs(deps, thread)) continue;
        if ((await runtime.runs.deleteThread(principal.tenant, threadId, "refuse")) === "deleted")
          pruned += 1;
      }
      return { pruned_count: pruned };
    },

    getThread: async ({ principal, params }) =>
      view(principal, await findThread(deps, principal, params.thread_id)),

    async patchThread({ principal, params: { thread_id: threadId }, body: { metadata, ttl } }) {
      if (ttl !== undefined && ttl !== null) throw unsupported("ttl", "Threads stay until they are deleted.");
      await findThread(deps, principal, threadId);
      const given = (metadata ?? {}) as JsonObject;
      const thread = await runtime.runs.patchThread(principal.tenant, threadId, given);
      if (!thread) throw noSuchThread(threadId);
      return view(principal, thread);
    },

    async deleteThread({ principal, params: { thread_id: threadId }, query: { holds } }) {
      await findThread(deps, principal, threadId);
      const deletion = await runtime.runs.deleteThread(principal.tenant, threadId, holds);
      if (deletion === "held") throw somethingWaits(threadId);
      if (deletion === "busy") throw isAtWork(threadId);
    },

    async copyThread({ principal, params: { thread_id: threadId } }) {
      await findThread(deps, principal, threadId);
      const copy = await runtime.runs.copyThread(principal.tenant, threadId, randomUUID());
      if (!copy) throw noSuchThread(threadId);
      // What waits in it is asked anew, and until then shows the reviews of the other one.
      if (Object.keys(copy.interrupts).length > 0) {
        const run = await runtime.deliver({ principal, threadId: copy.id });
        if (run) await runtime.waitForRun(principal.tenant, run);
      }
      return view(principal, (await runtime.runs.findThread(principal.tenant, copy.id)) ?? copy);
    },

    getState: ({ principal, params, query: { checkpoint_id, subgraphs } }) =>
      stateAt(principal, params.thread_id, { at: checkpoint_id ? { checkpoint_id } : {}, subgraphs }),
    getStateAt: ({ principal, params: { thread_id, checkpoint_id }, query: { subgraphs } }) =>
      stateAt(principal, thread_id, { at: { checkpoint_id }, subgraphs }),
    postStateAt: ({ principal, params, body: { checkpoint, subgraphs } }) =>
      stateAt(principal, params.thread_id, {
        at: checkpointIn(checkpoint, params.thread_id),
        subgraphs: subgraphs ?? false,
      }),

    async updateState({ principal, params: { thread_id: threadId }, body }) {
      const thread = await findThread(deps, principal, threadId);
      const { values, as_node, checkpoint, checkpoint_id } = body;
      const at = { ...checkpointIn(checkpoint, threadId), ...(checkpoint_id ? { checkpoint_id } : {}) };
      const graphId = thread.graphId ?? onlyGraph(deps);
      if (graphId === null) throw needsGraph(threadId);
      const config = await runtime.drive(
        principal,
        { threadId, graphId, ...checkpointAt(at) },
        (graph, config) =>
          written(graph.bulkUpdateState(config, [superstepOf({ updates: [{ values, as_node }] })])),
      );
      return { checkpoint: checkpointToWire(config) };
    },

    getHistory: ({ principal, params, query: { limit, before } }) =>
      history(principal, params.thread_id, { limit, ...(before === undefined ? {} : { before }) }),
    postHistory({ principal, params, body: { limit, before, metadata, checkpoint } }) {
      const beforeId = typeof before === "string" ? before : before?.configurable?.checkpoint_id;
      return history(principal, params.thread_id, {
        limit: limit ?? 10,
        at: checkpointIn(checkpoint, params.thread_id),
        filter: (metadata ?? null) as JsonObject | null,
        ...(beforeId ? { before: beforeId } : {}),
      });
    },
  };

  /** The state it is to begin with, step by step. */
  /** The state it is to begin with, step by step; without it there is to be no thread either. */
  async function fill(
    principal: Principal,
    thread: Thread,
    supersteps: readonly wire.Superstep[],
  ): Promise<void> {
    try {
      if (thread.graphId === null) throw needsGraph(thread.id);
      const at = { threadId: thread.id, graphId: thread.graphId };
      const steps = supersteps.map(superstepOf);
      await runtime.drive(principal, at, async (graph, config) => {
        // One by one: LangGraph drops the lease between two.
        for (const step of steps) await written(graph.bulkUpdateState(config, [step]));
      });
    } catch (error) {
      await runtime.runs.deleteThread(principal.tenant, thread.id, "refuse");
      throw error;
    }
  }
}

export async function findThread(
  deps: HttpDeps,
  principal: Principal,
  threadId: string,
  graphId?: string,
): Promise<Thread> {
  const thread = await deps.runtime.runs.findThread(principal.tenant, threadId);
  if (!thread || !isOurs(deps, thread)) throw noSuchThread(threadId);
  if (graphId === undefined || thread.graphId === null || thread.graphId === graphId) return thread;
  throw new HoldpointError(
    "request_invalid",
    `Thread ${threadId} belongs to the graph "${thread.graphId}"; another one cannot read its state. Make a thread of its own for "${graphId}".`,
    { details: { threadId, graphId: thread.graphId } },
  );
}

/** Servers of several agents may share a database; a thread of a graph that is not served here is not ours to touch. */
function isOurs({ runtime }: HttpDeps, { graphId }: Thread): boolean {
  return graphId === null || runtime.graphs.has(graphId);
}

/** Where one graph is served, a thread is for that one; else its first run says whose it is. */
function onlyGraph({ runtime }: HttpDeps): string | null {
  const [only, ...others] = runtime.graphs.keys();
  return only === undefined || others.length > 0 ? null : only;
}

export async function createThread(
  deps: HttpDeps,
  principal: Principal,
  {
    id,
    graphId,
    metadata = {},
    temporary = false,
    ifExists,
  }: {
    id: string;
    graphId: string | null;
    metadata?: JsonObject;
    temporary?: boolean;
    ifExists: "raise" | "do_nothing";
  },
): Promise<Thread> {
  const { tenant } = principal;
  const named = graphId === null ? {} : { graph_id: graphId };
  const made = await deps.runtime.runs.createThread({
    id,
    tenant,
    graphId,
    metadata: { ...metadata, ...named },
    temporary,
  });
  if (made) return made;
  const existing = ifExists === "do_nothing" ? await deps.runtime.runs.findThread(tenant, id) : null;
  if (existing && isOurs(deps, existing)) return findThread(deps, principal, id, graphId ?? undefined);
  throw new HoldpointError(
    "thread_exists",
    `There is a thread ${id} already. Leave out thread_id to get a new one.`,
    { details: { threadId: id } },
  );
}

function filterOf({ runtime }: HttpDeps, { ids, metadata, values, status }: Filter): ThreadFilter {
  return {
    graphIds: [...runtime.graphs.keys()],
    ...(ids ? { ids } : {}),
    ...(status ? { status } : {}),
    ...(values ? { values: values as JsonObject } : {}),
    ...(metadata ? { metadata: metadata as JsonObject } : {}),
  };
}

interface Filter {
  ids?: string[] | null | undefined;
  metadata?: Record<string, unknown> | null | undefined;
  values?: Record<string, unknown> | null | undefined;
  status?: Thread["status"] | null | undefined;
}

function checkpointAt({ checkpoint_id, checkpoint_ns, checkpoint_map }: At) {
  const checkpoint = {
    ...(checkpoint_id ? { checkpoint_id } : {}),
    ...(checkpoint_ns ? { checkpoint_ns } : {}),
    ...(checkpoint_map ? { checkpoint_map } : {}),
  };
  return Object.keys(checkpoint).length > 0 ? { checkpoint } : {};
}

function superstepOf({ updates }: wire.Superstep): Superstep {
  return {
    updates: updates.map(({ values = null, as_node, command }) => {
      if (command !== undefined && command !== null)
        throw unsupported("supersteps.updates.command", "State is written by `values`.");
      return { values, ...(as_node ? { asNode: as_node } : {}) };
    }),
  };
}

/** What a graph cannot take as an update is the caller's fault: an unknown node, a message of no known form. */
async function written<T>(update: Promise<T>): Promise<T> {
  try {
    return await update;
  } catch (error) {
    if (isHoldpointError(error) || isConnectionFault(error)) throw error;
    throw new HoldpointError("request_invalid", `The graph does not take this update: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

const noState: wire.ThreadState = {
  values: {},
  next: [],
  tasks: [],
  metadata: null,
  created_at: null,
  checkpoint: null,
  parent_checkpoint: null,
};

function noSuchThread(threadId: string): HoldpointError {
  return new HoldpointError("not_found", `There is no thread ${threadId}.`, { details: { threadId } });
}

function needsGraph(threadId: string): HoldpointError {
  return new HoldpointError(
    "request_invalid",
    `No graph has worked in thread ${threadId} yet, and this server has several. Make the thread with metadata.graph_id.`,
    { details: { threadId } },
  );
}

function somethingWaits(threadId: string): HoldpointError {
  return new HoldpointError(
    "thread_has_open_holds",
    `Something waits for a decision in thread ${threadId}. Decide it first, or delete with ?holds=supersede, which withdraws it on the record.`,
    { details: { threadId } },
  );
}

function isAtWork(threadId: string): HoldpointError {
  return new HoldpointError(
    "thread_busy",
    `A run of thread ${threadId} is at work or about to be. Cancel it first.`,
    {
      details: { threadId },
    },
  );
}
