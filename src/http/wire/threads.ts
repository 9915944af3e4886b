// A thread and its state, from the graph's words into LangGraph's wire form.
import type { RunnableConfig } from "@langchain/core/runnables";
import type { StateSnapshot } from "@langchain/langgraph";
import type { JsonObject } from "../../kernel/json.js";
import type { Run } from "../../storage/run-rows.js";
import type { Thread, ThreadActivity } from "../../storage/thread-rows.js";
import type * as wire from "../contract.js";
import { toWire } from "./messages.js";

/** Of the graph's channels, those that are meant for callers. What steers the graph is its own. */
export function valuesToWire(values: unknown): wire.Values {
  const { messages } = (values ?? {}) as { messages?: unknown };
  return messages === undefined ? {} : { messages: toWire(messages) as wire.Message[] };
}

export function interruptsOf(state: StateSnapshot): wire.Interrupt[] {
  return state.tasks.flatMap(({ interrupts }) => toWire(interrupts) as wire.Interrupt[]);
}

export function threadToWire(
  thread: Thread,
  activity: ThreadActivity,
  state: StateSnapshot,
  graphId: string,
): wire.Thread {
  const held = state.tasks.filter(({ interrupts }) => interrupts.length > 0);
  return {
    thread_id: thread.id,
    created_at: thread.createdAt.toISOString(),
    updated_at: thread.updatedAt.toISOString(),
    state_updated_at: state.createdAt ?? thread.updatedAt.toISOString(),
    metadata: { ...thread.metadata, graph_id: graphId, assistant_id: graphId },
    status:
      activity.active > 0 ? "busy" : held.length > 0 ? "interrupted" : activity.error ? "error" : "idle",
    config: {},
    values: valuesToWire(state.values),
    interrupts: Object.fromEntries(
      held.map(({ id, interrupts }) => [id, toWire(interrupts) as wire.Interrupt[]]),
    ),
    error: activity.error && runErrorToWire(activity.error),
  };
}

export function stateToWire(state: StateSnapshot): wire.ThreadState {
  return {
    values: valuesToWire(state.values),
    next: [...state.next],
    tasks: state.tasks.map((task) => ({
      id: task.id,
      name: task.name,
      path: [...(task.path ?? [])],
      error:
        task.error === undefined || task.error === null ? null : messageIn(task.error, "The task failed."),
      interrupts: toWire(task.interrupts) as wire.Interrupt[],
      checkpoint: null,
      state: null,
      result: toWire(task.result ?? null),
    })),
    metadata: (state.metadata as JsonObject | undefined) ?? null,
    created_at: state.createdAt ?? null,
    checkpoint: checkpointToWire(state.config),
    parent_checkpoint: checkpointToWire(state.parentConfig),
  };
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

export function runToWire(run: Run, graphId: string): wire.Run {
  const { input = null, metadata = {} } = run.payload as { input?: unknown; metadata?: JsonObject };
  return {
    run_id: run.id,
    thread_id: run.threadId,
    assistant_id: graphId,
    created_at: run.createdAt.toISOString(),
    updated_at: run.updatedAt.toISOString(),
    status: run.status === "interrupted" ? "success" : run.status,
    metadata,
    kwargs: { input },
    multitask_strategy: "enqueue",
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
