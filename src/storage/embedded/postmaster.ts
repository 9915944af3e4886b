// What runs on a data folder right now, by Postgres' own postmaster.pid and by asking the server itself.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Client } from "pg";
import { HoldpointError } from "../../kernel/errors.js";
import { type Binaries, runBinary } from "./binaries.js";
import type { Cluster } from "./cluster.js";
import { codeOf, isRunning } from "./processes.js";

export type Postmaster =
  /** No server. `stalePid` is what a killed one left in postmaster.pid. */
  | { state: "absent"; stalePid: number | undefined }
  /** Starting, recovering or stopping: look again. */
  | { state: "changing"; pid: number }
  /** It answers, but the process that started it is gone: it will stop, or should. */
  | { state: "abandoned"; pid: number }
  | { state: "ready"; pid: number; url: string; starter: string | undefined };

/** A setting of our own: the server itself tells who started it, so no file can be wrong about that. */
export const starterSetting = "holdpoint.starter";

/** A starter is named by its process id and something random: one process may start several servers in its life. */
export function starterName(nonce: string): string {
  return `${process.pid}.${nonce}`;
}

/**
 * A server counts as ready only while its starter lives: with a dead starter the supervisor's signal is on its
 * way, though the server may still take connections. What remains is a starter that dies after this look; the
 * caller then loses its connections as with any server that goes away, and starts again.
 */
export async function look(cluster: Cluster, password: string): Promise<Postmaster> {
  const file = await readPostmasterFile(cluster);
  if (file === undefined || !(await isRunning(file.pid, "postgres"))) {
    return { state: "absent", stalePid: file?.pid };
  }
  const { pid, port, status } = file;
  // Only when "ready" does the port belong to this server for certain; before, the password might go astray.
  if (status !== "ready" || port === undefined) return { state: "changing", pid };
  const url = `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`;
  const answer = await askStarter(url, cluster);
  if (answer === undefined) return { state: "changing", pid };
  const { starter } = answer;
  const isAbandoned = starter !== undefined && !(await isRunning(Number.parseInt(starter, 10)));
  return isAbandoned ? { state: "abandoned", pid } : { state: "ready", pid, url, starter };
}

/** Undefined while the server does not answer. A server started by hand has no starter. */
async function askStarter(
  url: string,
  cluster: Cluster,
): Promise<{ starter: string | undefined } | undefined> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000, ssl: false });
  client.on("error", () => undefined); // a server that stops meanwhile
  try {
    await client.connect();
    const { rows } = await client.query<{ starter: string | null }>(
      "select current_setting($1, true) as starter",
      [starterSetting],
    );
    return { starter: rows[0]?.starter ?? undefined };
  } catch (error) {
    // 28: invalid authorization. Everything else passes: refused, reset, starting up or shutting down (57P03).
    if (codeOf(error)?.startsWith("28")) throw passwordRefused(cluster, error);
    return undefined;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function passwordRefused(cluster: Cluster, cause: unknown): HoldpointError {
  return new HoldpointError(
    "postgres_start_failed",
    `The Postgres server on ${cluster.data} refuses the password in ${cluster.passwordFile}. Put the right one ` +
      "back; or stop the server, delete the file, and start again: a new password is set then.",
    { cause, details: { data: cluster.data } },
  );
}

/** Lines of postmaster.pid: process id, data folder, start time, port, socket folder, address, shared memory, status. */
async function readPostmasterFile(
  cluster: Cluster,
): Promise<{ pid: number; port: string | undefined; status: string | undefined } | undefined> {
  const text = await readFile(join(cluster.data, "postmaster.pid"), "utf8").catch(() => undefined);
  const lines = text?.split("\n").map((line) => line.trim());
  const pid = Number.parseInt(lines?.[0] ?? "", 10);
  return Number.isInteger(pid) ? { pid, port: lines?.[3], status: lines?.[7] } : undefined;
}

/** Whether this postmaster still runs on this folder. */
export async function holdsFolder(cluster: Cluster, pid: number): Promise<boolean> {
  const file = await readPostmasterFile(cluster);
  return file?.pid === pid && (await isRunning(pid, "postgres"));
}

/** Asks for a fast shutdown; a second time changes nothing. */
export async function interrupt(pid: number, binaries: Binaries): Promise<void> {
  if (process.platform === "win32") {
    await runBinary(binaries, "pg_ctl", ["kill", "INT", String(pid)]);
    return;
  }
  try {
    process.kill(pid, "SIGINT");
  } catch {
    // Gone already, or somebody else's: the next look tells.
  }
}
