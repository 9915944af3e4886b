// What happens in a thread, run after run. Nothing of it is kept here: each event has its number from the run's place in
// the thread and its own among what the run tells, so a client that comes back, here or elsewhere, goes on where it was.
import type { Principal } from "../../kernel/principal.js";
import { createThreadLine, type LinedRun, type ThreadLine } from "../../storage/thread-line.js";
import type { ProtocolEvent } from "../contract/protocol.js";
import type { HttpDeps } from "../deps.js";
import { findThread } from "../find-thread.js";
import { heldBackEvents, runEvents } from "./run-events.js";
import type { Told } from "./told.js";

export interface WatchedThread {
  principal: Principal;
  threadId: string;
  /** The number of the last event its client has; null for one that has none, or does not say. */
  since: number | null;
  signal: AbortSignal;
}

/** Numbers for each millisecond of a thread's life. A run tells no more in one, so no two events share a number. */
const perMillisecond = 1_000;

export async function* threadEvents(deps: HttpDeps, watched: WatchedThread): AsyncGenerator<ProtocolEvent> {
  const { principal, threadId, since, signal } = watched;
  const { tenant } = principal;
  const line = createThreadLine(deps.runtime.db);
  const noticed = new Set<string>();
  let last: LinedRun | null = null;
  let next = await beginning(line, watched);
  while (!signal.aborted) {
    if (next) {
      const { run } = next;
      const here = next;
      const isLast = async () => (await line.after(tenant, threadId, here)) === null;
      const told = runEvents(deps, { principal, run, isLast, signal });
      for await (const event of numbered(next, told)) if (event.seq > (since ?? -1)) yield event;
      last = next;
    }
    const word = deps.runtime.nextRunOf(threadId, signal);
    next = await line.after(tenant, threadId, last);
    if (next) continue;
    for (const waiting of await line.heldBack(tenant, threadId)) {
      // What was asked for before the last run ended was told by its end.
      if (noticed.has(waiting.run.id) || (last?.endedAt ?? waiting.run.createdAt) > waiting.run.createdAt)
        continue;
      noticed.add(waiting.run.id);
      for await (const event of numbered(waiting, heldBackEvents(deps, principal, waiting.run)))
        if (event.seq > (since ?? -1)) yield event;
    }
    await word;
    // A thread that was deleted has no more to tell.
    await findThread(deps, principal, threadId);
  }
}

/**
 * Where a client begins. One that does not say what it has wants the run that is at work, or was the last one, and those
 * it was asked for behind: of what ended before somebody asked for it, LangGraph's clients would take the end for its own.
 */
async function beginning(
  line: ThreadLine,
  { principal: { tenant }, threadId, since }: WatchedThread,
): Promise<LinedRun | null> {
  if (since !== null) {
    const [at] = await line.latest(tenant, threadId, 1, Math.floor(since / perMillisecond));
    return at ?? line.after(tenant, threadId, null);
  }
  const runs = await line.latest(tenant, threadId, 50);
  const apart = runs.findIndex((later, index) => {
    const before = runs[index + 1];
    return !before?.endedAt || before.endedAt <= later.run.createdAt;
  });
  return runs[apart] ?? runs.at(-1) ?? null;
}

async function* numbered(
  { at, beganAt }: LinedRun,
  told: AsyncIterable<Told>,
): AsyncGenerator<ProtocolEvent> {
  let seq = at * perMillisecond;
  // Of its run: when each thing was emitted is not kept, and everybody is told the same.
  const timestamp = beganAt.getTime();
  for await (const { method, namespace, node, data } of told) {
    seq += 1;
    const params = { namespace, timestamp, ...(node === undefined ? {} : { node }), data };
    yield { type: "event", event_id: String(seq), seq, method, params };
  }
}

/** The last number before all that a run tells. */
export function numberBefore(at: number): number {
  return at * perMillisecond;
}
