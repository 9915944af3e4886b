import { HoldpointError, isHoldpointError } from "../kernel/errors.js";

export interface UntilStopped {
  /** The same work, which a stop overtakes or finds too late: it then says so, where the pool would only say that it was ended. */
  unlessStopped<Args extends unknown[], Result>(
    work: (...args: Args) => Promise<Result>,
  ): (...args: Args) => Promise<Result>;
  /** A second stop is the first one. */
  stop(): Promise<void>;
}

/** @param goOnWith what is to be called to go on. */
export function untilStopped(end: () => Promise<void>, goOnWith: string): UntilStopped {
  let stopping: Promise<void> | null = null;
  const wasStopped = (cause?: unknown): HoldpointError =>
    new HoldpointError(
      "stopped",
      `This agent was stopped, and takes nothing more. What was written stands in the database: ${goOnWith} again to go on.`,
      { cause },
    );
  return {
    unlessStopped:
      (work) =>
      async (...args) => {
        if (stopping) throw wasStopped();
        try {
          return await work(...args);
        } catch (error) {
          throw stopping && !isHoldpointError(error) ? wasStopped(error) : error;
        }
      },
    stop: () => (stopping ??= end()),
  };
}
