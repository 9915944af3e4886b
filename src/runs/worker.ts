// The worker of one process: takes runs that may start, renews the process's lease, delivers decisions that nobody
// delivered. The tables are the truth; a wake-up in this process only saves waiting for the next look.
import type { Resumption } from "../review/resumption.js";
import type { NewResumption, NewRun, Run, RunStore } from "../storage/run-rows.js";
import { threadTopic, type Signals } from "../storage/signals.js";
import { Cancelled, carryOut, type CarryingDeps, type EndedRun } from "./carry-out.js";
import { resumptionOf } from "./delivery.js";
import { quietly } from "./quietly.js";
import { createSweep, type SweepDeps } from "./sweep.js";

export interface WorkerOptions {
  /** How long a process that stopped renewing still counts as alive, in milliseconds. */
  leaseMs: number;
  /** How often the tables are looked at when nothing wakes us, in milliseconds. */
  pollMs: number;
  /** Runs at work at the same time. */
  concurrency: number;
  /** How often a run is tried again after a fault of the database or a death of its process. */
  maxAttempts: number;
  /** How long what runs emitted is kept, in milliseconds. */
  keepEventsMs: number;
}

export interface Worker extends Resumption {
  start(): Promise<void>;
  /** Writes a run, and works on it at once where nothing of its thread is before it. */
  submit(run: NewRun): Promise<Run>;
  /** Writes a resumption of a thread, or finds the one that waits; null for a thread that a host runs. */
  deliver(tenant: string, threadId: string, more?: Partial<NewResumption>): Promise<Run | null>;
  /** Asks for the end of runs of a thread, wherever they are at work. */
  cancel(...asked: Parameters<RunStore["cancel"]>): Promise<Run[]>;
  /** Is this run, or a run of this thread, at work in this process? */
  isWorkingOn(runId: string): boolean;
  isAtWork(threadId: string): boolean;
  /** The next end of a run of this thread in this process; undefined after `withinMs` without one. */
  nextEnd(threadId: string, withinMs: number): Promise<EndedRun | undefined>;
  /** Takes no more runs, waits for those at work up to `drainMs`, then cancels them and leaves the rest to others. */
  stop(drainMs: number): Promise<void>;
}

export interface WorkerDeps extends Omit<CarryingDeps, "maxAttempts">, Pick<SweepDeps, "isDriven" | "tidy"> {
  signals: Signals;
}

export function createWorker(deps: WorkerDeps, options: WorkerOptions): Worker {
  const atWork = new Map<string, { threadId: string; done: Promise<void>; stop: AbortController }>();
  const waiters = new Map<string, Set<(ended?: EndedRun) => void>>();
  const { stopping } = deps;
  const carrying = { ...deps, maxAttempts: options.maxAttempts };
  const timers: NodeJS.Timeout[] = [];
  let taking: Promise<void> | null = null;
  let takeAgain = false;
  let stopped = true;
  let stopListening = (): void => {};

  const worker: Worker = {
    async start() {
      await deps.runs.renewProcess(options.leaseMs);
      stopped = false;
      timers.push(
        setInterval(
          () => void quietly(deps.log, "renew", () => deps.runs.renewProcess(options.leaseMs)),
          options.leaseMs / 4,
        ),
      );
      timers.push(setInterval(() => void quietly(deps.log, "sweep", sweep), options.pollMs));
      stopListening = deps.signals.hear((topic) => {
        if (topic === "runs") wake();
        else if (topic.startsWith("cancel:")) stopWork(topic.slice("cancel:".length));
      });
      wake();
    },

    async submit(run) {
      return launch(await deps.runs.begin(run, hasRoom()));
    },

    async deliver(tenant, threadId, more = {}) {
      const run = await deps.runs.beginResumption(
        { ...resumptionOf(tenant, threadId, deps.newId()), ...more },
        hasRoom(),
      );
      return run && launch(run);
    },

    async cancel(...asked) {
      const runs = await deps.runs.cancel(...asked);
      for (const run of runs) {
        deps.signals.tell(run.status === "running" ? `cancel:${run.id}` : `run:${run.id}`);
        if (run.status === "running") stopWork(run.id);
        else if (run.cancel === "rollback") await deps.runs.deleteRun(run.tenant, run.threadId, run.id);
      }
      return runs;
    },

    async resume({ tenant, threadId }) {
      // Where this cannot be written, the sweep finds the decision and delivers it.
      await quietly(deps.log, "resume", () => worker.deliver(tenant, threadId));
    },

    isWorkingOn: (runId) => atWork.has(runId),
    isAtWork: (threadId) => [...atWork.values()].some((one) => one.threadId === threadId),

    nextEnd(threadId, withinMs) {
      return new Promise((resolve) => {
        const waiting = waiters.get(threadId) ?? new Set();
        waiters.set(threadId, waiting);
        const done = (ended?: EndedRun): void => {
          clearTimeout(timer);
          waiting.delete(done);
          if (waiting.size === 0) waiters.delete(threadId);
          resolve(ended);
        };
        const timer = setTimeout(done, withinMs);
        waiting.add(done);
      });
    },

    async stop(drainMs) {
      if (stopped) return;
      stopped = true;
      stopListening();
      for (const timer of timers) clearInterval(timer);
      await taking;
      const renewing = setInterval(
        () => void quietly(deps.log, "renew", () => deps.runs.renewProcess(options.leaseMs)),
        options.leaseMs / 4,
      );
      const drained = Promise.all([...atWork.values()].map(({ done }) => done));
      await Promise.race([drained, new Promise((resolve) => setTimeout(resolve, drainMs).unref())]);
      stopping.abort(new DOMException("The process is stopping.", "AbortError"));
      await drained;
      clearInterval(renewing);
      await quietly(deps.log, "end", () => deps.runs.endProcess());
    },
  };
  const sweep = createSweep(
    { ...deps, deliver: worker.deliver, isWorkingOn: worker.isWorkingOn, stopWork, wake },
    options.leaseMs,
  );
  return worker;

  function hasRoom(): boolean {
    return !stopped && atWork.size < options.concurrency;
  }

  /** Looks for runs that may start. Only one look is under way at a time; a call meanwhile makes it look again. */
  function wake(): void {
    takeAgain = true;
    taking ??= quietly(deps.log, "take", takeAll).finally(() => {
      taking = null;
    });
  }

  async function takeAll(): Promise<void> {
    while (takeAgain) {
      takeAgain = false;
      while (hasRoom()) {
        const run = await deps.runs.claimNext();
        if (!run) break;
        launch(run);
      }
    }
  }

  /** Starts to work on a run that is ours; one that waits for its turn is left alone, and others told of it. */
  function launch(run: Run): Run {
    deps.signals.tell(threadTopic(run.threadId));
    if (run.status === "pending") deps.signals.tell("runs");
    if (run.status !== "running" || run.processId !== deps.runs.processId || atWork.has(run.id)) return run;
    const wasFull = atWork.size + 1 >= options.concurrency;
    // Of its own, since LangGraph's listeners stay on it. AbortSignal.any would keep them as long as the process lives.
    const stop = new AbortController();
    const done = carryOut(carrying, run, stop).then((ended) => {
      atWork.delete(run.id);
      deps.signals.tell(`run:${run.id}`);
      for (const tell of waiters.get(run.threadId) ?? []) tell(ended);
      if (ended.more || wasFull) wake();
      if (ended.more) deps.signals.tell("runs");
    });
    atWork.set(run.id, { threadId: run.threadId, done, stop });
    return run;
  }

  function stopWork(runId: string): void {
    atWork.get(runId)?.stop.abort(new Cancelled());
  }
}
