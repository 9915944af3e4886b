// When the steps of a plain graph are saved. Whatever its caller chose, a run that loses its process is taken up, a
// process that was replaced writes nothing, and a cancelled, an interrupted and a finished run rest where they say.
import {
  Annotation,
  interrupt,
  MessagesAnnotation,
  START,
  StateGraph,
  type LangGraphRunnableConfig,
} from "@langchain/langgraph";
import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Log } from "../src/kernel/log.js";
import type { PlainGraph } from "../src/runtime/plain-graph.js";
import { startAgent, type TestAgent } from "./support/agent.js";
import { testDatabase } from "./support/database.js";
import { request, say, serve, type Served } from "./support/http.js";
import { tcpProxy } from "./support/proxy.js";

const durabilities = ["sync", "async", "exit"] as const;
type Durability = (typeof durabilities)[number];

const State = Annotation.Root({
  id: Annotation<string>(),
  heard: Annotation<string[]>({ reducer: (a, b) => [...a, ...b], default: () => [] }),
});
interface Values {
  heard?: string[];
  __interrupt__?: { value: unknown }[];
}

/** What ran, by the id in the state. */
const ran = new Map<string, string[]>();
const note = (id: string, what: string) => ran.set(id, [...(ran.get(id) ?? []), what]);
const gates = new Map<string, { opened: Promise<void>; open(): void }>();
const gate = (id: string) => {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  const known = gates.get(id) ?? { opened, open: () => open() };
  gates.set(id, known);
  return known;
};
const openedOrStopped = (id: string, { signal }: LangGraphRunnableConfig) =>
  Promise.race([
    gate(id).opened,
    new Promise<never>((_, reject) =>
      signal?.addEventListener("abort", () => reject(new Error("Stopped.")), { once: true }),
    ),
  ]);

const step = (name: string) => (state: { id: string }) => {
  note(state.id, name);
  return { heard: [name] };
};

const waits = async ({ id }: { id: string }, config: LangGraphRunnableConfig) => {
  note(id, "wait");
  await openedOrStopped(id, config);
  return { heard: ["wait"] };
};

/** Of one server each: a server puts its own checkpointer in them. */
const graphs = (): Record<string, PlainGraph> => ({
  steps: new StateGraph(State)
    .addNode("first", step("first"))
    .addNode("wait", waits)
    .addNode("last", step("last"))
    .addEdge(START, "first")
    .addEdge("first", "wait")
    .addEdge("wait", "last")
    .compile(),
  longer: new StateGraph(State)
    .addNode("first", step("first"))
    .addNode("wait", waits)
    .addNode("more", async ({ id }, config: LangGraphRunnableConfig) => {
      await openedOrStopped(`${id} more`, config).catch((error: unknown) => {
        note(id, "stopped");
        throw error;
      });
      return { heard: ["more"] };
    })
    .addEdge(START, "first")
    .addEdge("first", "wait")
    .addEdge("wait", "more")
    .compile(),
  asks: new StateGraph(State)
    .addNode("first", step("first"))
    .addNode("ask", async ({ id }, config: LangGraphRunnableConfig) => {
      const answer: unknown = interrupt("Shall I?");
      note(id, "answered");
      if (answer === "wait") await openedOrStopped(id, config);
      if (answer === "break") throw new Error("It broke.");
      return { heard: [String(answer)] };
    })
    .addEdge(START, "first")
    .addEdge("first", "ask")
    .compile(),
  asksWithin: new StateGraph(State)
    .addNode(
      "inner",
      new StateGraph(State)
        .addNode("ask", () => ({ heard: [String(interrupt("From within?"))] }))
        .addEdge(START, "ask")
        .compile(),
    )
    .addEdge(START, "inner")
    .compile(),
});

let url: string;
let db: pg.Pool;
let at: Served;
let embedded: TestAgent;
beforeAll(async () => {
  url = await testDatabase();
  db = new pg.Pool({ connectionString: url });
  embedded = await startAgent(url);
  const withAgent = new StateGraph(MessagesAnnotation)
    .addNode("agent", embedded.holdpoint.hostedGraph() as never)
    .addEdge(START, "agent")
    .compile();
  at = await serve(url, { plain: { ...graphs(), withAgent } });
});
afterAll(() => Promise.all([at.stop(), embedded.holdpoint.stop(), db.end()]));

const newThread = async (graph: string): Promise<string> =>
  (await at.client.threads.create({ graphId: graph })).thread_id;
const inputOf = (id: string) => ({ id, heard: ["in"] });
const valuesOf = async (threadId: string) => (await at.client.threads.getState<Values>(threadId)).values;
const savedSteps = async (threadId: string): Promise<number> => {
  const text =
    "select count(*)::int as n from holdpoint.checkpoints where thread_id = $1 and checkpoint_ns = ''";
  return (await db.query<{ n: number }>(text, [threadId])).rows[0]?.n ?? 0;
};
/** All that stands of a thread, but for what happened after its run. */
const traceOf = async (threadId: string): Promise<unknown[]> =>
  Promise.all(
    [
      "select checkpoint_ns, checkpoint_id, metadata from holdpoint.checkpoints where thread_id = $1 order by 1, 2",
      "select checkpoint_id, task_id, idx, blob from holdpoint.checkpoint_writes where thread_id = $1 order by 1, 2, 3",
      "select status, epoch, error, ended_at from holdpoint.runs where thread_id = $1",
      'select status, interrupts, "values" from holdpoint.threads where thread_id = $1',
    ].map(async (text) => (await db.query<object>(text, [threadId])).rows),
  );
const openQuestions = async (threadId: string) => {
  const { body } = await request(`${at.url}/reviews?thread_id=${threadId}&status=open`);
  return body["items"] as { id: string; argsHash: string }[];
};

describe.each(durabilities)("with durability %s", (durability: Durability) => {
  it("a run comes to the same end, and its steps are saved when it says", async () => {
    const threadId = await newThread("steps");
    const id = randomUUID();
    gate(id).open();
    const values = await at.client.runs.wait(threadId, "steps", { input: inputOf(id), durability });
    expect(values).toMatchObject({ heard: ["in", "first", "wait", "last"] });
    expect(await valuesOf(threadId)).toMatchObject({ heard: ["in", "first", "wait", "last"] });
    expect(await savedSteps(threadId)).toBe(durability === "exit" ? 1 : 5);
    const more = await at.client.runs.wait(threadId, "steps", { input: inputOf(id), durability });
    expect((more as Values).heard).toHaveLength(8);
  });

  it("a run whose process is gone is taken up, and its input is heard once", async () => {
    const { proxy, failing, id, threadId, runId } = await begin(durability);
    proxy.cut();
    gate(id).open();
    await at.client.runs.join(threadId, runId);
    expect(await valuesOf(threadId)).toMatchObject({ heard: ["in", "first", "wait", "last"] });
    // What was not saved is done again.
    const firsts = ran.get(id)?.filter((name) => name === "first");
    expect(firsts).toHaveLength(durability === "exit" ? 2 : 1);
    expect(await at.client.runs.get(threadId, runId)).toMatchObject({ status: "success" });
    proxy.mend();
    await failing.stop();
    await proxy.close();
  });

  it("a process that stalls, is replaced and wakes writes nothing, and knows why", async () => {
    const { proxy, failing, warnings, id, threadId, runId } = await begin(durability);
    proxy.stall();
    gate(id).open();
    await at.client.runs.join(threadId, runId);
    const before = await traceOf(threadId);
    proxy.mend();
    await expect.poll(() => warnings, { interval: 20 }).toContain("run taken over");
    expect(await traceOf(threadId)).toEqual(before);
    await failing.stop();
    await proxy.close();
  });

  it("a run of a process that stops goes on elsewhere", async () => {
    const leaving = await serve(url, { plain: graphs(), settings: { drainMs: 0 } });
    const threadId = await newThread("steps");
    const id = randomUUID();
    const { run_id: runId } = await leaving.client.runs.create(threadId, "steps", {
      input: inputOf(id),
      durability,
    });
    await expect.poll(() => ran.get(id), { interval: 5 }).toContain("wait");
    await leaving.stop();
    gate(id).open();
    await at.client.runs.join(threadId, runId);
    expect(await valuesOf(threadId)).toMatchObject({ heard: ["in", "first", "wait", "last"] });
    // It had the time to save where it stood.
    expect(ran.get(id)?.filter((name) => name === "first")).toHaveLength(1);
  });

  it.each(["values", "events"] as const)(
    "a cancelled run (%s) rests where it was, and the thread goes on",
    async (how) => {
      const threadId = await newThread("steps");
      const id = randomUUID();
      const run = await at.client.runs.create(threadId, "steps", {
        input: inputOf(id),
        durability,
        streamMode: how,
      });
      await expect.poll(() => ran.get(id), { interval: 5 }).toContain("wait");
      await at.client.runs.cancel(threadId, run.run_id, true);
      expect(await at.client.runs.get(threadId, run.run_id)).toMatchObject({ status: "interrupted" });
      expect(await at.client.threads.getState(threadId)).toMatchObject({
        values: { heard: ["in", "first"] },
        next: ["wait"],
      });
      gate(id).open();
      const next = await at.client.runs.wait(threadId, "steps", { input: null, durability });
      expect(next).toMatchObject({ heard: ["in", "first", "wait", "last"] });
    },
  );

  it("a run that is taken back leaves the thread as it was", async () => {
    const threadId = await newThread("steps");
    const before = randomUUID();
    gate(before).open();
    await at.client.runs.wait(threadId, "steps", { input: inputOf(before), durability });
    const state = await at.client.threads.getState(threadId);
    const id = randomUUID();
    const run = await at.client.runs.create(threadId, "steps", { input: inputOf(id), durability });
    await expect.poll(() => ran.get(id), { interval: 5 }).toContain("wait");
    await at.client.runs.cancel(threadId, run.run_id, true, "rollback");
    expect(await at.client.threads.getState(threadId)).toEqual(state);
  });

  it("what it asks is asked, and answered once", async () => {
    const threadId = await newThread("asks");
    const id = randomUUID();
    const held = await at.client.runs.wait(threadId, "asks", { input: inputOf(id), durability });
    expect(held).toMatchObject({ heard: ["in", "first"], __interrupt__: [{ value: "Shall I?" }] });
    const [review] = await openQuestions(threadId);
    const ended = await at.client.runs.wait(threadId, "asks", { command: { resume: "yes" }, durability });
    expect(ended).toMatchObject({ heard: ["in", "first", "yes"] });
    expect(ran.get(id)).toEqual(["first", "answered"]);
    const { body } = await request(`${at.url}/reviews/${review?.id}`);
    expect(body).toMatchObject({ status: "resumed", decision: { args: { value: "yes" } } });
    expect(await at.client.threads.get(threadId)).toMatchObject({ status: "idle", interrupts: {} });
  });

  it("a graph within it is asked and answered too", async () => {
    const threadId = await newThread("asksWithin");
    const held = await at.client.runs.wait(threadId, "asksWithin", {
      input: inputOf(randomUUID()),
      durability,
    });
    expect(held).toMatchObject({ __interrupt__: [{ value: "From within?" }] });
    const ended = await at.client.runs.wait(threadId, "asksWithin", {
      command: { resume: "yes" },
      durability,
    });
    expect(ended).toMatchObject({ heard: expect.arrayContaining(["yes"]) as string[] });
  });

  it.each(["break", "wait"])(
    "an answer that comes to nothing (%s) leaves the question to be asked anew",
    async (how) => {
      const threadId = await newThread("asks");
      const id = randomUUID();
      await at.client.runs.wait(threadId, "asks", { input: inputOf(id), durability });
      const before = await at.client.threads.getState(threadId);
      const run = await at.client.runs.create(threadId, "asks", { command: { resume: how }, durability });
      await expect.poll(() => ran.get(id), { interval: 5 }).toContain("answered");
      if (how === "wait") await at.client.runs.cancel(threadId, run.run_id, true, "rollback");
      else await at.client.runs.join(threadId, run.run_id);
      const after = await at.client.threads.getState(threadId);
      expect(after).toMatchObject({
        values: before.values,
        next: how === "wait" ? ["ask"] : (expect.anything() as string[]),
      });
      expect(after.checkpoint).toEqual(before.checkpoint);
      if (how === "break") return;
      expect(await openQuestions(threadId)).toHaveLength(1);
      const ended = await at.client.runs.wait(threadId, "asks", { command: { resume: "yes" }, durability });
      expect(ended).toMatchObject({ heard: ["in", "first", "yes"] });
    },
  );
});

it("with async, a step that cannot be saved stops the step that is at work by then, and the run goes on elsewhere", async () => {
  const { proxy, failing, id, threadId, runId } = await begin("async", "longer");
  proxy.cut();
  gate(id).open();
  await expect.poll(() => ran.get(id), { interval: 5 }).toContain("stopped");
  gate(`${id} more`).open();
  await at.client.runs.join(threadId, runId);
  expect(await valuesOf(threadId)).toMatchObject({ heard: ["in", "first", "wait", "more"] });
  proxy.mend();
  await failing.stop();
  await proxy.close();
});

it.each(["async", "exit"] as const)(
  "an agent within a graph does nothing where that runs with %s, and says why",
  async (durability) => {
    const threadId = await newThread("withAgent");
    const input = { messages: [{ role: "user", content: "read a" }] };
    const refused = await at.client.runs.wait(threadId, "withAgent", {
      input,
      durability,
      raiseError: false,
    });
    expect(refused).toMatchObject({
      __error__: { error: "unsupported", message: expect.stringContaining("durability sync") as string },
    });
    expect(embedded.effects.ran).toEqual([]);
    const done = (await at.client.runs.wait(threadId, "withAgent", { input })) as {
      messages: { content: string }[];
    };
    expect(done.messages.at(-1)?.content).toBe("Heard: read a done");
    embedded.effects.ran.length = 0;
  },
);

it.each([
  [{ checkpoint_during: false }, 1],
  [{ checkpoint_during: true }, 5],
  [{ checkpoint_during: false, durability: "sync" }, 5],
  [{ durability: null }, 5],
])("%o of older clients is read as what it meant", async (body, steps) => {
  const threadId = await newThread("steps");
  const id = randomUUID();
  gate(id).open();
  const answer = await request(`${at.url}/threads/${threadId}/runs/wait`, {
    body: { assistant_id: "steps", input: inputOf(id), ...body },
  });
  expect(answer).toMatchObject({ status: 200, body: { heard: ["in", "first", "wait", "last"] } });
  expect(await savedSteps(threadId)).toBe(steps);
});

it("what is none is refused, and so is any but sync for an agent", async () => {
  const ask = async (graph: string, body: object) =>
    request(`${at.url}/threads/${await newThread(graph)}/runs`, {
      body: { assistant_id: graph, ...say("read a"), ...body },
    });
  const refused = { status: 422, body: { code: "unsupported", field: "durability" } };
  expect(await ask("steps", { durability: "soon" })).toMatchObject(refused);
  for (const durability of ["async", "exit", "soon"])
    expect(await ask("support", { durability })).toMatchObject(refused);
  expect(await ask("support", { checkpoint_during: false })).toMatchObject({
    status: 422,
    body: { detail: expect.stringContaining("What an agent proposes") as string },
  });
});

/** A run at a server whose way to the database is in the test's hands, in the middle of its second step. */
async function begin(durability: Durability, graph = "steps") {
  const proxy = await tcpProxy(url);
  const warnings: string[] = [];
  const log: Log = { info: () => {}, warn: (message) => warnings.push(message), error: () => {} };
  const failing = await serve(proxy.url, { log, plain: graphs(), settings: { leaseMs: 1_000 } });
  const id = randomUUID();
  const threadId = await newThread(graph);
  const { run_id: runId } = await failing.client.runs.create(threadId, graph, {
    input: inputOf(id),
    durability,
  });
  await expect.poll(() => ran.get(id), { interval: 5 }).toContain("wait");
  if (durability !== "exit") await expect.poll(() => savedSteps(threadId), { interval: 5 }).toBe(3);
  return { proxy, failing, warnings, id, threadId, runId };
}
