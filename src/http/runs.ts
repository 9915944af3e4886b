// LangGraph's runs: say something to a graph, or decide what it waits for; wait for it, watch it, end it.
import { HoldpointError } from "../kernel/errors.js";
import { isUuid } from "../kernel/ids.js";
import type { Principal } from "../kernel/principal.js";
import { payloadOf } from "../runs/payload.js";
import { runToWire, statusesFromWire } from "../runs/run-wire.js";
import type { Cancelling, Run } from "../storage/run-rows.js";
import { begin, beginAll, type Begun } from "./begin.js";
import type { runRoutes } from "./contract/run-routes.js";
import type { RunCreate, StreamMode } from "./contract.js";
import type { HttpDeps } from "./deps.js";
import { keepAliveJson } from "./keep-alive-json.js";
import type { Call, HandlersOf } from "./mount.js";
import { modesOf } from "./run-request.js";
import { resultOf, watchRun } from "./run-stream.js";
import { eventStream } from "./sse.js";
import { findThread, reachesThread } from "./find-thread.js";

type Waiting = Pick<Call, "signal" | "isStillIn">;
type RunCall = Waiting & Pick<Call, "principal"> & { body: RunCreate };

export function runHandlers(deps: HttpDeps): HandlersOf<typeof runRoutes> {
  const { runtime } = deps;

  const create = async ({ principal, body }: RunCall, threadId: string | null): Promise<Response> => {
    const begun = await begin(deps, { principal, threadId, body, streams: true });
    return Response.json(runToWire(begun.run), { headers: locationOf(begun.run) });
  };

  const wait = async (call: RunCall, threadId: string | null): Promise<Response> => {
    const { principal, body } = call;
    const begun = await begin(deps, { principal, threadId, body, streams: false });
    return waitFor(begun, call, begun.request.cancelOnDisconnect);
  };

  const stream = async ({ principal, body, signal }: RunCall, threadId: string | null): Promise<Response> => {
    const begun = await begin(deps, { principal, threadId, body, streams: true });
    const { modes, cancelOnDisconnect } = begun.request;
    return watch(begun, { modes, signal, cancelOnDisconnect });
  };

  const waitFor = (
    of: Pick<Begun, "principal" | "run">,
    { signal, isStillIn }: Waiting,
    cancels: boolean,
  ): Response => {
    if (cancels) cancelOnAbort(of, signal);
    return keepAliveJson(resultOf(deps, of), {
      headers: locationOf(of.run),
      everyMs: deps.heartbeatMs,
      isStillIn,
      refusal: { __error__: noLongerIn },
    });
  };

  const watch = (
    { principal, run }: Pick<Begun, "principal" | "run">,
    how: {
      modes: readonly StreamMode[];
      signal: AbortSignal;
      cancelOnDisconnect: boolean;
      lastEventId?: string | undefined;
    },
  ): Response => {
    if (how.cancelOnDisconnect) cancelOnAbort({ principal, run }, how.signal);
    const headers = locationOf(run);
    return eventStream(watchRun(deps, { principal, run, ...how }), {
      // Where LangGraph's client goes on when its connection breaks.
      headers: { ...headers, location: `${headers["content-location"]}/stream` },
      heartbeatMs: deps.heartbeatMs,
    });
  };

  const cancelOnAbort = ({ principal, run }: Pick<Begun, "principal" | "run">, signal: AbortSignal): void => {
    const cancel = (): void => {
      runtime.cancel(principal.tenant, run.threadId, { runIds: [run.id] }, "interrupt").catch(() => {});
    };
    if (signal.aborted) cancel();
    else signal.addEventListener("abort", cancel, { once: true });
  };

  /** A run of a graph that is served here. */
  const find = async (principal: Principal, runId: string, threadId?: string): Promise<Run> => {
    const run = isUuid(runId) ? await runtime.runs.find(principal.tenant, runId) : null;
    if (
      run &&
      runtime.graphs.has(run.graphId) &&
      (threadId === undefined || run.threadId === threadId) &&
      (await reachesThread(deps, principal, run.threadId))
    )
      return run;
    throw new HoldpointError(
      "not_found",
      threadId === undefined ? `There is no run ${runId}.` : `Thread ${threadId} has no run ${runId}.`,
      { details: { runId, ...(threadId === undefined ? {} : { threadId }) } },
    );
  };

  const cancel = async (
    principal: Principal,
    threadId: string,
    runIds: readonly string[],
    { wait = false, action }: { wait?: boolean | undefined; action: Cancelling },
  ): Promise<Response> => {
    const asked = await runtime.cancel(principal.tenant, threadId, { runIds }, action);
    const working = asked.filter(({ status }) => status === "running");
    // Taken back, a run is no more: its row goes with it.
    if (wait) await Promise.all(working.map((run) => ended(runtime.waitForRun(principal.tenant, run))));
    return new Response(null, { status: wait ? 204 : 202 });
  };

  const joinAt = (call: {
    principal: Principal;
    query: { stream_mode?: string | string[] | undefined; cancel_on_disconnect?: boolean | undefined };
    headers: { "last-event-id"?: string | undefined };
    signal: AbortSignal;
  }) => ({
    signal: call.signal,
    cancelOnDisconnect: call.query.cancel_on_disconnect ?? false,
    lastEventId: call.headers["last-event-id"],
  });

  return {
    createRun: (call) => create(call, call.params.thread_id),
    createFresh: (call) => create(call, null),
    waitRun: (call) => wait(call, call.params.thread_id),
    waitFresh: (call) => wait(call, null),
    streamRun: (call) => stream(call, call.params.thread_id),
    streamFresh: (call) => stream(call, null),

    async createBatch({ principal, body }) {
      const asked = body.map((one) => ({
        principal,
        threadId: null,
        body: one,
        streams: asksForStream(one),
      }));
      return (await beginAll(deps, asked)).map(({ run }) => runToWire(run));
    },

    async listRuns({ principal, params: { thread_id: threadId }, query: { limit, offset, status, select } }) {
      await findThread(deps, principal, threadId);
      const statuses = status === undefined ? {} : { status: statusesFromWire(status) };
      const runs = await runtime.runs.listRuns(principal.tenant, threadId, { limit, offset, ...statuses });
      const wanted = select === undefined ? null : [select].flat();
      return runs.map((run) =>
        Object.fromEntries(
          Object.entries(runToWire(run)).filter(([name]) => !wanted || wanted.includes(name)),
        ),
      );
    },

    getRun: async ({ principal, params }) =>
      runToWire(await find(principal, params.run_id, params.thread_id)),

    async deleteRun({ principal, params: { thread_id: threadId, run_id: runId } }) {
      const run = await find(principal, runId, threadId);
      if (await runtime.runs.deleteRun(principal.tenant, threadId, run.id)) return;
      throw new HoldpointError("thread_busy", `Run ${runId} has not ended. Cancel it first.`, {
        details: { threadId, runId },
      });
    },

    joinRun: async (call) => {
      const { principal, params, query } = call;
      const run = await find(principal, params.run_id, params.thread_id);
      return waitFor({ principal, run }, call, query.cancel_on_disconnect ?? false);
    },
    joinFresh: async (call) => {
      const { principal, params, query } = call;
      const run = await find(principal, params.run_id);
      return waitFor({ principal, run }, call, query.cancel_on_disconnect ?? false);
    },
    joinStream: async (call) => {
      const { principal, params, query } = call;
      const run = await find(principal, params.run_id, params.thread_id);
      return watch({ principal, run }, { ...joinAt(call), modes: modesToJoin(run, query.stream_mode) });
    },
    joinFreshStream: async (call) => {
      const run = await find(call.principal, call.params.run_id);
      const modes = modesToJoin(run, call.query.stream_mode);
      return watch({ principal: call.principal, run }, { ...joinAt(call), modes });
    },

    async cancelRun({ principal, params: { thread_id: threadId, run_id: runId }, query }) {
      const run = await find(principal, runId, threadId);
      return cancel(principal, threadId, [run.id], query);
    },

    async cancelRuns({ principal, query, body: { thread_id: threadId, run_ids: runIds, status } }) {
      if (!threadId) {
        throw new HoldpointError(
          "request_invalid",
          "thread_id is missing: runs are cancelled thread by thread.",
        );
      }
      await findThread(deps, principal, threadId);
      const wanted = status === "pending" || status === "running" ? [status] : ["pending", "running"];
      const unfinished = await runtime.runs.listRuns(principal.tenant, threadId, {
        status: wanted as ("pending" | "running")[],
        limit: 1_000,
        offset: 0,
      });
      const ids = unfinished.map(({ id }) => id).filter((id) => !runIds || runIds.includes(id));
      return cancel(principal, threadId, ids, query);
    },
  };
}

/** In the form in which a wait is told of a fault, since its status has left by then. */
const noLongerIn = {
  error: "credentials_invalid",
  message:
    "What this wait was begun with lets nobody in here any more, so it is not answered. Join the run with good credentials.",
};

/** Of many runs at once, those are recorded whose caller names what to see of them. */
function asksForStream({ stream_mode, stream_resumable }: RunCreate): boolean {
  return (
    stream_resumable === true || (stream_mode !== undefined && stream_mode !== null && stream_mode.length > 0)
  );
}

/** Those it was begun with, where the client names none. */
function modesToJoin(run: Run, asked: string | string[] | undefined): StreamMode[] {
  return modesOf(asked ?? payloadOf(run).stream?.asked);
}

async function ended(waiting: Promise<unknown>): Promise<void> {
  try {
    await waiting;
  } catch (error) {
    if (!(error instanceof HoldpointError) || error.code !== "not_found") throw error;
  }
}

/** Where a client finds its run, and, where it named no thread, its thread. */
function locationOf({ threadId, id }: Run): { "content-location": string } {
  return { "content-location": `/threads/${encodeURIComponent(threadId)}/runs/${id}` };
}
