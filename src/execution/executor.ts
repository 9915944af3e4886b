// The effect protocol: claim → run → settle. An action's effect is attempted at most once for a blind tool,
// effectively once for a keyed or queryable one, once for a transactional one.
import { setTimeout as delay } from "node:timers/promises";
import { isHoldpointError, messageOf } from "../kernel/errors.js";
import { hashJson } from "../kernel/json.js";
import type { EffectClass } from "../policies/words.js";
import type { Execution, TaskScope } from "../review/types.js";
import type { HoldpointTool, ToolContext } from "../tools/tool.js";
import type { AskedOf, ExecutionLog, Release, Settlement } from "./log.js";
import { isOutcomeUnknown, resultText, ToolPausedError } from "./outcome.js";
import { isStopped, type Stopped } from "./stop.js";

export interface ExecutorDeps {
  log: ExecutionLog;
  /** How long a tool may take before its outcome counts as unknown, in milliseconds. */
  toolTimeoutMs: number;
  /** How long a request of a process that is gone may still be under way, in milliseconds. */
  lateMs: number;
  /** How often another process's claim is looked at, in milliseconds. */
  pollMs: number;
  /** Cancels what still runs when the process has to stop. */
  stopping: AbortSignal;
  /** Does this process still hold its lease, by its own clock? Without it, another one may have taken its claims over. */
  holdsLease(): boolean;
}

/** A decided call, ready to run. */
export interface Order extends Release {
  tool: HoldpointTool;
  /** The company's word on the class wins over the tool's own. */
  effect: EffectClass;
  askedOf: AskedOf;
}

export interface Executor {
  /** Runs the order if nobody has, and gives what is on record then; null where nothing releases it. */
  execute(scope: TaskScope, order: Order): Promise<Execution | Stopped | null>;
  /** Tries again what a person sent back after its outcome was unknown. */
  retry(scope: TaskScope, order: Order, unknown: Execution): Promise<Execution | Stopped | null>;
}

export function createExecutor(deps: ExecutorDeps): Executor {
  const inTurn = oneAtATime();
  // Of each execution, the newest epoch in which its tool may have been started. A claim of ours that is newer never ran.
  const startedIn = new Map<string, number>();

  return {
    execute: (scope, order) => inTurn(order.actionId, () => pursue(scope, order)),
    retry: (scope, order, unknown) =>
      inTurn(order.actionId, async () => {
        const execution = await persist(() => deps.log.reclaim(scope, unknown));
        if (isStopped(execution)) return execution;
        return (execution && (await attempt(scope, order, execution))) ?? pursue(scope, order);
      }),
  };

  async function pursue(scope: TaskScope, order: Order): Promise<Execution | Stopped | null> {
    for (;;) {
      deps.stopping.throwIfAborted();
      const claim = await persist(() => deps.log.claim(scope, order, order.effect));
      switch (claim.kind) {
        case "not-released":
          return null;
        case "stopped":
          return { stop: claim.stop };
        case "lapsed":
          await delay(deps.pollMs);
          break;
        case "settled":
          return claim.execution;
        case "claimed": {
          const settled = await attempt(scope, order, claim.execution);
          if (settled) return settled;
          break;
        }
        case "abandoned": {
          const mayHaveRun = !claim.execution.paused;
          const settled = await recover(scope, order, claim.execution, { mayHaveRun });
          if (settled) return settled;
          break;
        }
        case "busy": {
          if (claim.ours) {
            // We hold it and do not work on it: a database fault swallowed the answer to our claim, or our record.
            const mayHaveRun = (startedIn.get(claim.execution.id) ?? 0) >= claim.execution.epoch;
            const settled = await recover(scope, order, claim.execution, { mayHaveRun });
            if (settled) return settled;
          } else {
            await delay(deps.pollMs);
          }
        }
      }
    }
  }

  /** Takes a claim over that nobody works on. Null: somebody else was first. */
  async function recover(
    scope: TaskScope,
    order: Order,
    left: Execution,
    { mayHaveRun }: { mayHaveRun: boolean },
  ): Promise<Execution | Stopped | null> {
    // Before the statement: its answer may be lost, and the claim it made must not look like one that never ran.
    if (mayHaveRun) startedIn.set(left.id, left.epoch + 1);
    const ours = await persist(() => deps.log.reclaim(scope, left));
    if (!ours || isStopped(ours)) return ours;
    if (!mayHaveRun || order.tool.readOnly) return attempt(scope, order, ours);
    switch (ours.effect) {
      case "transactional":
      case "keyed":
        return attempt(scope, order, ours);
      case "queryable":
        return reconcile(scope, order, ours);
      case "blind":
        return settle(
          scope,
          ours,
          unknown(order, "It was started, and its process ended before it wrote down how it went."),
        );
    }
  }

  /** Asks the remote by key what became of a call, before anything is tried again. */
  async function reconcile(scope: TaskScope, order: Order, execution: Execution): Promise<Execution | null> {
    const first = await ask(order, execution);
    if (first.happened !== false) return settle(scope, execution, asSettlement(order, first));
    // A process that stalled may have its request still under way: "no" holds only when its time is over.
    await delay(timeLeft(execution), undefined, { signal: deps.stopping });
    const second = await ask(order, execution);
    return second.happened === false
      ? attempt(scope, order, execution)
      : settle(scope, execution, asSettlement(order, second));
  }

  /** Milliseconds that the attempt before this claim could still have been at work. */
  function timeLeft({ epoch, startedAt }: Execution): number {
    const limit = deps.lateMs;
    // Of the first attempt the beginning is on record; of a later one it is not.
    return epoch > 2 ? limit : Math.min(limit, Math.max(0, startedAt.getTime() + limit - Date.now()));
  }

  /** Runs the tool under a claim of ours. Null: the claim was taken over meanwhile, or may have been. */
  async function attempt(scope: TaskScope, order: Order, execution: Execution): Promise<Execution | null> {
    if (hashJson(execution.args) !== execution.argsHash) {
      const error =
        "Not run: the recorded arguments do not have the hash that was decided on. The record was changed.";
      return settle(scope, execution, { state: "failed", error });
    }
    deps.stopping.throwIfAborted();
    if (!deps.holdsLease()) {
      // We stalled. Whoever took the claim over may already be told what became of it; so look again first.
      await delay(deps.pollMs);
      return null;
    }
    startedIn.set(execution.id, execution.epoch);
    if (execution.effect === "transactional") return attemptInTransaction(scope, order, execution);
    // What it says when it is cut off must not come before what we say of it: "failed" would stand for "unknown".
    const ours = newTurn();
    const running = run(order.tool, execution, {}, (late) => {
      void ours.over.then(() => keepAsEvidence(scope, execution, late));
    });
    try {
      const settlement = await running.then(
        (result): Settlement => ({ state: "succeeded", result }),
        async (thrown: unknown): Promise<Settlement> => {
          // Cut off by our own stop: the claim stays as it is, and its class tells the next process what may be done.
          deps.stopping.throwIfAborted();
          if (thrown instanceof ToolPausedError) return pause(scope, execution, thrown);
          return isOutcomeUnknown(thrown) && !order.tool.readOnly
            ? unknown(order, `It was started, and no answer came: ${messageOf(thrown)}`)
            : { state: "failed", error: messageOf(thrown) };
        },
      );
      return await settle(scope, execution, settlement);
    } finally {
      ours.end();
    }
  }

  async function attemptInTransaction(
    scope: TaskScope,
    order: Order,
    execution: Execution,
  ): Promise<Execution | null> {
    let ownFault: { thrown: unknown } | null = null;
    try {
      const result = await deps.log.runTransactionally(scope, execution, async (sql) => {
        try {
          return await run(order.tool, execution, { sql }, () => {});
        } catch (thrown) {
          ownFault = { thrown };
          throw thrown;
        }
      });
      startedIn.delete(execution.id);
      return { ...execution, state: "succeeded", result };
    } catch (thrown) {
      deps.stopping.throwIfAborted();
      if (thrown instanceof ToolPausedError) return pause(scope, execution, thrown);
      // Whether the commit arrived is on record; the next look tells.
      const isOfRecord =
        isHoldpointError(thrown, "database_unavailable") ||
        (ownFault === null && isHoldpointError(thrown, "claim_taken_over"));
      if (isOfRecord) return null;
      // Its effect was undone with the transaction, so even a time-out is a plain failure here.
      return settle(scope, execution, { state: "failed", error: messageOf(thrown) });
    }
  }

  /** By the tool's own word it made no effect yet, so whoever comes next calls it again, whatever its class. */
  async function pause(scope: TaskScope, execution: Execution, paused: ToolPausedError): Promise<never> {
    await persist(() => deps.log.pause(scope, execution));
    startedIn.delete(execution.id);
    throw paused;
  }

  /** The tool's result as text. A tool may ignore its signal; we stop waiting all the same, and `late` hears the rest. */
  async function run(
    tool: HoldpointTool,
    execution: Execution,
    extra: Pick<ToolContext, "sql">,
    late: (settlement: Settlement) => void,
  ): Promise<string> {
    // Not AbortSignal.any: a signal made by it, and all that hears it, lives as long as the process's own.
    const cut = new AbortController();
    const stop = (): void => cut.abort(deps.stopping.reason);
    const timer = setTimeout(() => cut.abort(timedOut(deps.toolTimeoutMs)), deps.toolTimeoutMs);
    deps.stopping.addEventListener("abort", stop, { once: true });
    const { signal } = cut;
    const context = { ...extra, idempotencyKey: execution.key, threadId: execution.threadId, signal };
    const ended = (async () => resultText(await tool.run(execution.args, context)))();
    const aborted = new Promise<never>((_, reject) => {
      const stopWaiting = (): void => {
        reject(signal.reason as Error);
        void ended.then(
          (result) => late({ state: "succeeded", result }),
          (thrown: unknown) => late({ state: "failed", error: messageOf(thrown) }),
        );
      };
      signal.addEventListener("abort", stopWaiting, { once: true });
    });
    try {
      return await Promise.race([ended, aborted]);
    } finally {
      clearTimeout(timer);
      deps.stopping.removeEventListener("abort", stop);
    }
  }

  /** The log refuses it as a settlement, and keeps it beside the record for the person who is asked. */
  async function keepAsEvidence(scope: TaskScope, execution: Execution, late: Settlement): Promise<void> {
    // After a stop the claim is still open: a success may close it, a failure may be the stop's own doing.
    if (deps.stopping.aborted && late.state !== "succeeded") return;
    await persist(() => deps.log.settle(scope, execution, late)).catch(() => {});
  }

  async function settle(
    scope: TaskScope,
    execution: Execution,
    settlement: Settlement,
  ): Promise<Execution | null> {
    const isOurs = await persist(() => deps.log.settle(scope, execution, settlement));
    startedIn.delete(execution.id);
    if (!isOurs) return null;
    return {
      ...execution,
      state: settlement.state,
      result: settlement.state === "succeeded" ? settlement.result : null,
      error: settlement.state === "succeeded" ? null : settlement.error,
    };
  }
}

type Answered =
  | { happened: true; result: string }
  | { happened: false }
  | { happened: "unknown"; why: string };

async function ask({ tool }: Order, { key, args }: Execution): Promise<Answered> {
  if (!tool.reconcile) {
    return { happened: "unknown", why: "Its tool can no longer be asked what became of it." };
  }
  try {
    const answer = await tool.reconcile(key, args);
    if (answer.happened === true) return { happened: true, result: resultText(answer.result) };
    if (answer.happened === false) return { happened: false };
    return { happened: "unknown", why: "The remote cannot say whether it happened." };
  } catch (thrown) {
    const why = `The remote could not be asked whether it happened: ${messageOf(thrown)}`;
    return { happened: "unknown", why };
  }
}

function asSettlement(order: Order, answer: Exclude<Answered, { happened: false }>): Settlement {
  return answer.happened === true
    ? { state: "succeeded", result: answer.result }
    : unknown(order, answer.why);
}

function newTurn(): { over: Promise<void>; end(): void } {
  let end = (): void => {};
  const over = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { over, end };
}

function timedOut(limitMs: number): DOMException {
  return new DOMException(`The tool did not end within ${limitMs} ms.`, "TimeoutError");
}

function unknown(order: Order, error: string): Settlement {
  return { state: "unknown", error, askedOf: order.askedOf };
}

/**
 * Repeats a statement of the record while the database is away: what a tool did stands in memory only until then.
 * Gives up after about half a minute, and the action is parked.
 */
async function persist<T>(statement: () => Promise<T>): Promise<T> {
  for (let waitMs = 50; ; waitMs *= 2) {
    try {
      return await statement();
    } catch (error) {
      if (!isHoldpointError(error, "database_unavailable") || waitMs > 15_000) throw error;
      await delay(waitMs);
    }
  }
}

/** Work on one key in turn: two graph runs of one process must not both take a claim for their own. */
function oneAtATime(): <T>(key: string, work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return async (key, work) => {
    const mine = (last.get(key) ?? Promise.resolve()).then(work, work);
    last.set(key, mine);
    try {
      return await mine;
    } finally {
      if (last.get(key) === mine) last.delete(key);
    }
  };
}
