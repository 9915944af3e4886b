// A calendar in words, for whoever reads a policy.
import { weekdays, type Calendar } from "./calendar.js";

export function inHours({ name, zone, days, from, to, holidays, closed }: Calendar): string {
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
  return `${name} (${parts.join("; ")})`;
}

function timeOf(minutes: number): string {
  return [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, "0")).join(":");
}
