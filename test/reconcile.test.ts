// What the record says waits, and what the threads show: made one again after something changed one of them behind us.
import { Annotation, END, START, StateGraph, interrupt } from "@langchain/langgraph";
import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startAgent } from "./support/agent.js";
import { stageFor, type Scene, type Stage } from "./support/crash.js";
import { request, say, serve, type Served } from "./support/http.js";
import { testDatabase } from "./support/database.js";

const settings = { reconcileMs: 100 };

let at: Served;
let other: Served;
let admin: pg.Pool;
beforeAll(async () => {
  const database = await testDatabase();
  admin = new pg.Pool({ connectionString: database });
  at = await serve(database, { settings, plain: { asker: asker() } });
  other = await serve(database, { settings, plain: { asker: asker() } });
});
afterAll(async () => {
  await Promise.all([at.stop(), other.stop()]);
  await admin.end();
});

/** A graph that knows nothing of Holdpoint, and asks. */
const asker = () =>
  new StateGraph(Annotation.Root({ heard: Annotation<unknown> }))
    .addNode("ask", () => ({ heard: interrupt({ question: "Which one?" }) }))
    .addEdge(START, "ask")
    .addEdge("ask", END)
    .compile();

interface ReviewBody {
  id: string;
  status: string;
  argsHash: string;
  kind: string;
}
const reviewsOf = async (threadId: string) =>
  (await request(`${at.url}/reviews?thread_id=${threadId}`)).body["items"] as ReviewBody[];
const statusesOf = async (threadId: string) => (await reviewsOf(threadId)).map(({ status }) => status);
const eventsOf = async ({ id }: { id: string }) =>
  (
    (await request(`${at.url}/reviews/${id}/context`)).body["events"] as {
      kind: string;
      by: { id: string };
    }[]
  ).map(({ kind, by }) => `${kind} by ${by.id}`);
const stateOf = async (threadId: string) => {
  const { status, interrupts } = await at.client.threads.get(threadId);
  return { status, interrupts: Object.keys(interrupts ?? {}).length };
};
const decide = ({ id, argsHash }: ReviewBody, type = "approve") =>
  request(`${at.url}/reviews/${id}/decision`, { body: { type, argsHash } });
const ran = (tool: string) => [...at.effects.of(tool), ...other.effects.of(tool)];
const newThread = async (): Promise<string> => (await at.client.threads.create()).thread_id;

/** A thread in which a payment waits for somebody. */
async function held(id: string = randomUUID()) {
  const threadId = await newThread();
  await at.client.runs.wait(threadId, "support", say(`pay ${id} 5`));
  const [review] = await reviewsOf(threadId);
  if (!review) throw new Error("Nothing is held.");
  return { threadId, id, review };
}

const tables = ["checkpoint_writes", "checkpoint_blobs", "checkpoint_items", "checkpoints"];
async function loseCheckpoints(threadId: string): Promise<void> {
  for (const table of tables)
    await admin.query(`delete from holdpoint.${table} where thread_id = $1`, [threadId]);
}
/** The thread stands again where it stood before its last run, as after a backup that was put back. */
const rollBack = async (threadId: string): Promise<void> => {
  await admin.query(
    `with last as (select run_id from holdpoint.runs where thread_id = $1 and kind = 'input' order by created_at desc limit 1),
       gone as (delete from holdpoint.checkpoints c using last
         where c.thread_id = $1 and c.metadata ->> 'run_id' = last.run_id::text returning c.checkpoint_id)
     delete from holdpoint.checkpoint_writes w using gone where w.thread_id = $1 and w.checkpoint_id = gone.checkpoint_id`,
    [threadId],
  );
};
/** Resolves when every open hold that was opened before now has been looked at, by whichever process. */
async function everyHoldSeen(): Promise<void> {
  const { threadId } = await held();
  await loseCheckpoints(threadId);
  await expect.poll(() => statusesOf(threadId), soon).toEqual(["superseded"]);
}
const soon = { interval: 20 };

describe("a hold that is gone from its thread", () => {
  it("is closed, once and on the record, and the thread takes what is said next", async () => {
    const { threadId, review, id } = await held();
    await loseCheckpoints(threadId);
    await expect.poll(() => statusesOf(threadId), soon).toEqual(["superseded"]);
    expect(await eventsOf(review)).toEqual(["orphaned by holdpoint"]);
    await expect.poll(() => stateOf(threadId), soon).toEqual({ status: "idle", interrupts: 0 });
    expect(await decide(review)).toMatchObject({ status: 409 });
    await at.client.runs.wait(threadId, "support", say(`read ${id}`));
    expect(ran("read")).toContainEqual({ id });
  });

  it("is closed where the thread was rolled back to before it, and what waited behind it starts", async () => {
    const id = randomUUID();
    const threadId = await newThread();
    await at.client.runs.wait(threadId, "support", say(`read before-${id}`));
    await at.client.runs.wait(threadId, "support", say(`pay ${id} 5`));
    await rollBack(threadId);
    await at.client.runs.create(threadId, "support", say(`read after-${id}`));
    await expect.poll(async () => ran("read"), soon).toContainEqual({ id: `after-${id}` });
    expect(await statusesOf(threadId)).toEqual(["superseded"]);
  });

  it("is closed where its whole thread is gone", async () => {
    const { threadId, review } = await held();
    await loseCheckpoints(threadId);
    await admin.query("delete from holdpoint.threads where thread_id = $1", [threadId]);
    await expect.poll(() => statusesOf(threadId), soon).toEqual(["superseded"]);
    expect(await eventsOf(review)).toEqual(["orphaned by holdpoint"]);
    const { rowCount } = await admin.query("select from holdpoint.threads where thread_id = $1", [threadId]);
    expect(rowCount).toBe(0);
  });

  it("is found behind many that stand", async () => {
    await admin.query(`insert into holdpoint.actions (action_id, tenant_id, thread_id, graph_id, run_id, message_id, call_index,
        call_id, tool, args, args_hash, route, assessment, requested_by)
      select 'act_' || n, 'default', 'standing-' || n, 'support', gen_random_uuid(), 'm', 0, 'c', 'pay', '{}', 'h', 'approve', '{}',
        '{}' from generate_series(1, 250) n`);
    // Whether something happened is asked without a thread, too.
    await admin.query(`insert into holdpoint.reviews (review_id, tenant_id, thread_id, graph_id, action_id, kind, tool, args,
        args_hash, level, tier, roles, title, reasons, requested_by, opened_at)
      select gen_random_uuid(), 'default', thread_id, graph_id, action_id, 'settle', tool, args, args_hash, 'low', 'team', '{}',
        'x', '[]', '{}', '2000-01-01' from holdpoint.actions where message_id = 'm'`);
    await everyHoldSeen();
    const { rows } = await admin.query(
      "select distinct status from holdpoint.reviews where thread_id like 'standing-%'",
    );
    expect(rows).toEqual([{ status: "open" }]);
  });

  it("is closed where it was decided already, and nothing runs", async () => {
    const { threadId, review, id } = await held();
    await loseCheckpoints(threadId);
    // Either of the two is first.
    await decide(review);
    await expect.poll(() => statusesOf(threadId), soon).toEqual(["superseded"]);
    await expect.poll(() => stateOf(threadId), soon).toEqual({ status: "idle", interrupts: 0 });
    expect(await eventsOf(review)).toEqual(["orphaned by holdpoint"]);
    expect(ran("pay")).not.toContainEqual({ id, amount: 5 });
  });

  it("is closed among others that still wait there, and these stay", async () => {
    const { threadId, review } = await held();
    await admin.query(
      `insert into holdpoint.actions select 'gone-' || action_id, tenant_id, thread_id, run_id, 'gone', 0, 'gone', tool, args,
         args_hash, route, assessment, requested_by, created_at, graph_id from holdpoint.actions where thread_id = $1`,
      [threadId],
    );
    await admin.query(
      `insert into holdpoint.reviews (review_id, tenant_id, thread_id, graph_id, action_id, kind, tool, args, args_hash, level, tier,
         roles, title, reasons, requested_by)
       select gen_random_uuid(), tenant_id, thread_id, graph_id, 'gone-' || action_id, kind, tool, args, args_hash, level, tier,
         roles, title, reasons, requested_by from holdpoint.reviews where review_id = $1`,
      [review.id],
    );
    await expect
      .poll(async () => (await statusesOf(threadId)).toSorted(), soon)
      .toEqual(["open", "superseded"]);
    expect((await reviewsOf(threadId)).find(({ status }) => status === "open")?.id).toBe(review.id);
    expect(await stateOf(threadId)).toEqual({ status: "interrupted", interrupts: 1 });
  });
});

describe("a hold that stands", () => {
  it("stays, however often it is looked at, and so does the time at which its thread changed", async () => {
    const { threadId, review } = await held();
    const before = (await at.client.threads.get(threadId)).updated_at;
    await everyHoldSeen();
    await everyHoldSeen();
    expect(await statusesOf(threadId)).toEqual(["open"]);
    expect(await eventsOf(review)).toEqual([]);
    expect((await at.client.threads.get(threadId)).updated_at).toBe(before);
  });
});

describe("an interrupt on which nobody is asked any more", () => {
  it("is told so where its hold was withdrawn, and the agent goes on", async () => {
    const { threadId, review, id } = await held();
    await admin.query(
      "update holdpoint.reviews set status = 'superseded', resumed_at = now() where review_id = $1",
      [review.id],
    );
    await expect.poll(() => stateOf(threadId), soon).toEqual({ status: "idle", interrupts: 0 });
    expect(ran("pay")).not.toContainEqual({ id, amount: 5 });
  });

  it("is asked anew where it is the question of a plain graph", async () => {
    const threadId = await newThread();
    await at.client.runs.wait(threadId, "asker", { input: {} });
    await admin.query(
      "update holdpoint.reviews set status = 'superseded', resumed_at = now() where thread_id = $1",
      [threadId],
    );
    await expect
      .poll(async () => (await statusesOf(threadId)).toSorted(), soon)
      .toEqual(["open", "superseded"]);
    const [open] = (await reviewsOf(threadId)).filter(({ status }) => status === "open");
    await request(`${at.url}/reviews/${open?.id}/decision`, {
      body: { type: "respond", value: "this", argsHash: open?.argsHash },
    });
    await expect
      .poll(async () => (await at.client.threads.getState(threadId)).values, soon)
      .toEqual({
        heard: "this",
      });
  });
});

describe("after a kill -9", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await stageFor(new URL("./support/crash-child.mjs", import.meta.url));
  });
  afterAll(() => stage.close());

  /** A process that died at a point, and another one that looks at what it left. */
  async function died(point: { name: string; when: "before" | "after" }) {
    const of = await stage.scene();
    expect((await of.play({ KILL_AT: JSON.stringify(point) })).signal).toBe("SIGKILL");
    const db = new pg.Client({ connectionString: of.url });
    await db.connect();
    return { of, db };
  }
  const survivor = (of: Scene) => startAgent(of.url, { name: "agent", settings });
  const statuses = async (db: pg.Client, kind: string): Promise<string[]> =>
    (
      await db.query<{ status: string }>(
        "select status from holdpoint.reviews where kind = $1 and thread_id <> 'decoy' order by opened_at",
        [kind],
      )
    ).rows.map(({ status }) => status);
  /** Resolves when all that was open before has been looked at: this hold, opened last, is gone from its thread. */
  async function lookedAt({ holdpoint }: Awaited<ReturnType<typeof survivor>>, db: pg.Client): Promise<void> {
    await holdpoint.send("decoy", "pay decoy");
    for (const table of tables) await db.query(`delete from holdpoint.${table} where thread_id = 'decoy'`);
    await expect.poll(() => holdpoint.reviews({ threadId: "decoy" }), soon).toEqual([]);
  }

  it("between the opened hold and its interrupt the hold stays, and is decided when the next process stands at it", async () => {
    const { of, db } = await died({ name: "action.propose#1", when: "after" });
    // As long as its lease lasts the dead one counts as alive.
    await db.query("update holdpoint.processes set alive_until = now() + interval '1 hour'");
    const next = await survivor(of);
    await lookedAt(next, db);
    expect(await statuses(db, "review")).toEqual(["open"]);
    await db.query(
      "update holdpoint.processes set alive_until = now() where alive_until > now() + interval '10 minutes'",
    );
    const view = await next.holdpoint.wait(of.thread);
    const [review] = await next.holdpoint.reviews({ threadId: of.thread });
    expect(view.holds.map(({ hold }) => hold.holdpoint.reviewId)).toEqual([review?.id]);
    await next.holdpoint.decide(review?.id ?? "", { type: "approve", argsHash: review?.argsHash ?? "" });
    expect((await next.holdpoint.wait(of.thread)).status).toBe("idle");
    expect(next.effects.of("pay")).toEqual([{ id: "x" }]);
    await next.holdpoint.stop();
    await db.end();
    await of.end();
  });

  it("of a run that nobody takes up any more the hold stays, because its decision still leads on", async () => {
    const { of, db } = await died({ name: "action.propose#1", when: "after" });
    await db.query("update holdpoint.runs set status = 'error', ended_at = now() where status = 'running'");
    const next = await survivor(of);
    await lookedAt(next, db);
    expect(await statuses(db, "review")).toEqual(["open"]);
    const [review] = await next.holdpoint.reviews({ threadId: of.thread });
    await next.holdpoint.decide(review?.id ?? "", { type: "approve", argsHash: review?.argsHash ?? "" });
    expect((await next.holdpoint.wait(of.thread)).status).toBe("idle");
    expect(next.effects.of("pay")).toEqual([{ id: "x" }]);
    await next.holdpoint.stop();
    await db.end();
    await of.end();
  });

  it("of a run that nobody takes up any more a person is asked what became of the call it had begun", async () => {
    const { of, db } = await died({ name: "effect#1", when: "after" });
    await db.query("update holdpoint.runs set status = 'error', ended_at = now() where status = 'running'");
    const next = await survivor(of);
    await expect.poll(() => statuses(db, "settle"), soon).toEqual(["open"]);
    const [settle] = await next.holdpoint.reviews({ threadId: of.thread });
    await next.holdpoint.decide(settle?.id ?? "", {
      type: "happened",
      message: "paid, says the bank",
      argsHash: settle?.argsHash ?? "",
    });
    const view = await next.holdpoint.wait(of.thread);
    expect(view.messages.some(({ text }) => text.includes("paid, says the bank"))).toBe(true);
    expect(of.effects()).toBe(1);
    expect(next.effects.of("pay")).toEqual([]);
    await next.holdpoint.stop();
    await db.end();
    await of.end();
  });
});
