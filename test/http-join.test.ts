// A run is watched by many: while it works, after it, again after a break, and at the server that does not work on it.
import type { StreamMode } from "@langchain/langgraph-sdk";
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { flow, release } from "./support/flow.js";
import { request, say, serve, type Served } from "./support/http.js";
import { testDatabase } from "./support/database.js";

interface Event {
  id?: string;
  event: string;
  data: unknown;
}

let database: string;
let at: Served;
let other: Served;
beforeAll(async () => {
  database = await testDatabase();
  at = await serve(database, { plain: { flow: flow() } });
  other = await serve(database, { plain: { flow: flow() } });
});
afterAll(() => Promise.all([at.stop(), other.stop()]));

const all = async (events: AsyncIterable<Event>, into: Event[] = []): Promise<Event[]> => {
  for await (const event of events) into.push(event);
  return into;
};
const join = (
  { client }: Served,
  { threadId, runId }: Begun,
  options: Parameters<Served["client"]["runs"]["joinStream"]>[2] = {},
) => client.runs.joinStream(threadId, runId, options) as AsyncIterable<Event>;
const textOf = async ({ url }: Served, { threadId, runId }: Begun): Promise<string> =>
  (await fetch(`${url}/threads/${threadId}/runs/${runId}/stream`)).text();

interface Begun {
  threadId: string;
  runId: string;
}
/** A run of the flow at the first server that is in the middle of its work, and what its own stream has told so far. */
async function begin(id: string, streamMode: StreamMode[], streamSubgraphs = true) {
  const { thread_id: threadId } = await at.client.threads.create({ graphId: "flow" });
  let runId = "";
  const own: Event[] = [];
  const ended = all(
    at.client.runs.stream(threadId, "flow", {
      input: { id, messages: [{ role: "user", content: "Hello." }] },
      streamMode,
      streamSubgraphs,
      onRunCreated: (run) => void (runId = run.run_id),
    }) as AsyncIterable<Event>,
    own,
  );
  await expect
    .poll(async () => (await at.client.threads.getState(threadId)).next, { interval: 20 })
    .toEqual(["wait"]);
  return { threadId, runId, own, ended };
}

/** Reads until there are so many, and breaks the connection. */
async function leaveAfter(
  count: number,
  read: (signal: AbortSignal) => AsyncIterable<Event>,
): Promise<Event[]> {
  const leaving = new AbortController();
  const had: Event[] = [];
  try {
    for await (const event of read(leaving.signal)) {
      had.push(event);
      if (had.length === count) break;
    }
  } finally {
    leaving.abort();
  }
  return had;
}

const everyMode: StreamMode[] = [
  "values",
  "updates",
  "messages",
  "messages-tuple",
  "custom",
  "events",
  "debug",
  "tasks",
  "checkpoints",
];

/** What LangGraph says in each, of the flow's own graph. */
const payloads: Partial<Record<StreamMode, unknown[]>> = {
  values: [expect.objectContaining({ steps: ["first", "wait", "last"] })],
  updates: [{ first: { steps: ["first"] } }, { last: { steps: ["last"] } }],
  custom: [{ from: "first" }, { from: "last" }],
  events: [expect.objectContaining({ event: "on_chain_start", name: "first" })],
  tasks: [
    expect.objectContaining({ id: expect.any(String) as unknown, name: "first", interrupts: [] }),
    expect.objectContaining({ name: "last", result: { steps: ["last"] } }),
  ],
  checkpoints: [
    expect.objectContaining({
      next: ["wait"],
      config: expect.objectContaining({ configurable: expect.any(Object) as unknown }) as unknown,
    }),
  ],
  debug: [
    expect.objectContaining({
      type: "task",
      step: expect.any(Number) as unknown,
      payload: expect.objectContaining({ name: "last" }) as unknown,
    }),
    expect.objectContaining({
      type: "task_result",
      payload: expect.objectContaining({ name: "last" }) as unknown,
    }),
  ],
};

describe.each([
  ...everyMode.map((mode) => ({ name: mode, modes: [mode] })),
  { name: "all", modes: everyMode },
])("in the mode $name", ({ modes }) => {
  it("everybody sees the same events under the same ids, whenever and wherever they join", async () => {
    const id = randomUUID();
    const begun = await begin(id, modes);
    const early = [at, other].map((server) => all(join(server, begun)));
    // Two of them are told before it waits: the metadata, and one of its own.
    const broken = await Promise.all(
      [at, other].map((server) => leaveAfter(2, (signal) => join(server, begun, { signal }))),
    );
    const rejoining = [at, other].map((server, index) =>
      all(join(server, begun, { lastEventId: broken[index]?.at(-1)?.id ?? "" })),
    );
    release(id);
    const own = await begun.ended;
    expect(own.length).toBeGreaterThan(3);
    expect(new Set(own.map((event) => event.id)).size).toBe(own.length);

    expect(await Promise.all(early)).toEqual([own, own]);
    const rejoined = await Promise.all(rejoining);
    expect(rejoined.map((rest, index) => [...(broken[index] ?? []), ...rest])).toEqual([own, own]);
    expect(await Promise.all([at, other, at].map((server) => all(join(server, begun))))).toEqual([
      own,
      own,
      own,
    ]);
    // From each place on, also one after the end.
    for (const [index, { id: lastEventId = "" }] of own.entries()) {
      if (index % 7 !== 0 && index < own.length - 2) continue;
      expect(await all(join(other, begun, { lastEventId }))).toEqual(own.slice(index + 1));
    }
    const texts = await Promise.all([textOf(at, begun), textOf(other, begun)]);
    for (const text of texts) expect(text).not.toContain("__holdpoint_lease");
    for (const mode of modes.filter((one) => one !== "messages" && one !== "messages-tuple"))
      expect(own.map(({ event }) => event.split("|")[0])).toContain(mode);
    // What a nested graph tells says in which one it was.
    expect(own.some(({ event }) => /^\w+(\/\w+)?\|talk:[\w-]+$/.test(event))).toBe(
      modes.some((mode) => mode !== "events" && mode !== "messages"),
    );
    for (const mode of modes) {
      const told = own.flatMap(({ event, data }) => (event === mode ? [data] : []));
      if (payloads[mode]) expect(told).toEqual(expect.arrayContaining(payloads[mode]));
    }
  });
});

describe("a stream", () => {
  it("says where it goes on, so that LangGraph's client comes back by itself after a break", async () => {
    const { thread_id: threadId } = await at.client.threads.create({ graphId: "support" });
    const response = await fetch(`${at.url}/threads/${threadId}/runs/stream`, {
      method: "POST",
      body: JSON.stringify({ assistant_id: "support", ...say("read a"), stream_mode: ["messages"] }),
    });
    const own = await response.text();
    const again = await fetch(`${other.url}${response.headers.get("location")}`);
    expect(await again.text()).toBe(own);
    expect(own).toContain("event: messages/partial");
  });

  it("that is joined in fewer modes than were recorded shows those", async () => {
    const id = randomUUID();
    const begun = await begin(id, ["values", "updates"], false);
    release(id);
    await begun.ended;
    const events = await all(join(other, begun, { streamMode: "updates" }));
    expect(new Set(events.map(({ event }) => event))).toEqual(new Set(["metadata", "updates", "end"]));
    await expect(all(join(other, begun, { streamMode: "thoughts" as never }))).rejects.toMatchObject({
      status: 422,
    });
  });

  it("of a run that was only waited for tells how its thread rests", async () => {
    const { thread_id: threadId } = await at.client.threads.create({ graphId: "support" });
    await at.client.runs.wait(threadId, "support", say("read a"));
    const [run] = await at.client.runs.list(threadId);
    const events = await all(join(other, { threadId, runId: run?.run_id ?? "" }));
    expect(events.map(({ event }) => event)).toEqual(["metadata", "values", "end"]);
    expect(events[1]?.data).toEqual((await at.client.threads.getState(threadId)).values);
  });

  it("of a run in the background shows its values, though its caller named no mode", async () => {
    const { thread_id: threadId } = await at.client.threads.create({ graphId: "support" });
    const run = await at.client.runs.create(threadId, "support", say("read a"));
    const events = await all(join(other, { threadId, runId: run.run_id }));
    expect(events.filter(({ event }) => event === "values").length).toBeGreaterThan(2);
  });

  it("of a run that failed ends with its error, also when joined late", async () => {
    const { thread_id: threadId } = await at.client.threads.create({ graphId: "support" });
    const begun = await at.client.runs.create(threadId, "support", { ...say("break"), streamMode: "values" });
    const run = { threadId, runId: begun.run_id };
    const early = await all(join(other, run));
    expect(early.slice(-2)).toMatchObject([
      { event: "error", data: { error: "run_failed", message: "The model broke." } },
      { event: "end" },
    ]);
    expect(await all(join(at, run))).toEqual(early);
  });

  it("of a run without a thread of its caller's is joined by the run alone", async () => {
    const run = await at.client.runs.create(null, "support", { ...say("read a"), streamMode: "updates" });
    const events = await all(other.client.runs.joinStream(null, run.run_id) as AsyncIterable<Event>);
    expect(events.at(-1)).toMatchObject({ event: "end" });
    expect(await all(at.client.runs.joinStream(run.thread_id, run.run_id) as AsyncIterable<Event>)).toEqual(
      events,
    );
  });

  it("of no run is not found", async () => {
    const { thread_id: threadId } = await at.client.threads.create({ graphId: "support" });
    for (const path of [
      `/threads/${threadId}/runs/${randomUUID()}/stream`,
      `/runs/${randomUUID()}/join`,
      "/runs/x/stream",
    ])
      expect(await request(`${at.url}${path}`)).toMatchObject({ status: 404, body: { code: "not_found" } });
  });

  it("is seen whole by two hundred who watch one run at the server that does not work on it", async () => {
    const id = randomUUID();
    const begun = await begin(id, ["values", "messages-tuple"]);
    const watchers = Array.from({ length: 200 }, () => all(join(other, begun)));
    release(id);
    const own = await begun.ended;
    for (const events of await Promise.all(watchers)) expect(events).toEqual(own);
  });
});

describe("a thread's stream", () => {
  it("tells its runs one after the other, and goes on where a client was, at any server", async () => {
    const { thread_id: threadId } = await at.client.threads.create({ graphId: "support" });
    const seen: Event[] = [];
    const ends = () => seen.filter(({ event }) => event === "metadata").length;
    const watching = new AbortController();
    const join = (client: Served["client"], lastEventId?: string) =>
      client.threads.joinStream(threadId, {
        signal: watching.signal,
        ...(lastEventId === undefined ? {} : { lastEventId }),
      }) as AsyncIterable<Event>;
    const watched = all(join(other.client), seen).catch(() => {});
    const first = await at.client.runs.create(threadId, "support", say("read a"));
    await at.client.runs.join(threadId, first.run_id);
    const second = await at.client.runs.create(threadId, "support", say("read b"));
    await at.client.runs.join(threadId, second.run_id);
    const said = (word: string) =>
      seen.some(({ data }) => JSON.stringify(data).includes(`Heard: read ${word}`));
    await expect.poll(() => said("b"), { interval: 20 }).toBe(true);
    expect([ends(), said("a")]).toEqual([2, true]);
    expect(seen.map(({ event }) => event)).not.toContain("end");
    expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length);

    const middle = Math.floor(seen.length / 3);
    const again: Event[] = [];
    const rejoined = all(join(at.client, seen[middle]?.id), again).catch(() => {});
    await expect.poll(() => again.length, { interval: 20 }).toBe(seen.length - middle - 1);
    expect(again).toEqual(seen.slice(middle + 1));
    watching.abort();
    await Promise.all([watched, rejoined]);
  });

  it("tells only where runs begin and end, to whoever asks for that, and goes on where they were", async () => {
    const { thread_id: threadId } = await at.client.threads.create({ graphId: "support" });
    const watching = new AbortController();
    const join = (more: { lastEventId?: string }, into: Event[]) =>
      all(
        other.client.threads.joinStream(threadId, {
          streamMode: ["lifecycle"],
          signal: watching.signal,
          ...more,
        }) as AsyncIterable<Event>,
        into,
      ).catch(() => {});
    const seen: Event[] = [];
    const watched = join({}, seen);
    const runs: string[] = [];
    for (const words of ["read a", "break"]) {
      const run = await at.client.runs.create(threadId, "support", say(words));
      runs.push(run.run_id);
      await at.client.runs.join(threadId, run.run_id).catch(() => {});
    }
    const told = runs.flatMap((run_id) => [
      { run_id, thread_id: threadId, attempt: 1 },
      { run_id, status: "run_done" },
    ]);
    await expect.poll(() => seen.map(({ data }) => data), { interval: 20 }).toEqual(told);
    expect(new Set(seen.map(({ event }) => event))).toEqual(new Set(["metadata"]));

    const again: Event[] = [];
    const rejoined = join({ lastEventId: seen[1]?.id ?? "" }, again);
    await expect.poll(() => again, { interval: 20 }).toEqual(seen.slice(2));
    watching.abort();
    await Promise.all([watched, rejoined]);
  });

  it("says that it tells no state updates", async () => {
    const { thread_id: threadId } = await at.client.threads.create({ graphId: "support" });
    for (const query of ["stream_mode=state_update", "stream_mode=lifecycle&stream_mode=state_update"])
      expect(await request(`${at.url}/threads/${threadId}/stream?${query}`)).toMatchObject({
        status: 422,
        body: { code: "unsupported", detail: expect.stringContaining("ask for the state") as string },
      });
  });
});
