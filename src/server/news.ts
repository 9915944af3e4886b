import type { Log } from "../kernel/log.js";

/** Warns of what was not so the last time. */
export function newsTo(log: Pick<Log, "warn">): (now: readonly string[]) => void {
  let told = new Set<string>();
  return (now) => {
    for (const words of new Set(now)) if (!told.has(words)) log.warn(words);
    told = new Set(now);
  };
}
