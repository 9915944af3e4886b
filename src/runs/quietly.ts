import { messageOf } from "../kernel/errors.js";
import type { Log } from "../kernel/log.js";

/** For what is tried again anyway: a fault is told, and nothing else comes of it. */
export async function quietly(log: Log, what: string, job: () => Promise<unknown>): Promise<void> {
  try {
    await job();
  } catch (error) {
    log.warn(`worker could not ${what}`, { error: messageOf(error) });
  }
}
