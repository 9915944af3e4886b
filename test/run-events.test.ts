// What a run emits, below HTTP: written by the process that works on it, read by everybody, and lost with nobody.
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { silentLog } from "../src/kernel/log.js";
import { localPerson } from "../src/kernel/principal.js";
import { createRunEvents, start, type Recorder, type RunEvents } from "../src/runs/events.js";
import { openDatabase, type Database } from "../src/storage/database.js";
import {
  createEventStore,
  type EventStore,
  type PlacedEvent,
  type Place,
} from "../src/storage/event-rows.js";
import type { Run, RunStore } from "../src/storage/run-rows.js";
import { createSignals, type Signals } from "../src/storage/signals.js";
import { runStoreOf } from "./support/below-graph.js";
import { testDatabase } from "./support/database.js";

let url: string;
let db: Database;
beforeAll(async () => {
  url = await testDatabase();
  db = openDatabase({ url, roles: true, maxConnections: 4 });
});

const pollMs = 50;
const opened: Signals[] = [];
afterAll(async () => {
  await Promise.all(opened.map((signals) => signals.stop()));
  await db.close();
});

interface Process {
  id: string;
  signals: Signals;
  runs: RunStore;
  events: RunEvents;
  store: EventStore;
  /** How often it has looked at the table, and whether a run is over. */
  reads: () => number;
  looks: () => number;
}

/** One that is alive for so long; `isMute` hears and says nothing, as one whose connection is lost. */
async function newProcess({ lookEveryMs = pollMs, isMute = false } = {}): Promise<Process> {
  const id = randomUUID();
  const runs = runStoreOf(db, id);
  await runs.renewProcess(600_000);
  const connectTo = () => (isMute ? "postgres://127.0.0.1:1/none" : url);
  const signals = createSignals({ connectTo, hasCompany: () => true, log: silentLog });
  opened.push(signals);
  const inner = createEventStore(db);
  let reads = 0;
  const store: EventStore = {
    ...inner,
    read: (...asked) => {
      reads += 1;
      return inner.read(...asked);
    },
  };
  let looks = 0;
  const isOver = async ({ id: runId }: { id: string }): Promise<boolean> => {
    looks += 1;
    const now = await runs.find("default", runId);
    return now?.status !== "running" && now?.status !== "pending";
  };
  const events = createRunEvents({ store, signals, log: silentLog, pollMs: lookEveryMs, isOver });
  return { id, signals, runs, events, store, reads: () => reads, looks: () => looks };
}

/** Resolves when words of others arrive at it. */
async function hearing({ signals }: Process): Promise<void> {
  const word = `run:${randomUUID()}` as const;
  let isHeard = false;
  const forget = signals.hear((topic) => (isHeard ||= topic === word));
  const tell = async () => {
    await db.pool.query("select pg_notify('holdpoint', $1)", [word]);
    return isHeard;
  };
  await expect.poll(tell, { interval: 20 }).toBe(true);
  forget();
}

const begin = ({ runs }: Process): Promise<Run> =>
  runs.begin(
    {
      id: randomUUID(),
      tenant: "default",
      threadId: randomUUID(),
      graphId: "test",
      kind: "input",
      payload: {},
      principal: localPerson,
    },
    true,
  );
/** Another process takes a run, as if the one that has it were gone. */
const takeOver = async (by: Process, run: Run): Promise<Run> => {
  await db.once("worker", "update holdpoint.processes set alive_until = now() where process_id = $1", [
    run.processId,
  ]);
  const taken = await by.runs.claimNext();
  expect(taken).toMatchObject({ id: run.id, epoch: run.epoch + 1 });
  return taken as Run;
};
const say = (recorder: Recorder, ...words: string[]): void => {
  for (const word of words) recorder.publish({ event: "values", namespace: [], data: JSON.stringify(word) });
};
const wordsIn = (events: readonly PlacedEvent[]): string[] =>
  events.map(({ epoch, data }) => `${epoch}:${JSON.parse(data) as string}`);

/** Watches until the run has ended, and shows what has come so far. */
function watch(process: Process, run: Run, after: Place = start) {
  const seen: PlacedEvent[] = [];
  const ended = (async () => {
    for await (const event of process.events.watch(run, after)) seen.push(event);
    return wordsIn(seen);
  })();
  return { seen, ended };
}

async function finish({ runs, signals }: Process, run: Run, recorder: Recorder): Promise<void> {
  await recorder.flush();
  expect(await runs.finish(run, "success", null)).toMatchObject({ ended: true });
  recorder.end();
  signals.tell(`run:${run.id}`);
}

it.each([
  ["hears of them", false],
  ["hears nothing, and looks", true],
])("events are seen at once where the work is, and soon by a process that %s", async (_, isMute) => {
  const [own, other] = [await newProcess(), await newProcess({ isMute })];
  const run = await begin(own);
  const recorder = own.events.record(run);
  const [here, there] = [watch(own, run), watch(other, run)];
  say(recorder, "a");
  await expect.poll(() => wordsIn(here.seen), { interval: 1 }).toEqual(["1:a"]);
  await expect.poll(() => wordsIn(there.seen), { interval: 5 }).toEqual(["1:a"]);
  say(recorder, "b", "c");
  await finish(own, run, recorder);
  expect(await here.ended).toEqual(["1:a", "1:b", "1:c"]);
  expect(await there.ended).toEqual(["1:a", "1:b", "1:c"]);
});

it("a great many are seen whole and in order, wherever one begins to watch", async () => {
  const [own, other] = [await newProcess(), await newProcess()];
  const run = await begin(own);
  const recorder = own.events.record(run);
  const words = Array.from({ length: 2_300 }, (_, index) => String(index));
  const watching = [watch(own, run), watch(other, run)];
  for (const [index, word] of words.entries()) {
    say(recorder, word);
    if (index % 400 === 0) await recorder.flush();
    if (index === 1_000)
      watching.push(
        watch(own, run),
        watch(other, run),
        watch(own, run, { epoch: 1, seq: 700 }),
        watch(other, run, { epoch: 1, seq: 700 }),
      );
  }
  await finish(own, run, recorder);
  const all = words.map((word) => `1:${word}`);
  const seen = await Promise.all([...watching, watch(own, run), watch(other, run)].map(({ ended }) => ended));
  for (const [index, one] of seen.entries())
    expect(one, String(index)).toEqual(index === 4 || index === 5 ? all.slice(700) : all);
});

it("text that Postgres cannot hold is seen everywhere as it was emitted", async () => {
  const [own, other] = [await newProcess(), await newProcess()];
  const run = await begin(own);
  const recorder = own.events.record(run);
  const odd = 'a\0b\ud800c\u2028"\\u0000';
  say(recorder, odd);
  const here = watch(own, run);
  await finish(own, run, recorder);
  expect(await here.ended).toEqual([`1:${odd}`]);
  expect(await watch(other, run).ended).toEqual([`1:${odd}`]);
});

it("two hundred who watch one run of another process cost about as many looks as one, and each sees all of it", async () => {
  const looks = async (watchers: number): Promise<number> => {
    // It looks when it hears of something, and not because time has passed.
    const [own, other] = [await newProcess(), await newProcess({ lookEveryMs: 600_000 })];
    await Promise.all([own, other].map(hearing));
    const run = await begin(own);
    const recorder = own.events.record(run);
    const watching = Array.from({ length: watchers }, () => watch(other, run));
    for (const word of ["a", "b", "c"]) {
      say(recorder, word);
      await recorder.flush();
      for (const { seen } of watching)
        await expect.poll(() => wordsIn(seen).at(-1), { interval: 5 }).toBe(`1:${word}`);
    }
    await finish(own, run, recorder);
    for (const { ended } of watching) expect(await ended).toEqual(["1:a", "1:b", "1:c"]);
    return other.reads() + other.looks();
  };
  const [one, many] = [await looks(1), await looks(200)];
  expect(one).toBeGreaterThan(3);
  expect(many).toBeLessThan(one * 3);
});

it("who comes with an earlier place than those who watch already misses nothing", async () => {
  const [own, other] = [await newProcess(), await newProcess()];
  const run = await begin(own);
  const recorder = own.events.record(run);
  say(recorder, "a", "b");
  // It was told of the second event by the process at work, before it was written.
  const late = watch(other, run, { epoch: 1, seq: 2 });
  await expect.poll(() => other.reads(), { interval: 1 }).toBeGreaterThan(0);
  const early = watch(other, run);
  await recorder.flush();
  say(recorder, "c");
  await finish(own, run, recorder);
  expect(await early.ended).toEqual(["1:a", "1:b", "1:c"]);
  expect(await late.ended).toEqual(["1:c"]);
});

it("nobody looks any more when the last watcher has left, and who comes again sees all of it", async () => {
  const [own, other] = [await newProcess(), await newProcess()];
  const run = await begin(own);
  const recorder = own.events.record(run);
  const leaving = new AbortController();
  const [first, second] = [leaving.signal, leaving.signal].map(async (signal) => {
    for await (const event of other.events.watch(run, start, signal)) if (event.seq === 99) break;
  });
  await expect.poll(() => other.reads(), { interval: 1 }).toBeGreaterThan(0);
  leaving.abort();
  await Promise.all([first, second]);
  const before = other.reads();
  say(recorder, "a");
  await recorder.flush();
  await delay(3 * pollMs);
  expect(other.reads()).toBe(before);
  const again = watch(other, run);
  await finish(own, run, recorder);
  expect(await again.ended).toEqual(["1:a"]);
});

it("a look that fails is told to each who watches, and whoever comes again sees all of it", async () => {
  const [own, other] = [await newProcess(), await newProcess()];
  const run = await begin(own);
  const recorder = own.events.record(run);
  say(recorder, "a");
  await recorder.flush();
  const { read } = other.store;
  other.store.read = () => Promise.reject(new Error("The database is away."));
  const watching = [watch(other, run), watch(other, run)];
  for (const { ended } of watching) await expect(ended).rejects.toThrow("The database is away.");
  other.store.read = read;
  await finish(own, run, recorder);
  expect(await watch(other, run).ended).toEqual(["1:a"]);
});

it("a process that was replaced writes no event, and its own watchers go on with those of the other", async () => {
  const [stalled, other] = [await newProcess(), await newProcess()];
  const run = await begin(stalled);
  const before = stalled.events.record(run);
  const watching = [watch(stalled, run), watch(other, run)];
  say(before, "a");
  await before.flush();
  const again = await takeOver(other, run);
  const after = other.events.record(again);
  say(after, "b");
  await after.flush();
  // It wakes, and what it says now nobody wants.
  say(before, "late");
  await before.flush();
  say(before, "later");
  await before.flush();
  say(after, "c");
  expect(await stalled.runs.finish(run, "success", null)).toMatchObject({ ended: false });
  await finish(other, again, after);
  before.end();
  expect(await watching[1]?.ended).toEqual(["1:a", "2:b", "2:c"]);
  const there = await watching[0]?.ended;
  expect(there?.filter((word) => !word.includes("late"))).toEqual(["1:a", "2:b", "2:c"]);
  expect(await watch(stalled, run).ended).toEqual(["1:a", "2:b", "2:c"]);
});

it("a process that was replaced does not wear the table out while its work has not noticed", async () => {
  const [stalled, other] = [await newProcess(), await newProcess()];
  const run = await begin(stalled);
  const before = stalled.events.record(run);
  const { ended } = watch(stalled, run);
  const again = await takeOver(other, run);
  say(before, "late");
  await before.flush();
  const reads = stalled.reads();
  await delay(10 * pollMs);
  expect(stalled.reads() - reads).toBeLessThan(20);
  await finish(other, again, other.events.record(again));
  before.end();
  await ended;
});

it("a run that is given back and tried again is watched through to its end", async () => {
  const own = await newProcess();
  const run = await begin(own);
  const first = own.events.record(run);
  const { ended } = watch(own, run);
  say(first, "a");
  await first.flush();
  await own.runs.giveBack(run, 0);
  first.end();
  const again = (await own.runs.claimNext()) as Run;
  expect(again).toMatchObject({ id: run.id, epoch: 2 });
  const second = own.events.record(again);
  say(second, "b");
  await finish(own, again, second);
  expect(await ended).toEqual(["1:a", "2:b"]);
});

it("what is emitted while the table is slow is written once and in order", async () => {
  const own = await newProcess();
  const run = await begin(own);
  const write = own.store.write;
  own.store.write = async (...given) => {
    await delay(20);
    return write(...given);
  };
  const recorder = own.events.record(run);
  const flushes = ["a", "b", "c"].map((word) => {
    say(recorder, word);
    return recorder.flush();
  });
  await Promise.all(flushes);
  say(recorder, "d");
  await finish(own, run, recorder);
  expect(await watch(await newProcess(), run).ended).toEqual(["1:a", "1:b", "1:c", "1:d"]);
});

it("what could not be written at first is written with what comes next", async () => {
  const own = await newProcess();
  const run = await begin(own);
  const write = own.store.write;
  own.store.write = () => Promise.reject(new Error("The database is away."));
  const recorder = own.events.record(run);
  say(recorder, "a");
  await recorder.flush();
  own.store.write = write;
  say(recorder, "b");
  await finish(own, run, recorder);
  expect(await watch(await newProcess(), run).ended).toEqual(["1:a", "1:b"]);
});

it("events are forgotten so long after the end of their run, all together", async () => {
  const own = await newProcess();
  const [ended, working] = [await begin(own), await begin(own)];
  const recorders = [own.events.record(ended), own.events.record(working)];
  for (const recorder of recorders) say(recorder, "old");
  await Promise.all(recorders.map((recorder) => recorder.flush()));
  await db.pool.query("update holdpoint.run_events set at = now() - interval '1 hour'");
  say(recorders[0] as Recorder, "young");
  await finish(own, ended, recorders[0] as Recorder);
  await own.store.forget(60_000);
  expect(await watch(own, ended).ended).toEqual(["1:old", "1:young"]);
  await db.pool.query(
    "update holdpoint.runs set ended_at = now() - interval '2 minutes' where status = 'success'",
  );
  await db.pool.query("update holdpoint.run_events set at = now() - interval '1 hour'");
  await own.store.forget(60_000);
  expect(await watch(own, ended).ended).toEqual([]);
  expect(wordsIn(await own.store.read("default", working.id, start, 10))).toEqual(["1:old"]);
});

it("another tenant reads none of them", async () => {
  const own = await newProcess();
  const run = await begin(own);
  const recorder = own.events.record(run);
  say(recorder, "a");
  await recorder.flush();
  expect(await own.store.read("stranger", run.id, start, 10)).toEqual([]);
  expect(
    await own.store.write({ ...run, tenant: "stranger" }, [
      { ...start, event: "values", namespace: [], data: "1" },
    ]),
  ).toBe(false);
  await finish(own, run, recorder);
});
