// LangGraph's runs: say something to the agent, or decide what it waits for, and wait for or watch what comes of it.
import { HoldpointError } from "../kernel/errors.js";
import { begin, type Begun } from "./begin.js";
import type { HttpDeps } from "./deps.js";
import { keepAliveJson } from "./keep-alive-json.js";
import type { Call, Handlers } from "./mount.js";
import { resultOf, watchRun } from "./run-stream.js";
import type { RunCreate } from "./contract.js";
import { eventStream } from "./sse.js";
import { runToWire } from "./wire/threads.js";

type Names = "waitRun" | "streamRun" | "waitFresh" | "streamFresh" | "getRun";
type RunCall = Pick<Call, "principal" | "signal"> & { body: RunCreate };

export function runHandlers(deps: HttpDeps): Handlers<Names> {
  const wait = async ({ principal, body }: RunCall, threadId: string | null): Promise<Response> => {
    const begun = await begin(deps, { principal, threadId, body, watched: false });
    return keepAliveJson(resultOf(deps, begun), { headers: locationOf(begun), everyMs: deps.heartbeatMs });
  };
  const stream = async ({ principal, body, signal }: RunCall, threadId: string | null): Promise<Response> => {
    const begun = await begin(deps, { principal, threadId, body, watched: true });
    return eventStream(watchRun(deps, begun, signal), {
      headers: locationOf(begun),
      heartbeatMs: deps.heartbeatMs,
    });
  };

  return {
    waitRun: (call) => wait(call, call.params.thread_id),
    waitFresh: (call) => wait(call, null),
    streamRun: (call) => stream(call, call.params.thread_id),
    streamFresh: (call) => stream(call, null),

    async getRun({ principal, params: { thread_id: threadId, run_id: runId } }) {
      const run = isUuid(runId) ? await deps.runtime.runs.find(principal.tenant, runId) : null;
      if (run?.threadId === threadId) return runToWire(run, deps.runtime.name);
      throw new HoldpointError("not_found", `Thread ${threadId} has no run ${runId}.`, {
        details: { threadId, runId },
      });
    },
  };
}

/** Where a client finds its run, and, where it named no thread, its thread. */
function locationOf({ threadId, runIds }: Begun): Record<string, string> {
  const runId = runIds.at(-1);
  return runId === undefined
    ? {}
    : { "content-location": `/threads/${encodeURIComponent(threadId)}/runs/${runId}` };
}

function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text);
}
