// One run, from its row to its end. It may be the second process that works on it: what the first one wrote stands in
// the checkpoint, and is neither repeated nor lost.
import type { RunnableConfig } from "@langchain/core/runnables";
import type { BaseStore, StateSnapshot } from "@langchain/langgraph";
import type { AnyGraph, ServedGraph } from "../graph/served-graph.js";
import { HoldpointError } from "../kernel/errors.js";
import type { NewId } from "../kernel/ids.js";
import { grantLease, leaseKey } from "../kernel/lease.js";
import type { ReviewStore } from "../review/store.js";
import type { Letters } from "../review/taking-over.js";
import type { FencedSaver } from "../storage/fenced-saver.js";
import type { Run, RunStore } from "../storage/run-rows.js";
import type { Recorder } from "./events.js";
import { restText } from "./left.js";
import { payloadOf, type GraphMode } from "./payload.js";
import { piecesOf, type Piece } from "./pieces.js";
import { keepQuestions, pendingQuestions } from "./questions.js";
import { holdsOf, pendingHolds, type PendingHold } from "./resume.js";
import { inputOf } from "./run-input.js";
import { wireText } from "./wire.js";

export interface WorkDeps {
  graphs: ReadonlyMap<string, ServedGraph>;
  saver: FencedSaver;
  /** The long-term memory of a tenant, for the nodes. */
  memoryOf(tenant: string): BaseStore;
  runs: RunStore;
  reviews: ReviewStore;
  letters: Letters;
  newId: NewId;
  /** Supersteps after which a run that finds no end is stopped. */
  recursionLimit: number;
  /** Who answers the interrupts of graphs that know nothing of Holdpoint. */
  askedOf(graphId: string): { tier: string; roles: string[] };
}

/** An interrupt as clients see it. */
export interface Interrupt {
  id?: string;
  value?: unknown;
}

/** How a thread rests. */
export interface WorkResult {
  values: unknown;
  /** What waits, by task. */
  interrupts: Record<string, Interrupt[]>;
  /** Of these, what is held: for a person, or (parked) to be tried again. */
  holds: PendingHold[];
  /** It has not come to its end: something waits in it, or a caller had it stop. */
  isInterrupted: boolean;
}

/** @param recorder null where nobody wants to see it work. */
export async function work(
  deps: WorkDeps,
  run: Run,
  recorder: Recorder | null,
  stop: AbortController,
): Promise<WorkResult> {
  const served = servedBy(deps, run);
  const graph = await served.open(payloadOf(run).configurable);
  const lost: unknown[] = [];
  const config = configOf(deps, run, {
    signal: stop.signal,
    lost(fault) {
      lost.push(fault);
      stop.abort(fault);
    },
  });
  recorder?.publish({
    event: "metadata",
    namespace: [],
    data: JSON.stringify({ run_id: run.id, thread_id: run.threadId, attempt: run.epoch }),
  });

  const begun = await inputOf(deps, served, graph, run, config);
  let result: WorkResult | null = null;
  if (begun.kind === "start") {
    const options = { ...config, ...begun.options };
    const streaming = stream(served, graph, run, options, begun.value, recorder);
    // It was stopped by this, or had ended before.
    const streamed = await streaming.finally(() => {
      if (lost.length > 0) throw lost[0];
    });
    await deps.reviews.close(run.tenant, begun.fulfils, "resumed");
    if (streamed && served.kind === "plain") await keepQuestions(deps, run, []);
    result = streamed;
  }
  result ??= await stateAtRest(deps, served, graph, run, config);
  if (recorder) for (const event of letterEvents(run, result)) recorder.publish(event);
  recorder?.publish(closing(served, result));
  return result;
}

/** How a thread rests now, with a review open for each question in it. */
export async function stateAtRest(
  deps: WorkDeps,
  served: ServedGraph,
  graph: AnyGraph,
  run: Run,
  config: RunnableConfig,
): Promise<WorkResult> {
  const state = await graph.getState(config);
  if (served.kind === "plain") {
    await keepQuestions(deps, run, await pendingQuestions(deps.saver, config, state));
  }
  return resultOf(state);
}

export function servedBy(deps: WorkDeps, run: Run): ServedGraph {
  const served = deps.graphs.get(run.graphId);
  if (served) return served;
  throw new HoldpointError("not_found", `This process serves no graph "${run.graphId}".`);
}

/** Reading and, under the run's lease, writing its thread. */
export function configOf(
  deps: WorkDeps,
  run: Run,
  working?: { signal: AbortSignal; lost(fault: unknown): void },
): RunnableConfig {
  const { configurable = {}, context, tags, metadata, recursionLimit, ...rest } = payloadOf(run);
  const { durability = "sync" } = rest;
  const waits = durability === "sync";
  return {
    configurable: {
      ...configurable,
      thread_id: run.threadId,
      run_id: run.id,
      graph_id: run.graphId,
      assistant_id: run.assistantId ?? run.graphId,
      [leaseKey]: grantLease({
        tenant: run.tenant,
        threadId: run.threadId,
        principal: run.principal,
        run: { id: run.id, epoch: run.epoch },
        ...(working && run.isFirst ? { thread: { isBlank: true } } : {}),
        durability,
        ...(working && !waits ? { lost: working.lost } : {}),
      }),
      ...(working && !waits ? { [abortSignals]: { externalAbortSignal: working.signal } } : {}),
    },
    metadata: { ...metadata, run_id: run.id },
    recursionLimit: recursionLimit ?? deps.recursionLimit,
    durability,
    store: deps.memoryOf(run.tenant),
    ...(tags ? { tags } : {}),
    ...(context ? { context } : {}),
    ...(rest.interruptBefore ? { interruptBefore: rest.interruptBefore } : {}),
    ...(rest.interruptAfter ? { interruptAfter: rest.interruptAfter } : {}),
    ...(working && waits ? { signal: working.signal } : {}),
  } as RunnableConfig;
}

/**
 * LangGraph's own. A signal that is given as an option ends the stream at once, while the graph behind it still saves
 * where it stands; one that is given under this name ends it when that is done.
 */
const abortSignals = "__pregel_abort_signals";

/** How the thread rests, as far as the stream tells it; null where the checkpoint has to be asked. */
async function stream(
  served: ServedGraph,
  graph: AnyGraph,
  run: Run,
  config: RunnableConfig,
  input: unknown,
  recorder: Recorder | null,
): Promise<WorkResult | null> {
  const wanted = payloadOf(run).stream;
  const modes = new Set<GraphMode>(["values", "tasks", ...(wanted?.modes ?? [])]);
  const seen: Seen = { values: null, interrupts: {}, isInterrupted: false, isBehind: false };
  for await (const piece of piecesOf(graph, input, { modes: [...modes], runId: run.id, config })) {
    if (piece.namespace.length === 0) look(seen, piece);
    if (recorder && wanted && isWanted(piece, wanted)) recorder.publish(eventOf(served, piece));
  }
  switch (served.kind) {
    case "agent":
      if (!seen.isInterrupted) return { ...seen, holds: [] };
      break;
    case "plain":
      // What was asked before stands beside the checkpoint, and so does what is asked now.
      if (seen.isInterrupted || !isKeptWhole(graph)) return null;
  }
  // The values that streamed lack what siblings of a hold have said in the same step, and what nobody is shown.
  if (seen.values === null || seen.isBehind) return null;
  return { ...seen, holds: holdsOf(Object.values(seen.interrupts).flat()) };
}

/** What a graph shows of its state as it streams is then what the checkpoint has of it. */
function isKeptWhole({ channels }: AnyGraph): boolean {
  return Object.values(channels).every(({ lc_graph_name: kind }) => kind !== "UntrackedValue");
}

interface Seen extends Pick<WorkResult, "values" | "interrupts" | "isInterrupted"> {
  /** A task has ended since the values streamed. */
  isBehind: boolean;
}

function look(seen: Seen, piece: Piece): void {
  if (hasInterrupt(piece)) {
    seen.isInterrupted = true;
  } else if (piece.mode === "values") {
    seen.values = piece.data;
    seen.isBehind = false;
  } else if (piece.mode === "tasks") {
    const { id, interrupts } = piece.data as { id: string; interrupts?: Interrupt[] };
    // A task is told of twice: at its beginning, with its input, and at its end, with what came of it.
    if ("input" in (piece.data as object)) return;
    if (interrupts && interrupts.length > 0) {
      seen.interrupts[id] = interrupts;
      seen.isInterrupted = true;
    } else seen.isBehind = true;
  }
}

function hasInterrupt({ mode, data }: Piece): boolean {
  return (
    (mode === "updates" || mode === "values") &&
    typeof data === "object" &&
    data !== null &&
    "__interrupt__" in data
  );
}

function isWanted(piece: Piece, { modes, subgraphs }: { modes: GraphMode[]; subgraphs: boolean }): boolean {
  if (!modes.includes(piece.mode)) return false;
  // The values at an interrupt follow, whole, when the run rests.
  if (piece.mode === "values" && piece.namespace.length === 0 && hasInterrupt(piece)) return false;
  return subgraphs || graphOf(piece).length === 0;
}

/** The graph a piece comes from: messages name the task beside it, `["agent:1"]`, which is a node of the root. */
function graphOf({ mode, namespace }: Piece): readonly string[] {
  return mode === "messages" ? namespace.slice(0, -1) : namespace;
}

function eventOf(served: ServedGraph, piece: Piece) {
  const isState = piece.mode === "values" && piece.namespace.length === 0;
  return {
    event: piece.mode,
    namespace: graphOf(piece),
    data: wireText(isState ? served.shown(piece.data) : piece.data),
  };
}

/** What a person wrote who leads the conversation, as a model's message streams. */
function letterEvents(run: Run, { values }: WorkResult) {
  const { tells = [], stream: wanted } = payloadOf(run);
  const { messages = [] } = Object(values) as { messages?: { id?: string }[] };
  if (!wanted?.modes.includes("messages")) return [];
  return messages
    .filter(({ id = "" }) => tells.includes(id))
    .map((message) => ({
      event: "messages" as const,
      namespace: [],
      data: wireText([message, { langgraph_node: "agent", run_id: run.id }]),
    }));
}

function closing(served: ServedGraph, result: WorkResult) {
  return { event: "values", namespace: [], data: restText(served, result) };
}

export function resultOf(state: StateSnapshot): WorkResult {
  const waiting = state.tasks.filter(({ interrupts }) => interrupts.length > 0);
  return {
    values: state.values,
    interrupts: Object.fromEntries(waiting.map(({ id, interrupts }) => [id, [...interrupts]])),
    holds: pendingHolds(state),
    isInterrupted: waiting.length > 0 || state.next.length > 0,
  };
}
