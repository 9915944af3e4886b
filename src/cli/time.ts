import { UsageError } from "./command.js";

/** A time as the server reads it, of an option such as `--since`. */
export function timeIn(option: string, text: string): string {
  const time = new Date(text);
  if (!Number.isNaN(time.getTime())) return time.toISOString();
  throw new UsageError(`${option} takes a time, such as 2026-05-01, not "${text}".`);
}
