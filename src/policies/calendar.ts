// When somebody is there: hours of the day, days of the week, holidays, in a zone of the world. Pure: whoever asks says when.
import { IANAZone } from "luxon";
import { isHoliday, type HolidaysOf } from "./holidays.js";

/** As they are written; the first is 1. */
export const weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

export interface Calendar extends OpenHours {
  readonly name: string;
}

export interface OpenHours {
  readonly zone: string;
  /** 1 is Monday, 7 is Sunday. A shift over midnight belongs to the day it begins on. */
  readonly days: readonly number[];
  /** Minutes after midnight, from 0 to 1439. */
  readonly from: number;
  /** From 1 to 1440; not later than `from`: on the next day. */
  readonly to: number;
  readonly holidays: HolidaysOf | null;
  /** Days beside these on which nobody is there, as 2026-12-24. */
  readonly closed: readonly string[];
}

const minuteMs = 60_000;
const dayMs = 86_400_000;
/** Nobody waits longer for it to open: a calendar that is closed for longer is refused where it is read. */
const longestDays = 366;

/** When `ms` of its hours are over, of those after `at`. */
export function afterHours(calendar: OpenHours, at: Date, ms: number): Date {
  let left = ms;
  for (const { opens, closes } of openings(calendar, at)) {
    const begins = Math.max(opens, at.getTime());
    if (closes - begins >= left) return new Date(begins + left);
    left -= closes - begins;
  }
  return new Date(at.getTime() + longestDays * dayMs);
}

/** When it closes next, `by` at the latest; `at` itself where it is closed then. */
export function closingBy(calendar: OpenHours, at: Date, by: Date): Date {
  let open = at.getTime();
  for (const { opens, closes } of openings(calendar, at)) {
    // Of a day without a night between, the next begins as it ends.
    if (opens > open || open >= by.getTime()) break;
    open = closes;
  }
  return new Date(Math.min(open, by.getTime()));
}

/** When it opens next; null where it is open. */
export function opensNext(calendar: OpenHours, at: Date): Date | null {
  for (const { opens } of openings(calendar, at)) return opens > at.getTime() ? new Date(opens) : null;
  return new Date(at.getTime() + longestDays * dayMs);
}

/** The first day of more than a year without any hours; null where there is none. */
export function closedForAYear(calendar: OpenHours): string | null {
  const closed = calendar.closed.toSorted();
  const [first, last] = [closed[0] ?? anyDay, closed.at(-1) ?? anyDay];
  let at = Date.parse(first) - 2 * dayMs;
  const end = Date.parse(last) + 2 * dayMs;
  while (at <= end) {
    const [next] = openings(calendar, new Date(at));
    if (!next) return dateOf(at);
    at = next.closes;
  }
  return null;
}

const anyDay = "2026-01-01";

interface Opening {
  opens: number;
  closes: number;
}

/** Those that are not over at `at`, in their order and apart; they end where it does not open for more than a year. */
function* openings(calendar: OpenHours, at: Date): Generator<Opening, void> {
  const { from, to } = calendar;
  let last = -Infinity;
  // The day before yesterday: over midnight, and in a zone that is ahead.
  let day = Math.floor(at.getTime() / dayMs) * dayMs - 2 * dayMs;
  for (let empty = -3; empty < longestDays; empty += 1, day += dayMs) {
    if (!isWorked(calendar, day)) continue;
    const opens = earliest(calendar, day + from * minuteMs);
    const closes = latest(calendar, day + (to > from ? to : to + 24 * 60) * minuteMs);
    // A clock that is put back at midnight shows the end of one day after the beginning of the next.
    const begins = Math.max(opens, last);
    if (closes <= begins || closes <= at.getTime()) continue;
    yield { opens: begins, closes };
    last = closes;
    empty = 0;
  }
}

/** @param day midnight of it, as if it were in UTC */
function isWorked({ days, closed, holidays }: OpenHours, day: number): boolean {
  const weekday = new Date(day).getUTCDay() || 7;
  if (!days.includes(weekday)) return false;
  const date = dateOf(day);
  return !closed.includes(date) && !(holidays && isHoliday(holidays, date));
}

function dateOf(day: number): string {
  return new Date(day).toISOString().slice(0, 10);
}

/** Of a time that clocks show twice, the first; of one that they leave out, the moment at which they are put forward. */
function earliest({ zone }: OpenHours, local: number): number {
  const { before, after } = around(zone, local);
  const shown = [before, after].filter((one) => isShown(zone, one, local));
  return shown.length > 0 ? Math.min(...shown) : changeBetween(zone, after, before);
}

/** Of a time that clocks show twice, the second: a shift is the longer for it. */
function latest({ zone }: OpenHours, local: number): number {
  const { before, after } = around(zone, local);
  const shown = [before, after].filter((one) => isShown(zone, one, local));
  return shown.length > 0 ? Math.max(...shown) : changeBetween(zone, after, before);
}

/** A local time (as if in UTC) by the offsets of the day before and of the day after. */
function around(zone: string, local: number): { before: number; after: number } {
  return { before: local - offset(zone, local - dayMs), after: local - offset(zone, local + dayMs) };
}

function isShown(zone: string, at: number, local: number): boolean {
  return at + offset(zone, at) === local;
}

/** The moment at which the offset changes: `from` is before it, and `to` is not. */
function changeBetween(zone: string, from: number, to: number): number {
  const offsetBefore = offset(zone, from);
  let [low, high] = [from, to];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offset(zone, middle) === offsetBefore) low = middle;
    else high = middle;
  }
  return high;
}

function offset(zone: string, at: number): number {
  return IANAZone.create(zone).offset(at) * minuteMs;
}
