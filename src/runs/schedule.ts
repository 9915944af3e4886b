// When a cron is due. The library reads the expression; what it takes beside five fields is not taken here.
import { Cron } from "croner";
import { HoldpointError, messageOf } from "../kernel/errors.js";

export interface Schedule {
  /** Five fields, or @hourly and its like. */
  schedule: string;
  /** An IANA name; null: UTC. */
  timezone: string | null;
  endTime: Date | null;
}

/** The first time after `after`; null where the schedule has ended by then. Throws `request_invalid`. */
export function nextTime({ schedule, timezone, endTime }: Schedule, after: Date): Date | null {
  const fields = schedule.trim().split(/\s+/);
  // A sixth field is seconds: before the others for some programs, behind them for LangGraph's. A lone date is no cron.
  if (fields.length !== 5 && !(fields.length === 1 && schedule.trim().startsWith("@")))
    throw wrong(schedule, `it has ${fields.length} fields instead of minute, hour, day, month and weekday`);
  checkTimezone(timezone);
  const next = readNext(schedule, timezone ?? "UTC", after);
  if (!next) throw wrong(schedule, "no such time ever comes");
  return endTime !== null && next > endTime ? null : next;
}

function readNext(schedule: string, timezone: string, after: Date): Date | null {
  try {
    return new Cron(schedule, { timezone, mode: "5-part", paused: true }).nextRun(after);
  } catch (error) {
    throw wrong(schedule, messageOf(error).replace(/^CronPattern: /, ""));
  }
}

function checkTimezone(timezone: string | null): void {
  if (timezone === null) return;
  try {
    Intl.DateTimeFormat("en", { timeZone: timezone });
  } catch {
    throw new HoldpointError(
      "request_invalid",
      `"${timezone}" is no time zone this server knows. Send an IANA name, such as "Europe/Berlin".`,
      { details: { errors: [{ path: "timezone", message: "is no time zone" }] } },
    );
  }
}

function wrong(schedule: string, why: string): HoldpointError {
  return new HoldpointError(
    "request_invalid",
    `The schedule "${schedule}" cannot be kept: ${why}. Send a cron expression of five fields, such as "0 9 * * 1-5".`,
    { details: { errors: [{ path: "schedule", message: why }] } },
  );
}
