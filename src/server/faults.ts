// Faults that reach nobody. A database that goes away must not take the process with it: connections come back, and
// what was at work is tried again.
import { isHoldpointError, messageOf } from "../kernel/errors.js";
import type { Log } from "../kernel/log.js";
import { isConnectionFault } from "../storage/database.js";

export function surviveFaults(log: Log): void {
  process.on("unhandledRejection", (error) => {
    log.error("a promise failed and nobody looked", { error: messageOf(error), stack: stackOf(error) });
  });
  process.on("uncaughtException", (error) => {
    if (isConnectionFault(error)) {
      log.error("a connection broke", { error: messageOf(error) });
      return;
    }
    // The process may be in any state now. What it had promised stands in the database; the next one goes on from there.
    log.error("an uncaught fault ends the process", { error: messageOf(error), stack: stackOf(error) });
    process.exit(1);
  });
}

/** What a start that failed tells its operator. A file's errors stay lines of their own, as editors read them. */
export function whyNotStarted(error: unknown): string {
  if (isHoldpointError(error, "policy_invalid") || isHoldpointError(error, "access_invalid"))
    return `${error.message}\n`;
  const code = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
  return `Holdpoint did not start: ${messageOf(error)}${code}\n`;
}

function stackOf(error: unknown): string | undefined {
  return error instanceof Error ? error.stack : undefined;
}
