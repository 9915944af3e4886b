// What happened, in the words in which it is told.
import type { JsonObject } from "../kernel/json.js";
import { runToWire } from "../runs/run-wire.js";
import type { AutonomyAlarmed, Noted, RunEnded, Webhook } from "../storage/webhook-rows.js";

export interface Told {
  contentType: string;
  body: JsonObject;
}

export function toldOf({ eventId, tenant, happening }: Webhook, sentAt: Date): Told {
  switch (happening.event) {
    case "run.ended":
      return { contentType: "application/json", body: runEnded(happening, sentAt) };
    case "autonomy.alarmed":
      return cloudEvent(eventId, happening.at, alarmed(happening, tenant));
    case "noted":
      return cloudEvent(eventId, happening.at, noted(happening, tenant));
  }
}

/** As LangGraph's servers tell it. */
function runEnded({ run, startedAt, endedAt, values }: RunEnded, sentAt: Date): JsonObject {
  return {
    ...runToWire(run),
    run_started_at: startedAt?.toISOString() ?? null,
    run_ended_at: endedAt?.toISOString() ?? null,
    webhook_sent_at: sentAt.toISOString(),
    values,
    ...(run.error ? { error: run.error["message"] ?? null } : {}),
  };
}

/** CloudEvents 1.0, in structured mode: https://github.com/cloudevents/spec */
function cloudEvent(id: string, at: Date, about: JsonObject): Told {
  return {
    contentType: "application/cloudevents+json",
    body: { specversion: "1.0", id, time: at.toISOString(), datacontenttype: "application/json", ...about },
  };
}

function noted({ name, entry, data }: Noted, tenant: string): JsonObject {
  return {
    type: `holdpoint.${name}`,
    ...whereOf(name, data),
    data: { tenant, ...data, ...byWhom(entry), ...alsoTold(name, entry) },
  };
}

function byWhom({ by, byKind }: JsonObject): JsonObject {
  return by === undefined ? {} : { by: { id: by, kind: byKind ?? null } };
}

function alsoTold(name: Noted["name"], entry: JsonObject): JsonObject {
  const { from = null, to = null, toPerson, toTier = null, until = null, decision = null } = entry;
  switch (name) {
    case "review.handed_on":
      return { to: toPerson === undefined ? { tier: toTier } : { person: toPerson } };
    case "review.commented":
      return { to };
    case "review.extended":
      return { until };
    case "review.escalated":
    case "review.split":
      return { from, to };
    case "review.undone":
      return { decision };
    case "review.decided":
      return { decision, approvalId: entry["approvalId"] ?? null, undoUntil: entry["undoUntil"] ?? null };
    case "review.opened":
    case "review.claimed":
    case "review.released":
    case "review.parked":
    case "review.expired":
    case "review.superseded":
    case "execution.succeeded":
    case "execution.failed":
    case "execution.unknown":
    case "policy.changed":
    case "autonomy.alarmed":
      return {};
  }
}

/** Which door it is about, and what there. */
function whereOf(name: Noted["name"], data: JsonObject): JsonObject {
  if (name === "policy.changed") return { source: "/policies", subject: data["agent"] ?? null };
  return name.startsWith("execution.")
    ? { source: "/executions", subject: data["executionId"] ?? null }
    : { source: "/reviews", subject: data["reviewId"] ?? null };
}

function alarmed({ kind, agent, tool, model, promise, at }: AutonomyAlarmed, tenant: string): JsonObject {
  const { maxError, confidence } = promise;
  return {
    type: "holdpoint.autonomy.alarmed",
    source: "/autonomy",
    subject: kind,
    data: { tenant, kind, agent, tool, model, maxError, confidence, withdrawnAt: at.toISOString() },
  };
}
