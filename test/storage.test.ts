import { HumanMessage } from "@langchain/core/messages";
import { emptyCheckpoint } from "@langchain/langgraph-checkpoint";
import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { grantLease, leaseKey, type Lease } from "../src/kernel/lease.js";
import { localPerson } from "../src/kernel/principal.js";
import { openDatabase, type Database } from "../src/storage/database.js";
import { FencedSaver } from "../src/storage/fenced-saver.js";
import type { RunStore } from "../src/storage/run-rows.js";
import { startAgent } from "./support/agent.js";
import { at, type AnyGraph } from "./support/doors.js";
import { endOf, startChild } from "./support/child.js";
import { urlOf } from "./support/cluster.js";
import { runStoreOf } from "./support/below-graph.js";
import { testDatabase } from "./support/database.js";

let url: string;
let db: Database;
beforeAll(async () => {
  url = await testDatabase();
  db = openDatabase({ url, roles: true, maxConnections: 4 });
});
afterAll(() => db.close());

const processId = randomUUID();
const newRun = (tenant: string, threadId: string) => ({
  id: randomUUID(),
  tenant,
  threadId,
  graphId: "test",
  kind: "input" as const,
  payload: {},
  principal: { ...localPerson, tenant },
});

async function begin(runs: RunStore, tenant: string): Promise<Lease> {
  await runs.renewProcess(60_000);
  const threadId = randomUUID();
  const run = await runs.takeDirectly({ ...newRun(tenant, threadId), graphId: "test", kind: "direct" });
  return grantLease({ tenant, threadId, principal: localPerson, run: { id: run.id, epoch: run.epoch } });
}

const configOf = (lease: Lease, checkpointId?: string) => ({
  configurable: {
    thread_id: lease.threadId,
    checkpoint_ns: "",
    checkpoint_id: checkpointId,
    [leaseKey]: lease,
  },
});

async function putMessages(saver: FencedSaver, lease: Lease, texts: string[], parent?: string) {
  const version = saver.getNextVersion(texts.length);
  const checkpoint = {
    ...emptyCheckpoint(),
    id: `1${String(Date.now())}-${randomUUID()}`,
    channel_values: { messages: texts.map((text) => new HumanMessage({ id: text, content: text })) },
    channel_versions: { messages: version },
  };
  await saver.put(
    configOf(lease, parent),
    checkpoint,
    { source: "loop", step: texts.length, parents: {} },
    { messages: version },
  );
  return checkpoint.id;
}

const textsIn = async (saver: FencedSaver, lease: Lease, checkpointId?: string) => {
  const tuple = await saver.getTuple(configOf(lease, checkpointId));
  return (tuple?.checkpoint.channel_values["messages"] as HumanMessage[] | undefined)?.map(
    (message) => message.text,
  );
};

describe("migrations", () => {
  it("four processes that migrate one empty database at once all succeed, and each migration is applied once", async () => {
    const name = `migrate_${randomUUID().replaceAll("-", "")}`;
    const admin = new pg.Client({ connectionString: inject("clusterUrl") });
    await admin.connect();
    await admin.query(`create database ${name}`);
    const program = `
      const { migrate } = await import(process.env.DIST + "src/storage/migrate.js");
      console.log(JSON.stringify(await migrate(process.env.TARGET)));`;
    const target = urlOf(inject("clusterUrl"), name);
    const ends = await Promise.all(
      Array.from({ length: 4 }, () => endOf(startChild(program, { TARGET: target }))),
    );
    expect(ends.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
      ends.map(() => ({ code: 0, stderr: "" })),
    );
    const applied = ends.flatMap(({ stdout }) => (JSON.parse(stdout) as { applied: string[] }).applied);
    expect(applied.length).toBeGreaterThan(3);
    expect(new Set(applied).size).toBe(applied.length);
    await admin.query(`drop database ${name} with (force)`);
    await admin.end();
  });

  it("where roles cannot be created, a warning names what is lost and the server still keeps tenants apart", async () => {
    const name = `plain_${randomUUID().replaceAll("-", "")}`;
    const admin = new pg.Client({ connectionString: inject("clusterUrl") });
    await admin.connect();
    await admin.query(`create role ${name} login password 'x' nosuperuser nocreaterole`);
    await admin.query(`create database ${name} owner ${name}`);
    const target = new URL(urlOf(inject("clusterUrl"), name));
    target.username = name;
    target.password = "x";
    const { migrate } = await import("../src/storage/migrate.js");
    const { roles, warning } = await migrate(target.href);
    expect({ roles, warning }).toEqual({
      roles: false,
      warning: expect.stringContaining("holdpoint_app") as string,
    });

    const plain = openDatabase({ url: target.href, roles });
    const runs = runStoreOf(plain, processId, "test");
    await runs.createThread({ id: "t", tenant: "a", graphId: null, metadata: {} });
    expect(await runs.findThread("a", "t")).toMatchObject({ id: "t" });
    expect(await runs.findThread("b", "t")).toBeNull();
    await plain.close();
    await admin.query(`drop database ${name} with (force)`);
    await admin.query(`drop role ${name}`);
    await admin.end();
  });
});

describe("another tenant", () => {
  it("is refused a thread and its checkpoints by the database itself", async () => {
    const runs = runStoreOf(db, processId, "test");
    const lease = await begin(runs, "a");
    const saver = new FencedSaver(db, "a");
    await putMessages(saver, lease, ["secret"]);
    for (const table of ["threads", "runs", "checkpoints", "checkpoint_blobs", "checkpoint_items"]) {
      const count = async (tenant: string) =>
        (
          await db.once<{ n: number }>(
            { tenant },
            `select count(*)::int as n from holdpoint.${table} where thread_id = $1`,
            [lease.threadId],
          )
        )[0]?.n;
      expect({ table, own: (await count("a")) ?? 0, other: await count("b") }).toEqual({
        table,
        own: expect.any(Number) as number,
        other: 0,
      });
      expect(await count("a")).toBeGreaterThan(0);
    }
    await expect(
      db.once(
        { tenant: "b" },
        "insert into holdpoint.checkpoints (thread_id, checkpoint_id, checkpoint) values ($1, 'x', '{}')",
        [lease.threadId],
      ),
    ).rejects.toThrow(/row-level security/);
  });

  it("cannot write a run into it, nor learn that it exists", async () => {
    const runs = runStoreOf(db, processId, "test");
    const { threadId } = await begin(runs, "a");
    await expect(runs.begin(newRun("b", threadId), true)).rejects.toMatchObject({ code: "not_found" });
    expect(await runs.findThread("b", threadId)).toBeNull();
  });

  it("cannot write under its own name into a thread or an action of somebody else", async () => {
    const { threadId } = await begin(runStoreOf(db, processId, "test"), "a");
    const run = `insert into holdpoint.runs (run_id, tenant_id, thread_id, graph_id, kind, principal)
      values (gen_random_uuid(), 'b', $1, 'test', 'input', '{}')`;
    await expect(db.once({ tenant: "b" }, run, [threadId])).rejects.toThrow(/foreign key/);
    const action = randomUUID();
    await db.once(
      { tenant: "a" },
      `insert into holdpoint.actions (action_id, tenant_id, thread_id, graph_id, message_id, call_index, call_id, tool, args,
         args_hash, route, assessment, requested_by)
       values ($1, 'a', 't', 'test', 'm', 0, 'c', 'pay', '{}', 'h', 'approve', '{}', '{}')`,
      [action],
    );
    const execution = `insert into holdpoint.executions (execution_id, tenant_id, action_id, thread_id, tool, args,
        args_hash, key, effect, state, process_id)
      values (gen_random_uuid(), 'b', $1, 't', 'pay', '{}', 'h', $1, 'blind', 'claimed', gen_random_uuid())`;
    await expect(db.once({ tenant: "b" }, execution, [action])).rejects.toThrow(/foreign key/);
  });

  it("gets no row by having it moved: whose a row is, is written once", async () => {
    for (const table of ["runs", "reviews", "executions"]) {
      await expect(db.once("worker", `update holdpoint.${table} set tenant_id = 'b'`)).rejects.toThrow(
        /permission denied/,
      );
    }
  });

  it("may not be impersonated by a statement outside a tenant's transaction", async () => {
    const rows = await db.transaction({ tenant: "nobody" }, (sql) =>
      sql.query("select * from holdpoint.threads"),
    );
    expect(rows).toEqual([]);
    await expect(db.once({ tenant: "a" }, "update holdpoint.decisions set type = 'approve'")).rejects.toThrow(
      /permission denied/,
    );
    await expect(db.once({ tenant: "a" }, "delete from holdpoint.actions")).rejects.toThrow(
      /permission denied/,
    );
  });
});

describe("the fenced checkpointer", () => {
  it("writes nothing for a run whose epoch was taken over", async () => {
    const runs = runStoreOf(db, processId, "test");
    const lease = await begin(runs, "a");
    const saver = new FencedSaver(db, "a");
    const first = await putMessages(saver, lease, ["one"]);
    await db.once({ tenant: "a" }, "update holdpoint.runs set epoch = epoch + 1 where run_id = $1", [
      lease.run?.id,
    ]);
    await expect(putMessages(saver, lease, ["one", "zombie"], first)).rejects.toMatchObject({
      code: "run_fenced",
    });
    await expect(
      saver.putWrites(configOf(lease, first), [["messages", "zombie"]], "task"),
    ).rejects.toMatchObject({ code: "run_fenced" });
    expect(await textsIn(saver, lease)).toEqual(["one"]);
  });

  it("writes nothing after a step that was lost while its graph went on, which tells the run", async () => {
    const runs = runStoreOf(db, processId, "test");
    const known = await begin(runs, "a");
    const lost: unknown[] = [];
    const lease = grantLease({ ...known, durability: "async", lost: (fault) => lost.push(fault) });
    let isDown = false;
    const failing: Database = {
      ...db,
      batch: (...given) => (isDown ? Promise.reject(new Error("It is down.")) : db.batch(...given)),
    };
    const saver = new FencedSaver(failing, "a");
    const one = await putMessages(saver, lease, ["one"]);
    isDown = true;
    const two = await putMessages(saver, lease, ["one", "two"], one);
    isDown = false;
    const three = await putMessages(saver, lease, ["one", "two", "three"], two);
    await saver.putWrites(configOf(lease, three), [["messages", "four"]], "task");
    expect(lost).toEqual([new Error("It is down.")]);
    expect(await textsIn(saver, lease)).toEqual(["one"]);
    expect(await saver.getTuple(configOf(lease, three))).toBeUndefined();
  });

  it("writes nothing without a lease, or with one of another thread or one that was made up", async () => {
    const saver = new FencedSaver(db, "a");
    const lease = await begin(runStoreOf(db, processId, "test"), "a");
    const forged = { ...lease };
    const elsewhere = grantLease({ ...lease, threadId: randomUUID() });
    for (const given of [undefined, forged, elsewhere]) {
      const config = { configurable: { thread_id: lease.threadId, checkpoint_ns: "", [leaseKey]: given } };
      await expect(saver.putWrites(config, [["messages", "x"]], "task")).rejects.toMatchObject({
        code: "run_fenced",
      });
    }
  });

  it("makes a takeover wait for a write that is under way, so that the new run reads it", async () => {
    const runs = runStoreOf(db, processId, "test");
    const lease = await begin(runs, "a");
    const order: string[] = [];
    const gate = withResolvers();
    const write = db.transaction({ tenant: "a" }, async (sql) => {
      await sql.query("select 1 from holdpoint.runs where run_id = $1 for share", [lease.run?.id]);
      gate.resolve(undefined);
      await sql.query("select pg_sleep(0.2)");
      order.push("write");
    });
    await gate.promise;
    const takeover = db
      .once({ tenant: "a" }, "update holdpoint.runs set epoch = epoch + 1 where run_id = $1", [lease.run?.id])
      .then(() => order.push("takeover"));
    await Promise.all([write, takeover]);
    expect(order).toEqual(["write", "takeover"]);
  });

  it("gives back each version of a list of messages, forks among them", async () => {
    const saver = new FencedSaver(db, "a");
    const lease = await begin(runStoreOf(db, processId, "test"), "a");
    const one = await putMessages(saver, lease, ["a"]);
    const two = await putMessages(saver, lease, ["a", "b"], one);
    const fork = await putMessages(saver, lease, ["a", "x"], one);
    const rewritten = await putMessages(saver, lease, ["z", "b", "c"], two);
    expect(await textsIn(saver, lease, one)).toEqual(["a"]);
    expect(await textsIn(saver, lease, two)).toEqual(["a", "b"]);
    expect(await textsIn(saver, lease, fork)).toEqual(["a", "x"]);
    expect(await textsIn(saver, lease, rewritten)).toEqual(["z", "b", "c"]);
    // A process that knows nothing of what is stored adds to it all the same.
    const stranger = new FencedSaver(db, "a");
    const five = await putMessages(stranger, lease, ["z", "b", "c", "d"], rewritten);
    expect(await textsIn(stranger, lease, five)).toEqual(["z", "b", "c", "d"]);
  });

  it("writes a list again from the start where another process deleted the thread", async () => {
    const saver = new FencedSaver(db, "a");
    const lease = await begin(runStoreOf(db, processId, "test"), "a");
    const one = await putMessages(saver, lease, ["a", "b"]);
    await new FencedSaver(db, "a").deleteThread(lease.threadId);
    const two = await putMessages(saver, lease, ["a", "b", "c"], one);
    expect(await textsIn(new FencedSaver(db, "a"), lease, two)).toEqual(["a", "b", "c"]);
  });

  it("stores each message once, however many checkpoints see it", async () => {
    const saver = new FencedSaver(db, "a");
    const lease = await begin(runStoreOf(db, processId, "test"), "a");
    const texts: string[] = [];
    let parent: string | undefined;
    for (let turn = 0; turn < 20; turn += 1) {
      texts.push(`message ${turn}`);
      parent = await putMessages(saver, lease, texts, parent);
    }
    const [row] = await db.once<{ n: number }>(
      { tenant: "a" },
      "select count(*)::int as n from holdpoint.checkpoint_items where thread_id = $1",
      [lease.threadId],
    );
    expect(row?.n).toBe(20);
  });
});

describe("a fork", () => {
  it("has values of its own, whatever the branch it left wrote at the same step", async () => {
    const { holdpoint } = await startAgent(url);
    const graph = holdpoint.graph as unknown as AnyGraph;
    const id = randomUUID();
    await graph.invoke({ messages: [new HumanMessage("first")] }, at(id));
    const { config } = await graph.getState(at(id));
    await graph.updateState(at(id), { messages: [new HumanMessage("on the branch")] }, "agent");
    await graph.updateState(
      at(id, config.configurable),
      { messages: [new HumanMessage("on the fork")] },
      "agent",
    );
    expect((await graph.getState(at(id))).values.messages?.at(-1)?.text).toBe("on the fork");
    await holdpoint.stop();
  });
});

describe("runs", () => {
  it("one thread has one run at a time, and resumptions overtake queued input", async () => {
    const runs = runStoreOf(db, processId, "test");
    await runs.renewProcess(60_000);
    const threadId = randomUUID();
    const input = await runs.begin(newRun("a", threadId), false);
    await runs.beginResumption(newRun("a", threadId), true);
    const first = await claimOf(runs, threadId);
    expect(first?.kind).toBe("resume");
    expect(await claimOf(runs, threadId)).toBeNull();
    await expect(
      runs.takeDirectly({ ...newRun("a", threadId), graphId: "test", kind: "direct" }),
    ).rejects.toMatchObject({
      code: "thread_busy",
    });
    if (first) expect(await runs.finish(first, "success", null)).toEqual({ ended: true, more: true });
    expect((await claimOf(runs, threadId))?.id).toBe(input.id);
  });

  it("a run whose process stopped renewing is taken by another, at a higher epoch, and its old owner ends nothing", async () => {
    const dead = runStoreOf(db, randomUUID(), "test");
    await dead.renewProcess(50);
    const threadId = randomUUID();
    await dead.begin(newRun("a", threadId), false);
    const before = await claimOf(dead, threadId);
    const alive = runStoreOf(db, randomUUID(), "test");
    await alive.renewProcess(60_000);
    await expect.poll(() => claimOf(alive, threadId)).toMatchObject({ id: before?.id, epoch: 2 });
    expect(before && (await dead.finish(before, "success", null))).toMatchObject({ ended: false });
  });
});

/** Claims until it is this thread's turn; runs of other tests are given back. */
async function claimOf(runs: RunStore, threadId: string) {
  for (;;) {
    const run = await runs.claimNext();
    if (!run || run.threadId === threadId) return run;
    await runs.finish(run, "success", null);
  }
}

function withResolvers() {
  let resolve: (value: unknown) => void = () => {};
  const promise = new Promise((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
