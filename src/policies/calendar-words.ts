// A calendar in words, for whoever reads a policy.
import { weekdays, type Calendar, type OpenHours } from "./calendar.js";

export function inHours(calendar: Calendar): string {
  return `${calendar.name} (${calendarInWords(calendar)})`;
}

export function calendarInWords({ zone, days, from, to, holidays, closed }: OpenHours): string {
  const parts = [
    `${days.map((day) => weekdays[day - 1]).join(" ")} ${timeOf(from)}–${timeOf(to)} ${zone}`,
    ...(holidays
      ? [
          `without the holidays of ${Object.values(holidays)
            .filter((one) => one !== null)
            .join(" ")}`,
        ]
      : []),
    ...(closed.length > 0 ? [`closed on ${closed.join(", ")}`] : []),
  ];
  return parts.join("; ");
}

function timeOf(minutes: number): string {
  return [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, "0")).join(":");
}
