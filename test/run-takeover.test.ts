// A server that stalls, or is gone, in the middle of a run: another one takes the run up, and whoever watches it there
// sees it through to its end. To the database a stalled process is one whose packets do not arrive.
import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Log } from "../src/kernel/log.js";
import { createEventStore } from "../src/storage/event-rows.js";
import { serve, say, request, type Served } from "./support/http.js";
import { testDatabase } from "./support/database.js";
import { tcpProxy } from "./support/proxy.js";

interface Event {
  id?: string;
  event: string;
  data: unknown;
}
interface Values {
  messages?: { content: string }[];
}

let url: string;
let db: pg.Pool;
let other: Served;
beforeAll(async () => {
  url = await testDatabase();
  db = new pg.Pool({ connectionString: url });
  other = await serve(url);
});
afterAll(() => Promise.all([other.stop(), db.end()]));

const all = async (events: AsyncIterable<Event>): Promise<Event[]> => {
  const seen: Event[] = [];
  for await (const event of events) seen.push(event);
  return seen;
};
const attemptsIn = (events: Event[]): unknown[] =>
  events.filter(({ event }) => event === "metadata").map(({ data }) => (data as { attempt: number }).attempt);
const executionsOf = async (threadId: string) =>
  (await request(`${other.url}/executions?thread_id=${threadId}`)).body["items"] as object[];
const rowsOf = async (text: string, threadId: string): Promise<object[]> =>
  (await db.query<object>(text, [threadId])).rows;
/** All that a run leaves in the tables. */
const traceOf = (threadId: string) =>
  Promise.all([
    rowsOf(
      `select e.epoch, e.seq, e.event, e.data from holdpoint.run_events e join holdpoint.runs using (run_id)
       where thread_id = $1 order by 1, 2`,
      threadId,
    ),
    rowsOf(
      "select checkpoint_id, metadata from holdpoint.checkpoints where thread_id = $1 order by 1",
      threadId,
    ),
    rowsOf(
      "select checkpoint_id, task_id, idx, blob from holdpoint.checkpoint_writes where thread_id = $1 order by 1, 2, 3",
      threadId,
    ),
    rowsOf(
      "select status, epoch, process_id, error, ended_at from holdpoint.runs where thread_id = $1",
      threadId,
    ),
    rowsOf('select status, interrupts, "values" from holdpoint.threads where thread_id = $1', threadId),
    rowsOf(
      "select state, epoch, process_id, result from holdpoint.executions where thread_id = $1",
      threadId,
    ),
  ]);

/** A run at a server whose way to the database is in the test's hands, in the middle of a tool. */
async function begin() {
  const proxy = await tcpProxy(url);
  const warnings: string[] = [];
  const log: Log = { info: () => {}, warn: (message) => warnings.push(message), error: () => {} };
  const failing = await serve(proxy.url, { log, settings: { leaseMs: 1_000 } });
  const id = randomUUID();
  const { thread_id: threadId } = await other.client.threads.create();
  const run = await failing.client.runs.create(threadId, "support", {
    ...say(`wait ${id}`),
    streamMode: ["values", "updates"],
  });
  await expect
    .poll(() => executionsOf(threadId), { interval: 20 })
    .toMatchObject([{ tool: "wait", state: "claimed" }]);
  // What it emitted so far stands in the table, for others to be told.
  await expect
    .poll(() => rowsOf("select 1 from holdpoint.run_events where run_id = $1", run.run_id), { interval: 20 })
    .not.toEqual([]);
  const watching = all(other.client.runs.joinStream(threadId, run.run_id) as AsyncIterable<Event>);
  return { proxy, failing, warnings, id, threadId, runId: run.run_id, watching };
}

it("a run whose server is gone is taken up; its stream, joined elsewhere, goes on as a second attempt and ends", async () => {
  const { proxy, failing, id, threadId, runId, watching } = await begin();
  proxy.cut();
  other.release(id);
  const events = await watching;
  expect(attemptsIn(events)).toEqual([1, 2]);
  expect(events.at(-1)).toMatchObject({ event: "end" });
  const last = events.findLast(({ event }) => event === "values")?.data as Values;
  expect(last.messages?.map(({ content }) => content)).toEqual([
    `wait ${id}`,
    "On it.",
    `wait ${id} done`,
    `Heard: wait ${id} done`,
  ]);
  for (const [index, { id: lastEventId = "" }] of events.entries()) {
    const rest = other.client.runs.joinStream(threadId, runId, { lastEventId }) as AsyncIterable<Event>;
    expect(await all(rest)).toEqual(events.slice(index + 1));
  }
  expect(await executionsOf(threadId)).toMatchObject([{ state: "succeeded", epoch: 2 }]);
  proxy.mend();
  failing.release(id);
  await failing.stop();
  await proxy.close();
});

it("a server that stalls past its lease and wakes writes no event and no state, and its watchers see the other's", async () => {
  const { proxy, failing, warnings, id, threadId, runId, watching } = await begin();
  const there = all(failing.client.runs.joinStream(threadId, runId) as AsyncIterable<Event>);
  proxy.stall();
  // Its tool has ended, and it does not know yet that nobody waits for that any more.
  failing.release(id);
  other.release(id);
  const events = await watching;
  expect(attemptsIn(events)).toEqual([1, 2]);
  const before = await traceOf(threadId);
  proxy.mend();
  await expect.poll(() => warnings, { interval: 20 }).toContain("run taken over");
  expect(await traceOf(threadId)).toEqual(before);
  expect((await there).slice(-3)).toEqual(events.slice(-3));
  expect(await all(failing.client.runs.joinStream(threadId, runId) as AsyncIterable<Event>)).toEqual(events);
  const next = (await failing.client.runs.wait(threadId, "support", say("read on"))) as Values;
  expect(next.messages?.at(-1)?.content).toBe("Heard: read on done");
  await failing.stop();
  await proxy.close();
});

it("a run that was to be cancelled, and whose server is gone before it could, ends as cancelled where it is taken up", async () => {
  const { proxy, failing, id, threadId, runId, watching } = await begin();
  proxy.cut();
  await other.client.runs.cancel(threadId, runId, true);
  expect((await watching).at(-1)).toMatchObject({ event: "end" });
  expect(await other.client.runs.get(threadId, runId)).toMatchObject({ status: "interrupted" });
  expect(await other.client.threads.get(threadId)).toMatchObject({ status: "idle", error: null });
  proxy.mend();
  failing.release(id);
  await failing.stop();
  await proxy.close();
});

it("a run of a server that stops is watched through to its end at another one", async () => {
  const leaving = await serve(url, { settings: { drainMs: 0 } });
  const id = randomUUID();
  const { thread_id: threadId } = await other.client.threads.create();
  const run = await leaving.client.runs.create(threadId, "support", {
    ...say(`wait ${id}`),
    streamMode: "values",
  });
  await expect.poll(async () => (await executionsOf(threadId)).length, { interval: 20 }).toBe(1);
  const watching = all(other.client.runs.joinStream(threadId, run.run_id) as AsyncIterable<Event>);
  await leaving.stop();
  other.release(id);
  const events = await watching;
  expect(attemptsIn(events)).toEqual([1, 2]);
  const last = events.findLast(({ event }) => event === "values")?.data as Values;
  expect(last.messages?.at(-1)?.content).toBe(`Heard: wait ${id} done`);
});

it("a safe call of a server that stops is done at another one, and does not wait for the hold beside it", async () => {
  const leaving = await serve(url, { settings: { drainMs: 0 } });
  const id = randomUUID();
  const { thread_id: threadId } = await other.client.threads.create();
  const run = await leaving.client.runs.create(threadId, "support", say(`wait ${id}a; pay ${id}b`));
  await expect.poll(async () => (await executionsOf(threadId)).length, { interval: 20 }).toBe(1);
  await expect
    .poll(() => rowsOf("select 1 from holdpoint.reviews where thread_id = $1", threadId), { interval: 20 })
    .toHaveLength(1);
  await leaving.stop();
  other.release(`${id}a`);
  await other.client.runs.join(threadId, run.run_id);
  expect(await executionsOf(threadId)).toMatchObject([{ tool: "wait", state: "succeeded" }]);
  expect(await other.client.threads.get(threadId)).toMatchObject({ status: "interrupted" });
});

it("without its LISTEN connection a server still takes up runs, cancels them, and shows what others emit", async () => {
  const at = await serve(url);
  const deaf = setInterval(() => {
    void db.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and query like '/* signals%'`,
    );
  }, 20);
  const id = randomUUID();
  const { thread_id: threadId } = await at.client.threads.create();
  const run = await at.client.runs.create(threadId, "support", {
    ...say(`wait ${id}`),
    streamMode: "values",
  });
  const watching = all(other.client.runs.joinStream(threadId, run.run_id) as AsyncIterable<Event>);
  await expect.poll(async () => (await executionsOf(threadId)).length, { interval: 20 }).toBe(1);
  const later = await other.client.runs.create(threadId, "support", {
    ...say("read on"),
    streamMode: "values",
  });
  await other.client.runs.cancel(threadId, run.run_id, true);
  expect((await watching).at(-1)).toMatchObject({ event: "end" });
  const events = await all(at.client.runs.joinStream(threadId, later.run_id) as AsyncIterable<Event>);
  const last = events.findLast(({ event }) => event === "values")?.data as Values;
  expect(last.messages?.at(-1)?.content).toBe("Heard: read on done");
  clearInterval(deaf);
  at.release(id);
  await at.stop();
});

it("what a run emitted is forgotten after its time, and joining it then tells how its thread rests", async () => {
  const at = await serve(await testDatabase(), { settings: { keepEventsMs: 0 } });
  const { thread_id: threadId } = await at.client.threads.create();
  const runs = [];
  for (const words of ["read a", "break", "pay forgotten 5"]) {
    const run = await at.client.runs.create(threadId, "support", { ...say(words), streamMode: "values" });
    await at.client.runs.join(threadId, run.run_id);
    runs.push(run.run_id);
  }
  // As the worker does from time to time.
  await createEventStore(at.runtime.db).forget(0);
  const join = (runId: string, lastEventId = "") =>
    all(at.client.runs.joinStream(threadId, runId, { lastEventId }) as AsyncIterable<Event>);
  const [first = "", failed = "", held = ""] = runs;
  const rest = await at.client.threads.getState<Values>(threadId);
  expect((await join(failed)).map(({ event }) => event)).toEqual(["metadata", "error", "end"]);
  const [metadata, values, end] = await join(held);
  expect(metadata).toMatchObject({ event: "metadata", data: { run_id: held, thread_id: threadId } });
  expect(values).toMatchObject({
    event: "values",
    data: { ...rest.values, __interrupt__: rest.tasks.flatMap(({ interrupts }) => interrupts) },
  });
  expect(end).toMatchObject({ event: "end" });
  // A client that had some of them is told the rest.
  expect((await join(first, "1-3-0")).map(({ event }) => event)).toEqual(["values", "end"]);
  await at.stop();
});
