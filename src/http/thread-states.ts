// The states of a thread: read, now or at a checkpoint, and written.
import type { ServedGraph, Superstep } from "../graph/served-graph.js";
import { HoldpointError, isHoldpointError, messageOf } from "../kernel/errors.js";
import type { JsonObject } from "../kernel/json.js";
import type { Principal } from "../kernel/principal.js";
import { isConnectionFault } from "../storage/database.js";
import type { Thread } from "../storage/thread-rows.js";
import type * as wire from "./contract.js";
import type { threadRoutes } from "./contract/thread-routes.js";
import type { HttpDeps } from "./deps.js";
import { findThread, onlyGraph } from "./find-thread.js";
import type { HandlersOf } from "./mount.js";
import { checkpointIn, unsupported } from "./run-request.js";
import { checkpointToWire, stateToWire } from "./wire/threads.js";

type At = NonNullable<wire.RunCreate["checkpoint"]>;
type StateRoutes = Pick<
  typeof threadRoutes,
  "getState" | "getStateAt" | "postStateAt" | "updateState" | "getHistory" | "postHistory"
>;

export function threadStateHandlers(deps: HttpDeps): HandlersOf<StateRoutes> {
  const { runtime } = deps;
  const servedOf = ({ graphId }: Thread): ServedGraph | undefined => runtime.graphs.get(graphId ?? "");

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
}

/** The state a new thread is to begin with, step by step. */
export async function fillThread(
  deps: HttpDeps,
  principal: Principal,
  thread: Thread,
  supersteps: readonly wire.Superstep[],
): Promise<void> {
  if (thread.graphId === null) throw needsGraph(thread.id);
  const at = { threadId: thread.id, graphId: thread.graphId };
  const steps = supersteps.map(superstepOf);
  await deps.runtime.drive(principal, at, async (graph, config) => {
    // One by one: LangGraph drops the lease between two.
    for (const step of steps) await written(graph.bulkUpdateState(config, [step]));
  });
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

function needsGraph(threadId: string): HoldpointError {
  return new HoldpointError(
    "request_invalid",
    `No graph has worked in thread ${threadId} yet, and this server has several. Make the thread with metadata.graph_id.`,
    { details: { threadId } },
  );
}
