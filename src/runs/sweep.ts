// What a process looks after from time to time, whatever it heard: decisions that nobody delivered, runs that the table
// calls its own and that nobody here works on, and what is to be forgotten.
import type { Log } from "../kernel/log.js";
import type { NewResumption, RunStore } from "../storage/run-rows.js";
import { quietly } from "./quietly.js";

export interface SweepDeps {
  runs: Pick<RunStore, "ofThisProcess" | "undelivered" | "giveBack">;
  log: Log;
  deliver(tenant: string, threadId: string, more: Partial<NewResumption>): Promise<unknown>;
  isWorkingOn(runId: string): boolean;
  /** Does a caller of this process drive this run itself? */
  isDriven(runId: string): boolean;
  stopWork(runId: string): void;
  /** Looks for runs that may start. */
  wake(): void;
  /** Forgets old events and threads. */
  tidy(): Promise<void>;
}

const tidyEveryMs = 30_000;
const deciderGoesFirstMs = 1_000;

export function createSweep(deps: SweepDeps, leaseMs: number): () => Promise<void> {
  // Runs of ours that nobody here works on, and since when.
  let lost = new Map<string, number>();
  let sweeping = false;
  let tidiedAt = 0;

  return async () => {
    // One at a time: where the database hangs they would pile up.
    if (sweeping) return;
    sweeping = true;
    try {
      await giveBackLost();
      // Whoever decides delivers it, too, and may watch that run: it goes first, also where it began since we looked.
      for (const { tenant, threadId } of await deps.runs.undelivered(deciderGoesFirstMs))
        await deps.deliver(tenant, threadId, { unlessUnderWay: true });
      if (performance.now() - tidiedAt > tidyEveryMs) {
        tidiedAt = performance.now();
        await deps.tidy();
      }
    } finally {
      sweeping = false;
    }
    deps.wake();
  };

  /**
   * A database that goes away can swallow the answer to a claim, or the end of a run: the run is then ours, and for
   * ever, since we are alive. An answer that is only late finds its run given away, and its writes are fenced off.
   */
  async function giveBackLost(): Promise<void> {
    const ours = await deps.runs.ofThisProcess();
    for (const { id, cancel } of ours) if (cancel) deps.stopWork(id);
    const idle = ours.filter(({ id }) => !deps.isWorkingOn(id) && !deps.isDriven(id));
    const now = performance.now();
    lost = new Map(idle.map(({ id }) => [id, lost.get(id) ?? now]));
    for (const run of idle) {
      if (now - (lost.get(run.id) ?? now) < leaseMs) continue;
      deps.log.warn("run given back", { runId: run.id, threadId: run.threadId });
      // One that cannot be must not keep the others, nor the rest of the sweep, waiting.
      await quietly(deps.log, "give back", () => deps.runs.giveBack(run, 0));
    }
  }
}
