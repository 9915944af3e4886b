// One run as the protocol tells it: it runs, what it emits, how it ended. All of it can be told again.
import type { JsonObject } from "../../kernel/json.js";
import type { Principal } from "../../kernel/principal.js";
import { start } from "../../runs/events.js";
import type { Run, RunStatus } from "../../storage/run-rows.js";
import type { HttpDeps } from "../deps.js";
import { runErrorToWire, stateResult } from "../wire/threads.js";
import type { Ending } from "./namespaces.js";
import type { Told } from "./told.js";
import { createTranslator } from "./translate.js";

export interface WatchedRun {
  principal: Principal;
  run: Run;
  /** Is it the thread's last one? The state of the thread is then how it left it. */
  isLast: () => Promise<boolean>;
  signal: AbortSignal;
}

export async function* runEvents(deps: HttpDeps, watched: WatchedRun): AsyncGenerator<Told> {
  const { principal, run, isLast, signal } = watched;
  const { runs, events, reviews, graphs } = deps.runtime;
  const { tenant } = principal;
  const translator = createTranslator(reviews, run, graphs.get(run.graphId)?.kind ?? "plain");
  let isShown = false;

  yield ofRoot(run, { event: "running" });
  for await (const event of events.watch(run, start, signal)) {
    isShown ||= event.event === "values" && event.namespace.length === 0;
    yield* await translator.next(event);
  }
  if (signal.aborted) return;

  // Taken back, a run is no more, and the thread as it was before.
  const ended = await runs.find(tenant, run.id);
  const as = ended ? endings[ended.status] : "interrupted";
  const isResting = !ended || ended.status === "success" || ended.status === "interrupted";
  const needsRest = isResting && (!ended || !isShown) && (await isLast());
  if (needsRest) yield* translator.rest(await restOf(deps, principal, run));
  yield* translator.end(as);
  const error = ended?.error ? { error: runErrorToWire(ended.error).message } : {};
  yield ofRoot(run, { event: as, ...error });
}

/** A run that has not begun, and will not before somebody decides what is held: this is what it waits for. */
export async function* heldBackEvents(deps: HttpDeps, principal: Principal, run: Run): AsyncGenerator<Told> {
  const { reviews, graphs } = deps.runtime;
  const translator = createTranslator(reviews, run, graphs.get(run.graphId)?.kind ?? "plain");
  yield* translator.rest(await restOf(deps, principal, run));
  yield ofRoot(run, { event: "interrupted" });
}

/** LangGraph has no word for a run that somebody stopped: it is interrupted, and asks nothing. */
const endings = {
  // Given back, or held back: it is interrupted until it is taken up again.
  pending: "interrupted",
  running: "interrupted",
  success: "completed",
  interrupted: "interrupted",
  error: "failed",
  cancelled: "interrupted",
} as const satisfies Record<RunStatus, Ending>;

async function restOf(
  { runtime }: HttpDeps,
  principal: Principal,
  { threadId, graphId }: Run,
): Promise<JsonObject> {
  const state = await runtime.stateOf(principal, { threadId, graphId });
  return stateResult(runtime.graphs.get(graphId), state) as JsonObject;
}

function ofRoot({ graphId }: Run, data: { event: "running" | Ending; error?: string }): Told {
  return { method: "lifecycle", namespace: [], data: { ...data, graph_name: graphId } };
}
