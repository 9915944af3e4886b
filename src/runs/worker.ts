// The worker of one process: takes runs that may start, renews the process's lease, delivers decisions that nobody
// delivered. The tables are the truth; a wake-up in this process only saves waiting for the next look.
import { isHoldpointError, messageOf } from "../kernel/errors.js";
import type { NewId } from "../kernel/ids.js";
import type { Log } from "../kernel/log.js";
import type { Principal } from "../kernel/principal.js";
import type { Resumption } from "../review/resumption.js";
import { defaultTenant } from "../kernel/principal.js";
import type { JsonObject } from "../kernel/json.js";
import type { Run } from "../storage/run-rows.js";
import { work, type WorkDeps, type WorkResult } from "./work.js";

export interface WorkerOptions {
  /** How long a process that stopped renewing still counts as alive, in milliseconds. */
  leaseMs: number;
  /** How often the tables are looked at when nothing wakes us, in milliseconds. */
  pollMs: number;
  /** Runs at work at the same time. */
  concurrency: number;
  /** How often a run is tried again after a fault of the database or a death of its process. */
  maxAttempts: number;
}

export interface Worker extends Resumption {
  start(): Promise<void>;
  /** There may be something to take. */
  wake(): void;
  /** Resolves when a run of this thread ended in this process, or after `withinMs`. */
  nextEnd(threadId: string, withinMs: number): Promise<void>;
  /** Takes no more runs, waits for those at work up to `drainMs`, then cancels them and leaves the rest to others. */
  stop(drainMs: number): Promise<void>;
}

/** The worker itself, where it acts for nobody else: it delivers what people decided. */
export const delivery: Principal = { id: "holdpoint", kind: "service", roles: [], tenant: defaultTenant };

export function createWorker(deps: WorkDeps & { log: Log; newId: NewId }, options: WorkerOptions): Worker {
  const atWork = new Map<string, Promise<void>>();
  const waiters = new Map<string, Set<() => void>>();
  const cancelled = new AbortController();
  const timers: NodeJS.Timeout[] = [];
  let taking: Promise<void> | null = null;
  let takeAgain = false;
  let stopped = true;

  const worker: Worker = {
    async start() {
      await deps.runs.renewProcess(options.leaseMs);
      stopped = false;
      timers.push(setInterval(() => void quietly("renew", () => deps.runs.renewProcess(options.leaseMs)), options.leaseMs / 4));
      timers.push(setInterval(() => void quietly("sweep", sweep), options.pollMs));
      worker.wake();
    },

    wake() {
      takeAgain = true;
      taking ??= quietly("take", takeAll).finally(() => {
        taking = null;
      });
    },

    async resume(tenant, threadId) {
      await quietly("resume", () => enqueueResumption(tenant, threadId, 0, 0));
      worker.wake();
    },

    nextEnd(threadId, withinMs) {
      return new Promise((resolve) => {
        const waiting = waiters.get(threadId) ?? new Set();
        waiters.set(threadId, waiting);
        const done = (): void => {
          clearTimeout(timer);
          waiting.delete(done);
          if (waiting.size === 0) waiters.delete(threadId);
          resolve();
        };
        const timer = setTimeout(done, withinMs);
        waiting.add(done);
      });
    },

    async stop(drainMs) {
      if (stopped) return;
      stopped = true;
      for (const timer of timers) clearInterval(timer);
      await taking;
      const renewing = setInterval(() => void quietly("renew", () => deps.runs.renewProcess(options.leaseMs)), options.leaseMs / 4);
      const drained = Promise.all(atWork.values());
      await Promise.race([drained, new Promise((resolve) => setTimeout(resolve, drainMs).unref())]);
      cancelled.abort(new Error("The server is stopping."));
      await drained;
      clearInterval(renewing);
      await quietly("end", () => deps.runs.endProcess());
    },
  };
  return worker;

  async function takeAll(): Promise<void> {
    while (takeAgain && !stopped) {
      takeAgain = false;
      while (!stopped && atWork.size < options.concurrency) {
        const run = await deps.runs.claimNext();
        if (!run) break;
        const done = settle(run).finally(() => {
          atWork.delete(run.id);
          for (const wake of waiters.get(run.threadId) ?? []) wake();
          worker.wake();
        });
        atWork.set(run.id, done);
      }
    }
  }

  async function settle(run: Run): Promise<void> {
    try {
      if (run.epoch > options.maxAttempts) {
        // A thread that ends every process that works on it must not take all of them with it.
        await deps.runs.finish(run, "error", {
          code: "run_failed",
          message: `Given up after ${options.maxAttempts} attempts: each one ended without a result. See the log for the first fault.`,
        });
        return;
      }
      await end(run, await work(deps, run, AbortSignal.any([cancelled.signal])));
    } catch (error) {
      await fail(run, error);
    } finally {
      deps.events.end(run.id);
    }
  }

  async function end(run: Run, { interrupted, parked }: WorkResult): Promise<void> {
    await deps.runs.finish(run, interrupted ? "interrupted" : "success", null);
    if (parked) {
      const attempt = Number(run.payload["attempt"] ?? 0) + 1;
      await enqueueResumption(run.tenant, run.threadId, Math.min(60_000, 500 * 2 ** attempt), attempt);
    }
  }

  async function fail(run: Run, error: unknown): Promise<void> {
    if (isHoldpointError(error, "run_fenced")) {
      deps.log.warn("run taken over", { runId: run.id, threadId: run.threadId });
      return;
    }
    deps.log.error("run failed", { runId: run.id, threadId: run.threadId, error: messageOf(error) });
    if (isHoldpointError(error, "database_unavailable") || cancelled.signal.aborted) {
      // Where even this cannot be written, our lease lapses, and whoever is alive then takes the run.
      await quietly("give back", () => deps.runs.giveBack(run, 1_000));
      return;
    }
    deps.events.publish(run.id, { event: "error", namespace: [], data: problemOf(error) });
    await quietly("finish", () => deps.runs.finish(run, "error", problemOf(error)));
  }

  async function sweep(): Promise<void> {
    for (const { tenant, threadId } of await deps.runs.undelivered()) await enqueueResumption(tenant, threadId, 0, 0);
    worker.wake();
  }

  async function enqueueResumption(tenant: string, threadId: string, runAfterMs: number, attempt: number): Promise<void> {
    await deps.runs.enqueueResumption({
      id: deps.newId(),
      tenant,
      threadId,
      kind: "resume",
      payload: { attempt },
      principal: { ...delivery, tenant },
      runAfterMs,
    });
  }

  /** For what is tried again anyway: a fault is told, and nothing else comes of it. */
  async function quietly(what: string, job: () => Promise<unknown>): Promise<void> {
    try {
      await job();
    } catch (error) {
      deps.log.warn(`worker could not ${what}`, { error: messageOf(error) });
    }
  }
}

function problemOf(error: unknown): JsonObject {
  return { code: isHoldpointError(error) ? error.code : "run_failed", message: messageOf(error) };
}
