// What is done again and again until the stop.
import { messageOf } from "../kernel/errors.js";
import type { Log } from "../kernel/log.js";

export interface Jobs {
  /** One at a time, or `atOnce` where one that hangs must not keep the others waiting. A fault is logged, and nothing else. */
  every(periodMs: number, what: string, job: () => Promise<void>, atOnce?: number): void;
  /** Begins none any more, and resolves when those at work are done. */
  stop(): Promise<unknown>;
}

export function createJobs(log: Log): Jobs {
  const timers: NodeJS.Timeout[] = [];
  const atWork = new Set<Promise<void>>();
  let isStopping = false;
  return {
    every(periodMs, what, job, atOnce = 1) {
      const underWay = new Set<Promise<void>>();
      const once = (): void => {
        if (underWay.size >= atOnce) return;
        const done = job()
          .catch((error: unknown) => {
            // A stop that waits no longer takes the database away from it.
            if (!isStopping) log.warn(`could not ${what}`, { error: messageOf(error) });
          })
          .finally(() => {
            underWay.delete(done);
            atWork.delete(done);
          });
        underWay.add(done);
        atWork.add(done);
      };
      timers.push(setInterval(once, periodMs));
    },

    stop() {
      isStopping = true;
      for (const timer of timers) clearInterval(timer);
      return Promise.all(atWork);
    },
  };
}
