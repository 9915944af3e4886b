// A calendar as a policy file writes it.
import { IANAZone } from "luxon";
import { z } from "zod";
import { closedForAYear, weekdays, type OpenHours } from "./calendar.js";
import { unknownIn } from "./holidays.js";

const aboutDays =
  "Days are written as mon-fri, as mon-thu, sat, or as a list: mon, tue, wed, thu, fri, sat, sun.";

const daysSchema = z
  .union([z.string(), z.array(z.string())], { error: aboutDays })
  .transform((written, context): number[] => {
    const days = [written].flat().flatMap((part) => part.split(",").map(daysIn));
    if (days.every((some) => some !== null)) return [...new Set(days.flat())].toSorted((a, b) => a - b);
    context.issues.push({ code: "custom", message: aboutDays, input: written });
    return z.NEVER;
  });

/** From one to the other, on over Sunday where need be; null where either is none. */
function daysIn(range: string): number[] | null {
  const [first = "", last = first, ...more] = range.split("-").map((name) => name.trim());
  const [from, to] = [first, last].map((name) => weekdays.findIndex((day) => day === name)) as [
    number,
    number,
  ];
  if (from < 0 || to < 0 || more.length > 0) return null;
  return Array.from({ length: ((to - from + 7) % 7) + 1 }, (_, nth) => ((from + nth) % 7) + 1);
}

const aboutTime = 'A time of the day is written as "09:00", from "00:00" to "24:00".';
const timeSchema = z
  .string({ error: aboutTime })
  .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, aboutTime)
  .transform((written) => Number(written.slice(0, 2)) * 60 + Number(written.slice(3)));

const aboutDate = "A day is written as 2026-12-24.";

export const holidaysSchema = z.strictObject({
  country: z.string(),
  state: z.string().optional(),
  region: z.string().optional(),
});

const shape = {
  zone: z.string().refine((zone) => IANAZone.isValidZone(zone), {
    error: ({ input }) => `There is no time zone "${String(input)}". One is called Europe/Berlin.`,
  }),
  days: daysSchema.default([1, 2, 3, 4, 5, 6, 7]),
  from: timeSchema.refine((minutes) => minutes < 24 * 60, "A day begins at 00:00; at 24:00 it ends."),
  to: timeSchema,
  holidays: holidaysSchema
    .transform(({ country, state, region }, context) => {
      const of = { country, state: state ?? null, region: region ?? null };
      const unknown = unknownIn(of);
      if (unknown === null) return of;
      context.issues.push({
        code: "custom",
        message: unknown.message,
        path: [unknown.of],
        input: of,
      });
      return z.NEVER;
    })
    .optional(),
  closed: z
    .array(z.iso.date(aboutDate).regex(/^20/, "A day lies in this century."), { error: aboutDate })
    .max(400, "At most 400 days: what is closed for longer has other hours.")
    .default([]),
};
export const calendarShape: object = shape;

export const calendarSchema = z.strictObject(shape).transform((written, context): OpenHours => {
  const calendar = { ...written, holidays: written.holidays ?? null };
  const closed =
    calendar.from === calendar.to
      ? "It opens and closes at the same time. All day is from 00:00 to 24:00."
      : aboutClosed(calendar);
  if (closed === null) return calendar;
  context.issues.push({ code: "custom", message: closed, input: written });
  return z.NEVER;
});

function aboutClosed(calendar: OpenHours): string | null {
  const since = closedForAYear(calendar);
  return since === null
    ? null
    : `From ${since} on it is closed for more than a year, and what waits for it would wait as long.`;
}
