// Servers as processes of their own, two on one database, under more than they are made for: one is killed with -9,
// Postgres is restarted, a thousand clients watch, a thread has grown long.
import { fork, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "@langchain/langgraph-sdk";
import pg from "pg";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { localPerson } from "../src/kernel/principal.js";
import { openDatabase } from "../src/storage/database.js";
import { startEmbeddedPostgres } from "../src/storage/embedded-postgres.js";
import type { Run } from "../src/storage/run-rows.js";
import { runStoreOf } from "./support/below-graph.js";
import { dist } from "./support/child.js";
import { testDatabase } from "./support/database.js";
import { freePort } from "./support/free-port.js";
import { request, say } from "./support/http.js";

const folder = mkdtempSync(join(tmpdir(), "holdpoint-load-"));
const database = await testDatabase();
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

interface Server {
  url: string;
  client: Client;
  child: ChildProcess;
}

const running: ChildProcess[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map(kill));
});

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}

async function startServer(databaseUrl: string, effects: string): Promise<Server> {
  const child = fork(new URL("./fixtures/quick-server.mjs", import.meta.url), {
    execArgv: [],
    env: { ...process.env, DIST: `file://${dist}`, DATABASE_URL: databaseUrl, EFFECTS: effects },
  });
  running.push(child);
  const [{ url }] = (await once(child, "message")) as [{ url: string }];
  const callerOptions = { maxRetries: 0, maxConcurrency: Infinity };
  return { url, child, client: new Client({ apiUrl: url, apiKey: null, callerOptions }) };
}

/** Two servers, and the lines that their tools write. */
async function startTwo(databaseUrl: string) {
  const file = join(folder, randomUUID());
  const servers = await Promise.all([startServer(databaseUrl, file), startServer(databaseUrl, file)]);
  const effects = (): string[] => (existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : []);
  return { servers, effects };
}

const kinds = ["wait", "held", "stream", "background", "read", "asked", "cancelled", "stateless"] as const;

interface Job {
  kind: (typeof kinds)[number];
  /** Of a stateless run only a name in its metadata: its thread is the server's to make. */
  threadId: string;
  /** Of the events that its client has seen. */
  eventIds: string[];
  /** How often its client had to go on with a run that it had begun. */
  rejoined: number;
  status?: string;
}

const jobs = (count: number): Job[] =>
  Array.from({ length: count }, (_, index) => ({
    kind: kinds[index % kinds.length] ?? "wait",
    threadId: randomUUID(),
    eventIds: [],
    rejoined: 0,
  }));

/** Sees a run to its end, whatever server goes away meanwhile; what is held in its thread is decided. */
async function drive(job: Job, load: Load, first: number) {
  const { servers, effects } = load;
  if (job.kind === "stateless") return driveStateless(job, load);
  const { threadId } = job;
  let runId: string | undefined;
  for (let attempt = first; job.status === undefined; attempt += 1) {
    const server = servers[attempt % servers.length] as Server;
    try {
      if (attempt > first) runId ??= (await server.client.runs.list(threadId))[0]?.run_id;
      if (runId) {
        job.rejoined += 1;
        await goOn(job, runId, server);
      } else await begin(job, server, (id) => (runId = id));
      const { status } = await server.client.runs.get(threadId, runId ?? "");
      if (job.kind === "held" || job.kind === "asked") await decideOpen(server, effects, threadId);
      if (status !== "pending" && status !== "running") job.status = status;
    } catch {
      await delay(50);
    }
  }
}

/** Begun at the server that stays: only its word that nothing was begun is one. Either of the two may work on it. */
async function driveStateless(job: Job, { servers, rows }: Load) {
  const asked = {
    ...say(`note ${job.threadId}`),
    metadata: { job: job.threadId },
    onCompletion: "keep" as const,
  };
  while (job.status === undefined) {
    try {
      const [row] = await rows.query<{ status: string }>("status", "metadata ->> 'job' = $1", [job.threadId]);
      if (!row) await servers.at(-1)?.client.runs.wait(null, "support", asked);
      else if (row.status === "pending" || row.status === "running") await delay(50);
      else job.status = row.status;
    } catch {
      await delay(50);
    }
  }
}

interface Load {
  servers: readonly Server[];
  effects: () => string[];
  rows: ReturnType<typeof rowsOf>;
}

/** What the runs' table says. */
function rowsOf(databaseUrl: string) {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 });
  pool.on("error", () => {});
  return {
    async query<Row extends object>(what: string, where: string, values: unknown[] = []): Promise<Row[]> {
      return (await pool.query<Row>(`select ${what} from holdpoint.runs where ${where}`, values)).rows;
    },
    /** Each is due at once, and never again. */
    async makeDue(names: readonly string[]): Promise<void> {
      const due = "update holdpoint.crons set next_run_date = now() where metadata ->> 'job' = any ($1)";
      await pool.query(due, [names]);
    },
    close: () => pool.end(),
  };
}

async function begin({ kind, threadId, eventIds }: Job, { client }: Server, began: (runId: string) => void) {
  const tools: Partial<Record<Job["kind"], string>> = { held: "pay", cancelled: "pay", read: "read" };
  const { input } = say(`${tools[kind] ?? "note"} ${threadId}`);
  const asked = {
    input,
    ifNotExists: "create" as const,
    onRunCreated: ({ run_id: id }: { run_id: string }) => began(id),
  };
  if (kind === "stream") {
    const stream = client.runs.stream(threadId, "support", { ...asked, streamMode: "updates" });
    for await (const { id } of stream) if (id) eventIds.push(id);
  } else if (kind === "background" || kind === "cancelled") {
    const { run_id: runId } = await client.runs.create(threadId, "support", asked);
    began(runId);
    if (kind === "cancelled") await client.runs.cancel(threadId, runId);
    await client.runs.join(threadId, runId);
  } else if (kind === "asked") await client.runs.wait(threadId, "asking", { ...asked, input: {} });
  else await client.runs.wait(threadId, "support", asked);
}

async function goOn({ kind, threadId, eventIds }: Job, runId: string, { client }: Server) {
  if (kind !== "stream") return void (await client.runs.join(threadId, runId));
  const lastEventId = eventIds.at(-1);
  const stream = client.runs.joinStream(threadId, runId, lastEventId ? { lastEventId } : {});
  for await (const { id } of stream) if (id) eventIds.push(id);
}

/** Approves what is held. Asked what became of an effect, it goes and looks. */
async function decideOpen({ url }: Server, effects: () => string[], threadId?: string) {
  const of = threadId ? `&thread_id=${threadId}` : "";
  const { body } = await request(`${url}/reviews?status=open&limit=100${of}`);
  for (const { id, kind, args, argsHash } of body["items"] as Review[]) {
    const happened = effects().includes(args.id) ? { type: "happened", message: "seen" } : { type: "retry" };
    const answered = kind === "question" ? { type: "respond", value: "yes" } : { type: "approve" };
    const answer = kind === "settle" ? happened : answered;
    await request(`${url}/reviews/${id}/decision`, { body: { ...answer, argsHash } });
  }
}

interface Review {
  id: string;
  kind: string;
  args: { id: string };
  argsHash: string;
}

/** Begins all of the work, and lets `disturb` happen when a fifth of it is done. */
async function driveAll(all: readonly Job[], load: Load, disturb: () => Promise<void>) {
  let done = 0;
  let disturbed = Promise.resolve();
  await Promise.all(
    all.map(async (job, index) => {
      await drive(job, load, Math.floor(index / kinds.length));
      done += 1;
      if (done === Math.ceil(all.length / 5)) disturbed = disturb();
    }),
  );
  await disturbed;
}

/** What the tables say when everything has come to rest. */
async function atRest(databaseUrl: string, server: Server, effects: () => string[]) {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  client.on("error", () => {});
  const unfinished = async () => {
    await decideOpen(server, effects).catch(() => {});
    const { rows } = await client.query(`
      select thread_id::text, 'thread ' || status as what from holdpoint.threads where status <> 'idle'
      union all select thread_id::text, 'run ' || status from holdpoint.runs where status in ('pending', 'running')
      union all select thread_id::text, 'review ' || status from holdpoint.reviews where status <> 'resumed'`);
    return rows;
  };
  await expect.poll(unfinished, { timeout: 40_000, interval: 200 }).toEqual([]);
  const { rows } = await client.query<{ inputs: number; failed: number; executions: string }>(`select
    (select count(*)::int from holdpoint.runs where kind = 'input' and cron_id is null) as inputs,
    (select count(*)::int from holdpoint.runs where status = 'error' or ended_at is null) as failed,
    (select string_agg(distinct state, ',') from holdpoint.executions) as executions`);
  await client.end();
  return rows[0];
}

/** @param ofCrons what the runs of crons did. */
function expectEachOnce(all: readonly Job[], effects: () => string[], ofCrons: readonly string[] = []) {
  const ids = (...of: Job["kind"][]) =>
    all.filter(({ kind }) => of.includes(kind)).map(({ threadId }) => threadId);
  // A payment whose run was cancelled may have waited for a person by then, and then it was approved.
  const cancelled = new Set(ids("cancelled"));
  const made = effects();
  expect(made.filter((id) => !cancelled.has(id)).toSorted()).toEqual(
    [...ids("wait", "held", "stream", "background", "stateless"), ...ofCrons].toSorted(),
  );
  expect(made).toHaveLength(new Set(made).size);
  expect(all.filter(({ status }) => status !== "success" && status !== "interrupted")).toEqual([]);
  for (const { eventIds } of all) expect(eventIds).toEqual([...new Set(eventIds)]);
}

describe("under a load of mixed runs", () => {
  it("a kill -9 of one of two servers leaves no run without an end and no effect doubled, and clients go on at the other", async () => {
    const { servers, effects } = await startTwo(database);
    const [doomed, other] = servers;
    const rows = rowsOf(database);
    const all = jobs(200);
    const crons = Array.from({ length: 20 }, () => randomUUID());
    for (const job of crons)
      await other.client.crons.create("support", {
        ...say(`note ${job}`),
        schedule: "0 0 29 2 *",
        onRunCompleted: "keep",
        metadata: { job },
      });
    const begun = () =>
      rows.query<{ job: string; status: string }>("metadata ->> 'job' as job, status", "cron_id is not null");
    await driveAll(all, { servers, effects, rows }, async () => {
      await rows.makeDue(crons);
      await expect.poll(async () => (await begun()).length, { interval: 5 }).toBeGreaterThan(0);
      await kill(doomed.child);
    });
    const left = await atRest(database, other, effects);
    expect(left).toEqual({ inputs: 200, failed: 0, executions: "succeeded" });
    // One that was taken by the process that died in that moment may have been left out.
    const ofCrons = await begun();
    await rows.close();
    expect(new Set(ofCrons.map(({ status }) => status))).toEqual(new Set(["success"]));
    expectEachOnce(
      all,
      effects,
      ofCrons.map(({ job }) => job),
    );
    expect(all.filter(({ rejoined }) => rejoined > 0).length).toBeGreaterThan(10);
    for (const { threadId } of all.filter(({ kind }) => kind === "asked"))
      expect((await other.client.threads.getState(threadId)).values).toMatchObject({ heard: "yes" });
  });

  it("a restart of Postgres loses no run and ends no process", async () => {
    const postgres = await ownPostgres();
    try {
      const { servers, effects } = await startTwo(postgres.url);
      const all = jobs(100);
      const rows = rowsOf(postgres.url);
      await driveAll(all, { servers, effects, rows }, () => postgres.restart());
      await rows.close();
      const left = await atRest(postgres.url, servers[0], effects);
      expect(left).toEqual({ inputs: 100, failed: 0, executions: "succeeded" });
      expectEachOnce(all, effects);
      expect(servers.map(({ child }) => child.exitCode ?? child.signalCode)).toEqual([null, null]);
    } finally {
      await Promise.all(running.splice(0).map(kill));
      await postgres.stop();
    }
  });
});

describe("a resumption that is given back", () => {
  it("goes on although another one waits in its thread", async () => {
    const db = openDatabase({ url: database, roles: true, maxConnections: 2 });
    const [one, other] = [runStoreOf(db, randomUUID()), runStoreOf(db, randomUUID())];
    const fresh = () => ({
      id: randomUUID(),
      tenant: "default",
      threadId,
      principal: localPerson,
      payload: {},
    });
    const threadId = randomUUID();
    const input = await one.begin({ ...fresh(), graphId: "test", kind: "input" }, true);
    await one.finish(input, "success", null);
    const first = (await one.beginResumption(fresh(), true)) as Run;
    const second = (await one.beginResumption(fresh(), false)) as Run;
    await one.giveBack(first, 0);

    const taken = (await other.claimNext()) as Run;
    expect(taken.id).toBe(first.id);
    await other.finish(taken, "success", null);
    expect((await other.claimNext())?.id).toBe(second.id);
    await db.close();
  });
});

/** A Postgres that comes back on the same port. */
async function ownPostgres() {
  const home = join(folder, "postgres");
  const port = await freePort();
  const start = () =>
    startEmbeddedPostgres({ home, settings: { fsync: "off" } }, { choosePort: async () => port });
  let server = await start();
  return {
    url: server.url,
    /** As after a crash: nobody is waited for. */
    async restart() {
      const [pid] = readFileSync(join(home, "postgres", "postmaster.pid"), "utf8").split("\n");
      process.kill(Number(pid), "SIGQUIT");
      await expect.poll(() => isRunning(Number(pid)), { timeout: 20_000 }).toBe(false);
      server = await start();
    },
    stop: () => server.stop(),
  };
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe("at two servers of one database", () => {
  it("a thousand clients that watch a few runs see each event once, and the end", async () => {
    const { servers } = await startTwo(database);
    const [worker] = servers;
    const runs = await Promise.all(
      Array.from({ length: 4 }, () =>
        worker.client.runs.create(randomUUID(), "held back", {
          input: {},
          ifNotExists: "create",
          streamMode: "custom",
        }),
      ),
    );
    let watching = 0;
    const seen = await Promise.all(
      Array.from({ length: 1_000 }, async (_, index) => {
        const { thread_id: threadId, run_id: runId } = runs[index % runs.length] ?? {};
        const { client } = servers[index % 2] as Server;
        const pieces: unknown[] = [];
        for await (const { event, data } of client.runs.joinStream(threadId, runId ?? "", {
          streamMode: "custom",
        })) {
          if (event !== "custom") continue;
          if (pieces.length === 0 && (watching += 1) === 1_000) worker.child.send("go on");
          pieces.push((data as { piece: number }).piece);
        }
        return pieces.join(" ");
      }),
    );
    expect([...new Set(seen)]).toEqual([[...Array.from({ length: 21 }).keys()].join(" ")]);
  });

  it("a thread of a thousand messages answers: its state, its history, another turn", async () => {
    const { servers } = await startTwo(database);
    const [one, other] = servers;
    const { thread_id: threadId } = await one.client.threads.create({ graphId: "support" });
    const messages = Array.from({ length: 1_000 }, (_, index) => ({
      role: index % 2 === 0 ? "user" : "assistant",
      content: `Message ${index}`,
    }));
    await one.client.threads.updateState(threadId, { values: { messages }, asNode: "agent" });
    const lengthOf = ({ values }: { values: unknown }) => (values as { messages: unknown[] }).messages.length;
    expect(lengthOf(await other.client.threads.getState(threadId))).toBe(1_000);
    await other.client.runs.wait(threadId, "support", say(`note ${randomUUID()}`));
    const history = await one.client.threads.getHistory(threadId, { limit: 3 });
    expect(history.map(lengthOf)).toEqual([1_004, 1_003, 1_002]);
  });
});
