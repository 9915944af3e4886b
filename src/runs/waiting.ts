// Waiting for what is at work: told by this process's worker where it does the work, and by the tables where another does.
import { HoldpointError } from "../kernel/errors.js";
import type { Run, RunStore } from "../storage/run-rows.js";
import type { ThreadActivity } from "../storage/thread-rows.js";
import type { WorkResult } from "./work.js";
import type { Signals } from "../storage/signals.js";
import type { EndedRun } from "./carry-out.js";
import type { Worker } from "./worker.js";

export interface Waiting {
  /** Resolves when a run has ended, or waits behind a hold. `result`: what came of it, where this process did it. */
  forRun(tenant: string, run: Run): Promise<{ run: Run; result?: WorkResult }>;
  /**
   * Resolves when nothing of a thread is at work or about to be. `result`: of its last run, where this process saw it end.
   */
  forThread(tenant: string, threadId: string): Promise<{ activity: ThreadActivity; result?: WorkResult }>;
}

/**
 * @param pollMs how often the tables are looked at while another process does the work.
 * @param stopping aborted when this process waits for nothing any more: who waits then is told `stopped`.
 */
export function createWaiting(
  worker: Worker,
  runs: RunStore,
  signals: Signals,
  pollMs: number,
  stopping: AbortSignal,
): Waiting {
  return {
    async forRun(tenant, run) {
      for (;;) {
        // Listened for before the look, so that an end in between is not missed.
        const next = worker.nextEnd(run.threadId, pollMs);
        if (worker.isWorkingOn(run.id)) {
          const ended = await next;
          if (ended?.run.id === run.id && hasEnded(ended.run)) return { run: ended.run, ...resultOf(ended) };
          continue;
        }
        if (stopping.aborted) throw wasStopped();
        const told = signals.next([`run:${run.id}`], pollMs);
        const now = await runs.find(tenant, run.id);
        if (!now) throw new HoldpointError("not_found", `Run ${run.id} was deleted while it was waited for.`);
        if (hasEnded(now) || (await isHeldBack(runs, now))) return { run: now };
        const ended = await Promise.race([next, told.then(() => undefined)]);
        if (ended?.run.id === run.id && hasEnded(ended.run)) return { run: ended.run, ...resultOf(ended) };
      }
    },

    async forThread(tenant, threadId) {
      for (;;) {
        const next = worker.nextEnd(threadId, pollMs);
        if (!worker.isAtWork(threadId)) {
          if (stopping.aborted) throw wasStopped();
          const activity = await runs.threadActivity(tenant, threadId);
          if (activity.active === 0) return { activity };
        }
        const ended = await next;
        // Another run may have been taken up between the end of this one and our being told of it; and what waits may
        // have been decided.
        const isLast = ended && !ended.more && !worker.isAtWork(threadId);
        if (isLast && ended.result && !ended.result.isInterrupted && ended.run.tenant === tenant) {
          const activity = { active: 0, queued: 0, openHolds: 0, isLed: false, error: ended.run.error };
          return { activity, result: ended.result };
        }
      }
    },
  };
}

/** For who waits in a process that stops: what it waited for is not lost. */
export function wasStopped(): HoldpointError {
  return new HoldpointError(
    "stopped",
    "This server is stopping. What it was given is kept, and goes on when it is started again, or at another one: join the run there.",
  );
}

/** Has a run ended, or will nothing come of it for now? Throws `stopped` in a process that stops. */
export async function isOver(
  runs: RunStore,
  stopping: AbortSignal,
  { tenant, id }: Pick<Run, "tenant" | "id">,
): Promise<boolean> {
  if (stopping.aborted) throw wasStopped();
  const now = await runs.find(tenant, id);
  return !now || hasEnded(now) || isHeldBack(runs, now);
}

function hasEnded(run: Run): boolean {
  return run.status !== "pending" && run.status !== "running";
}

/** It waits behind something that waits for a person. A decision never does, whatever else waits in its thread; nor does a run that has begun. */
async function isHeldBack(runs: RunStore, run: Run): Promise<boolean> {
  if (run.kind === "resume" || run.status !== "pending") return false;
  const { openHolds, isLed } = await runs.threadActivity(run.tenant, run.threadId);
  return openHolds > 0 && !isLed && !(run.epoch > 0 && (await runs.hasBegun(run)));
}

function resultOf({ result }: EndedRun): { result?: WorkResult } {
  return result ? { result } : {};
}
