// A run of this process, carried out and ended in the table, however it ends.
import { HoldpointError, isHoldpointError, messageOf } from "../kernel/errors.js";
import type { JsonObject } from "../kernel/json.js";
import type { Log } from "../kernel/log.js";
import type { Left, Run } from "../storage/run-rows.js";
import { resumptionOf } from "./delivery.js";
import type { Recorder, RunEvents } from "./events.js";
import { leftBy } from "./left.js";
import { payloadOf } from "./payload.js";
import { questionsOf } from "./questions.js";
import { quietly } from "./quietly.js";
import { configOf, servedBy, stateAtRest, work, type WorkDeps, type WorkResult } from "./work.js";

export interface CarryingDeps extends WorkDeps {
  events: RunEvents;
  log: Log;
  /** Aborted when a stop has waited long enough: for the runs at work, and for their tools. */
  stopping: AbortController;
  /** How often a run is tried again after a fault of the database or a death of its process. */
  maxAttempts: number;
}

/** How a run of this process ended. */
export interface EndedRun {
  run: Run;
  /** How its thread rests; null where it was not ended by itself. */
  result: WorkResult | null;
  /** Another run of the thread waits, or this one will be tried again. */
  more: boolean;
}

/** Why a run is stopped that its caller wants no more. */
export class Cancelled extends Error {
  override readonly name = "AbortError";
}

/** Works on a run and writes down how it ended. Never throws. */
export async function carryOut(deps: CarryingDeps, run: Run, stop: AbortController): Promise<EndedRun> {
  const { stopping, maxAttempts } = deps;
  const onStopping = (): void => stop.abort(stopping.signal.reason);
  stopping.signal.addEventListener("abort", onStopping, { once: true });
  const recorder = payloadOf(run).stream ? deps.events.record(run) : null;
  try {
    if (run.cancel) stop.abort(new Cancelled());
    stop.signal.throwIfAborted();
    if (run.epoch > maxAttempts) throw gaveUp(maxAttempts);
    const result = await work(deps, run, recorder, stop);
    const status = result.isInterrupted ? "interrupted" : "success";
    const parked = result.holds.some(({ hold }) => hold.holdpoint.kind === "parked");
    // Written first: a parked action that no run comes back to waits for ever.
    if (parked) await tryAgainLater(deps, run);
    await recorder?.flush();
    const { more } = await deps.runs.finish(run, status, null, leftBy(servedBy(deps, run), result, run));
    return { run: { ...run, status }, result, more: more || parked };
  } catch (error) {
    const isCancelled = stop.signal.reason instanceof Cancelled;
    const ended = isCancelled
      ? await endCancelled(deps, run, recorder)
      : await fail(deps, run, error, recorder);
    return { run: ended, result: null, more: true };
  } finally {
    stopping.signal.removeEventListener("abort", onStopping);
    recorder?.end();
  }
}

async function endCancelled(deps: CarryingDeps, run: Run, recorder: Recorder | null): Promise<Run> {
  try {
    const how = (await deps.runs.find(run.tenant, run.id))?.cancel ?? "interrupt";
    await recorder?.flush();
    const ending = how === "rollback" ? await deps.runs.takeBack(run) : run;
    await askAgain(deps, run);
    await deps.runs.finish(ending, "cancelled", null, await leftNow(deps, ending).catch(() => undefined));
    if (how === "rollback") await deps.runs.deleteRun(run.tenant, run.threadId, run.id);
    return { ...run, status: "cancelled" };
  } catch (error) {
    deps.log.warn("a cancelled run could not be ended", { runId: run.id, error: messageOf(error) });
    return giveBack(deps, run, recorder);
  }
}

/** An answer whose run was cancelled is not given to a plain graph after all: what it asked is asked anew. */
async function askAgain(deps: CarryingDeps, run: Run): Promise<void> {
  if (servedBy(deps, run).kind !== "plain") return;
  const questions = await questionsOf(deps.reviews, run.tenant, run.threadId);
  const decided = questions.filter(({ status }) => status === "decided").map(({ id }) => id);
  await deps.reviews.close(run.tenant, decided, "superseded");
}

async function giveBack(deps: CarryingDeps, run: Run, recorder: Recorder | null): Promise<Run> {
  // Where even this cannot be written, the sweep finds it.
  await quietly(deps.log, "give back", async () => {
    await recorder?.flush();
    await deps.runs.giveBack(run, 1_000);
  });
  return { ...run, status: "pending" };
}

/** How a thread stands after a run that came to no result of its own. */
async function leftNow(deps: CarryingDeps, run: Run): Promise<Left> {
  const served = servedBy(deps, run);
  const graph = await served.open(payloadOf(run).configurable);
  return leftBy(served, await stateAtRest(deps, served, graph, run, configOf(deps, run)), run);
}

async function tryAgainLater(deps: CarryingDeps, run: Run): Promise<void> {
  const attempt = Number(run.payload["attempt"] ?? 0) + 1;
  const again = resumptionOf(run.tenant, run.threadId, deps.newId());
  const runAfterMs = Math.min(60_000, 250 * 2 ** attempt);
  await deps.runs.beginResumption({ ...again, payload: { attempt }, runAfterMs }, false);
}

async function fail(deps: CarryingDeps, run: Run, error: unknown, recorder: Recorder | null): Promise<Run> {
  if (isHoldpointError(error, "run_fenced")) {
    deps.log.warn("run taken over", { runId: run.id, threadId: run.threadId });
    return run;
  }
  if (deps.stopping.signal.aborted) {
    deps.log.info("run left to the next process", { runId: run.id, threadId: run.threadId });
    return giveBack(deps, run, recorder);
  }
  if (isHoldpointError(error, "thread_has_open_holds")) return giveBack(deps, run, recorder);
  deps.log.error("run failed", { runId: run.id, threadId: run.threadId, error: messageOf(error) });
  if (isHoldpointError(error, "database_unavailable")) return giveBack(deps, run, recorder);
  const problem = problemOf(error);
  recorder?.publish({ event: "error", namespace: [], data: JSON.stringify(problem) });
  await quietly(deps.log, "finish", async () => {
    await recorder?.flush();
    await deps.runs.finish(run, "error", problem, await leftNow(deps, run).catch(() => undefined));
  });
  return { ...run, status: "error", error: problem };
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
