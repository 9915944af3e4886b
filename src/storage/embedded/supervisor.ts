// The lifeline. Postgres is started by a small Node process in a session of its own, which holds a pipe from
// the starter: the kernel closes that pipe however the starter ends, kill -9 of its whole process group
// included, and then the supervisor shuts Postgres down.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { open, rename, stat } from "node:fs/promises";
import { type Binaries, commandOf, environment } from "./binaries.js";
import type { Cluster } from "./cluster.js";

const quitAfterMs = 5_000;
const rotateLogAtBytes = 5_000_000;

// Plain JavaScript in a string, because it must run alike from dist and from sources that a test runner compiles
// in memory. It ends when Postgres ends, with its exit code. On Windows a signal would be a kill: pg_ctl asks.
const source = `
process.title = "holdpoint: keeps the embedded Postgres";
const { spawn } = require("node:child_process");
const { command, args, signaller, quitAfterMs } = JSON.parse(process.argv[1]);
const server = spawn(command, args, { stdio: ["ignore", "inherit", "inherit"], windowsHide: true });
server.on("error", (error) => { console.error(error.message); process.exit(127); });
server.on("exit", (code) => process.exit(code ?? 1));
const send = (signal) => signaller
  ? spawn(signaller, ["kill", signal.slice(3), String(server.pid)], { stdio: "ignore", windowsHide: true })
  : server.kill(signal);
let stopping = false;
const stop = () => {
  if (stopping) return;
  stopping = true;
  send("SIGINT");
  setTimeout(() => send("SIGQUIT"), quitAfterMs);
};
process.stdin.on("end", stop).on("close", stop).on("error", stop).resume();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, stop);
`;

export interface Supervisor {
  /** Resolves when the supervisor has ended, and with it, unless it was killed, the server. */
  readonly exited: Promise<unknown>;
  hasExited(): boolean;
  /** Fast shutdown; resolves when it is done. */
  stop(): Promise<void>;
  /** Lets this process end without waiting for the server. */
  unref(): void;
  /** What was written to the log since this start. */
  output(): Promise<string>;
}

export async function launchSupervised(
  cluster: Cluster,
  binaries: Binaries,
  serverArgs: readonly string[],
  extraEnv: Record<string, string>,
): Promise<Supervisor> {
  await rotateLog(cluster.log);
  const log = await open(cluster.log, "a", 0o600);
  const { size: logStart } = await log.stat();
  const [command, args] = commandOf(binaries, "postgres", serverArgs);
  const signaller = process.platform === "win32" ? commandOf(binaries, "pg_ctl", [])[0] : undefined;
  const task = JSON.stringify({ command, args, signaller, quitAfterMs });
  const child = spawn(process.execPath, ["--input-type=commonjs", "--eval", source, task], {
    cwd: cluster.home,
    detached: true,
    env: environment(extraEnv),
    stdio: ["pipe", log.fd, log.fd],
    windowsHide: true,
  });
  const exited = endOf(child);
  await log.close();
  child.stdin?.on("error", () => undefined); // a supervisor that is gone already is seen by its exit
  return {
    exited,
    hasExited: () => child.exitCode !== null || child.signalCode !== null || child.pid === undefined,
    async stop() {
      child.ref();
      child.stdin?.end();
      await exited;
    },
    unref: () => child.unref(),
    output: () => readLog(cluster, logStart),
  };
}

async function endOf(child: ChildProcess): Promise<void> {
  await once(child, "exit").catch(() => undefined); // "error": it could not be spawned
}

/** The end of the log, from no earlier than `start`. */
export async function readLog(cluster: Cluster, start = 0): Promise<string> {
  const handle = await open(cluster.log, "a+", 0o600);
  try {
    const { size } = await handle.stat();
    const from = Math.max(start, size - 20_000);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(Math.max(size - from, 0)), {
      position: from,
    });
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await handle.close();
  }
}

async function rotateLog(file: string): Promise<void> {
  const size = await stat(file).then(
    (seen) => seen.size,
    () => 0,
  );
  if (size > rotateLogAtBytes) await rename(file, `${file}.1`);
}
