// One run, from its row to its end. It may be the second process that works on it: what the first one wrote stands in
// the checkpoint, and is neither repeated nor lost.
import type { RunnableConfig } from "@langchain/core/runnables";
import { Command } from "@langchain/langgraph";
import type { GuardedGraph } from "../graph/guarded-graph.js";
import { parseInput } from "../graph/input.js";
import type { NewId } from "../kernel/ids.js";
import type { JsonObject } from "../kernel/json.js";
import { grantLease, leaseKey } from "../kernel/lease.js";
import type { ReviewStore } from "../review/store.js";
import type { Run, RunStore } from "../storage/run-rows.js";
import type { RunEvents } from "./events.js";
import { holdsOf, pendingHolds, wakeTokens, type PendingHold } from "./resume.js";

export interface WorkDeps {
  graph: GuardedGraph;
  runs: RunStore;
  reviews: ReviewStore;
  events: RunEvents;
  newId: NewId;
  /** Supersteps after which a run that finds no end is stopped. */
  recursionLimit: number;
}

export interface WorkResult {
  /** The graph's state at the end; null where nothing had to be done, or where something is held. */
  values: unknown;
  /** What waits: for a person, or (parked) to be tried again. */
  holds: PendingHold[];
}

export async function work(deps: WorkDeps, run: Run, signal: AbortSignal): Promise<WorkResult> {
  const config = configOf(deps, run, signal);
  const input = await inputOf(deps, run, config);
  if (input.kind === "nothing") return { values: null, holds: input.holds };

  let values: unknown = null;
  const holds = new Map<string, PendingHold>();
  const streamed = deps.events.isOpen(run.id);
  const streamMode = streamed
    ? (["values", "updates", "messages", "custom"] as const)
    : (["values", "updates"] as const);
  const stream = await deps.graph.stream(input.value, {
    ...config,
    streamMode: [...streamMode],
    subgraphs: true,
  });
  for await (const [namespace, mode, data] of stream as AsyncIterable<[string[], string, unknown]>) {
    if (mode === "values" && namespace.length === 0) values = data;
    for (const hold of mode === "updates" ? holdsIn(data) : []) holds.set(hold.interruptId, hold);
    if (streamed) deps.events.publish(run.id, { event: mode, namespace, data });
  }
  // What streams at an interrupt lacks what its finished siblings have said; the checkpoint has it.
  return { values: holds.size === 0 ? values : null, holds: [...holds.values()] };
}

function configOf(deps: WorkDeps, run: Run, signal: AbortSignal): RunnableConfig {
  const given = (run.payload["configurable"] ?? {}) as JsonObject;
  return {
    configurable: {
      ...given,
      thread_id: run.threadId,
      [leaseKey]: grantLease({
        tenant: run.tenant,
        threadId: run.threadId,
        principal: run.principal,
        run: { id: run.id, epoch: run.epoch },
      }),
    },
    metadata: { run_id: run.id },
    recursionLimit: deps.recursionLimit,
    signal,
  };
}

type Input =
  | { kind: "start"; value: Parameters<GuardedGraph["stream"]>[0] }
  | { kind: "nothing"; holds: PendingHold[] };

async function inputOf(deps: WorkDeps, run: Run, config: RunnableConfig): Promise<Input> {
  switch (run.kind) {
    case "input":
      // An earlier process may have got as far as the first checkpoint with this run's input.
      if (run.epoch > 1 && (await deps.runs.hasBegun(run))) return { kind: "start", value: null };
      return { kind: "start", value: parseInput(run.payload["input"], deps.newId) };
    case "resume":
      return resumption(deps, run, config);
    case "direct":
      // Its caller is gone. What it had begun is finished; a state update has nothing to finish.
      if (run.payload["operation"] === "update") return { kind: "nothing", holds: [] };
      return { kind: "start", value: null };
  }
}

async function resumption(deps: WorkDeps, run: Run, config: RunnableConfig): Promise<Input> {
  const state = await deps.graph.getState(config);
  const pending = pendingHolds(state);
  const resume = await wakeTokens(deps.reviews, run.tenant, pending);
  if (Object.keys(resume).length > 0) return { kind: "start", value: new Command({ resume }) };
  const unfinished = state.tasks.some((task) => task.interrupts.length === 0);
  if (unfinished) return { kind: "start", value: null };
  await deps.runs.closeOrphans(
    run.tenant,
    run.threadId,
    pending.flatMap(({ hold }) => hold.holdpoint.reviewId ?? []),
  );
  return { kind: "nothing", holds: pending };
}

function holdsIn(update: unknown): PendingHold[] {
  if (typeof update !== "object" || update === null || !("__interrupt__" in update)) return [];
  return holdsOf((update as { __interrupt__: { id?: string; value?: unknown }[] }).__interrupt__);
}
