// A thread and its state, from the graph's words into LangGraph's wire form.
import type { RunnableConfig } from "@langchain/core/runnables";
import type { StateSnapshot } from "@langchain/langgraph";
import type { JsonObject } from "../../kernel/json.js";
import type { Thread, ThreadActivity } from "../../storage/thread-rows.js";
import type * as wire from "../contract.js";
import type { ServedGraph } from "../../graph/served-graph.js";
import { resultOf, type WorkResult } from "../../runs/work.js";
import { toWire } from "../../runs/wire.js";

/** Of the graph's channels, those that are meant for callers. */
export function valuesToWire(served: ServedGraph | undefined, values: unknown): wire.Values {
  return (served ? toWire(served.shown(values)) : {}) as wire.Values;
}

/** How a thread rests, as the answer to a run. */
export function restToWire(
  served: ServedGraph | undefined,
  { values, interrupts }: WorkResult,
): wire.RunResult {
  const waiting = toWire(Object.values(interrupts).flat()) as wire.Interrupt[];
  return { ...valuesToWire(served, values), ...(waiting.length > 0 ? { __interrupt__: waiting } : {}) };
}

export function stateResult(served: ServedGraph | undefined, state: StateSnapshot): wire.RunResult {
  return restToWire(served, resultOf(state));
}

/** @param state where its values are to be told; else they are not. */
export function threadToWire(
  thread: Thread,
  served: ServedGraph | undefined,
  state: StateSnapshot | null,
  activity?: ThreadActivity,
): wire.Thread {
  const rest = state && resultOf(state);
  const interrupts = rest ? (toWire(rest.interrupts) as wire.Thread["interrupts"]) : thread.interrupts;
  return {
    thread_id: thread.id,
    created_at: thread.createdAt.toISOString(),
    updated_at: thread.updatedAt.toISOString(),
    state_updated_at: state?.createdAt ?? thread.updatedAt.toISOString(),
    metadata: { ...thread.metadata, ...(thread.graphId === null ? {} : { graph_id: thread.graphId }) },
    status: thread.status,
    config: {},
    values: rest ? valuesToWire(served, rest.values) : thread.values,
    interrupts: interrupts as wire.Thread["interrupts"],
    error: activity?.error ? runErrorToWire(activity.error) : null,
    ...(thread.ttlMinutes === null ? {} : { ttl: ttlToWire(thread.ttlMinutes, thread.updatedAt) }),
  };
}

function ttlToWire(minutes: number, since: Date): NonNullable<wire.Thread["ttl"]> {
  const expiresAt = new Date(since.getTime() + minutes * 60_000);
  return { strategy: "delete", ttl_minutes: minutes, expires_at: expiresAt.toISOString() };
}

export function stateToWire(served: ServedGraph | undefined, state: StateSnapshot): wire.ThreadState {
  return {
    ...snapshotToWire(state),
    values: valuesToWire(served, state.values),
  };
}

function snapshotToWire(state: StateSnapshot): wire.ThreadState {
  return {
    values: toWire(state.values) as wire.Values,
    next: [...state.next],
    tasks: state.tasks.map((task) => ({
      id: task.id,
      name: task.name,
      path: [...(task.path ?? [])],
      error:
        task.error === undefined || task.error === null ? null : messageIn(task.error, "The task failed."),
      interrupts: toWire(task.interrupts) as wire.Interrupt[],
      checkpoint: isConfig(task.state) ? checkpointToWire(task.state) : null,
      state: task.state && !isConfig(task.state) ? snapshotToWire(task.state) : null,
      result: toWire(task.result ?? null),
    })),
    metadata: (state.metadata as JsonObject | undefined) ?? null,
    created_at: state.createdAt ?? null,
    checkpoint: checkpointToWire(state.config),
    parent_checkpoint: checkpointToWire(state.parentConfig),
  };
}

/** The state of a task's own graph, or only where it is to be found. */
function isConfig(state: unknown): state is RunnableConfig {
  return typeof state === "object" && state !== null && "configurable" in state;
}

/** By name, because a config also carries what must not leave the process. */
export function checkpointToWire(config: RunnableConfig | undefined): wire.Checkpoint | null {
  const { thread_id, checkpoint_id, checkpoint_ns, checkpoint_map } = config?.configurable ?? {};
  if (typeof thread_id !== "string" || typeof checkpoint_id !== "string") return null;
  return {
    thread_id,
    checkpoint_id,
    checkpoint_ns: typeof checkpoint_ns === "string" ? checkpoint_ns : "",
    checkpoint_map: (checkpoint_map as JsonObject | undefined) ?? null,
  };
}

export function runErrorToWire(error: JsonObject): { error: string; message: string } {
  return {
    error: typeof error["code"] === "string" ? error["code"] : "run_failed",
    message: messageIn(error, "The run failed."),
  };
}

function messageIn(error: unknown, otherwise: string): string {
  const { message } = Object(error) as { message?: unknown };
  return typeof message === "string" ? message : otherwise;
}
