import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { request, say, serve, type Served } from "./support/http.js";
import { testDatabase } from "./support/database.js";

interface Event {
  id?: string;
  event: string;
  data: unknown;
}
interface Message {
  id: string;
  type: string;
  content: string;
}
interface Values {
  messages?: Message[];
  __interrupt__?: { id: string; value: { holdpoint: { reviewId: string; argsHash: string } } }[];
}

let at: Served;
let database: string;
beforeAll(async () => {
  database = await testDatabase();
  at = await serve(database, { heartbeatMs: 50 });
});
afterAll(() => at.stop());

const newThread = async (): Promise<string> => (await at.client.threads.create()).thread_id;
const streamOf = (threadId: string | null, payload: object): AsyncIterable<Event> =>
  at.client.runs.stream(threadId as string, "support", payload) as AsyncIterable<Event>;
const allOf = async (events: AsyncIterable<Event>): Promise<Event[]> => {
  const all: Event[] = [];
  for await (const event of events) all.push(event);
  return all;
};
const namesOf = (events: Event[]): string[] => events.map(({ event }) => event);
/** Without repeats in a row. */
const shapeOf = (events: Event[]): string[] =>
  namesOf(events).filter((name, index, names) => name !== names[index - 1]);
const valuesIn = (events: Event[]): Values[] =>
  events.filter(({ event }) => event === "values").map(({ data }) => data as Values);
const finalMessages = async (threadId: string): Promise<Message[]> =>
  (await at.client.threads.getState<Values>(threadId)).values.messages ?? [];

describe("a run is streamed", () => {
  it("each event has an id of its own, the first names the run and its thread, the last is the end", async () => {
    const threadId = await newThread();
    let created: { run_id: string; thread_id?: string } | undefined;
    const onRunCreated = (run: typeof created): void => void (created = run);
    const events = await allOf(streamOf(threadId, { ...say("read a"), onRunCreated }));
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
    expect(events[0]).toMatchObject({
      event: "metadata",
      data: { run_id: created?.run_id, thread_id: threadId },
    });
    expect(created?.thread_id).toBe(threadId);
    expect(events.at(-1)).toMatchObject({ event: "end", data: null });
  });

  it("values are what comes where no mode is asked for: the conversation as it grows, and nothing twice", async () => {
    const threadId = await newThread();
    const events = await allOf(streamOf(threadId, say("read a")));
    expect(shapeOf(events)).toEqual(["metadata", "values", "end"]);
    const types = valuesIn(events).map(({ messages = [] }) => messages.map(({ type }) => type).join());
    expect(types).toEqual(["human", "human,ai", "human,ai,tool", "human,ai,tool,ai"]);
    expect(valuesIn(events).at(-1)?.messages).toEqual(await finalMessages(threadId));
    expect(Object.keys(valuesIn(events).at(-1) ?? {})).toEqual(["messages"]);
  });

  it("updates are what each node did, in order", async () => {
    const events = await allOf(streamOf(await newThread(), { ...say("read a"), streamMode: "updates" }));
    expect(shapeOf(events)).toEqual(["metadata", "updates", "end"]);
    const nodes = events.slice(1, -1).flatMap(({ data }) => Object.keys(data as object));
    expect(nodes).toEqual(["agent", "classify-risk", "execute", "agent"]);
  });

  it("messages grow piece by piece under one id, which is the id they keep", async () => {
    const threadId = await newThread();
    const events = await allOf(streamOf(threadId, { ...say("read a"), streamMode: "messages" }));
    const final = await finalMessages(threadId);
    const spoken = final.filter(({ type }) => type === "ai");
    for (const { id, content } of spoken) {
      const own = events.filter(({ event, data }) =>
        event === "messages/metadata" ? id in (data as object) : (data as Message[] | null)?.[0]?.id === id,
      );
      expect(shapeOf(own)).toEqual(["messages/metadata", "messages/partial", "messages/complete"]);
      const pieces = own.slice(1, -1).map(({ data }) => (data as Message[])[0]?.content ?? "");
      expect(pieces.length).toBeGreaterThan(1);
      for (const [index, piece] of pieces.entries())
        expect(piece.startsWith(pieces[index - 1] ?? "")).toBe(true);
      expect(pieces.at(-1)).toBe(content);
    }
    const completed = events
      .filter(({ event }) => event === "messages/complete")
      .flatMap(({ data }) => data as Message[]);
    expect(completed).toEqual(final);
  });

  it("messages as tuples are pieces with where they come from, and tools' answers whole", async () => {
    const threadId = await newThread();
    const events = await allOf(streamOf(threadId, { ...say("read a"), streamMode: "messages-tuple" }));
    expect(shapeOf(events)).toEqual(["metadata", "messages", "end"]);
    const tuples = events.slice(1, -1).map(({ data }) => data as [Message, { langgraph_node: string }]);
    const byId = new Map<string, string>();
    for (const [{ id, content }] of tuples) byId.set(id, (byId.get(id) ?? "") + content);
    const [, ...final] = await finalMessages(threadId);
    expect([...byId]).toEqual(final.map(({ id, content }) => [id, content]));
    expect(new Set(tuples.map(([, { langgraph_node }]) => langgraph_node))).toEqual(
      new Set(["agent", "execute"]),
    );
  });

  it("several modes come interleaved, as they happen", async () => {
    const streamMode = ["values", "updates", "messages-tuple", "custom"];
    const events = await allOf(
      streamOf(await newThread(), { ...say("read a"), streamMode, streamSubgraphs: true }),
    );
    expect(shapeOf(events).slice(0, 5)).toEqual(["metadata", "values", "messages", "updates", "values"]);
  });

  it("a hold shows in the updates and the values, and the last values have all of it", async () => {
    const threadId = await newThread();
    const events = await allOf(
      streamOf(threadId, { ...say("read a; pay a 5"), streamMode: ["values", "updates"] }),
    );
    const last = valuesIn(events).at(-1);
    expect(last?.messages).toEqual(await finalMessages(threadId));
    expect(last?.__interrupt__).toHaveLength(1);
    const { tasks } = await at.client.threads.getState(threadId);
    expect(last?.__interrupt__).toEqual(tasks.flatMap(({ interrupts }) => interrupts));
    const updates = events.filter(({ event }) => event === "updates").map(({ data }) => data as Values);
    expect(updates.some(({ __interrupt__ }) => __interrupt__?.[0]?.id === last?.__interrupt__?.[0]?.id)).toBe(
      true,
    );
  });

  it("a decision through the stream shows the call's answer and the model's words as they come", async () => {
    const threadId = await newThread();
    await allOf(streamOf(threadId, say("pay streamed 5")));
    const events = await allOf(
      streamOf(threadId, {
        command: { resume: { type: "approve" } },
        streamMode: ["updates", "messages-tuple", "values"],
      }),
    );
    expect(at.effects.of("pay").filter(({ id }) => id === "streamed")).toHaveLength(1);
    expect(shapeOf(events)[0]).toBe("metadata");
    const nodes = events
      .filter(({ event }) => event === "updates")
      .flatMap(({ data }) => Object.keys(data as object));
    expect(nodes).toEqual(["hold", "agent"]);
    const pieces = events.filter(({ event }) => event === "messages");
    expect(pieces.length).toBeGreaterThan(3);
    expect(valuesIn(events).at(-1)?.messages?.at(-1)?.content).toBe("Heard: pay streamed done");
    expect(valuesIn(events).at(-1)?.messages).toEqual(await finalMessages(threadId));
  });

  it("what is said while something is held ends the stream at once, with what waits", async () => {
    const threadId = await newThread();
    await allOf(streamOf(threadId, say("pay behind 5")));
    const events = await allOf(
      streamOf(threadId, { ...say("read behind"), streamMode: ["values", "updates"] }),
    );
    expect(namesOf(events)).toEqual(["metadata", "updates", "values", "end"]);
    expect(valuesIn(events).at(-1)?.__interrupt__).toHaveLength(1);
  });

  it("a run that fails says so, and ends", async () => {
    const events = await allOf(streamOf(await newThread(), say("break")));
    expect(shapeOf(events)).toEqual(["metadata", "values", "error", "end"]);
    expect(events.at(-2)?.data).toEqual({ error: "run_failed", message: "The model broke." });
  });

  it("a stream without a thread names the one it made", async () => {
    const [first] = await allOf(streamOf(null, say("read a")));
    const { thread_id: threadId } = (first?.data ?? {}) as { thread_id: string };
    expect(await at.client.threads.get(threadId)).toMatchObject({ status: "idle" });
  });

  it("a stream in which nothing happens says that it is there", async () => {
    const threadId = await newThread();
    const id = randomUUID();
    const response = await fetch(`${at.url}/threads/${threadId}/runs/stream`, {
      method: "POST",
      body: JSON.stringify({ assistant_id: "support", ...say(`wait ${id}`) }),
    });
    let text = "";
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      text += new TextDecoder().decode(chunk);
      if (/: heartbeat\n: heartbeat\n/.test(text)) at.release(id);
    }
    expect(text).toMatch(/: heartbeat\n: heartbeat\n/);
    // An empty line would end an event that has nothing but an id; LangGraph's client then makes one of it.
    expect(text).not.toMatch(/: heartbeat\n\n/);
    expect(text.trimEnd().split("\n").slice(-3)).toMatchObject([
      "event: end",
      "data: null",
      expect.stringMatching(/^id: /),
    ]);
  });

  it("heartbeats are no events to LangGraph's client", async () => {
    const id = randomUUID();
    const events: Event[] = [];
    for await (const event of streamOf(await newThread(), say(`wait ${id}`))) {
      events.push(event);
      if (valuesIn(events).at(-1)?.messages?.length === 2) setTimeout(() => at.release(id), 200);
    }
    expect(shapeOf(events)).toEqual(["metadata", "values", "end"]);
  });

  it("a client that goes away does not cancel the run", async () => {
    const threadId = await newThread();
    const id = randomUUID();
    const leaving = new AbortController();
    const left = (async () => {
      for await (const { event } of streamOf(threadId, { ...say(`wait ${id}`), signal: leaving.signal })) {
        if (event === "values") leaving.abort();
      }
    })();
    await left.catch(() => {});
    at.release(id);
    await at.runtime.waitForThread("default", threadId);
    expect((await finalMessages(threadId)).at(-1)?.content).toBe(`Heard: wait ${id} done`);
  });

  it("a wait that lasts is kept alive by newlines, and its run is known from the start", async () => {
    const id = randomUUID();
    const threadId = await newThread();
    const response = await fetch(`${at.url}/threads/${threadId}/runs/wait`, {
      method: "POST",
      body: JSON.stringify({ assistant_id: "support", ...say(`wait ${id}`) }),
    });
    const location = response.headers.get("content-location") ?? "";
    expect(await request(`${at.url}${location}`)).toMatchObject({ status: 200, body: { status: "running" } });
    let text = "";
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      text += new TextDecoder().decode(chunk);
      if (text.length >= 3) at.release(id);
    }
    expect(text.startsWith("\n\n\n")).toBe(true);
    expect(JSON.parse(text)).toMatchObject({ messages: [{}, {}, {}, { content: `Heard: wait ${id} done` }] });
  });
});

describe("two servers share a database", () => {
  let other: Served;
  beforeAll(async () => {
    other = await serve(database, { settings: { concurrency: 1 } });
  });
  afterAll(() => other.stop());

  it("a stream whose run the other server takes up ends with what came of it", async () => {
    const busyThread = await newThread();
    const id = randomUUID();
    const busy = other.client.runs.wait(busyThread, "support", say(`wait ${id}`));
    await expect
      .poll(async () => (await at.client.threads.get(busyThread)).status, { interval: 20 })
      .toBe("busy");
    const threadId = await newThread();
    const stream = other.client.runs.stream(threadId, "support", {
      ...say("read elsewhere"),
      streamMode: ["values", "messages"],
    } as never) as AsyncIterable<Event>;
    const events = await allOf(stream);
    expect(new Set(namesOf(events))).toEqual(
      new Set(["metadata", "values", "messages/metadata", "messages/partial", "messages/complete", "end"]),
    );
    expect(valuesIn(events).at(-1)?.messages).toEqual(await finalMessages(threadId));
    other.release(id);
    await busy;
  });

  it("a hold of one is decided through the other", async () => {
    const threadId = await newThread();
    await at.client.runs.wait(threadId, "support", say("pay shared 5"));
    const result = (await other.client.runs.wait(threadId, "support", {
      command: { resume: { type: "approve" } },
    })) as Values;
    expect(result.messages?.at(-1)?.content).toBe("Heard: pay shared done");
    const ran = [...at.effects.of("pay"), ...other.effects.of("pay")].filter(
      (args) => args["id"] === "shared",
    );
    expect(ran).toHaveLength(1);
  });
});

describe("a server that is at work with all it has", () => {
  let full: Served;
  beforeAll(async () => {
    full = await serve(await testDatabase(), { settings: { concurrency: 1 } });
  });
  afterAll(() => full.stop());

  it("tells who decided one of two what came of that, and not at once that both still wait", async () => {
    const { thread_id: threadId } = await full.client.threads.create();
    const held = (await full.client.runs.wait(threadId, "support", say("pay one 1; pay two 2"))) as Values;
    const id = randomUUID();
    const { thread_id: busyThread } = await full.client.threads.create();
    const busy = full.client.runs.wait(busyThread, "support", say(`wait ${id}`));
    await expect.poll(async () => (await full.client.threads.get(busyThread)).status).toBe("busy");

    const [first] = held.__interrupt__ ?? [];
    const command = { resume: { [first?.id ?? ""]: { type: "approve" } } };
    const waited = full.client.runs.wait(threadId, "support", { command }) as Promise<Values>;
    const pending = () => full.client.runs.list(threadId, { status: "pending" });
    await expect.poll(async () => (await pending()).length).toBe(1);
    const [run] = await pending();
    const joined = allOf(full.client.runs.joinStream(threadId, run?.run_id ?? "") as AsyncIterable<Event>);
    // As long as nobody takes it up, there is nothing to tell of it.
    await expect(Promise.race([waited, joined, delay(300, "nothing yet")])).resolves.toBe("nothing yet");
    full.release(id);
    await busy;
    for (const rest of [await waited, valuesIn(await joined).at(-1)])
      expect(rest?.__interrupt__).toHaveLength(1);
    expect(full.effects.of("pay")).toHaveLength(1);
  });
});
