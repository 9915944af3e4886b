// Starts what the clock asks for. A due time is taken by one process, and its next one written, in one transaction;
// only then is the run begun. So a process that dies in between leaves a run out, and none is begun twice.
import { messageOf } from "../kernel/errors.js";
import type { JsonObject } from "../kernel/json.js";
import { silentLog, type Log } from "../kernel/log.js";
import type { Cron, CronStore, DueCron } from "../storage/cron-rows.js";
import { nextTime } from "./schedule.js";

export interface CronsDeps {
  rows: Pick<CronStore, "dueCrons">;
  /** The graphs this process serves. */
  graphIds: readonly string[];
  /** Begins the run; `runOf` says which. */
  start(cron: DueCron): Promise<void>;
  now: () => Date;
  log?: Log;
}

export interface Crons {
  /** Starts all that is due. Resolves when each has been begun or has failed. */
  sweep(): Promise<void>;
}

const batch = 100;

export function createCrons({ rows, graphIds, start, now, log = silentLog }: CronsDeps): Crons {
  const startOne = async (cron: DueCron): Promise<void> => {
    try {
      await start(cron);
    } catch (error) {
      log.error("a cron could not start its run", { cronId: cron.id, error: messageOf(error) });
    }
  };

  return {
    async sweep() {
      const time = now();
      // From now on, not from when it was due: a process that slept through starts one run, not one for each time.
      const next = (cron: Cron): Date | null => {
        try {
          return nextTime(cron, time);
        } catch (error) {
          log.error("a cron has no next time", { cronId: cron.id, error: messageOf(error) });
          return null;
        }
      };
      for (;;) {
        const due = await rows.dueCrons(time, graphIds, next, batch);
        await Promise.all(due.map(startOne));
        if (due.length < batch) return;
      }
    },
  };
}

/** The run a cron begins, as its client would ask for it at POST /runs. */
export function runOf({
  payload,
  assistantId,
  graphId,
  metadata,
}: Pick<Cron, "payload" | "assistantId" | "graphId" | "metadata">): JsonObject {
  return { ...payload, assistant_id: assistantId ?? graphId, metadata };
}
