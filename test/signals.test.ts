// A word from process to process: it arrives, it is not needed, and its connection comes back by itself.
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { silentLog } from "../src/kernel/log.js";
import { createSignals, type Signals, type Topic } from "../src/storage/signals.js";
import { testDatabase } from "./support/database.js";
import { tcpProxy } from "./support/proxy.js";

let url: string;
let admin: pg.Client;
beforeAll(async () => {
  url = await testDatabase();
  admin = new pg.Client({ connectionString: url });
  await admin.connect();
});
afterAll(() => admin.end());

const open: Signals[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((signals) => signals.stop()));
});

interface Options {
  hasCompany?: boolean;
  connectTo?: () => string;
}

/** Signals of one process, and what it has heard. */
function signals({ hasCompany = true, connectTo = () => url }: Options = {}): Signals & { heard: Topic[] } {
  const made = createSignals({ connectTo, hasCompany: () => hasCompany, log: silentLog });
  open.push(made);
  const heard: Topic[] = [];
  made.hear((topic) => heard.push(topic));
  return { ...made, heard };
}

const listeners = async (): Promise<number> => {
  const { rows } = await admin.query(
    `select count(*)::int as n from pg_stat_activity
     where datname = current_database() and query like '/* signals%'`,
  );
  return (rows[0] as { n: number }).n;
};
async function listening(count: number): Promise<void> {
  await expect.poll(listeners, { interval: 20 }).toBe(count);
}
/** Resolves when what was broken is gone; another may stand in its place by then. */
async function breakAll(): Promise<void> {
  const { rows } = await admin.query<{ pid: number }>(
    `select pid, pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and query like '/* signals%'`,
  );
  const pids = rows.map(({ pid }) => pid);
  const left = () => admin.query("select from pg_stat_activity where pid = any ($1)", [pids]);
  await expect.poll(async () => (await left()).rowCount, { interval: 20 }).toBe(0);
}
const topic = (): Topic => `run:${randomUUID()}`;

it("a word is heard by every process, and once by the one that said it", async () => {
  const [one, another] = [signals(), signals()];
  await listening(2);
  const word = topic();
  one.tell(word);
  one.tell(word);
  await expect.poll(() => [one.heard, another.heard], { interval: 5 }).toEqual([[word], [word]]);
});

it("more words than fit in one message are all heard", async () => {
  const [one, another] = [signals(), signals()];
  await listening(2);
  const words = Array.from({ length: 950 }, topic);
  for (const word of words) one.tell(word);
  await expect.poll(() => another.heard.length, { interval: 5 }).toBe(words.length);
  expect(new Set(another.heard)).toEqual(new Set(words));
});

it("a process without company speaks to itself, and the database does not hear of it", async () => {
  const [alone, another] = [signals({ hasCompany: false }), signals()];
  await listening(2);
  const [unheard, heard] = [topic(), topic()];
  alone.tell(unheard);
  await expect.poll(() => alone.heard, { interval: 5 }).toEqual([unheard]);
  another.tell(heard);
  await expect.poll(() => alone.heard, { interval: 5 }).toEqual([unheard, heard]);
  await expect.poll(() => another.heard, { interval: 5 }).toEqual([heard]);
});

it("a connection that is lost comes back; meanwhile a process hears itself", async () => {
  const proxy = await tcpProxy(url);
  const connectTo = () => proxy.url;
  const [one, another] = [signals({ connectTo }), signals({ connectTo })];
  await listening(2);
  proxy.cut();
  await listening(0);
  const [meanwhile, after] = [topic(), topic()];
  one.tell(meanwhile);
  await expect.poll(() => one.heard, { interval: 5 }).toEqual([meanwhile]);
  proxy.mend();
  await listening(2);
  one.tell(after);
  await expect.poll(() => another.heard, { interval: 5 }).toEqual([after]);
  await Promise.all([one.stop(), another.stop()]);
  await proxy.close();
});

it("a connection that is lost again and again leaves one, not several", async () => {
  signals();
  for (let times = 0; times < 3; times += 1) {
    await listening(1);
    await breakAll();
  }
  await listening(1);
  await delay(1_500);
  expect(await listeners()).toBe(1);
});

it("a server that is not there at first is found when it is", async () => {
  const proxy = await tcpProxy(url);
  proxy.cut();
  const [late, other] = [signals({ connectTo: () => proxy.url }), signals()];
  const word = topic();
  late.tell(word);
  await expect.poll(() => late.heard, { interval: 5 }).toEqual([word]);
  proxy.mend();
  await listening(2);
  other.tell(word);
  await expect.poll(() => late.heard, { interval: 5 }).toEqual([word, word]);
  await late.stop();
  await proxy.close();
});

it("whoever waits for a word goes on at the first of several, or when it has waited long enough, or is told to stop", async () => {
  const one = signals({ hasCompany: false });
  const [a, b] = [topic(), topic()];
  const first = one.next([a, b], 60_000);
  one.tell(topic());
  one.tell(b);
  await first;
  expect(one.heard).toContain(b);
  await one.next([a], 1);
  const stopping = new AbortController();
  const stopped = one.next([a], 60_000, stopping.signal);
  stopping.abort();
  await stopped;
  await one.next([a], 60_000, stopping.signal);
});

it("a process that has stopped listens no more, also where its connection was just lost", async () => {
  const [stopped, broken] = [signals(), signals()];
  await listening(2);
  await stopped.stop();
  await listening(1);
  await breakAll();
  await broken.stop();
  await delay(1_300);
  expect(await listeners()).toBe(0);
});
