// From the rows of crons to LangGraph's words.
import { runOf } from "../../runs/crons.js";
import type { Cron } from "../../storage/cron-rows.js";
import { builtInId } from "../built-in-assistants.js";
import type * as wire from "../contract/cron.js";

export function cronToWire(cron: Cron): wire.Cron {
  const assistantId = cron.assistantId ?? builtInId(cron.graphId);
  return {
    cron_id: cron.id,
    assistant_id: assistantId,
    thread_id: cron.threadId,
    on_run_completed: cron.onRunCompleted,
    end_time: cron.endTime?.toISOString() ?? null,
    schedule: cron.schedule,
    timezone: cron.timezone,
    created_at: cron.createdAt.toISOString(),
    updated_at: cron.updatedAt.toISOString(),
    payload: { ...runOf(cron), assistant_id: assistantId },
    user_id: cron.principal.id,
    next_run_date: cron.nextRun?.toISOString() ?? null,
    metadata: cron.metadata,
    enabled: cron.enabled,
  };
}
