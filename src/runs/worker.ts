// The worker of one process: takes runs that may start, renews the process's lease, delivers decisions that nobody
// delivered. The tables are the truth; a wake-up in this process only saves waiting for the next look.
import { HoldpointError, isHoldpointError, messageOf } from "../kernel/errors.js";
import type { Log } from "../kernel/log.js";
import type { Principal } from "../kernel/principal.js";
import type { Resumption } from "../review/resumption.js";
import { defaultTenant } from "../kernel/principal.js";
import type { JsonObject } from "../kernel/json.js";
import type { Left, NewResumption, NewRun, Run, RunStore } from "../storage/run-rows.js";
import { threadTopic, type Signals } from "../storage/signals.js";
import type { Recorder, RunEvents } from "./events.js";
import { leftBy } from "./left.js";
import { payloadOf } from "./payload.js";
import { questionsOf } from "./questions.js";
import { configOf, servedBy, stateAtRest, work, type WorkDeps, type WorkResult } from "./work.js";

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

/** How a run of this process ended. */
export interface EndedRun {
  run: Run;
  /** How its thread rests; null where it was not ended by itself. */
  result: WorkResult | null;
  /** Another run of the thread waits, or this one will be tried again. */
  more: boolean;
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

export interface WorkerDeps extends WorkDeps {
  events: RunEvents;
  signals: Signals;
  log: Log;
  /** Forgets old events and threads. */
  tidy(): Promise<void>;
  /** Aborted when a stop has waited long enough: for the runs at work, and for their tools. */
  stopping: AbortController;
  /** Does a caller of this process drive this run itself? */
  isDriven(runId: string): boolean;
}

/** The worker itself, where it acts for nobody else: it delivers what people decided. */
export const delivery: Principal = { id: "holdpoint", kind: "service", roles: [], tenant: defaultTenant };

export function createWorker(deps: WorkerDeps, options: WorkerOptions): Worker {
  const atWork = new Map<string, { threadId: string; done: Promise<void>; stop: AbortController }>();
  const waiters = new Map<string, Set<(ended?: EndedRun) => void>>();
  const { stopping } = deps;
  // Runs that the table calls ours and that nobody here works on, and since when.
  let lost = new Map<string, number>();
  let sweeping = false;
  let tidiedAt = 0;
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
          () => void quietly("renew", () => deps.runs.renewProcess(options.leaseMs)),
          options.leaseMs / 4,
        ),
      );
      timers.push(setInterval(() => void quietly("sweep", sweep), options.pollMs));
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
      await quietly("resume", () => worker.deliver(tenant, threadId));
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
        () => void quietly("renew", () => deps.runs.renewProcess(options.leaseMs)),
        options.leaseMs / 4,
      );
      const drained = Promise.all([...atWork.values()].map(({ done }) => done));
      await Promise.race([drained, new Promise((resolve) => setTimeout(resolve, drainMs).unref())]);
      stopping.abort(new DOMException("The process is stopping.", "AbortError"));
      await drained;
      clearInterval(renewing);
      await quietly("end", () => deps.runs.endProcess());
    },
  };
  return worker;

  function hasRoom(): boolean {
    return !stopped && atWork.size < options.concurrency;
  }

  /** Looks for runs that may start. Only one look is under way at a time; a call meanwhile makes it look again. */
  function wake(): void {
    takeAgain = true;
    taking ??= quietly("take", takeAll).finally(() => {
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
    const done = settle(run, stop).then((ended) => {
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

  /** Works on a run and writes down how it ended. Never throws. */
  async function settle(run: Run, stop: AbortController): Promise<EndedRun> {
    const onStopping = (): void => stop.abort(stopping.signal.reason);
    stopping.signal.addEventListener("abort", onStopping, { once: true });
    const recorder = payloadOf(run).stream ? deps.events.record(run) : null;
    try {
      if (run.cancel) stop.abort(new Cancelled());
      stop.signal.throwIfAborted();
      if (run.epoch > options.maxAttempts) throw gaveUp(options.maxAttempts);
      const result = await work(deps, run, recorder, stop);
      const status = result.isInterrupted ? "interrupted" : "success";
      const parked = result.holds.some(({ hold }) => hold.holdpoint.kind === "parked");
      // Written first: a parked action that no run comes back to waits for ever.
      if (parked) await tryAgainLater(run);
      await recorder?.flush();
      const { more } = await deps.runs.finish(run, status, null, leftBy(servedBy(deps, run), result, run));
      return { run: { ...run, status }, result, more: more || parked };
    } catch (error) {
      const isCancelled = stop.signal.reason instanceof Cancelled;
      const ended = isCancelled ? await endCancelled(run, recorder) : await fail(run, error, recorder);
      return { run: ended, result: null, more: true };
    } finally {
      stopping.signal.removeEventListener("abort", onStopping);
      recorder?.end();
    }
  }

  async function endCancelled(run: Run, recorder: Recorder | null): Promise<Run> {
    try {
      const how = (await deps.runs.find(run.tenant, run.id))?.cancel ?? "interrupt";
      await recorder?.flush();
      const ending = how === "rollback" ? await deps.runs.takeBack(run) : run;
      await askAgain(run);
      await deps.runs.finish(ending, "cancelled", null, await leftNow(ending).catch(() => undefined));
      if (how === "rollback") await deps.runs.deleteRun(run.tenant, run.threadId, run.id);
      return { ...run, status: "cancelled" };
    } catch (error) {
      deps.log.warn("a cancelled run could not be ended", { runId: run.id, error: messageOf(error) });
      return giveBack(run, recorder);
    }
  }

  /** An answer whose run was cancelled is not given to a plain graph after all: what it asked is asked anew. */
  async function askAgain(run: Run): Promise<void> {
    if (servedBy(deps, run).kind !== "plain") return;
    const questions = await questionsOf(deps.reviews, run.tenant, run.threadId);
    const decided = questions.filter(({ status }) => status === "decided").map(({ id }) => id);
    await deps.reviews.close(run.tenant, decided, "superseded");
  }

  async function giveBack(run: Run, recorder: Recorder | null): Promise<Run> {
    // Where even this cannot be written, the sweep finds it.
    await quietly("give back", async () => {
      await recorder?.flush();
      await deps.runs.giveBack(run, 1_000);
    });
    return { ...run, status: "pending" };
  }

  /** How a thread stands after a run that came to no result of its own. */
  async function leftNow(run: Run): Promise<Left> {
    const served = servedBy(deps, run);
    const graph = await served.open(payloadOf(run).configurable);
    return leftBy(served, await stateAtRest(deps, served, graph, run, configOf(deps, run)), run);
  }

  async function tryAgainLater(run: Run): Promise<void> {
    const attempt = Number(run.payload["attempt"] ?? 0) + 1;
    const again = resumptionOf(run.tenant, run.threadId, deps.newId());
    const runAfterMs = Math.min(60_000, 250 * 2 ** attempt);
    await deps.runs.beginResumption({ ...again, payload: { attempt }, runAfterMs }, false);
  }

  async function fail(run: Run, error: unknown, recorder: Recorder | null): Promise<Run> {
    if (isHoldpointError(error, "run_fenced")) {
      deps.log.warn("run taken over", { runId: run.id, threadId: run.threadId });
      return run;
    }
    if (stopping.signal.aborted) {
      deps.log.info("run left to the next process", { runId: run.id, threadId: run.threadId });
      return giveBack(run, recorder);
    }
    if (isHoldpointError(error, "thread_has_open_holds")) return giveBack(run, recorder);
    deps.log.error("run failed", { runId: run.id, threadId: run.threadId, error: messageOf(error) });
    if (isHoldpointError(error, "database_unavailable")) return giveBack(run, recorder);
    const problem = problemOf(error);
    recorder?.publish({ event: "error", namespace: [], data: JSON.stringify(problem) });
    await quietly("finish", async () => {
      await recorder?.flush();
      await deps.runs.finish(run, "error", problem, await leftNow(run).catch(() => undefined));
    });
    return { ...run, status: "error", error: problem };
  }

  async function sweep(): Promise<void> {
    // One at a time: where the database hangs they would pile up.
    if (sweeping) return;
    sweeping = true;
    try {
      await giveBackLost();
      // Whoever decides delivers it, too, and may watch that run: it goes first, also where it began since we looked.
      for (const { tenant, threadId } of await deps.runs.undelivered(deciderGoesFirstMs))
        await worker.deliver(tenant, threadId, { unlessUnderWay: true });
      if (performance.now() - tidiedAt > tidyEveryMs) {
        tidiedAt = performance.now();
        await deps.tidy();
      }
    } finally {
      sweeping = false;
    }
    wake();
  }

  /**
   * A database that goes away can swallow the answer to a claim, or the end of a run: the run is then ours, and for
   * ever, since we are alive. An answer that is only late finds its run given away, and its writes are fenced off.
   */
  async function giveBackLost(): Promise<void> {
    const ours = await deps.runs.ofThisProcess();
    for (const { id, cancel } of ours) if (cancel) stopWork(id);
    const idle = ours.filter(({ id }) => !atWork.has(id) && !deps.isDriven(id));
    const now = performance.now();
    lost = new Map(idle.map(({ id }) => [id, lost.get(id) ?? now]));
    for (const run of idle) {
      if (now - (lost.get(run.id) ?? now) < options.leaseMs) continue;
      deps.log.warn("run given back", { runId: run.id, threadId: run.threadId });
      // One that cannot be must not keep the others, nor the rest of the sweep, waiting.
      await quietly("give back", () => deps.runs.giveBack(run, 0));
    }
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

const tidyEveryMs = 30_000;
const deciderGoesFirstMs = 1_000;

/** Why a run is stopped that its caller wants no more. */
class Cancelled extends Error {
  override readonly name = "AbortError";
}

export function resumptionOf(tenant: string, threadId: string, id: string): NewResumption {
  return { id, tenant, threadId, payload: {}, principal: { ...delivery, tenant } };
}

/** A thread that ends every process that works on it must not take all of them with it. */
function gaveUp(attempts: number): HoldpointError {
  return new HoldpointError(
    "run_failed",
    `Given up after ${attempts} attempts, each of which ended without a result. The log has the first fault.`,
  );
}

function problemOf(error: unknown): JsonObject {
  return { code: isHoldpointError(error) ? error.code : "run_failed", message: messageOf(error) };
}
