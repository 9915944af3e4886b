// A run as a client sees it: its events, from the first one or from where the client was, and how its thread rests.
import type { WorkResult } from "../runs/work.js";
import { start } from "../runs/events.js";
import { wasStopped } from "../runs/waiting.js";
import { isHoldpointError } from "../kernel/errors.js";
import type { Principal } from "../kernel/principal.js";
import type { RunEvent } from "../storage/event-rows.js";
import type { Run } from "../storage/run-rows.js";
import type { RunResult, StreamMode } from "./contract.js";
import type { HttpDeps } from "./deps.js";
import { problemOf } from "./problem.js";
import type { ServerEvent } from "./sse.js";
import { translator } from "./stream-modes.js";
import { restToWire, runErrorToWire, stateResult } from "./wire/threads.js";

interface Watched {
  principal: Principal;
  run: Run;
}

/** What the thread rests with. The answer has begun by now, so a fault is told in it and not by a status. */
export async function resultOf(deps: HttpDeps, { principal, run }: Watched): Promise<RunResult> {
  try {
    const { run: ended, result } = await deps.runtime.waitForRun(principal.tenant, run);
    if (ended.error) return { __error__: runErrorToWire(ended.error) };
    return await finalValues(deps, principal, ended, result);
  } catch (error) {
    return { __error__: faultToWire(deps, error) };
  }
}

export interface Watching extends Watched {
  modes: readonly StreamMode[];
  /** The id of the last event that the client has. */
  lastEventId?: string | undefined;
  signal: AbortSignal;
}

export async function* watchRun(deps: HttpDeps, watching: Watching): AsyncGenerator<ServerEvent> {
  // What was told before makes what follows (a message grows piece by piece), so it is read again and not sent again.
  const had = placeOf(watching.lastEventId ?? "");
  for await (const event of eventsOf(deps, watching)) if (isAfter(placeOf(event.id), had)) yield event;
}

type EventPlace = readonly [epoch: number, seq: number, index: number];

/** How a thread rests is told after all events, and needs no place among them. */
const atTheEnd = Number.MAX_SAFE_INTEGER;

/** Text that is no id of ours stands before everything: LangGraph's clients send -1 for "from the first". */
function placeOf(id: string): EventPlace {
  const [, epoch, seq, index] = /^(\d+|rest)-(\d+)-(\d+)$/.exec(id) ?? [];
  if (epoch === undefined) return [-1, 0, 0];
  return [epoch === "rest" ? atTheEnd : Number(epoch), Number(seq), Number(index)];
}

function isAfter(one: EventPlace, other: EventPlace): boolean {
  const differing = one.findIndex((part, at) => part !== other[at]);
  return differing >= 0 && (one[differing] ?? 0) > (other[differing] ?? 0);
}

async function* eventsOf(
  deps: HttpDeps,
  { principal, run, modes, signal }: Watching,
): AsyncGenerator<ServerEvent> {
  const { tenant } = principal;
  const { runs, events } = deps.runtime;
  const translate = translator(modes);
  let hasBegun = false;
  let hasFailed = false;
  let shown: RunEvent | null = null;
  let updated: RunEvent | null = null;
  try {
    for await (const event of events.watch(run, start, signal)) {
      hasBegun ||= event.event === "metadata";
      hasFailed ||= event.event === "error";
      if (event.event === "values" && event.namespace.length === 0) shown = event;
      if (event.event === "updates" && event.namespace.length === 0) updated = event;
      for (const [index, told] of translate(event).entries())
        yield { ...told, id: `${event.epoch}-${event.seq}-${index}` };
    }
    if (signal.aborted) return;
    // All was told, and there may be no database to ask any more.
    const isTold = hasFailed || (shown !== null && deps.runtime.isStopping());
    const now = isTold ? run : ((await runs.find(tenant, run.id)) ?? run);
    if (!hasBegun)
      yield { event: "metadata", id: "0-0-0", data: { run_id: run.id, thread_id: run.threadId, attempt: 1 } };
    if (now.error && !hasFailed) yield { event: "error", id: "rest-0-0", data: runErrorToWire(now.error) };
    // A run that waits behind a hold, or that nobody asked to stream, has shown nothing of its own.
    if (!now.error && !shown) yield* atRest(deps, principal, now, modes);
    // Chat clients take an update that asks nothing for the end of what was asked before it. Where a sibling of what
    // waits was the last to tell something, what waits is told again.
    const waiting = modes.includes("updates") && !interruptsIn(updated) ? interruptsIn(shown) : null;
    if (waiting) yield { event: "updates", id: "rest-1-0", data: { __interrupt__: waiting } };
  } catch (error) {
    yield { event: "error", id: "rest-0-0", data: faultToWire(deps, error) };
  }
  yield { event: "end", id: "rest-3-0", data: null };
}

function interruptsIn(event: RunEvent | null): unknown[] | null {
  const { __interrupt__: interrupts } = JSON.parse(event?.data ?? "{}") as { __interrupt__?: unknown[] };
  return Array.isArray(interrupts) && interrupts.length > 0 ? interrupts : null;
}

async function* atRest(
  deps: HttpDeps,
  principal: Principal,
  run: Run,
  modes: readonly StreamMode[],
): AsyncGenerator<ServerEvent> {
  const result = await finalValues(deps, principal, run);
  const { __interrupt__: interrupts } = result;
  if (modes.includes("updates") && interrupts)
    yield { event: "updates", id: "rest-1-0", data: { __interrupt__: interrupts } };
  if (modes.includes("values")) yield { event: "values", id: "rest-2-0", data: result };
}

/** What the worker saw last, where it worked here; else what the checkpoint says. */
async function finalValues(
  { runtime }: HttpDeps,
  principal: Principal,
  { threadId, graphId }: Run,
  result?: WorkResult,
): Promise<RunResult> {
  const served = runtime.graphs.get(graphId);
  if (result && served) return restToWire(served, result);
  const at = { threadId, graphId };
  return stateResult(served, await runtime.stateOf(principal, at));
}

function faultToWire({ log, runtime }: HttpDeps, error: unknown): { error: string; message: string } {
  // In the middle of a stop, whatever broke did so because of it.
  const told = runtime.isStopping() && !isHoldpointError(error) ? wasStopped() : error;
  const { code, detail } = problemOf(told, log);
  return { error: code, message: detail };
}
