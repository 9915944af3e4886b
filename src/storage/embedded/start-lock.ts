// One starter at a time for a home. The lock saves work, it does not keep the data safe: the password is linked
// into place, a cluster is renamed into place and Postgres guards a data folder itself, so two holders at once
// would only make one cluster too many. That is why a plain file will do.
import { randomUUID } from "node:crypto";
import { readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { HoldpointError } from "../../kernel/errors.js";
import { codeOf, isRunning } from "./processes.js";

const heartbeatMs = 1_000;
const staleAfterMs = 5_000;
const waitAtMostMs = 90_000;

/** Waits for the lock and returns its release. */
export async function takeStartLock(file: string): Promise<() => Promise<void>> {
  const mine = `${process.pid} ${randomUUID()}`;
  const giveUpAt = Date.now() + waitAtMostMs;
  while (!(await create(file, mine))) {
    if (await isStale(file)) await rm(file, { force: true });
    else if (Date.now() > giveUpAt) throw heldTooLong(file);
    else await delay(20);
  }
  const heartbeat = setInterval(() => void touch(file), heartbeatMs).unref();
  return async () => {
    clearInterval(heartbeat);
    if ((await contentOf(file)) === mine) await rm(file, { force: true });
  };
}

async function create(file: string, content: string): Promise<boolean> {
  try {
    await writeFile(file, content, { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    // Windows says EPERM while a deleted file is still open somewhere.
    if (codeOf(error) === "EEXIST" || (process.platform === "win32" && codeOf(error) === "EPERM"))
      return false;
    throw error;
  }
}

/** A killed holder is seen at once by its process id, and by its missing heartbeat where the id was given away. */
async function isStale(file: string): Promise<boolean> {
  try {
    const { mtimeMs } = await stat(file);
    if (Date.now() - mtimeMs > staleAfterMs) return true;
    const pid = Number.parseInt((await contentOf(file)) ?? "", 10);
    return Number.isInteger(pid) && !(await isRunning(pid));
  } catch {
    return false;
  }
}

async function contentOf(file: string): Promise<string | undefined> {
  return readFile(file, "utf8").catch(() => undefined);
}

async function touch(file: string): Promise<void> {
  const now = new Date();
  await utimes(file, now, now).catch(() => undefined);
}

function heldTooLong(file: string): HoldpointError {
  return new HoldpointError(
    "postgres_start_failed",
    `Another process has been starting the embedded Postgres for ${waitAtMostMs / 1000} s (it holds ${file}). ` +
      "Stop that process, or set DATABASE_URL to use a Postgres of your own.",
    { details: { lock: file } },
  );
}
