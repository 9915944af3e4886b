// The files of one embedded cluster: its password, its data folder, and how both come to be so that a crash at
// any point leaves either nothing or something whole.
import { randomBytes } from "node:crypto";
import {
  access,
  constants,
  link,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  rmdir,
  writeFile,
} from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { HoldpointError, messageOf } from "../../kernel/errors.js";
import { type Binaries, runBinary, startFailed, wayOut } from "./binaries.js";
import { codeOf, isRunning } from "./processes.js";

export interface Cluster {
  readonly home: string;
  readonly data: string;
  readonly passwordFile: string;
  readonly log: string;
  readonly lock: string;
}

export function clusterIn(home: string): Cluster {
  const root = resolve(home);
  return {
    home: root,
    data: join(root, "postgres"),
    passwordFile: join(root, "postgres-password"),
    log: join(root, "postgres.log"),
    lock: join(root, "postgres.lock"),
  };
}

export async function ensureHome(cluster: Cluster): Promise<void> {
  try {
    await mkdir(cluster.home, { recursive: true });
    await access(cluster.home, constants.W_OK);
  } catch (cause) {
    throw new HoldpointError(
      "postgres_start_failed",
      `The embedded Postgres keeps its data in ${cluster.home}, and this process cannot write there: ` +
        `${messageOf(cause)}. Name another folder, or ${wayOut}.`,
      { cause, details: { home: cluster.home } },
    );
  }
}

/** Makes the cluster where there is none, and returns its password. What killed starters left goes. */
export async function ensureCluster(
  cluster: Cluster,
  binaries: Binaries,
  options: { durable: boolean },
): Promise<string> {
  await removeUnfinished(cluster);
  const version = await versionOf(cluster.data);
  if (version === undefined) {
    await refuseForeignFolder(cluster.data);
    // Before the cluster, never after: a password without a cluster is used by the next start, a cluster
    // without its password would be closed to everybody.
    const password = (await readPassword(cluster)) ?? (await keepPassword(cluster, newPassword()));
    await initialise(cluster, binaries, options);
    return password;
  }
  if (version !== binaries.major) throw otherVersion(cluster, version, binaries.major);
  return (await readPassword(cluster)) ?? (await replaceLostPassword(cluster, binaries));
}

async function versionOf(data: string): Promise<string | undefined> {
  const text = await readFile(join(data, "PG_VERSION"), "utf8").catch(() => undefined);
  return text?.trim();
}

async function refuseForeignFolder(data: string): Promise<void> {
  const entries = await readdir(data).catch(() => []);
  if (entries.length === 0) return;
  throw new HoldpointError(
    "postgres_start_failed",
    `${data} is not empty, and it is not a Postgres data folder (it has no PG_VERSION). ` +
      `Nothing was changed. Move it away, or ${wayOut}.`,
    { details: { data } },
  );
}

function otherVersion(cluster: Cluster, seen: string, needed: string): HoldpointError {
  return new HoldpointError(
    "postgres_start_failed",
    `${cluster.data} was written by Postgres ${seen}, and this version of Holdpoint brings Postgres ${needed}, ` +
      `which cannot read it. To keep the data, dump them with Postgres ${seen} (pg_dumpall) and restore them into ` +
      `a new cluster; to start empty, move the folder away; or ${wayOut}.`,
    { details: { data: cluster.data, seen, needed } },
  );
}

/** Into a folder beside, then renamed: a half-made cluster is never taken for a whole one. */
async function initialise(
  cluster: Cluster,
  binaries: Binaries,
  options: { durable: boolean },
): Promise<void> {
  const unfinished = `${unfinishedPrefix(cluster)}${process.pid}-${randomBytes(4).toString("hex")}`;
  try {
    const { succeeded, output } = await runBinary(binaries, "initdb", [
      `--pgdata=${unfinished}`,
      "--username=postgres",
      "--auth=scram-sha-256",
      `--pwfile=${cluster.passwordFile}`,
      "--encoding=UTF8",
      // Sorts by bytes and knows the letters of Unicode, alike on every platform and whatever it has installed.
      "--locale=C",
      "--locale-provider=builtin",
      "--builtin-locale=C.UTF-8",
      "--no-instructions",
      ...(options.durable ? [] : ["--no-sync"]),
    ]);
    if (!succeeded)
      throw startFailed(binaries, `A new Postgres cluster could not be made in ${cluster.home}.`, output);
    await rmdir(cluster.data).catch(() => undefined); // only an empty one goes
    await rename(unfinished, cluster.data);
    await syncFolder(cluster.home);
  } catch (error) {
    // Somebody else finished first: theirs has the same password, and ours goes.
    if ((await versionOf(cluster.data)) === binaries.major) return;
    if (error instanceof HoldpointError) throw error;
    throw startFailed(
      binaries,
      `The new Postgres cluster could not be put into ${cluster.data}:`,
      messageOf(error),
      error,
    );
  } finally {
    await rm(unfinished, { recursive: true, force: true, maxRetries: 3 });
  }
}

function unfinishedPrefix(cluster: Cluster): string {
  return `${cluster.data}.new-`;
}

/** What killed starters left behind. An initdb that outlived its starter may still be at it: then the next start. */
async function removeUnfinished(cluster: Cluster): Promise<void> {
  for (const name of await readdir(cluster.home)) {
    const path = join(cluster.home, name);
    if (!path.startsWith(unfinishedPrefix(cluster))) continue;
    const starter = Number.parseInt(path.slice(unfinishedPrefix(cluster).length), 10);
    if (starter === process.pid || (await isRunning(starter))) continue;
    await rm(path, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
  }
}

function newPassword(): string {
  return randomBytes(24).toString("base64url");
}

async function readPassword(cluster: Cluster): Promise<string | undefined> {
  try {
    return (await readFile(cluster.passwordFile, "utf8")).trim() || undefined;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Linked into place: whole or not there, and of two starters the first one's counts for both. */
async function keepPassword(cluster: Cluster, password: string): Promise<string> {
  const draft = `${cluster.passwordFile}.${process.pid}-${randomBytes(4).toString("hex")}`;
  try {
    await writeFile(draft, `${password}\n`, { mode: 0o600, flag: "wx", flush: true });
    await link(draft, cluster.passwordFile).catch((error: unknown) => {
      if (codeOf(error) !== "EEXIST") throw error;
    });
    await syncFolder(dirname(cluster.passwordFile));
  } finally {
    await rm(draft, { force: true });
  }
  return (await readPassword(cluster)) ?? password;
}

/** Whoever owns the folder owns the data: single-user mode asks for no password and may set a new one. */
async function replaceLostPassword(cluster: Cluster, binaries: Binaries): Promise<string> {
  const password = newPassword();
  const { succeeded, output } = await runBinary(
    binaries,
    "postgres",
    ["--single", "-D", cluster.data, "postgres"],
    `alter role postgres password '${password}'\n`,
  );
  if (!succeeded || /ERROR:|FATAL:/.test(output)) {
    throw startFailed(
      binaries,
      `${cluster.passwordFile} is missing, and a new password could not be set. Put the file back, or stop the ` +
        "server that runs on this folder and start again.",
      output,
    );
  }
  return keepPassword(cluster, password);
}

/** Makes a new name in the folder last through a power cut; Windows does not open folders. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
