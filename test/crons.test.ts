import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { assistantHandlers } from "../src/http/assistants.js";
import { assistantRoutes } from "../src/http/contract/assistant-routes.js";
import { cronRoutes } from "../src/http/contract/cron-routes.js";
import { cronHandlers, type CronDeps } from "../src/http/crons.js";
import { HoldpointError } from "../src/kernel/errors.js";
import { localPerson } from "../src/kernel/principal.js";
import { createCrons, runOf } from "../src/runs/crons.js";
import { nextTime } from "../src/runs/schedule.js";
import { createCronStore, type CronStore, type DueCron, type NewCron } from "../src/storage/cron-rows.js";
import { openDatabase, type Database } from "../src/storage/database.js";
import { testDatabase } from "./support/database.js";
import { mounted, plainGraph, type Mounted } from "./support/mounted.js";

let url: string;
let db: Database;
let rows: CronStore;
let deps: CronDeps;
let ours: Mounted;
let theirs: Mounted;
/** What is due is due for everybody, so each test has graphs and tenants of its own. */
let graphId: string;
let tenant: string;
let checked: { run: unknown; threadId: string | null }[];

const start = Date.parse("2030-01-01T00:00:00Z");
let time = start;
const now = () => new Date(time);
const at = (text: string) => (time = Date.parse(text));

beforeAll(async () => {
  url = await testDatabase();
  db = openDatabase({ url, roles: true, maxConnections: 6 });
  rows = createCronStore(db);
});
afterAll(() => db.close());
beforeEach(() => {
  time = start;
  tenant = randomUUID();
  graphId = `graph-${tenant}`;
  checked = [];
  const graphs = [graphId, `${graphId}-2`].map((id) => [id, plainGraph(id, null)] as const);
  deps = {
    runtime: { db, graphs: new Map(graphs) },
    startedAt: now(),
    now,
    checkRun(run, _graphId, threadId) {
      if (run["durability"] !== undefined) throw new HoldpointError("unsupported", "Each step is saved.");
      checked.push({ run, threadId });
      return null;
    },
    checkPlace: () => Promise.resolve(),
  };
  const doors = { ...cronRoutes, ...assistantRoutes };
  const handlers = { ...cronHandlers(deps), ...assistantHandlers(deps) };
  ours = mounted(doors, handlers, tenant);
  theirs = mounted(doors, handlers, `${tenant}-other`);
});

async function makeThread(): Promise<string> {
  const threadId = randomUUID();
  await db.once({ tenant }, "insert into holdpoint.threads (thread_id, tenant_id) values ($1, $2)", [
    threadId,
    tenant,
  ]);
  return threadId;
}

/** Due once an hour, at first at 01:00. */
const hourly = (): NewCron => ({
  id: randomUUID(),
  graphId,
  assistantId: null,
  threadId: null,
  schedule: "0 * * * *",
  timezone: null,
  endTime: null,
  onRunCompleted: "delete",
  enabled: true,
  payload: { input: { n: 1 } },
  metadata: {},
  principal: { ...localPerson, tenant },
  nextRun: new Date("2030-01-01T01:00:00Z"),
});

/** As a process has them: its own connections, and what it started. */
function sweeper(database: Database, begin: (cron: DueCron) => Promise<void> = () => Promise.resolve()) {
  const started: DueCron[] = [];
  const failures: unknown[] = [];
  const crons = createCrons({
    rows: createCronStore(database),
    graphIds: [graphId],
    start(cron) {
      started.push(cron);
      return begin(cron);
    },
    now,
    log: { info: () => {}, warn: () => {}, error: (what, fields) => failures.push([what, fields]) },
  });
  return { crons, started, failures };
}

describe("a schedule", () => {
  const next = (
    schedule: string,
    after: string,
    timezone: string | null = null,
    endTime: Date | null = null,
  ) => nextTime({ schedule, timezone, endTime }, new Date(after))?.toISOString() ?? null;

  it("is in UTC unless it names a time zone, and keeps the hour there when the clocks change", () => {
    expect(next("0 9 * * 1-5", "2030-01-04T09:00:00Z")).toBe("2030-01-07T09:00:00.000Z");
    expect(next("0 9 * * *", "2030-01-01T00:00:00Z", "Europe/Berlin")).toBe("2030-01-01T08:00:00.000Z");
    expect(next("0 9 * * *", "2030-07-01T00:00:00Z", "Europe/Berlin")).toBe("2030-07-01T07:00:00.000Z");
    expect(next("*/15 * * * *", "2030-01-01T00:15:00Z")).toBe("2030-01-01T00:30:00.000Z");
    expect(next("@daily", "2030-01-01T00:15:00Z")).toBe("2030-01-02T00:00:00.000Z");
    expect(next("0 0 29 2 *", "2030-01-01T00:00:00Z")).toBe("2032-02-29T00:00:00.000Z");
  });

  it("ends with its end time, which is the last it may be due at", () => {
    const end = new Date("2030-01-01T02:00:00Z");
    expect(next("0 * * * *", "2030-01-01T01:00:00Z", null, end)).toBe("2030-01-01T02:00:00.000Z");
    expect(next("0 * * * *", "2030-01-01T02:00:00Z", null, end)).toBeNull();
  });

  it("that cannot be kept is refused with what is wrong with it", () => {
    const wrong: [string, RegExp][] = [
      ["61 * * * *", /Invalid value for minute: 61/],
      ["every day", /2 fields/],
      ["* * * * * *", /6 fields/],
      ["2031-01-01T00:00:00", /1 fields/],
      ["", /1 fields/],
      ["0 0 31 2 *", /no such time ever comes/],
      ["a b c d e", /illegal characters/],
      ["@reboot", /not supported/],
    ];
    for (const [schedule, why] of wrong)
      expect(() => next(schedule, "2030-01-01T00:00:00Z"), schedule).toThrow(why);
    expect(() => next("0 9 * * *", "2030-01-01T00:00:00Z", "Mars/Base")).toThrow(
      /"Mars\/Base" is no time zone/,
    );
  });
});

describe("a due cron", () => {
  it("is started once, however many processes look at the same time", async () => {
    const other = openDatabase({ url, roles: true, maxConnections: 6 });
    const many = Array.from({ length: 150 }, hourly);
    await Promise.all(many.map((cron) => rows.create(tenant, cron)));
    at("2030-01-01T01:00:00Z");
    const processes = [sweeper(db), sweeper(other), sweeper(db), sweeper(other)];
    await Promise.all(processes.map(({ crons }) => crons.sweep()));
    const started = processes.flatMap((one) => one.started.map(({ id }) => id));
    expect(started).toHaveLength(many.length);
    expect(new Set(started)).toEqual(new Set(many.map(({ id }) => id)));
    await other.close();
  });

  it("is not waited for while another process takes it", async () => {
    const cron = await rows.create(tenant, hourly());
    const free = await rows.create(tenant, hourly());
    at("2030-01-01T01:00:00Z");
    const mine = sweeper(db);
    await db.transaction({ tenant }, async (sql) => {
      await sql.query("select 1 from holdpoint.crons where cron_id = $1 for update", [cron?.id]);
      await mine.crons.sweep();
      expect(mine.started.map(({ id }) => id)).toEqual([free?.id]);
    });
    await mine.crons.sweep();
    expect(mine.started.map(({ id }) => id)).toEqual([free?.id, cron?.id]);
  });

  it("is started in its time and not before, again the next time, and carries what its run needs", async () => {
    const { crons, started } = sweeper(db);
    const cron = await rows.create(tenant, { ...hourly(), metadata: { tag: "x" } });
    at("2030-01-01T00:59:59Z");
    await crons.sweep();
    expect(started).toEqual([]);
    at("2030-01-01T01:00:00Z");
    await crons.sweep();
    await crons.sweep();
    expect(started).toMatchObject([
      {
        id: cron?.id,
        principal: { id: "local", tenant },
        dueAt: new Date("2030-01-01T01:00:00Z"),
        nextRun: new Date("2030-01-01T02:00:00Z"),
      },
    ]);
    expect(started[0] && runOf(started[0])).toEqual({
      input: { n: 1 },
      assistant_id: graphId,
      metadata: { tag: "x" },
    });
    at("2030-01-01T02:00:30Z");
    await crons.sweep();
    expect(started[1]?.dueAt).toEqual(new Date("2030-01-01T02:00:00Z"));
  });

  it("that nobody started for days is started once, and is then in time again", async () => {
    const { crons, started } = sweeper(db);
    await rows.create(tenant, hourly());
    at("2030-01-05T10:30:00Z");
    await crons.sweep();
    await crons.sweep();
    expect(started).toHaveLength(1);
    expect(started[0]?.nextRun).toEqual(new Date("2030-01-05T11:00:00Z"));
  });

  it("is started no more after its end", async () => {
    const { crons, started } = sweeper(db);
    const cron = await rows.create(tenant, { ...hourly(), endTime: new Date("2030-01-01T01:30:00Z") });
    for (const hour of ["01", "02", "03"]) {
      at(`2030-01-01T${hour}:00:00Z`);
      await crons.sweep();
    }
    expect(started.map(({ id }) => id)).toEqual([cron?.id]);
  });

  it("that cannot start its run spoils no other, and is due again the next time", async () => {
    const bad = await rows.create(tenant, hourly());
    const good = await rows.create(tenant, hourly());
    const { crons, started, failures } = sweeper(db, ({ id }) =>
      id === bad?.id ? Promise.reject(new Error("no such assistant")) : Promise.resolve(),
    );
    at("2030-01-01T01:00:00Z");
    await crons.sweep();
    expect(new Set(started.map(({ id }) => id))).toEqual(new Set([bad?.id, good?.id]));
    expect(failures).toEqual([
      ["a cron could not start its run", { cronId: bad?.id, error: "no such assistant" }],
    ]);
    at("2030-01-01T02:00:00Z");
    await crons.sweep();
    expect(started).toHaveLength(4);
  });

  it("whose schedule can be kept no longer stops, and holds up no other", async () => {
    const bad = await rows.create(tenant, { ...hourly(), schedule: "gone wrong" });
    const good = await rows.create(tenant, hourly());
    const { crons, started, failures } = sweeper(db);
    for (const hour of ["01", "02"]) {
      at(`2030-01-01T${hour}:00:00Z`);
      await crons.sweep();
    }
    expect(started.filter(({ id }) => id === bad?.id)).toHaveLength(1);
    expect(started.filter(({ id }) => id === good?.id)).toHaveLength(2);
    expect(failures).toHaveLength(1);
  });

  it("of a graph that is served elsewhere is left to whoever serves it", async () => {
    await rows.create(tenant, { ...hourly(), graphId: `${graphId}-2` });
    at("2030-01-01T01:00:00Z");
    const { crons, started } = sweeper(db);
    await crons.sweep();
    expect(started).toEqual([]);
    const elsewhere = await rows.dueCrons(now(), [`${graphId}-2`], () => null, 10);
    expect(elsewhere).toHaveLength(1);
  });
});

describe("over HTTP", () => {
  it("LangGraph's client makes a cron, with a fresh thread for each run", async () => {
    const made = await ours.client.crons.create(graphId, {
      schedule: "30 8 * * *",
      timezone: "Europe/Berlin",
      input: { n: 1 },
      config: { configurable: { user: "u" } },
      metadata: { tag: "x" },
      endTime: "2031-01-01T00:00:00",
      multitaskStrategy: "enqueue",
    });
    const { assistant_id } = await ours.client.assistants.get(graphId);
    expect(made).toMatchObject({
      assistant_id,
      thread_id: null,
      on_run_completed: "delete",
      schedule: "30 8 * * *",
      timezone: "Europe/Berlin",
      end_time: "2031-01-01T00:00:00.000Z",
      next_run_date: "2030-01-01T07:30:00.000Z",
      user_id: "local",
      metadata: { tag: "x" },
      enabled: true,
      payload: { input: { n: 1 }, config: { configurable: { user: "u" } }, multitask_strategy: "enqueue" },
    });
    expect(checked).toMatchObject([{ run: { assistant_id: graphId, input: { n: 1 } }, threadId: null }]);
  });

  it("on a thread, which stays; and on none that is not there, or is another tenant's", async () => {
    const threadId = await makeThread();
    const { crons } = ours.client;
    const made = await crons.createForThread(threadId, graphId, { schedule: "@hourly", input: {} });
    expect(made).toMatchObject({ thread_id: threadId, on_run_completed: "keep" });
    const nowhere = { status: 404, message: expect.stringContaining("no thread") as string };
    await expect(crons.createForThread("nowhere", graphId, { schedule: "@hourly" })).rejects.toMatchObject(
      nowhere,
    );
    await expect(
      theirs.client.crons.createForThread(threadId, graphId, { schedule: "@hourly" }),
    ).rejects.toMatchObject(nowhere);
    await expect(
      crons.createForThread(threadId, graphId, { schedule: "@hourly", onRunCompleted: "delete" }),
    ).rejects.toMatchObject({ status: 422, message: expect.stringContaining("unsupported") as string });
    await db.once({ tenant }, "delete from holdpoint.threads where thread_id = $1", [threadId]);
    expect(await crons.count({ threadId })).toBe(0);
  });

  it("refuses a schedule that cannot be kept, and a run that could not be made, when the cron is made", async () => {
    const refused = async (payload: object, text: string, status = 422) =>
      expect(ours.client.crons.create(graphId, payload as never)).rejects.toMatchObject({
        status,
        message: expect.stringContaining(text) as string,
      });
    await refused({ schedule: "61 * * * *" }, "Invalid value for minute: 61");
    await refused({ schedule: "0 0 31 2 *" }, "no such time ever comes");
    await refused({ schedule: "@hourly", timezone: "Mars/Base" }, "Mars/Base");
    await refused({ schedule: "@hourly", endTime: "2029-12-31T23:00:00Z" }, "would never run");
    await refused({ schedule: "@hourly", endTime: "soon" }, "end_time");
    await refused({ schedule: "@hourly", durability: "exit" }, "Each step is saved");
    await expect(ours.client.crons.create("nobody", { schedule: "@hourly" })).rejects.toMatchObject({
      status: 404,
    });
    expect(await ours.client.crons.count()).toBe(0);
  });

  it("changes what is named and leaves the rest; a disabled cron is never due", async () => {
    const { crons } = ours.client;
    const made = await crons.create(graphId, {
      schedule: "@hourly",
      input: { n: 1 },
      config: { tags: ["a"] },
      metadata: { a: 1 },
      endTime: "2031-01-01T00:00:00Z",
    });
    const id = made.cron_id;
    expect(await crons.update(id, { input: { n: 2 }, metadata: { b: 2 } })).toMatchObject({
      payload: { input: { n: 2 }, config: { tags: ["a"] } },
      metadata: { a: 1, b: 2 },
      next_run_date: "2030-01-01T01:00:00.000Z",
    });
    expect(await crons.update(id, { enabled: false })).toMatchObject({ enabled: false, next_run_date: null });
    at("2030-01-01T05:10:00Z");
    const { crons: worker, started } = sweeper(db);
    await worker.sweep();
    expect(started).toEqual([]);
    // Not for what it missed meanwhile.
    expect(await crons.update(id, { enabled: true })).toMatchObject({
      next_run_date: "2030-01-01T06:00:00.000Z",
    });
    expect(
      await crons.update(id, { schedule: "0 12 * * *", timezone: "Asia/Tokyo", endTime: null }),
    ).toMatchObject({
      end_time: null,
      next_run_date: "2030-01-02T03:00:00.000Z",
    });
    expect(await crons.update(id, { endTime: "2030-01-01T00:00:00Z" })).toMatchObject({
      next_run_date: null,
    });
    await expect(crons.update(id, { enabled: false, schedule: "x" })).rejects.toMatchObject({ status: 422 });
    await expect(crons.update(id, { durability: "exit" })).rejects.toMatchObject({ status: 422 });
    const moved = await ours.fetch(`/runs/crons/${id}`, { method: "PATCH", body: { thread_id: "t" } });
    expect(await moved.json()).toMatchObject({ code: "unsupported", field: "thread_id" });
    for (const unknown of [randomUUID(), "x"]) {
      await expect(crons.update(unknown, { enabled: true })).rejects.toMatchObject({ status: 404 });
      await expect(crons.delete(unknown)).rejects.toMatchObject({ status: 404 });
    }
  });

  it("runs in the name of whoever changed it last", async () => {
    const made = await ours.client.crons.create(graphId, { schedule: "@hourly" });
    const handlers = cronHandlers(deps);
    await handlers.updateCron({
      principal: { ...localPerson, id: "ada", tenant },
      params: { cron_id: made.cron_id },
      body: { input: { n: 2 } },
      query: undefined,
      headers: undefined,
      signal: new AbortController().signal,
      isStillIn: () => Promise.resolve(true),
    });
    at("2030-01-01T01:00:00Z");
    const { crons, started } = sweeper(db);
    await crons.sweep();
    expect(started.map(({ principal }) => principal.id)).toEqual(["ada"]);
  });

  it("finds and counts by assistant, thread, metadata and whether it is enabled, in the order asked for", async () => {
    const { crons, assistants } = ours.client;
    const own = await assistants.create({ graphId });
    const threadId = await makeThread();
    const daily = await crons.create(graphId, { schedule: "@daily", metadata: { team: { name: "day" } } });
    const hourlyOne = await crons.createForThread(threadId, own.assistant_id, { schedule: "@hourly" });
    const off = await crons.create(graphId, { schedule: "@monthly", enabled: false });
    const found = async (query: object) => (await crons.search(query)).map(({ cron_id }) => cron_id);
    expect(await found({})).toEqual([off.cron_id, hourlyOne.cron_id, daily.cron_id]);
    expect(await found({ sortBy: "next_run_date", sortOrder: "asc" })).toEqual([
      hourlyOne.cron_id,
      daily.cron_id,
      off.cron_id,
    ]);
    expect(await found({ limit: 1, offset: 1 })).toEqual([hourlyOne.cron_id]);
    expect(await found({ assistantId: own.assistant_id })).toEqual([hourlyOne.cron_id]);
    expect(await found({ assistantId: graphId, enabled: true })).toEqual([daily.cron_id]);
    expect(await found({ assistantId: daily.assistant_id, enabled: false })).toEqual([off.cron_id]);
    expect(await found({ assistantId: "nobody" })).toEqual([]);
    expect(await found({ threadId })).toEqual([hourlyOne.cron_id]);
    expect(await found({ metadata: { team: { name: "day" } } })).toEqual([daily.cron_id]);
    expect(await crons.count({ assistantId: graphId })).toBe(2);
    expect(await crons.count({ assistantId: "nobody" })).toBe(0);
    expect(await crons.search({ threadId, select: ["schedule"] })).toEqual([{ schedule: "@hourly" }]);
    await crons.delete(daily.cron_id);
    expect(await crons.count()).toBe(2);
  });

  it("goes with its assistant: to another graph, and away", async () => {
    const { crons, assistants } = ours.client;
    const own = await assistants.create({ graphId });
    await crons.create(own.assistant_id, { schedule: "@hourly" });
    const born = await crons.create(graphId, { schedule: "@hourly" });
    const dueAt = async (graph: string, hour: string) => {
      at(`2030-01-01T${hour}:00:00Z`);
      return (
        await rows.dueCrons(
          now(),
          [graph],
          ({ schedule }) => nextTime({ schedule, timezone: null, endTime: null }, now()),
          10,
        )
      ).length;
    };
    await assistants.update(own.assistant_id, { graphId: `${graphId}-2` });
    expect(await dueAt(`${graphId}-2`, "01")).toBe(1);
    expect(await dueAt(graphId, "01")).toBe(1);
    await assistants.setLatest(own.assistant_id, 1);
    expect(await dueAt(`${graphId}-2`, "02")).toBe(0);
    expect(await dueAt(graphId, "02")).toBe(2);
    await assistants.delete(own.assistant_id);
    expect((await crons.search()).map(({ cron_id }) => cron_id)).toEqual([born.cron_id]);
  });

  it("two tenants do not see each other's crons", async () => {
    const made = await ours.client.crons.create(graphId, { schedule: "@hourly" });
    const { crons } = theirs.client;
    expect(await crons.search()).toEqual([]);
    expect(await crons.count()).toBe(0);
    await expect(crons.update(made.cron_id, { enabled: false })).rejects.toMatchObject({ status: 404 });
    await expect(crons.delete(made.cron_id)).rejects.toMatchObject({ status: 404 });
    expect(await ours.client.crons.count()).toBe(1);
  });
});
