// The queue below everything else: whose turn it is, and what may happen to a thread meanwhile.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { localPerson } from "../src/kernel/principal.js";
import { openDatabase, type Database } from "../src/storage/database.js";
import type { NewRun, RunStore } from "../src/storage/run-rows.js";
import { callOf, processWith, runStoreOf, scopeOf } from "./support/below-graph.js";
import { testDatabase } from "./support/database.js";
import { defineTool } from "../src/index.js";
import { z } from "zod";

let db: Database;
let runs: RunStore;
beforeAll(async () => {
  db = openDatabase({ url: await testDatabase(), roles: true, maxConnections: 6 });
  runs = runStoreOf(db, randomUUID());
  await runs.renewProcess(600_000);
});
afterAll(() => db.close());

const newRun = (threadId: string, more: Partial<NewRun> = {}): NewRun => ({
  id: randomUUID(),
  tenant: "default",
  threadId,
  graphId: "test",
  kind: "input",
  payload: {},
  principal: localPerson,
  ...more,
});
const queue = (threadId: string, more: Partial<NewRun> = {}) => runs.begin(newRun(threadId, more), false);
/** Holds a row as another process does that is in the middle of taking it. */
async function locked<T>(text: string, id: string, meanwhile: () => Promise<T>): Promise<T> {
  const client = await db.pool.connect();
  try {
    await client.query("begin");
    await client.query(`${text} for update`, [id]);
    return await meanwhile();
  } finally {
    await client.query("rollback");
    client.release();
  }
}
const pay = defineTool({
  name: "pay",
  description: "Pays.",
  args: z.object({ id: z.string() }),
  run: () => "paid",
});
/** A thread in which a payment waits. */
async function held(): Promise<string> {
  const threadId = randomUUID();
  const run = await queue(threadId);
  await runs.claimNext();
  const { act } = await processWith(db, [pay]);
  await act(scopeOf(threadId, run.id), callOf(threadId));
  await runs.finish({ ...run, epoch: 1 }, "interrupted", null);
  return threadId;
}

it("of the runs of one thread the first is next, also while another process has it in its hands", async () => {
  const threadId = randomUUID();
  const [first, second] = [await queue(threadId), await queue(threadId)];
  await locked("select from holdpoint.runs where run_id = $1", first.id, async () => {
    expect(await runs.claimNext()).toBeNull();
  });
  const taken = await runs.claimNext();
  expect(taken?.id).toBe(first.id);
  expect(await runs.claimNext()).toBeNull();
  await runs.finish({ ...first, epoch: 1 }, "success", null);
  expect((await runs.claimNext())?.id).toBe(second.id);
  await runs.finish({ ...second, epoch: 1 }, "success", null);
});

it("a run that is put off lets those of its thread go first that are not", async () => {
  const threadId = randomUUID();
  await queue(threadId, { runAfterMs: 60_000 });
  const now = await queue(threadId);
  expect((await runs.claimNext())?.id).toBe(now.id);
  await runs.finish({ ...now, epoch: 1 }, "success", null);
});

it("a run that is at work or waits ends with others before it, and never with later ones or a delivery", async () => {
  const threadId = await held();
  const [a, b, c] = [await queue(threadId), await queue(threadId), await queue(threadId)];
  const delivery = await runs.beginResumption({ ...newRun(threadId) }, false);
  const ended = await runs.cancel("default", threadId, { before: b.id }, "interrupt");
  expect(ended.map(({ id }) => id)).toEqual([a.id]);
  expect((await runs.find("default", c.id))?.status).toBe("pending");
  expect((await runs.find("default", delivery?.id ?? ""))?.status).toBe("pending");
  await runs.deleteThread("default", threadId, "supersede");
});

it("a delivery that only makes up for a lost one is not written beside one at work or waiting", async () => {
  const threadId = await held();
  const makingUp = () => runs.beginResumption({ ...newRun(threadId), unlessUnderWay: true }, true);
  const first = await runs.beginResumption(newRun(threadId), true);
  expect(first?.status).toBe("running");
  expect(await makingUp()).toBeNull();
  const waiting = await runs.beginResumption(newRun(threadId), true);
  expect(waiting?.status).toBe("pending");
  expect(await makingUp()).toBeNull();
  if (first) await runs.finish(first, "success", null);
  await runs.cancel("default", threadId, { runIds: [waiting?.id ?? ""] }, "interrupt");
  const after = await makingUp();
  expect(after?.status).toBe("running");
  if (after) await runs.finish(after, "success", null);
  await runs.deleteThread("default", threadId, "supersede");
});

it("a decision is made up for only when its own delivery has had its time", async () => {
  const threadId = await held();
  const decideAgo = (seconds: number) =>
    db.pool.query(
      `update holdpoint.reviews set status = 'decided', decided_at = now() - make_interval(secs => $2)
       where thread_id = $1`,
      [threadId, seconds],
    );
  const lost = async () => (await runs.undelivered(10_000)).some((one) => one.threadId === threadId);
  await decideAgo(0);
  expect(await lost()).toBe(false);
  await decideAgo(11);
  expect(await lost()).toBe(true);
  await runs.deleteThread("default", threadId, "supersede");
});

it("a thread is not deleted under a run that starts in the same moment", async () => {
  const threadId = randomUUID();
  const run = await queue(threadId);
  const deleted = await locked("select from holdpoint.runs where run_id = $1", run.id, async () => {
    const deleting = runs.deleteThread("default", threadId, "supersede");
    await db.pool.query("select pg_sleep(0.1)");
    return { deleting };
  });
  expect(await deleted.deleting).toBe("busy");
  expect((await runs.claimNext())?.id).toBe(run.id);
  expect(await runs.deleteThread("default", threadId, "supersede")).toBe("busy");
  await runs.finish({ ...run, epoch: 1 }, "success", null);
  expect(await runs.deleteThread("default", threadId, "refuse")).toBe("deleted");
  expect(await runs.deleteThread("default", threadId, "refuse")).toBe("absent");
});

it("a run that waits behind a hold is not next when that is withdrawn, but the one that tells of it", async () => {
  const threadId = await held();
  const waiting = await queue(threadId);
  const telling = newRun(threadId);
  expect(await runs.supersedeHolds("default", threadId, telling)).toBe(1);
  expect(await runs.claimNext()).toMatchObject({ id: telling.id, kind: "resume" });
  expect(await runs.supersedeHolds("default", threadId, newRun(threadId))).toBe(0);
  await runs.finish({ ...waiting, ...telling, epoch: 1 }, "success", null);
  expect(await runs.claimNext()).toMatchObject({ id: waiting.id });
  await runs.finish({ ...waiting, epoch: 1 }, "success", null);
});

it("a decision in a thread that is gone is not delivered again and again", async () => {
  const threadId = await held();
  const waits = async () => (await runs.undelivered(0)).some((one) => one.threadId === threadId);
  await db.pool.query(
    "update holdpoint.reviews set status = 'decided', decided_at = now() where thread_id = $1",
    [threadId],
  );
  expect(await waits()).toBe(true);
  await db.pool.query("delete from holdpoint.threads where thread_id = $1", [threadId]);
  expect(await waits()).toBe(false);
});

it("what nobody knows the outcome of is asked on when its thread is withdrawn from or deleted", async () => {
  const threadId = await held();
  await db.pool.query("update holdpoint.reviews set kind = 'settle' where thread_id = $1", [threadId]);
  expect(await runs.supersedeHolds("default", threadId, null)).toBe(0);
  expect(await runs.deleteThread("default", threadId, "refuse")).toBe("held");
  expect(await runs.deleteThread("default", threadId, "supersede")).toBe("deleted");
  const { rows } = await db.pool.query("select status from holdpoint.reviews where thread_id = $1", [
    threadId,
  ]);
  expect(rows).toEqual([{ status: "open" }]);
});

it.each([
  ["review", "superseded"],
  ["settle", "open"],
])("a run that is taken back leaves its %s %s", async (kind, status) => {
  const threadId = randomUUID();
  const run = await queue(threadId);
  await runs.claimNext();
  const { act } = await processWith(db, [pay]);
  await act(scopeOf(threadId, run.id), callOf(threadId));
  await db.pool.query("update holdpoint.reviews set kind = $2 where thread_id = $1", [threadId, kind]);
  const statuses = async () =>
    (await db.pool.query("select status from holdpoint.reviews where thread_id = $1", [threadId])).rows;
  await runs.takeBack({ ...run, epoch: 0 });
  expect(await statuses()).toEqual([{ status: "open" }]);
  const ending = await runs.takeBack({ ...run, epoch: 1 });
  expect(await statuses()).toEqual([{ status }]);
  expect(await runs.finish({ ...run, epoch: 1 }, "cancelled", null)).toMatchObject({ ended: false });
  expect(await runs.finish(ending, "cancelled", null)).toMatchObject({ ended: true });
});

it("a step that is being written while its run is taken back goes with it, and no other comes after", async () => {
  const threadId = randomUUID();
  const run = await queue(threadId);
  await runs.claimNext();
  const write = `insert into holdpoint.checkpoints (thread_id, checkpoint_ns, checkpoint_id, checkpoint, metadata)
    select thread_id, '', $2, '{}', jsonb_build_object('run_id', $1::text) from holdpoint.runs
    where run_id = $1::uuid and epoch = 1 and status = 'running' for share`;
  const client = await db.pool.connect();
  await client.query("begin");
  await client.query(write, [run.id, "a"]);
  const takingBack = runs.takeBack({ ...run, epoch: 1 });
  const waits = `select from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock' and query like '/* run.end-writing%'`;
  await expect.poll(async () => (await db.pool.query(waits)).rowCount, { interval: 10 }).toBe(1);
  await client.query("commit");
  const ending = await takingBack;
  await client.query(write, [run.id, "b"]);
  client.release();
  const left = await db.pool.query("select from holdpoint.checkpoints where thread_id = $1", [threadId]);
  expect(left.rowCount).toBe(0);
  await runs.finish(ending, "cancelled", null);
});

it("a thread that was made for one run is kept while something in it waits for people", async () => {
  const threadId = await held();
  await db.pool.query("update holdpoint.threads set temporary = true, status = 'idle' where thread_id = $1", [
    threadId,
  ]);
  await runs.forgetTemporary(0);
  expect(await runs.findThread("default", threadId)).not.toBeNull();
  await runs.supersedeHolds("default", threadId, null);
  await runs.forgetTemporary(60_000);
  expect(await runs.findThread("default", threadId)).not.toBeNull();
  await runs.forgetTemporary(0);
  expect(await runs.findThread("default", threadId)).toBeNull();
});
