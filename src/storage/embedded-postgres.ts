// The real Postgres server from npm, run beside Node for whoever has no database at hand: made on first use,
// found again later, shared by the processes that use one home, and gone when its starter is gone.
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { HoldpointError } from "../kernel/errors.js";
import { type Binaries, findBinaries, startFailed, wayOut } from "./embedded/binaries.js";
import { type Cluster, clusterIn, ensureCluster, ensureHome } from "./embedded/cluster.js";
import { holdsFolder, interrupt, look, starterName, starterSetting } from "./embedded/postmaster.js";
import { takeStartLock } from "./embedded/start-lock.js";
import { launchSupervised, readLog, type Supervisor } from "./embedded/supervisor.js";

export interface EmbeddedPostgres {
  /** `postgres://postgres:<generated password>@127.0.0.1:<port>/postgres` */
  readonly url: string;
  /** True where a server that another process (or an earlier call) started was adopted. */
  readonly adopted: boolean;
  /** Stops the server if this call started it, and waits for that; leaves an adopted one alone. Idempotent. */
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** The folder for data, password and log, for instance ".holdpoint". Not to be shared between containers. */
  home: string;
  /** Server settings over the defaults below, for instance `{ fsync: "off" }`. An adopted server keeps its own. */
  settings?: Record<string, string>;
}

const defaultSettings: Record<string, string> = {
  max_connections: "200",
  shared_buffers: "128MB",
  jit: "off",
  timezone: "UTC",
  log_timezone: "UTC",
  log_checkpoints: "off",
  // Until a table has been looked at, what is asked of it is planned by guess, and such a plan is kept: of a young
  // database, for a minute, all that its tables hold may be read for one row.
  autovacuum_naptime: "10s",
};

/** How long the remains of an earlier server may take to go. */
const settleMs = 15_000;
/** How long our own may take, crash recovery included. */
const startMs = 60_000;

/** What a test replaces. */
const defaultSeams = { findBinaries, choosePort };

/**
 * Starts Postgres on `<home>/postgres`, or adopts the server that runs there. An adopted server ends with the
 * process that started it: a caller that loses its connections calls again, and becomes the starter.
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
  seams: Partial<typeof defaultSeams> = {},
): Promise<EmbeddedPostgres> {
  const { findBinaries, choosePort } = { ...defaultSeams, ...seams };
  const settings = { ...defaultSettings, ...options.settings };
  const binaries = await findBinaries();
  const cluster = clusterIn(options.home);
  await ensureHome(cluster);
  const releaseLock = await takeStartLock(cluster.lock);
  try {
    const password = await ensureCluster(cluster, binaries, { durable: settings["fsync"] !== "off" });
    return await startOrAdopt({ cluster, binaries, password, settings, choosePort });
  } finally {
    await releaseLock();
  }
}

interface Start {
  cluster: Cluster;
  binaries: Binaries;
  password: string;
  settings: Record<string, string>;
  choosePort: () => Promise<number>;
}

async function startOrAdopt(start: Start): Promise<EmbeddedPostgres> {
  const { cluster, binaries, password } = start;
  const starter = starterName(randomBytes(8).toString("hex"));
  const settledBy = Date.now() + settleMs;
  let giveUpAt = settledBy;
  let own: Supervisor | undefined;
  try {
    for (;;) {
      const seen = await look(cluster, password);
      if (seen.state === "ready") {
        if (own !== undefined && seen.starter === starter) return hold(start, own, seen);
        await own?.stop(); // it came second
        return adopt(seen.url);
      }
      if (own?.hasExited()) {
        const output = await own.output();
        if (!passes(output) || Date.now() > settledBy) throw didNotStart(start, output);
        own = undefined;
        await delay(100);
        continue;
      }
      if (Date.now() > giveUpAt) throw own ? didNotStart(start, await own.output()) : await doesNotGo(start);
      if (seen.state === "absent" && own === undefined) {
        own = await launch(start, starter, seen.stalePid);
        giveUpAt = Date.now() + startMs;
      }
      // Its supervisor does the same, unless that was killed as well.
      if (seen.state === "abandoned") await interrupt(seen.pid, binaries);
      await Promise.race([delay(20), own?.exited ?? delay(20)]);
    }
  } catch (error) {
    await own?.stop();
    throw error;
  }
}

function didNotStart({ binaries, cluster }: Start, output: string): HoldpointError {
  return startFailed(binaries, `Postgres did not start on ${cluster.data}.`, output);
}

async function doesNotGo({ binaries, cluster }: Start): Promise<HoldpointError> {
  const what =
    `Another Postgres server holds ${cluster.data}, and for ${settleMs / 1000} s it has neither served nor ended. ` +
    `Stop it (its process id is the first line of ${cluster.data}/postmaster.pid), or ${wayOut}.`;
  return startFailed(binaries, what, await readLog(cluster));
}

function adopt(url: string): EmbeddedPostgres {
  return { url, adopted: true, stop: () => Promise.resolve() };
}

function hold(start: Start, supervisor: Supervisor, server: { pid: number; url: string }): EmbeddedPostgres {
  supervisor.unref();
  let stopped: Promise<void> | undefined;
  return {
    url: server.url,
    adopted: false,
    stop: () => (stopped ??= stop(start, supervisor, server.pid)),
  };
}

async function stop({ cluster, binaries }: Start, supervisor: Supervisor, pid: number): Promise<void> {
  await supervisor.stop();
  // Left only where the supervisor itself was killed.
  const giveUpAt = Date.now() + settleMs;
  while ((await holdsFolder(cluster, pid)) && Date.now() < giveUpAt) {
    await interrupt(pid, binaries);
    await delay(20);
  }
}

async function launch(start: Start, starter: string, stalePid: number | undefined): Promise<Supervisor> {
  const port = await start.choosePort();
  const ours = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    port: String(port),
    [starterSetting]: starter,
  };
  const settings = Object.entries({ ...start.settings, ...ours }).flatMap(([name, value]) => [
    "-c",
    `${name}=${value}`,
  ]);
  // Postgres refuses a folder whose postmaster.pid names a living process, even where that id was given to
  // another program since (after a reboot, and nearly always in a container). This variable is pg_ctl's way to
  // say that the process is not a postmaster; the guard against leftover children, by shared memory, stays.
  const env: Record<string, string> = stalePid === undefined ? {} : { PG_GRANDPARENT_PID: String(stalePid) };
  return launchSupervised(start.cluster, start.binaries, ["-D", start.cluster.data, ...settings], env);
}

/** Reasons that go away: the port was taken meanwhile, or a killed server's children are not all gone yet. */
function passes(output: string): boolean {
  return /could not bind|could not create any TCP\/IP sockets|lock file .* already exists|lock file .* is empty|shared memory block .* is still in use/.test(
    output,
  );
}

async function choosePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
  return address.port;
}
