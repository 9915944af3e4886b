// A run in LangGraph's words, as its routes answer it and its webhooks tell it.
import type { Run, RunStatus } from "../storage/run-rows.js";

export function runToWire(run: Run) {
  const { payload } = run;
  return {
    run_id: run.id,
    thread_id: run.threadId,
    assistant_id: run.assistantId ?? run.graphId,
    created_at: run.createdAt.toISOString(),
    updated_at: run.updatedAt.toISOString(),
    status: statusToWire[run.status],
    metadata: run.metadata,
    kwargs: { input: payload["input"] ?? null, command: payload["command"] ?? null },
    multitask_strategy: run.strategy,
  };
}

/** LangGraph calls a run that ended at an interrupt a success, and one that was cancelled interrupted. */
const statusToWire = {
  pending: "pending",
  running: "running",
  success: "success",
  interrupted: "success",
  error: "error",
  cancelled: "interrupted",
} as const satisfies Record<RunStatus, string>;

export function statusesFromWire(status: string): RunStatus[] {
  return (Object.keys(statusToWire) as RunStatus[]).filter((ours) => statusToWire[ours] === status);
}
