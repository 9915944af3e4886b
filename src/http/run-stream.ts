// A run as a client sees it: its events while it works, and at the end the state in which the thread rests.
import type { Begun, Rest } from "./begin.js";
import type { RunEvent } from "../runs/events.js";
import type { Interrupt, RunResult, Values } from "./contract.js";
import type { HttpDeps } from "./deps.js";
import { problemOf } from "./problem.js";
import type { ServerEvent } from "./sse.js";
import { translator } from "./stream-modes.js";
import { interruptsOf, runErrorToWire, valuesToWire } from "./wire/threads.js";

/** What the thread rests with. The answer has begun by now, so a fault is told in it and not by a status. */
export async function resultOf(deps: HttpDeps, begun: Begun): Promise<RunResult> {
  try {
    const rest = await restOf(deps, begun);
    return rest.error ? { __error__: runErrorToWire(rest.error) } : await finalValues(deps, begun, rest);
  } catch (error) {
    return { __error__: faultToWire(deps, error) };
  }
}

export async function* watchRun(
  deps: HttpDeps,
  begun: Begun,
  signal: AbortSignal,
): AsyncGenerator<ServerEvent> {
  const { threadId, runIds } = begun;
  yield { event: "metadata", data: { run_id: runIds.at(-1) ?? null, thread_id: threadId, attempt: 1 } };
  try {
    yield* whatHappens(deps, begun, signal);
  } catch (error) {
    yield { event: "error", data: faultToWire(deps, error) };
  }
  yield { event: "end", data: null };
}

async function* whatHappens(deps: HttpDeps, begun: Begun, signal: AbortSignal): AsyncGenerator<ServerEvent> {
  const translate = translator(begun.request.modes, begun.request.subgraphs);
  const resting = restOf(deps, begun);
  // It is looked at below; until then a failure would count as one that nobody looks at.
  resting.catch(() => {});
  let failed = false;
  for (const runId of begun.runIds) {
    for await (const event of deps.runtime.events.watch(runId, signal)) {
      failed ||= event.event === "error";
      yield* translate(event);
    }
  }
  if (signal.aborted) return;

  const rest = await resting;
  if (!rest.error) yield* closing(await finalValues(deps, begun, rest), rest, translate);
  else if (!failed) yield { event: "error", data: runErrorToWire(rest.error) };
}

/** What the stream has not shown yet: all of it where another process did the work, or none where all is said. */
function* closing(
  { __interrupt__: interrupts, ...values }: RunResult,
  { queued }: Rest,
  translate: (event: RunEvent) => ServerEvent[],
): Generator<ServerEvent> {
  const emit = (event: string, data: unknown) => translate({ event, namespace: [], data });
  yield* emit("values", values);
  if (!interrupts) return;
  if (queued) yield* emit("updates", { __interrupt__: interrupts });
  yield* emit("values", { ...values, __interrupt__: interrupts });
}

/** Waits, then closes the runs' channels: where another process works on them, nobody here would. */
async function restOf({ runtime }: HttpDeps, begun: Begun): Promise<Rest> {
  try {
    return await begun.rest();
  } finally {
    for (const runId of begun.runIds) runtime.events.end(runId);
  }
}

/** What the worker saw last, where it saw all of it; else what the checkpoint says. */
async function finalValues(
  { runtime }: HttpDeps,
  { principal, threadId }: Begun,
  { result }: Rest,
): Promise<RunResult> {
  const seen = valuesToWire(result?.values);
  if (result && seen.messages) {
    return withHolds(
      seen,
      result.holds.map(({ interruptId, hold }) => ({ id: interruptId, value: hold })),
    );
  }
  const state = await runtime.stateOf(principal, threadId);
  return withHolds(valuesToWire(state.values), interruptsOf(state));
}

function withHolds(values: Values, interrupts: readonly Interrupt[]): RunResult {
  return { ...values, ...(interrupts.length > 0 ? { __interrupt__: [...interrupts] } : {}) };
}

function faultToWire({ log }: HttpDeps, error: unknown): { error: string; message: string } {
  const { code, detail } = problemOf(error, log);
  return { error: code, message: detail };
}
