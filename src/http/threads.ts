// LangGraph's threads: made, found, changed, copied, deleted.
import { randomUUID } from "node:crypto";
import type { StateSnapshot } from "@langchain/langgraph";
import type { ServedGraph } from "../graph/served-graph.js";
import type { JsonObject } from "../kernel/json.js";
import { isGuest, type Principal } from "../kernel/principal.js";
import type { Thread, ThreadFilter } from "../storage/thread-rows.js";
import type * as wire from "./contract.js";
import type { threadRoutes } from "./contract/thread-routes.js";
import type { HttpDeps } from "./deps.js";
import { graphOf } from "./find-assistant.js";
import { createThread, findThread, isOurs, noSuchThread, notDeleted, onlyGraph } from "./find-thread.js";
import type { HandlersOf } from "./mount.js";
import { eventStream } from "./sse.js";
import { watchThread } from "./thread-stream.js";
import { unsupported } from "./run-request.js";
import { fillThread, threadStateHandlers } from "./thread-states.js";
import { threadToWire } from "./wire/threads.js";

export function threadHandlers(deps: HttpDeps): HandlersOf<typeof threadRoutes> {
  const { runtime } = deps;

  const servedOf = ({ graphId }: Thread): ServedGraph | undefined => runtime.graphs.get(graphId ?? "");

  /** Null for a thread that no graph has worked in yet. */
  const stateOf = async (principal: Principal, { id, graphId }: Thread): Promise<StateSnapshot | null> =>
    graphId === null ? null : runtime.stateOf(principal, { threadId: id, graphId });

  const view = async (principal: Principal, thread: Thread): Promise<wire.Thread> => {
    const [activity, state] = await Promise.all([
      runtime.runs.threadActivity(principal.tenant, thread.id),
      stateOf(principal, thread),
    ]);
    return threadToWire(thread, servedOf(thread), state, activity);
  };

  return {
    ...threadStateHandlers(deps),

    async createThread({ principal, body }) {
      const { thread_id, metadata, if_exists, supersteps, ttl } = body;
      const ttlMinutes = ttlOf(ttl) ?? null;
      const named = metadata?.["graph_id"];
      const graphId = typeof named === "string" ? graphOf(deps, named).id : null;
      const thread = await createThread(deps, principal, {
        id: thread_id ?? randomUUID(),
        graphId: graphId ?? onlyGraph(deps),
        metadata: JSON.parse(JSON.stringify(metadata ?? {})) as JsonObject,
        ttlMinutes,
        ifExists: if_exists ?? "raise",
      });
      if (supersteps && supersteps.length > 0) {
        await fillThread(deps, principal, thread, supersteps).catch(async (error: unknown) => {
          // Without the state it was to have, there is to be no thread either.
          await runtime.runs.deleteThread(principal.tenant, thread.id, "refuse");
          throw error;
        });
      }
      return view(principal, thread);
    },

    async searchThreads({ principal, body }) {
      const { limit, offset, sort_by, sort_order, select, extract } = body;
      if (extract !== undefined && extract !== null)
        throw unsupported("extract", "Ask for `values` with select.");
      const page = { limit: limit ?? 10, offset: offset ?? 0 };
      const filter = filterOf(deps, principal, body);
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

    countThreads: ({ principal, body }) =>
      runtime.runs.countThreads(principal.tenant, filterOf(deps, principal, body)),

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
      const ttlMinutes = ttlOf(ttl);
      await findThread(deps, principal, threadId);
      const thread = await runtime.runs.patchThread(principal.tenant, threadId, {
        metadata: (metadata ?? {}) as JsonObject,
        ...(ttlMinutes === undefined ? {} : { ttlMinutes }),
      });
      if (!thread) throw noSuchThread(threadId);
      return view(principal, thread);
    },

    async deleteThread({ principal, params: { thread_id: threadId }, query: { holds } }) {
      await findThread(deps, principal, threadId);
      const deletion = await runtime.runs.deleteThread(principal.tenant, threadId, holds);
      if (deletion !== "deleted" && deletion !== "absent") throw notDeleted(threadId, deletion);
    },

    async streamThread({ principal, params: { thread_id: threadId }, query, headers, signal }) {
      if (query.stream_mode.includes("state_update"))
        throw unsupported(
          "stream_mode",
          "A state update is its caller's own, and told to nobody: ask for the state.",
        );
      await findThread(deps, principal, threadId);
      const lastEventId = headers["last-event-id"];
      return eventStream(
        watchThread(deps, { principal, threadId, lastEventId, modes: query.stream_mode, signal }),
        {
          headers: {},
          heartbeatMs: deps.heartbeatMs,
        },
      );
    },

    async copyThread({ principal, params: { thread_id: threadId } }) {
      await findThread(deps, principal, threadId);
      const copy = await runtime.runs.copyThread(principal.tenant, threadId, {
        id: randomUUID(),
        owner: principal.id,
      });
      if (!copy) throw noSuchThread(threadId);
      // What waits in it is asked anew, and until then shows the reviews of the other one.
      if (Object.keys(copy.interrupts).length > 0) {
        const run = await runtime.deliver({ principal, threadId: copy.id });
        if (run) await runtime.waitForRun(principal.tenant, run);
      }
      return view(principal, (await runtime.runs.findThread(principal.tenant, copy.id)) ?? copy);
    },
  };
}

function filterOf(
  { runtime }: HttpDeps,
  principal: Principal,
  { ids, metadata, values, status }: Filter,
): ThreadFilter {
  return {
    ...(isGuest(principal) ? { owner: principal.id } : {}),
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

/** Undefined: nothing is said of it. */
function ttlOf(ttl: wire.ThreadCreate["ttl"]): number | null | undefined {
  if (ttl === undefined || ttl === null || typeof ttl === "number") return ttl;
  if (ttl.strategy !== undefined && ttl.strategy !== null && ttl.strategy !== "delete")
    throw unsupported("ttl.strategy", "Threads are deleted whole: delete.");
  if (ttl.sweep_interval_minutes !== undefined && ttl.sweep_interval_minutes !== null)
    throw unsupported("ttl.sweep_interval_minutes", "The threads are looked at every half minute.");
  return ttl.ttl;
}
