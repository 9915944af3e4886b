import { wilson } from "../../policies/wilson.js";
import type { DecidedCall } from "./past.js";

/** Fewer say nothing of a tool. */
export const fewestDecided = 10;

/**
 * How often calls of this tool by this agent are right at least: the lower end of the interval in which the share that people
 * approved unchanged lies, with 95 % confidence. Null under 10 decided calls.
 */
export function accuracyOf(decided: readonly DecidedCall[]): number | null {
  if (decided.length < fewestDecided) return null;
  const right = decided.filter(({ verdict }) => verdict === "approved").length;
  return wilson(right, decided.length)?.low ?? null;
}
