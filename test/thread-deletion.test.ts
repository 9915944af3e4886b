// Threads that go by themselves, or with their assistant: never one in which something waits or is at work, and never
// what stands on record of it.
import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testDatabase } from "./support/database.js";
import { request, say, serve, type Served } from "./support/http.js";

let at: Served;
let db: pg.Pool;
beforeAll(async () => {
  const url = await testDatabase();
  db = new pg.Pool({ connectionString: url });
  at = await serve(url);
});
afterAll(() => Promise.all([at.stop(), db.end()]));

const isThere = async (threadId: string): Promise<boolean> =>
  (await request(`${at.url}/threads/${threadId}`)).status === 200;
/** As if nothing had happened in it for so long. */
const rest = (threadId: string, minutes: number) =>
  db.query(
    "update holdpoint.threads set updated_at = now() - make_interval(mins => $2) where thread_id = $1",
    [threadId, minutes],
  );
const forget = () => at.runtime.runs.forgetExpired();
const wait = (threadId: string, words: string, assistant = "support") =>
  at.client.runs.wait(threadId, assistant, say(words));
const leftOf = async (threadId: string): Promise<number> => {
  const tables = [
    "threads",
    "runs",
    "checkpoints",
    "checkpoint_writes",
    "checkpoint_blobs",
    "checkpoint_items",
  ];
  const counts = tables.map((table) =>
    db.query(`select from holdpoint.${table} where thread_id = $1`, [threadId]),
  );
  return (await Promise.all(counts)).reduce((sum, { rowCount }) => sum + (rowCount ?? 0), 0);
};

describe("a thread with a time to live", () => {
  it("is deleted when nothing has happened in it for so long, and what was executed stays on record", async () => {
    const { thread_id: threadId } = await at.client.threads.create({ ttl: 30 });
    await wait(threadId, "note a");
    await rest(threadId, 29);
    await forget();
    expect(await isThere(threadId)).toBe(true);
    await rest(threadId, 31);
    await forget();
    expect(await isThere(threadId)).toBe(false);
    expect(await leftOf(threadId)).toBe(0);
    const { body } = await request(`${at.url}/executions?thread_id=${threadId}`);
    expect(body["items"]).toMatchObject([{ tool: "note", state: "succeeded" }]);
  });

  it("is told with it, and when it ends if nothing happens", async () => {
    const ttl = { strategy: "delete", ttl: 30, sweep_interval_minutes: null };
    const { body } = await request(`${at.url}/threads`, { body: { ttl } });
    const endsAt = new Date(Date.parse(body["updated_at"] as string) + 30 * 60_000).toISOString();
    expect(body["ttl"]).toEqual({ strategy: "delete", ttl_minutes: 30, expires_at: endsAt });
    const [found] = await at.client.threads.search({ ids: [body["thread_id"] as string] });
    expect(found).toMatchObject({ ttl: { ttl_minutes: 30 } });
    const copy = await at.client.threads.copy(body["thread_id"] as string);
    expect(copy).toMatchObject({ ttl: { ttl_minutes: 30 } });
    expect(await at.client.threads.create()).not.toHaveProperty("ttl");
  });

  it("is refused by name where it asks for what is not done", async () => {
    const { thread_id: threadId } = await at.client.threads.create();
    for (const [name, value] of Object.entries({ sweep_interval_minutes: 5, strategy: "keep_latest" })) {
      const body = { ttl: { ttl: 30, [name]: value } };
      const refused = { status: 422, body: { code: "unsupported", field: `ttl.${name}` } };
      expect(await request(`${at.url}/threads`, { body })).toMatchObject(refused);
      const patched = await request(`${at.url}/threads/${threadId}`, { method: "PATCH", body });
      expect(patched).toMatchObject(refused);
    }
    expect(await at.client.threads.get(threadId)).not.toHaveProperty("ttl");
  });

  it("gets it later, keeps it where nothing is said of it, and loses it again", async () => {
    const { thread_id: threadId } = await at.client.threads.create();
    const patch = async (body: object) =>
      (await request(`${at.url}/threads/${threadId}`, { method: "PATCH", body })).body["ttl"];
    expect(await patch({ ttl: { ttl: 0.5 } })).toMatchObject({ ttl_minutes: 0.5 });
    expect(await patch({ metadata: { a: 1 } })).toMatchObject({ ttl_minutes: 0.5 });
    expect(await patch({ ttl: null })).toBeUndefined();
    await rest(threadId, 10_000);
    await forget();
    expect(await isThere(threadId)).toBe(true);
  });

  it("lives on from each run", async () => {
    const { thread_id: threadId } = await at.client.threads.create({ ttl: 1 });
    await rest(threadId, 5);
    await wait(threadId, "read a");
    await forget();
    expect(await isThere(threadId)).toBe(true);
  });

  it("stays while something in it waits for a decision, is at work, or is about to be", async () => {
    const ids = await Promise.all(
      Array.from({ length: 3 }, async () => (await at.client.threads.create({ ttl: 1 })).thread_id),
    );
    const [held, working, later] = ids as [string, string, string];
    const gate = randomUUID();
    await wait(held, "pay a 5");
    const run = await at.client.runs.create(working, "support", say(`wait ${gate}`));
    await at.client.runs.create(later, "support", { ...say("read a"), afterSeconds: 3_600 });
    const look = async () => {
      await Promise.all(ids.map((id) => rest(id, 5)));
      await forget();
      return Promise.all(ids.map(isThere));
    };
    expect(await look()).toEqual([true, true, true]);
    at.release(gate);
    await at.client.runs.join(working, run.run_id);
    const { body } = await request(`${at.url}/reviews?thread_id=${held}&status=open`);
    const [review] = body["items"] as { id: string; argsHash: string }[];
    await request(`${at.url}/reviews/${review?.id}/decision`, {
      body: { type: "reject", argsHash: review?.argsHash },
    });
    await at.runtime.waitForThread("default", held);
    expect(await look()).toEqual([false, false, true]);
  });

  it("stays where something happens in it at the last moment", async () => {
    const { thread_id: threadId } = await at.client.threads.create({ ttl: 1 });
    await rest(threadId, 5);
    const client = await db.connect();
    await client.query("begin");
    await client.query("update holdpoint.threads set updated_at = now() where thread_id = $1", [threadId]);
    const forgetting = forget();
    const waits = `select from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and query like '%lock-expired%'`;
    await expect.poll(async () => (await db.query(waits)).rowCount, { interval: 10 }).toBe(1);
    await client.query("commit");
    client.release();
    await forgetting;
    expect(await isThere(threadId)).toBe(true);
  });

  it.each([
    [{ ttl: { strategy: "keep_latest", ttl: 5 } }, "unsupported"],
    [{ ttl: { strategy: "delete" } }, "request_invalid"],
    [{ ttl: -1 }, "request_invalid"],
    [{ ttl: "soon" }, "request_invalid"],
  ])("is refused where it says %o", async (body, code) => {
    expect(await request(`${at.url}/threads`, { body })).toMatchObject({ status: 422, body: { code } });
  });
});

describe("an assistant that is deleted with its threads", () => {
  const make = async () => (await at.client.assistants.create({ graphId: "support" })).assistant_id;
  const threadOf = async (assistantId: string, words: string) => {
    const { thread_id: threadId } = await at.client.threads.create();
    await wait(threadId, words, assistantId);
    return threadId;
  };
  const remove = (assistantId: string, more = "") =>
    request(`${at.url}/assistants/${assistantId}?delete_threads=true${more}`, { method: "DELETE" });

  it("takes all of them, and nobody else's", async () => {
    const [one, other] = [await make(), await make()];
    const going = [await threadOf(one, "read a"), await threadOf(one, "note b")];
    const staying = [await threadOf(other, "read a"), await threadOf("support", "read a")];
    await at.client.assistants.delete(one, { deleteThreads: true });
    expect(await Promise.all(going.map(isThere))).toEqual([false, false]);
    expect(await Promise.all(going.map(leftOf))).toEqual([0, 0]);
    expect(await Promise.all(staying.map(isThere))).toEqual([true, true]);
    await expect(at.client.assistants.get(one)).rejects.toMatchObject({ status: 404 });
    await at.client.assistants.delete(other);
    expect(await Promise.all(staying.map(isThere))).toEqual([true, true]);
  });

  it("stays, and so do all its threads, where something waits in one of them", async () => {
    const id = await make();
    const free = await threadOf(id, "read a");
    const held = await threadOf(id, "pay a 5");
    expect(await remove(id)).toMatchObject({
      status: 409,
      body: { code: "thread_has_open_holds", threadId: held },
    });
    expect(await Promise.all([free, held].map(isThere))).toEqual([true, true]);
    expect((await at.client.assistants.get(id)).assistant_id).toBe(id);
    expect((await remove(id, "&holds=supersede")).status).toBe(204);
    expect(await Promise.all([free, held].map(isThere))).toEqual([false, false]);
    const { body } = await request(`${at.url}/reviews?thread_id=${held}`);
    expect(body["items"]).toMatchObject([{ status: "superseded" }]);
  });

  it("stays where a run of one of them is at work", async () => {
    const id = await make();
    const gate = randomUUID();
    const { thread_id: threadId } = await at.client.threads.create();
    const run = await at.client.runs.create(threadId, id, say(`wait ${gate}`));
    await expect
      .poll(async () => (await at.client.runs.get(threadId, run.run_id)).status, { interval: 10 })
      .toBe("running");
    expect(await remove(id, "&holds=supersede")).toMatchObject({
      status: 409,
      body: { code: "thread_busy", threadId },
    });
    at.release(gate);
    await at.client.runs.join(threadId, run.run_id);
    expect((await remove(id)).status).toBe(204);
  });

  it("that is not there takes nothing", async () => {
    const id = randomUUID();
    const { thread_id: threadId } = await at.client.threads.create({ metadata: { assistant_id: id } });
    expect((await remove(id)).status).toBe(404);
    expect((await remove("support")).status).toBe(422);
    expect(await isThere(threadId)).toBe(true);
  });
});
