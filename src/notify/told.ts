// What happened, in the words in which it is told.
import type { JsonObject } from "../kernel/json.js";
import { runToWire } from "../runs/run-wire.js";
import type { Happening } from "../storage/webhook-rows.js";

export function toldOf(happening: Happening, sentAt: Date): JsonObject {
  switch (happening.event) {
    case "run.ended": {
      // As LangGraph's servers tell it.
      const { run, startedAt, endedAt, values } = happening;
      return {
        ...runToWire(run),
        run_started_at: startedAt?.toISOString() ?? null,
        run_ended_at: endedAt?.toISOString() ?? null,
        webhook_sent_at: sentAt.toISOString(),
        values,
        ...(run.error ? { error: run.error["message"] ?? null } : {}),
      };
    }
  }
}
