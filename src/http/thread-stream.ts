// What happens in a thread, run after run, as the runs themselves are streamed.
import type { Principal } from "../kernel/principal.js";
import { payloadOf } from "../runs/payload.js";
import { createThreadLine, type LinedRun, type ThreadLine } from "../storage/thread-line.js";
import type { ThreadStreamMode } from "./contract/thread.js";
import type { HttpDeps } from "./deps.js";
import { findThread } from "./find-thread.js";
import { modesOf } from "./run-request.js";
import { watchRun } from "./run-stream.js";
import type { ServerEvent } from "./sse.js";

interface WatchedThread {
  principal: Principal;
  threadId: string;
  /** The id of the last event that the client has: its run, then its own. */
  lastEventId?: string | undefined;
  modes: readonly ThreadStreamMode[];
  signal: AbortSignal;
}

/** Never ends by itself: another run may always come. */
export async function* watchThread(deps: HttpDeps, watched: WatchedThread): AsyncGenerator<ServerEvent> {
  const { principal, threadId, signal } = watched;
  const tellsRuns = watched.modes.includes("run_modes");
  const tellsEnds = watched.modes.includes("lifecycle");
  const [hadRun = "", hadEvent] = (watched.lastEventId ?? "").split(":");
  const line = createThreadLine(deps.runtime.db);
  const newest = await line.latest(principal.tenant, threadId, 50);
  let last = before(newest, hadRun);
  while (!signal.aborted) {
    const word = deps.runtime.nextRunOf(threadId, signal);
    const next = await nextOf(line, principal.tenant, threadId, last);
    if (!next) {
      await word;
      // A thread that was deleted has no more to tell.
      await findThread(deps, principal, threadId);
      continue;
    }
    const { run } = next;
    const modes = tellsRuns ? modesOf(payloadOf(run).stream?.asked) : [];
    const lastEventId = run.id === hadRun ? hadEvent : undefined;
    for await (const event of watchRun(deps, { principal, run, modes, lastEventId, signal })) {
      const id = `${run.id}:${event.id}`;
      if (event.event !== "end") {
        if (tellsRuns || event.event === "metadata") yield { ...event, id };
      } else if (tellsEnds && !deps.runtime.isStopping()) {
        yield { event: "metadata", id, data: { run_id: run.id, status: "run_done" } };
      }
    }
    last = next;
  }
}

type Last = LinedRun | "none";

/** What stands before all that is to be told: a client that has nothing begins with what is at work. */
function before(newest: readonly LinedRun[], hadRun: string): Last {
  const had = newest.findIndex(({ run }) => run.id === hadRun);
  const first = had >= 0 ? had : newest.findLastIndex(({ endedAt }) => endedAt === null);
  return newest[first + 1] ?? (first >= 0 ? "none" : (newest[0] ?? "none"));
}

function nextOf(line: ThreadLine, tenant: string, threadId: string, last: Last): Promise<LinedRun | null> {
  return line.after(tenant, threadId, last === "none" ? null : last);
}
