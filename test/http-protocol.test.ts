// LangGraph's streaming protocol, spoken by its own client: `client.threads.stream`, and the controller under the hooks
// of @langchain/react.
import {
  Annotation,
  END,
  interrupt,
  MessagesAnnotation,
  Send,
  START,
  StateGraph,
  type LangGraphRunnableConfig,
} from "@langchain/langgraph";
import { ToolNode } from "@langchain/langgraph/prebuilt";
import { AIMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { StreamController } from "@langchain/langgraph-sdk/stream";
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { Told } from "../src/http/protocol/told.js";
import { createTranslator } from "../src/http/protocol/translate.js";
import type { Run } from "../src/storage/run-rows.js";
import { testDatabase } from "./support/database.js";
import { request, say, serve, type Served } from "./support/http.js";

const State = Annotation.Root({
  heard: Annotation<string[]>({ reducer: (a, b) => [...a, ...b], default: () => [] }),
});

const asking = (ask: () => unknown) =>
  new StateGraph(State)
    .addNode("ask", () => ({ heard: [JSON.stringify(ask())] }))
    .addEdge(START, "ask")
    .addEdge("ask", END);

const weather = tool(({ city }) => `Sun in ${city}.`, {
  name: "weather",
  description: "The weather.",
  schema: z.object({ city: z.string() }),
});

const graphs = {
  confirm: asking(() => interrupt({ question: "Shall I?" })).compile(),
  several: new StateGraph(State)
    .addNode("fan", () => ({}))
    .addNode("ask", (name: unknown) => ({
      heard: [`${String(name)}:${JSON.stringify(interrupt({ name }))}`],
    }))
    .addEdge(START, "fan")
    .addConditionalEdges("fan", () => [new Send("ask", "a"), new Send("ask", "b")], ["ask"])
    .addEdge("ask", END)
    .compile(),
  outer: new StateGraph(State)
    .addNode("inner", asking(() => "from within").compile())
    .addEdge(START, "inner")
    .addEdge("inner", END)
    .compile(),
  outerAsks: new StateGraph(State)
    .addNode("inner", asking(() => interrupt("From within?")).compile())
    .addEdge(START, "inner")
    .addEdge("inner", END)
    .compile(),
  writes: new StateGraph(State)
    .addNode("write", (_state, config: LangGraphRunnableConfig) => {
      config.writer?.({ name: "progress", payload: { percent: 50 } });
      config.writer?.("a word");
      return { heard: [] };
    })
    .addEdge(START, "write")
    .addEdge("write", END)
    .compile(),
  tooled: new StateGraph(MessagesAnnotation)
    .addNode("model", () => ({
      messages: [
        new AIMessage({
          content: "",
          tool_calls: [{ id: "call-1", name: "weather", args: { city: "Ulm" }, type: "tool_call" }],
        }),
      ],
    }))
    .addNode("tools", new ToolNode([weather]))
    .addEdge(START, "model")
    .addEdge("model", "tools")
    .addEdge("tools", END)
    .compile(),
};

interface Event {
  event_id: string;
  seq: number;
  method: string;
  params: { namespace: string[]; node?: string; data: Record<string, unknown> };
}

const everything = [
  "values",
  "updates",
  "messages",
  "tools",
  "lifecycle",
  "input",
  "checkpoints",
  "tasks",
  "custom",
];

let at: Served;
let other: Served;
beforeAll(async () => {
  const database = await testDatabase();
  at = await serve(database, { plain: graphs });
  // On the same database; it works on nothing that the first one has room for.
  other = await serve(database, { plain: graphs });
});
afterAll(() => Promise.all([at.stop(), other.stop()]));

const open = (assistantId = "support", threadId: string = randomUUID(), of = at) =>
  of.client.threads.stream(threadId, { assistantId });

type Opened = ReturnType<typeof open>;

const start = (thread: Opened, input: unknown) => thread.run.start({ input });
const begin = async (thread: Opened, words: string) => {
  await start(thread, say(words).input);
  return (await thread.output) as { messages: { text: string; getType(): string }[] };
};

const respond = (thread: Opened, response: unknown, which = 0) =>
  thread.input.respond({
    namespace: thread.interrupts[which]?.namespace ?? [],
    interrupt_id: thread.interrupts[which]?.interruptId ?? "",
    response,
  });

/** All that a thread tells a subscriber, until something is told. */
async function toldIn(
  threadId: string,
  {
    until,
    of = at,
    body = {},
    headers = {},
  }: { until: (event: Event) => boolean; of?: Served; body?: object; headers?: Record<string, string> },
): Promise<Event[]> {
  const leaving = new AbortController();
  const response = await fetch(`${of.url}/threads/${threadId}/stream/events`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ channels: everything, ...body }),
    signal: leaving.signal,
  });
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  const events: Event[] = [];
  for await (const event of eventsIn(response)) {
    events.push(event);
    if (until(event)) break;
  }
  leaving.abort();
  return events;
}

async function* eventsIn(response: Response): AsyncGenerator<Event> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    const frames = (rest + decoder.decode(chunk, { stream: true })).split("\n\n");
    rest = frames.pop() ?? "";
    for (const frame of frames) yield JSON.parse(/^data: (.*)$/m.exec(frame)?.[1] ?? "null") as Event;
  }
}

const rootLifecycle = ({ method, params: { namespace, data } }: Event): unknown =>
  method === "lifecycle" && namespace.length === 0 ? data["event"] : null;
const atEnd = (event: Event): boolean =>
  ["completed", "failed", "interrupted"].includes(String(rootLifecycle(event)));
const named =
  (word: string) =>
  (event: Event): boolean =>
    rootLifecycle(event) === word;
const shapeOf = (events: Event[]): unknown[] => events.map(rootLifecycle).filter((word) => word !== null);

const command = (threadId: string, method: unknown, params: unknown = {}, of = at) =>
  request(`${of.url}/threads/${threadId}/commands`, { body: { id: 7, method, params } });

const openReview = async (threadId: string) => {
  const { body } = await request(`${at.url}/reviews?thread_id=${threadId}&status=open`);
  return (body["items"] as { id: string; argsHash: string }[])[0];
};

const heardIn = async (threadId: string) =>
  ((await at.client.threads.getState(threadId)).values as { heard: string[] }).heard;

const all = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
};

// The client hears no more of a run that has ended, so these ask for what it tells before they start it.

/** Its handles come once when a call begins and once when it has ended. */
const callsOf = async (thread: Opened) => {
  const calls = await all(thread.toolCalls);
  return [...new Map(calls.map((call) => [call.callId, call])).values()];
};

describe("a run that a client of the protocol starts", () => {
  it("tells its messages word by word, its values, and its end", async () => {
    const thread = open();
    const told = all(thread.messages);
    const { run_id: runId } = await start(thread, say("read a").input);
    const messages = await told;
    expect(await at.client.runs.get(thread.threadId, runId ?? "")).toMatchObject({ run_id: runId });
    const spoken = await Promise.all(messages.map(async (message) => [message.node, await message.text]));
    expect(spoken).toEqual([
      ["agent", "On it."],
      ["agent", "Heard: read a done"],
    ]);
    expect(messages[0]?.blocks).toMatchObject([
      { type: "text", text: "On it." },
      { type: "tool_call", name: "read", args: { id: "a" } },
    ]);
    const values = (await thread.output) as { messages: { id: string; text: string }[] };
    expect(values.messages.map(({ text }) => text)).toEqual([
      "read a",
      "On it.",
      "read a done",
      "Heard: read a done",
    ]);
    expect(messages.map(({ id }) => id)).toEqual([values.messages[1]?.id, values.messages[3]?.id]);
    expect(thread.interrupted).toBe(false);
    await thread.close();
  });

  it("tells the calls of an agent with what came of them", async () => {
    const thread = open();
    const told = callsOf(thread);
    await start(thread, say("read a; read b").input);
    const calls = await told;
    expect(calls.map(({ name, args }) => [name, args])).toEqual([
      ["read", { id: "a" }],
      ["read", { id: "b" }],
    ]);
    expect(await Promise.all(calls.map(({ output }) => output))).toEqual(["read a done", "read b done"]);
    await thread.close();
  });

  it("tells the calls of a plain graph's own tools", async () => {
    const thread = open("tooled");
    const told = callsOf(thread);
    await start(thread, { messages: [] });
    const [call] = await told;
    expect(call).toMatchObject({ name: "weather", callId: "call-1" });
    expect(await call?.output).toBe("Sun in Ulm.");
    await thread.close();
  });

  it("tells everything in one order, once", async () => {
    const thread = open();
    await begin(thread, "read a");
    const events = await toldIn(thread.threadId, { until: atEnd });
    const seqs = events.map(({ seq }) => seq);
    expect(seqs).toEqual(seqs.map((_, index) => (seqs[0] ?? 0) + index));
    expect(new Set(events.map(({ event_id }) => event_id)).size).toBe(events.length);
    expect(shapeOf(events)).toEqual(["running", "completed"]);
    const methods = new Set(events.map(({ method }) => method));
    expect(methods).toEqual(
      new Set(["lifecycle", "checkpoints", "values", "tasks", "messages", "updates", "tools"]),
    );
    const steps = events.filter(({ method }) => method === "checkpoints").map(({ params }) => params.data);
    expect(steps.map(({ step }) => step)).toEqual([-1, 0, 1, 2, 3, 4]);
    expect(steps.map(({ parent_id: parent }) => parent).slice(1)).toEqual(
      steps.map(({ id }) => id).slice(0, -1),
    );
    await thread.close();
  });

  it("tells what its nodes write, to whoever asks for all of it or for one name", async () => {
    const thread = open("writes");
    const told = all(thread.extensions["progress"] as AsyncIterable<unknown>);
    await start(thread, { heard: [] });
    expect(await told).toEqual([{ percent: 50 }]);
    const events = await toldIn(thread.threadId, {
      until: atEnd,
      body: { channels: ["custom", "lifecycle"] },
    });
    const custom = events.filter(({ method }) => method === "custom").map(({ params }) => params.data);
    expect(custom).toEqual([{ name: "progress", payload: { percent: 50 } }, { payload: "a word" }]);
    await thread.close();
  });

  it("that fails says why", async () => {
    const thread = open();
    await start(thread, say("break").input);
    const events = await toldIn(thread.threadId, { until: atEnd });
    expect(events.at(-1)?.params.data).toEqual({
      event: "failed",
      graph_name: "support",
      error: "The model broke.",
    });
    await thread.close();
  });

  it("that is cancelled is interrupted, and asks nothing", async () => {
    const id = randomUUID();
    const thread = open();
    const { run_id: runId } = await start(thread, say(`wait ${id}`).input);
    await toldIn(thread.threadId, { until: ({ params }) => params.data["event"] === "tool-started" });
    await at.client.runs.cancel(thread.threadId, runId ?? "");
    const events = await toldIn(thread.threadId, { until: atEnd });
    expect(shapeOf(events)).toEqual(["running", "interrupted"]);
    expect(events.some(({ method }) => method === "input.requested")).toBe(false);
    await thread.output;
    expect(thread.interrupts).toEqual([]);
    at.release(id);
    await thread.close();
  });

  it("goes on in a thread as other runs do: forked, and one after the other", async () => {
    const thread = open();
    await begin(thread, "read a");
    const [, , third] = await at.client.threads.getHistory(thread.threadId);
    await thread.run.start({
      input: say("read c").input,
      forkFrom: third?.checkpoint.checkpoint_id,
    } as never);
    await thread.run.start({ input: say("read d").input, multitaskStrategy: "enqueue" } as never);
    await at.runtime.waitForThread("default", thread.threadId);
    expect((await at.client.runs.list(thread.threadId)).map(({ status }) => status)).toEqual([
      "success",
      "success",
      "success",
    ]);
    await thread.close();
  });
});

describe("what an agent holds", () => {
  it("is an interrupt to the client, whose approval releases it, once", async () => {
    const id = randomUUID();
    const thread = open();
    await begin(thread, `read a; pay ${id} 5`);
    expect(thread.interrupted).toBe(true);
    expect(thread.interrupts).toMatchObject([
      { namespace: [], payload: { actionRequests: [{ name: "pay" }] } },
    ]);
    expect(at.effects.of("pay").filter((args) => args["id"] === id)).toEqual([]);
    await respond(thread, { type: "approve" });
    const events = await toldIn(thread.threadId, { until: named("completed") });
    expect(at.effects.of("pay").filter((args) => args["id"] === id)).toHaveLength(1);
    const tools = events.filter(({ method }) => method === "tools").map(({ params }) => params.data);
    expect(tools).toMatchObject([
      { event: "tool-started", tool_name: "pay", input: { id, amount: 5 } },
      { event: "tool-finished", output: { content: `pay ${id} done` } },
    ]);
    expect(thread.interrupted).toBe(false);
    await thread.close();
  });

  it("does not run where the client rejects it; no tool is told of, and the agent is", async () => {
    const id = randomUUID();
    const thread = open();
    await begin(thread, `pay ${id} 5`);
    await respond(thread, { type: "reject", reason: "Too much." });
    const events = await toldIn(thread.threadId, { until: named("completed") });
    expect(at.effects.of("pay").filter((args) => args["id"] === id)).toEqual([]);
    expect(events.filter(({ method }) => method === "tools")).toEqual([]);
    const last = events.findLast(({ method }) => method === "values")?.params.data as {
      messages: { content: string }[];
    };
    expect(last.messages.at(-1)?.content).toContain("Too much.");
    await thread.close();
  });

  it("is told of as it goes on, whoever decided it and wherever", async () => {
    const id = randomUUID();
    const thread = open();
    await begin(thread, `pay ${id} 5`);
    const watching = toldIn(thread.threadId, { until: named("completed") });
    const review = await openReview(thread.threadId);
    const decided = await request(`${other.url}/reviews/${review?.id}/decision`, {
      body: { type: "approve", argsHash: review?.argsHash },
    });
    expect(decided.status).toBe(200);
    const events = await watching;
    expect(shapeOf(events).slice(0, 4)).toEqual(["running", "interrupted", "running", "completed"]);
    const words = events.flatMap(({ params: { data } }) => {
      const { text } = Object(data["delta"]) as { text?: string };
      return text ?? [];
    });
    expect(words.join("")).toContain(`Heard: pay ${id} done`);
    expect(events.filter(({ params }) => params.data["event"] === "tool-finished")).toHaveLength(1);
    await thread.close();
  });

  it("is answered by the one who was first; a late or a forged answer is told so", async () => {
    const thread = open();
    await begin(thread, "pay late 5");
    const interruptId = thread.interrupts[0]?.interruptId;
    const answer = (interrupt_id: unknown, response: unknown = { type: "approve" }) =>
      command(thread.threadId, "input.respond", { namespace: [], interrupt_id, response });
    for (const forged of ["f".repeat(32), "x"]) {
      expect(await answer(forged)).toMatchObject({
        status: 200,
        body: { type: "error", id: 7, error: "no_such_interrupt", problem: { code: "request_invalid" } },
      });
    }
    expect(await answer(interruptId, { type: "approve", argsHash: "0".repeat(64) })).toMatchObject({
      body: { type: "error", problem: { code: "decision_stale" } },
    });
    expect(await answer(interruptId, "approve")).toMatchObject({
      body: { type: "error", error: "invalid_argument", problem: { code: "request_invalid" } },
    });
    expect(await openReview(thread.threadId)).toBeDefined();
    expect(await answer(interruptId, { type: "reject" })).toMatchObject({ body: { type: "success", id: 7 } });
    await at.runtime.waitForThread("default", thread.threadId);
    expect(await answer(interruptId)).toMatchObject({
      body: { type: "error", error: "no_such_interrupt", problem: { code: "review_already_decided" } },
    });
    expect(at.effects.of("pay").filter(({ id }) => id === "late")).toEqual([]);
    await thread.close();
  });

  it("keeps what is said meanwhile, and says that it does", async () => {
    const thread = open();
    await begin(thread, "pay meanwhile 5");
    const before = await toldIn(thread.threadId, { until: named("interrupted") });
    const since = before.at(-1)?.seq;
    await start(thread, say("read later").input);
    const waiting = await toldIn(thread.threadId, { until: named("interrupted"), body: { since } });
    expect(waiting.map(({ method }) => method)).toEqual(["values", "input.requested", "lifecycle"]);
    await expect.poll(() => thread.interrupts).toHaveLength(1);
    await respond(thread, { type: "reject" });
    await at.runtime.waitForThread("default", thread.threadId);
    const { values } = await at.client.threads.getState(thread.threadId);
    expect(JSON.stringify(values)).toContain("read later done");
    await thread.close();
  });
});

describe("what a plain graph asks", () => {
  it.each([
    ["an object", { yes: true }],
    ["text", "go on"],
    ["nothing", null],
    ["no", false],
    ["a list", [1, { two: 2 }]],
  ])("is answered with %s, which the graph gets as it is", async (_what, value) => {
    const thread = open("confirm");
    await start(thread, { heard: [] });
    await thread.output;
    expect(thread.interrupts).toMatchObject([{ payload: { question: "Shall I?" } }]);
    await respond(thread, value);
    await toldIn(thread.threadId, { until: named("completed") });
    expect(await heardIn(thread.threadId)).toEqual([JSON.stringify(value)]);
    await thread.close();
  });

  it("twice is answered in one command, or one by one", async () => {
    const thread = open("several");
    await start(thread, { heard: [] });
    await thread.output;
    const [a, b] = thread.interrupts;
    expect(thread.interrupts).toHaveLength(2);
    await thread.input.respond({
      responses: [
        { namespace: [], interrupt_id: a?.interruptId ?? "", response: 1 },
        { namespace: [], interrupt_id: b?.interruptId ?? "", response: 2 },
      ],
    });
    await toldIn(thread.threadId, { until: named("completed") });
    expect((await heardIn(thread.threadId)).toSorted()).toEqual(["a:1", "b:2"]);
    await thread.close();
  });

  it("within a graph of its own names where, and is answered there", async () => {
    const thread = open("outerAsks");
    await start(thread, { heard: [] });
    await thread.output;
    expect(thread.interrupts).toMatchObject([
      { namespace: [expect.stringMatching(/^inner:/)], payload: "From within?" },
    ]);
    await respond(thread, "yes");
    await toldIn(thread.threadId, { until: named("completed") });
    expect(await heardIn(thread.threadId)).toEqual(['"yes"']);
    await thread.close();
  });

  it("is not answered by new input: that waits", async () => {
    const thread = open("confirm");
    await start(thread, { heard: [] });
    await thread.output;
    await start(thread, { heard: ["no answer"] });
    await expect.poll(() => thread.interrupts).toHaveLength(1);
    expect(await heardIn(thread.threadId)).toEqual([]);
    await thread.close();
  });
});

describe("a graph within the graph", () => {
  it("is told of under a namespace of its own, from its beginning to its end", async () => {
    const thread = open("outer");
    const discovered = all(thread.subgraphs);
    await start(thread, { heard: [] });
    const events = await toldIn(thread.threadId, { until: atEnd });
    const inner = events.filter(({ params }) => params.namespace[0]?.startsWith("inner:"));
    expect(inner.at(0)?.params.data).toEqual({ event: "started", graph_name: "inner" });
    expect(inner.at(-1)?.params.data).toEqual({ event: "completed", graph_name: "inner" });
    expect(inner.some(({ method }) => method === "updates")).toBe(true);
    const [sub] = await discovered;
    expect(sub).toMatchObject({ name: "inner", graphName: "inner" });
    await thread.close();
  });

  it("is left out, or asked for alone, by whoever subscribes", async () => {
    const thread = open("outer");
    await start(thread, { heard: [] });
    await thread.output;
    const ofRoot = await toldIn(thread.threadId, { until: atEnd, body: { namespaces: [[]], depth: 0 } });
    expect(ofRoot.every(({ params }) => params.namespace.length === 0)).toBe(true);
    const ofInner = await toldIn(thread.threadId, {
      until: ({ params }) => params.data["event"] === "completed",
      body: { namespaces: [["inner"]] },
    });
    expect(ofInner.every(({ params }) => params.namespace[0]?.startsWith("inner:"))).toBe(true);
    const onlyInput = await toldIn(thread.threadId, { until: atEnd, body: { channels: ["lifecycle"] } });
    expect(new Set(onlyInput.map(({ method }) => method))).toEqual(new Set(["lifecycle"]));
    await thread.close();
  });
});

describe("a subscription", () => {
  it("that breaks goes on where it was: nothing is lost, and nothing comes twice", async () => {
    const id = randomUUID();
    const threadId = randomUUID();
    let connections = 0;
    /** Each connection but the last breaks after some events. */
    const breaking = async (...asked: Parameters<typeof fetch>): Promise<Response> => {
      const response = await fetch(...asked);
      if (response.headers.get("content-type") !== "text/event-stream") return response;
      connections += 1;
      return connections < 4 ? brokenAfter(response, connections * 5) : response;
    };
    const thread = at.client.threads.stream(threadId, {
      assistantId: "support",
      fetch: breaking,
      reconnectDelayMs: () => 1,
    });
    await start(thread, say(`read a; wait ${id}`).input);
    const seen: Event[] = [];
    const channels = everything as never;
    const watching = (async () => {
      for await (const event of await thread.subscribe({ channels })) seen.push(event as never);
    })();
    await expect.poll(() => connections).toBeGreaterThan(3);
    at.release(id);
    other.release(id);
    await watching;
    const whole = await toldIn(threadId, { until: atEnd });
    // While the client changes over from one connection to the next, it hears both.
    const inOrder = seen.toSorted((one, another) => one.seq - another.seq);
    expect(inOrder.map(({ seq }) => seq)).toEqual(whole.map(({ seq }) => seq));
    expect(inOrder.map(({ params }) => params)).toEqual(whole.map(({ params }) => params));
    await thread.close();
  });

  it("goes on after the event its client names, by its number or as Last-Event-ID", async () => {
    const thread = open();
    await begin(thread, "read a");
    await begin(thread, "read b");
    const [first] = await toldIn(thread.threadId, { until: () => true, body: { since: 0 } });
    const whole = await toldIn(thread.threadId, {
      until: (
        (n) => (event: Event) =>
          atEnd(event) && ++n === 2
      )(0),
      body: { since: 0 },
    });
    expect(whole[0]).toEqual(first);
    expect(shapeOf(whole)).toEqual(["running", "completed", "running", "completed"]);
    for (const at of [3, whole.findIndex(atEnd), whole.length - 3]) {
      const since = whole[at]?.seq ?? 0;
      const last = whole.at(-1)?.seq;
      const until = ({ seq }: Event): boolean => seq === last;
      const rest = whole.slice(at + 1);
      expect(await toldIn(thread.threadId, { until, body: { since } })).toEqual(rest);
      const headers = { "last-event-id": String(since) };
      expect(await toldIn(thread.threadId, { until, headers })).toEqual(rest);
    }
    await thread.close();
  });

  it("without a number begins with the last run: the end of an earlier one is not taken for its own", async () => {
    const first = open();
    expect((await begin(first, "read one")).messages.at(-1)?.text).toBe("Heard: read one done");
    await first.close();
    const second = open("support", first.threadId);
    const id = randomUUID();
    await start(second, say(`wait ${id}`).input);
    const told = all(second.messages);
    await toldIn(second.threadId, { until: ({ params }) => params.data["event"] === "tool-started" });
    at.release(id);
    expect(await told).toHaveLength(2);
    const { messages } = (await second.output) as { messages: { text: string }[] };
    expect(messages.at(-1)?.text).toContain(id);
    await second.close();
  });

  it("is the same for everybody, at any server, while it happens and after", async () => {
    const id = randomUUID();
    const thread = open();
    await start(thread, say(`read a; wait ${id}`).input);
    const during = [at, other, at].map((of) => toldIn(thread.threadId, { until: atEnd, of }));
    await toldIn(thread.threadId, { until: ({ method }) => method === "tools", of: other });
    at.release(id);
    other.release(id);
    const [one, ...others] = await Promise.all(during);
    expect(shapeOf(one ?? [])).toEqual(["running", "completed"]);
    const after = await toldIn(thread.threadId, { until: atEnd, of: other });
    const bare = (events: Event[] | undefined) =>
      events?.map(({ seq, method, params }) => [seq, method, params.data]);
    for (const events of [...others, after]) expect(bare(events)).toEqual(bare(one));
    await thread.close();
  });

  it("that waits is told of a run that begins at another server", async () => {
    const thread = open();
    await begin(thread, "read a");
    const [last] = (await toldIn(thread.threadId, { until: atEnd })).slice(-1);
    const watching = toldIn(thread.threadId, { until: atEnd, of: other, body: { since: last?.seq } });
    const elsewhere = open("support", thread.threadId);
    await start(elsewhere, say("read b").input);
    expect(shapeOf(await watching)).toEqual(["running", "completed"]);
    await Promise.all([thread.close(), elsewhere.close()]);
  });

  it("shows runs that another door began: how they run and what they leave", async () => {
    const { thread_id: threadId } = await at.client.threads.create();
    await at.client.runs.wait(threadId, "support", say("read a; pay elsewhere 5"));
    const events = await toldIn(threadId, { until: atEnd });
    expect(events.map(({ method }) => method)).toEqual([
      "lifecycle",
      "values",
      "input.requested",
      "lifecycle",
    ]);
    expect(shapeOf(events)).toEqual(["running", "interrupted"]);
  });

  it("whose client has gone is looked after no more", async () => {
    const thread = open();
    await begin(thread, "read a");
    await thread.close();
    let looks = 0;
    const { nextRunOf } = other.runtime;
    other.runtime.nextRunOf = (...asked) => {
      looks += 1;
      return nextRunOf(...asked);
    };
    await toldIn(thread.threadId, { until: atEnd, of: other });
    const late = other.runtime.nextRunOf(thread.threadId, AbortSignal.timeout(5_000));
    await late;
    const before = looks;
    await other.runtime.nextRunOf(thread.threadId, AbortSignal.timeout(5_000));
    expect(looks).toBe(before + 1);
    other.runtime.nextRunOf = nextRunOf;
  });

  it("ends with its thread", async () => {
    const thread = open();
    await begin(thread, "read a");
    const failed = new Promise((resolve) => thread.onError(resolve));
    await at.client.threads.delete(thread.threadId);
    expect(await failed).toMatchObject({ code: "no_such_run" });
    await thread.close();
  });

  it("of a thread that is not there is refused, and so is one that asks for what nobody tells", async () => {
    const url = `${at.url}/threads/${randomUUID()}/stream/events`;
    expect(await request(url, { body: { channels: ["values"] } })).toMatchObject({
      status: 404,
      body: { code: "not_found" },
    });
    for (const body of [
      {},
      { channels: [] },
      { channels: ["gossip"] },
      { channels: ["values"], since: -1 },
    ]) {
      expect(await request(url, { body })).toMatchObject({ status: 422, body: { code: "request_invalid" } });
    }
  });

  it("by a WebSocket is refused, with what to do instead", async () => {
    const answer = await request(`${at.url}/threads/${randomUUID()}/stream/events`);
    expect(answer).toMatchObject({ status: 422, body: { code: "unsupported" } });
    expect(answer.body["detail"]).toContain('transport: "sse"');
  });
});

describe("a command", () => {
  it("that nobody knows is refused by name", async () => {
    expect(await command(randomUUID(), "run.fly")).toMatchObject({
      status: 200,
      body: { type: "error", id: 7, error: "unknown_command", message: expect.stringContaining("run.fly") },
    });
  });

  it.each(["input.inject", "agent.getTree", "state.fork", "state.listCheckpoints", "subscription.subscribe"])(
    "%s is refused with what to do instead",
    async (method) => {
      expect(await command(randomUUID(), method)).toMatchObject({
        status: 200,
        body: { type: "error", error: "not_supported", problem: { code: "unsupported" } },
      });
    },
  );

  it("without an id or a method is none", async () => {
    for (const body of [
      {},
      { id: -1, method: "run.start" },
      { id: 1 },
      { id: 1, method: "run.start", params: [] },
    ]) {
      expect(await request(`${at.url}/threads/${randomUUID()}/commands`, { body })).toMatchObject({
        status: 200,
        body: { type: "error", error: "invalid_argument" },
      });
    }
  });

  it("with wrong params is refused, and makes no thread", async () => {
    const threadId = randomUUID();
    const wrong: [string, unknown, string][] = [
      ["run.start", {}, "request_invalid"],
      ["run.start", { assistant_id: "nobody", input: {} }, "not_found"],
      ["run.start", { assistant_id: "support", input: { messages: 5 } }, "input_invalid"],
      ["run.start", { assistant_id: "support" }, "request_invalid"],
      ["run.start", { assistant_id: "support", ...say("a"), webhook: "http://x" }, "unsupported"],
      ["run.start", { assistant_id: "support", ...say("a"), multitaskStrategy: "fly" }, "request_invalid"],
      ["input.respond", {}, "request_invalid"],
      ["input.respond", { responses: [] }, "request_invalid"],
      ["state.get", { keys: 5 }, "request_invalid"],
    ];
    for (const [method, params, code] of wrong) {
      expect(await command(threadId, method, params), JSON.stringify(params)).toMatchObject({
        status: 200,
        body: { type: "error", id: 7, problem: { code } },
      });
    }
    await expect(at.client.threads.get(threadId)).rejects.toThrow("404");
  });

  it("to a thread that is not there, or is another graph's, is refused", async () => {
    const interrupt_id = "0".repeat(32);
    expect(await command(randomUUID(), "input.respond", { interrupt_id, response: 1 })).toMatchObject({
      body: { error: "no_such_run", problem: { code: "not_found" } },
    });
    expect(await command(randomUUID(), "state.get")).toMatchObject({ body: { error: "no_such_run" } });
    const { thread_id: threadId } = await at.client.threads.create({ graphId: "confirm" });
    await expect(start(open("support", threadId), say("a").input)).rejects.toMatchObject({
      name: "ProtocolError",
      code: "invalid_argument",
    });
  });

  it("steers a plain graph beside its answer, and an agent never", async () => {
    const thread = open("confirm");
    await start(thread, { heard: [] });
    await thread.output;
    await thread.input.respond({
      namespace: [],
      interrupt_id: thread.interrupts[0]?.interruptId ?? "",
      response: "yes",
      update: { heard: ["beside"] },
    });
    await toldIn(thread.threadId, { until: named("completed") });
    expect((await heardIn(thread.threadId)).toSorted()).toEqual(['"yes"', "beside"]);
    await thread.close();

    const agent = open();
    await begin(agent, "pay steered 5");
    const steered = command(agent.threadId, "input.respond", {
      interrupt_id: agent.interrupts[0]?.interruptId,
      response: { type: "approve" },
      goto: "execute",
    });
    expect(await steered).toMatchObject({
      body: { error: "not_supported", problem: { code: "unsupported" } },
    });
    expect(await openReview(agent.threadId)).toBeDefined();
    await agent.close();
  });

  it("state.get tells the state, or some of it", async () => {
    const thread = open("outer");
    await start(thread, { heard: [] });
    await thread.output;
    expect(await thread.state.get({ namespace: [], keys: ["heard"] })).toMatchObject({
      values: { heard: ['"from within"'] },
      checkpoint: { id: expect.any(String) },
    });
    await thread.close();
  });
});

describe("what is recorded", () => {
  const translated = async (...recorded: [event: string, namespace: string[], data: unknown][]) => {
    const run = { tenant: "default", threadId: "thread" } as Run;
    const translator = createTranslator(at.runtime.reviews, run, "plain");
    const told: Told[] = [];
    for (const [event, namespace, data] of recorded)
      told.push(...(await translator.next({ event, namespace, data: JSON.stringify(data) })));
    return [...told, ...translator.end("completed")];
  };
  const said = (content: unknown, more: object = {}): [string, string[], unknown] => [
    "messages",
    [],
    [
      { id: "m", type: "ai", content, ...more },
      { langgraph_node: "agent", langgraph_checkpoint_ns: "agent:1" },
    ],
  ];
  const dataOf = (told: Told[], method = "messages") =>
    told.filter((one) => one.method === method).map(({ data }) => data as Record<string, unknown>);

  it("of a process that is gone is given up before another one goes on", async () => {
    const told = await translated(
      ["metadata", [], { attempt: 1 }],
      said("Half a wo"),
      ["metadata", [], { attempt: 2 }],
      said("A whole word."),
    );
    expect(dataOf(told).map(({ event }) => event)).toEqual([
      "message-start",
      "content-block-start",
      "content-block-delta",
      "error",
      "message-start",
      "content-block-start",
      "content-block-delta",
      "content-block-finish",
      "message-finish",
    ]);
    expect(dataOf(told, "lifecycle").map(({ event }) => event)).toEqual([
      "started",
      "failed",
      "started",
      "completed",
    ]);
  });

  it("of a provider's blocks and pieces of calls becomes blocks, one after the other", async () => {
    const told = await translated(
      said([{ type: "thinking", thinking: "Hm", index: 0 }]),
      said([{ type: "thinking", thinking: "m.", index: 0 }], { usage_metadata: usage(3, 0) }),
      said([{ type: "text", text: "So", index: 1 }]),
      said([{ type: "tool_use", id: "c", index: 2 }], {
        tool_call_chunks: [{ id: "c", name: "pay", args: '{"amo', index: 2 }],
      }),
      said([], { tool_call_chunks: [{ args: 'unt":5}', index: 2 }] }),
      said([], { tool_call_chunks: [{ id: "d", name: "pay", args: "{broken", index: 3 }] }),
      said("", { usage_metadata: usage(0, 7), response_metadata: { finish_reason: "stop" } }),
    );
    const data = dataOf(told);
    expect(
      data.filter(({ event }) => event === "content-block-finish").map(({ content }) => content),
    ).toEqual([
      { type: "reasoning", reasoning: "Hmm." },
      { type: "text", text: "So" },
      { type: "tool_call", id: "c", name: "pay", args: { amount: 5 } },
      expect.objectContaining({ type: "invalid_tool_call", id: "d", name: "pay", args: "{broken" }),
    ]);
    let open: unknown = null;
    for (const { event, index } of data) {
      if (event === "content-block-start") expect(open).toBeNull();
      if (event === "content-block-start") open = index;
      if (event === "content-block-finish") open = null;
    }
    expect(data.at(-1)).toMatchObject({
      event: "message-finish",
      usage: { input_tokens: 3, output_tokens: 7 },
      metadata: { finish_reason: "stop" },
    });
  });
});

const usage = (input_tokens: number, output_tokens: number) => ({
  input_tokens,
  output_tokens,
  total_tokens: input_tokens + output_tokens,
});

describe("the controller under the hooks of React", () => {
  const controllerOf = (threadId?: string) =>
    new StreamController<{ messages: { text: string }[] }>({
      client: at.client as never,
      assistantId: "support",
      ...(threadId === undefined ? {} : { threadId }),
    });

  it("says something, is asked, answers, and shows what came of it", async () => {
    const id = randomUUID();
    const controller = controllerOf();
    const seen = () => controller.rootStore.getSnapshot();
    await controller.submit(say(`read a; pay ${id} 5`).input);
    expect(seen()).toMatchObject({
      isLoading: false,
      interrupts: [{ value: { actionRequests: [{ name: "pay" }] } }],
    });
    await controller.respond({ type: "approve" });
    await expect.poll(() => seen().messages.at(-1)?.text).toBe(`Heard: read a done | pay ${id} done`);
    await expect.poll(() => seen().isLoading).toBe(false);
    expect(seen().interrupts).toEqual([]);
    expect(seen().toolCalls.map(({ name, status }) => [name, status])).toEqual([
      ["read", "finished"],
      ["pay", "finished"],
    ]);
    expect(at.effects.of("pay").filter((args) => args["id"] === id)).toHaveLength(1);

    // As a page that is opened again: what is to be answered is the state's to say.
    const threadId = seen().threadId ?? "";
    await controller.dispose();
    const again = controllerOf(threadId);
    await again.hydrationPromise;
    await again.submit(say("read again").input);
    expect(again.rootStore.getSnapshot().messages.at(-1)?.text).toBe("Heard: read again done");
    await again.dispose();
  });

  it("shows what went wrong", async () => {
    const controller = controllerOf();
    await controller.submit(say("break").input);
    expect(controller.rootStore.getSnapshot()).toMatchObject({
      isLoading: false,
      error: { message: "The model broke." },
    });
    await controller.dispose();
  });
});

/** The same, until so many events have come; then the connection is gone. */
function brokenAfter(response: Response, events: number): Response {
  let told = 0;
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  const cut = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      for (const piece of decoder.decode(chunk, { stream: true }).split(/(?<=\n\n)/)) {
        controller.enqueue(encoder.encode(piece));
        if (piece.endsWith("\n\n")) told += 1;
        if (told === events) return controller.error(new Error("The connection broke."));
      }
    },
  });
  return new Response(response.body?.pipeThrough(cut) ?? null, {
    headers: response.headers,
    status: response.status,
  });
}
