// What somebody is about to approve in advance, as they type it, and what is asked of the server then.
import type { Review, StandingRequest } from "../api.js";
import { serverNow } from "../clock.js";
import { conditionOf } from "./words.js";

export const week = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Day = (typeof week)[number];

/** Texts of fields; what is empty bounds nothing. */
export interface Draft {
  when: string;
  count: string;
  maxAmount: string;
  perCall: string;
  daysLeft: string;
  isHere: boolean;
  cron: string;
  hours: DraftHours | CalendarName | null;
  reason: string;
}

/** One of the policy's. */
type CalendarName = string;

export interface DraftHours {
  days: readonly Day[];
  from: string;
  to: string;
  zone: string;
}

export function draftFor(review: Review): Draft {
  return {
    when: conditionOf(review),
    count: "10",
    maxAmount: "",
    perCall: "",
    daysLeft: "7",
    isHere: false,
    cron: "",
    hours: null,
    reason: "",
  };
}

/** By the reader's own clock; they may write another zone. */
export function officeHours(): DraftHours {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  return { days: week.slice(0, 5), from: "09:00", to: "17:00", zone: timeZone };
}

const dayMs = 86_400_000;

export function askedFrom({ tool, graphId, tier, threadId }: Review, draft: Draft): StandingRequest {
  const { when, count, maxAmount, perCall, daysLeft, isHere, cron, hours, reason } = draft;
  return {
    tool,
    agent: graphId,
    tier,
    maxCount: Number(count),
    until: new Date(serverNow() + Number(daysLeft) * dayMs).toISOString(),
    reason: reason.trim(),
    ...(when.trim() === "" ? {} : { when: when.trim() }),
    ...(maxAmount === "" ? {} : { maxAmount: Number(maxAmount) }),
    ...(perCall === "" ? {} : { perCall: Number(perCall) }),
    ...(isHere ? { threadId } : {}),
    ...(cron.trim() === "" ? {} : { cron: cron.trim() }),
    ...(hours === null
      ? {}
      : { hours: typeof hours === "string" ? hours : { ...hours, days: [...hours.days] } }),
  };
}
