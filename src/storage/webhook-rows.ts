// The outbox: what addresses outside are to be told. What is written here is sent at least once, whatever dies.
import { eventNames, type EventName } from "../kernel/event-names.js";
import type { Json, JsonObject } from "../kernel/json.js";
import type { Target } from "../policies/certify.js";
import type { Database } from "./database.js";
import { rowToRun, type Run, type RunRow } from "./run-record.js";

/** What happened. */
export type Happening = RunEnded | AutonomyAlarmed | Noted;

export interface RunEnded {
  event: "run.ended";
  run: Run;
  startedAt: Date | null;
  endedAt: Date | null;
  /** How its thread rested, as whoever waits for a run is told; null where nobody looked. */
  values: Json;
}

/** Calls of a kind no longer run by themselves: of those that did, more were wrong than may be. */
export interface AutonomyAlarmed {
  event: "autonomy.alarmed";
  kind: string;
  agent: string;
  tool: string;
  model: string;
  promise: Target;
  at: Date;
}

/** What else operators' addresses are told, in the form in which migration 0041 writes it. */
export interface Noted {
  event: "noted";
  name: EventName;
  at: Date;
  /** Of the ledger. */
  entry: JsonObject;
  data: JsonObject;
}

/** As they stand in the column. */
const events = ["run.ended", ...eventNames] as const;

export interface Webhook {
  tenant: string;
  /** Of what happened: the same at each attempt. */
  eventId: string;
  url: string;
  happening: Happening;
  /** This is the so-manieth. */
  attempt: number;
}

export interface WebhookStore {
  /** Takes what is due, of every tenant, for the caller alone: for so long, or until it is settled. */
  claim(limit: number, leaseMs: number): Promise<Webhook[]>;
  /** It has arrived, and is gone from here. */
  taken(webhook: Webhook): Promise<void>;
  tryAgain(webhook: Webhook, afterMs: number, why: string): Promise<void>;
  /** It is not tried again, and kept for who asks. */
  giveUp(webhook: Webhook, why: string): Promise<void>;
  /** Forgets what was given up so long ago. */
  forgetFailed(olderThanMs: number): Promise<void>;
}

/**
 * The webhooks of runs, in the statement that ends them.
 * @param ended names their rows; `values` is SQL.
 */
export const tellOfEnd = (ended: string, values = "null"): string => `insert into holdpoint.webhooks
    (tenant_id, event_id, url, event, payload)
  select e.tenant_id, 'run_ended_' || e.run_id, w.url, 'run.ended', jsonb_build_object('run', to_jsonb(e), 'values', ${values})
  from ${ended} e, unnest(e.webhooks) w (url)
  on conflict do nothing`;

export function createWebhookStore(db: Database): WebhookStore {
  /** Changes nothing for a process that took so long that another one has taken the row over. */
  const settle = async (statement: string, { tenant, eventId, url, attempt }: Webhook, more: unknown[]) => {
    const own = "where event_id = $1 and url = $2 and attempts = $3 and state = 'pending'";
    await db.once({ tenant }, `${statement} ${own}`, [eventId, url, attempt, ...more]);
  };

  return {
    async claim(limit, leaseMs) {
      const rows = await db.once<WebhookRow>(
        "worker",
        `/* webhook.claim */ with due as (
           select tenant_id, event_id, url from holdpoint.webhooks
           -- What a newer version writes is for it to tell.
           where state = 'pending' and next_attempt_at <= now() and event = any ($3)
           order by next_attempt_at limit $1 for update skip locked)
         update holdpoint.webhooks w
         set attempts = attempts + 1, next_attempt_at = now() + make_interval(secs => $2)
         from due where w.tenant_id = due.tenant_id and w.event_id = due.event_id and w.url = due.url
         returning w.*`,
        [limit, leaseMs / 1000, events],
      );
      return rows.map(rowToWebhook);
    },

    taken: (webhook) => settle("/* webhook.taken */ delete from holdpoint.webhooks", webhook, []),

    tryAgain: (webhook, afterMs, why) =>
      settle(
        `/* webhook.again */ update holdpoint.webhooks
         set next_attempt_at = now() + make_interval(secs => $4), last_error = $5`,
        webhook,
        [afterMs / 1000, why],
      ),

    giveUp: (webhook, why) =>
      settle(
        "/* webhook.give-up */ update holdpoint.webhooks set state = 'failed', failed_at = now(), last_error = $4",
        webhook,
        [why],
      ),

    async forgetFailed(olderThanMs) {
      await db.once(
        "worker",
        `/* webhook.forget */ delete from holdpoint.webhooks
         where state = 'failed' and failed_at < now() - make_interval(secs => $1)`,
        [olderThanMs / 1000],
      );
    },
  };
}

interface WebhookRow {
  tenant_id: string;
  event_id: string;
  url: string;
  event: (typeof events)[number];
  payload: JsonObject;
  attempts: number;
}

function rowToWebhook(row: WebhookRow): Webhook {
  return {
    tenant: row.tenant_id,
    eventId: row.event_id,
    url: row.url,
    happening: happeningOf(row),
    attempt: row.attempts,
  };
}

function happeningOf({ event, payload }: WebhookRow): Happening {
  if (event === "run.ended") return runEnded(payload as unknown as RunEndedPayload);
  if (event === "autonomy.alarmed") {
    const alarmed = payload as unknown as Omit<AutonomyAlarmed, "event" | "at"> & { at: string };
    return { ...alarmed, event, at: new Date(alarmed.at) };
  }
  const { at, entry, data } = payload as { at: string; entry: JsonObject; data: JsonObject };
  return { event: "noted", name: event, at: new Date(at), entry, data };
}

interface RunEndedPayload {
  run: JsonObject;
  values: Json;
}

function runEnded({ run, values }: RunEndedPayload): RunEnded {
  const time = (name: string): Date | null => (typeof run[name] === "string" ? new Date(run[name]) : null);
  const times = {
    created_at: time("created_at"),
    started_at: time("started_at"),
    ended_at: time("ended_at"),
  };
  return {
    event: "run.ended",
    run: rowToRun({ ...run, ...times } as unknown as RunRow),
    startedAt: times.started_at,
    endedAt: times.ended_at,
    values,
  };
}
