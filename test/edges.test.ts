// Where parts meet: a question and the failure after it, a statement and a newer schema, a thread that was there before.
import { AIMessage, AIMessageChunk } from "@langchain/core/messages";
import { Annotation, END, interrupt, MessagesAnnotation, START, StateGraph } from "@langchain/langgraph";
import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Model } from "../src/models/port.js";
import { openDatabase } from "../src/storage/database.js";
import { startAgent, type TestAgent } from "./support/agent.js";
import { request, say, serve, type Served } from "./support/http.js";
import { testDatabase } from "./support/database.js";

const State = Annotation.Root({
  heard: Annotation<string[]>({ reducer: (a, b) => [...a, ...b], default: () => [] }),
});
const asking = (ask: () => unknown) =>
  new StateGraph(State)
    .addNode("ask", async () => ({ heard: [JSON.stringify(await ask())] }))
    .addEdge(START, "ask")
    .addEdge("ask", END)
    .compile();
const around = (inner: ReturnType<typeof asking>) =>
  new StateGraph(State).addNode("inner", inner).addEdge(START, "inner").addEdge("inner", END).compile();

function newGate() {
  const waiting: (() => void)[] = [];
  return {
    waiting,
    wait: () => new Promise<void>((resolve) => waiting.push(resolve)),
    open: () => waiting.pop()?.(),
  };
}

/** Asks twice; what it does in between fails the first time. */
function failsBetween() {
  let failures = 1;
  return asking(() => {
    const first: unknown = interrupt("Deploy?");
    if (failures > 0) {
      failures -= 1;
      throw new Error("The deployment's server is away.");
    }
    return [first, interrupt("Delete the old data?")];
  });
}

const work = newGate();
const thinking = newGate();
const slowModel: Model = {
  name: "slow",
  invoke: async () => {
    await thinking.wait();
    return new AIMessage("done");
  },
  async *stream() {
    await thinking.wait();
    yield new AIMessageChunk("done");
  },
};

let url: string;
let at: Served;
let slow: TestAgent;
let embedded: TestAgent;
let db: pg.Pool;
beforeAll(async () => {
  url = await testDatabase();
  db = new pg.Pool({ connectionString: url });
  slow = await startAgent(url, { model: slowModel });
  embedded = await startAgent(url);
  const plain = {
    flat: failsBetween(),
    nested: around(failsBetween()),
    hangs: asking(async () => {
      const heard: unknown = interrupt("Go?");
      await work.wait();
      return heard;
    }),
    cut: asking(() => interrupt({ preview: "🙂".slice(0, 1) })),
    lookalike: asking(() => interrupt({ question: "Shall I?", holdpoint: { mine: true } })),
    outer: new StateGraph(MessagesAnnotation)
      .addNode("agent", embedded.holdpoint.hostedGraph() as never)
      .addEdge(START, "agent")
      .addEdge("agent", END)
      .compile(),
  };
  at = await serve(url, { plain });
});
afterAll(() => Promise.all([at.stop(), slow.holdpoint.stop(), embedded.holdpoint.stop(), db.end()]));

interface Review {
  id: string;
  status: string;
  title: string;
  argsHash: string;
}
const reviewsOf = async (threadId: string) =>
  (await request(`${at.url}/reviews?thread_id=${threadId}`)).body["items"] as Review[];
const openTitles = async (threadId: string) =>
  (await reviewsOf(threadId)).filter(({ status }) => status === "open").map(({ title }) => title);
const answerOpen = async (threadId: string, value: unknown) => {
  const open = (await reviewsOf(threadId)).find(({ status }) => status === "open");
  return request(`${at.url}/reviews/${open?.id}/decision`, {
    body: { type: "respond", argsHash: open?.argsHash, value },
  });
};
const isQuiet = async (threadId: string) => {
  await expect.poll(async () => (await at.runtime.runs.threadActivity("default", threadId)).active).toBe(0);
};
async function begin(graph: string, input: unknown = { heard: [] }) {
  const { thread_id: threadId } = await at.client.threads.create({ graphId: graph });
  await request(`${at.url}/threads/${threadId}/runs/wait`, { body: { assistant_id: graph, input } });
  return threadId;
}

describe("a node that asks twice and fails after the first answer", () => {
  it("asks its second question of its own", async () => {
    const threadId = await begin("flat");
    await answerOpen(threadId, "yes, deploy");
    await isQuiet(threadId);
    // It may be asked the first one again; what is answered to that is no answer to the second.
    if ((await openTitles(threadId)).includes("Deploy?")) {
      await answerOpen(threadId, "yes, deploy");
      await isQuiet(threadId);
    }
    expect(await openTitles(threadId)).toEqual(["Delete the old data?"]);
  });

  it("asks its second question of its own in a subgraph", async () => {
    const threadId = await begin("nested");
    await answerOpen(threadId, "yes, deploy");
    await isQuiet(threadId);
    expect(await openTitles(threadId)).toEqual(["Delete the old data?"]);
  });
});

it("an agent inside a plain graph goes on when its hold is approved", async () => {
  const threadId = await begin("outer", say("pay x").input);
  const [review] = await reviewsOf(threadId);
  const decision = { type: "approve", argsHash: review?.argsHash ?? "" } as const;
  // In the agent's own process: the server does not know its tools.
  expect(await embedded.holdpoint.decide(review?.id ?? "", decision)).toMatchObject({ ok: true });
  await isQuiet(threadId);
  expect(embedded.effects.of("pay")).toHaveLength(1);
});

it("a statement goes on after another process added a column to its table", async () => {
  const own = openDatabase({ url, roles: true, maxConnections: 1 });
  try {
    await db.query("create table public.growing (a int)");
    await db.query("grant select on public.growing to holdpoint_app");
    const read = () => own.once({ tenant: "default" }, "/* test.growing */ select * from public.growing");
    await read();
    await db.query("alter table public.growing add column b int");
    await expect(read()).resolves.toEqual([]);
  } finally {
    await own.close();
  }
});

describe("what the checkpointer remembers to have stored", () => {
  it("does not outlive its thread: the same thread can be made again", async () => {
    const threadId = randomUUID();
    const values = { messages: [{ type: "human", content: "hello", id: "first" }] };
    const body = {
      thread_id: threadId,
      metadata: { graph_id: "support" },
      supersteps: [{ updates: [{ values, as_node: "__start__" }] }],
    };
    expect((await request(`${at.url}/threads`, { body })).status).toBe(200);
    await at.client.threads.delete(threadId);
    expect((await request(`${at.url}/threads`, { body })).status).toBe(200);
  });

  it("does not outlive a crash of the server: a run whose first checkpoint was lost begins again", async () => {
    const threadId = randomUUID();
    const answered = slow.holdpoint.send(threadId, "hello").then(
      ({ status, messages }) => [status, ...messages.map((message) => message.text)],
      (error: unknown) => [String(error)],
    );
    await expect.poll(() => thinking.waiting.length).toBe(1);
    // What a crashed server loses is what it had not flushed: an agent's checkpoints, and not the run's row.
    for (const table of ["checkpoint_writes", "checkpoints", "checkpoint_blobs", "checkpoint_items"])
      await db.query(`delete from holdpoint.${table} where thread_id = $1`, [threadId]);
    await db.query("update holdpoint.runs set status = 'pending', process_id = null where thread_id = $1", [
      threadId,
    ]);
    thinking.open();
    await expect.poll(() => thinking.waiting.length).toBe(1);
    // Read now, as a process that takes the run over has to. The next checkpoint would mend it.
    const state = await slow.holdpoint.graph.getState({ configurable: { thread_id: threadId } }).then(
      ({ values }) => (values as { messages: { text: string }[] }).messages.map(({ text }) => text),
      (error: unknown) => String(error),
    );
    thinking.open();
    expect(state).toEqual(["hello"]);
    expect(await answered).toEqual(["idle", "hello", "done"]);
  });
});

it("a run of a plain graph that was cancelled after an answer stays cancelled, and what it asked is asked anew", async () => {
  const threadId = await begin("hangs");
  await answerOpen(threadId, "yes");
  await expect.poll(() => work.waiting.length).toBe(1);
  const [run] = await at.client.runs.list(threadId, { status: "running" });
  await at.client.runs.cancel(threadId, run?.run_id ?? "", true);
  await isQuiet(threadId);
  expect(await openTitles(threadId)).toEqual(["Go?"]);
  const statuses = (await reviewsOf(threadId)).map(({ status }) => status);
  expect(statuses).toEqual(["superseded", "open"]);
  while (work.waiting.length > 0) work.open();
}, 20_000);

it("a question whose text was cut in the middle of a character is asked", async () => {
  expect(await openTitles(await begin("cut"))).toHaveLength(1);
});

it("a question that has a field of the name holdpoint is asked", async () => {
  expect(await openTitles(await begin("lookalike"))).toHaveLength(1);
});

it("a resume that would be delivered later, or from an older checkpoint, is refused and decides nothing", async () => {
  const threadId = await begin("support", say("pay x").input);
  const history = await at.client.threads.getHistory(threadId);
  const older = history.at(-1)?.checkpoint.checkpoint_id;
  for (const [field, refusal] of [
    [{ after_seconds: 3_600 }, [422, "unsupported"]],
    [{ checkpoint_id: older }, [409, "decision_stale"]],
  ] as const) {
    const { status, body } = await request(`${at.url}/threads/${threadId}/runs`, {
      body: { assistant_id: "support", command: { resume: { type: "approve" } }, ...field },
    });
    expect([status, body["code"]]).toEqual(refusal);
  }
  expect(await openTitles(threadId)).toHaveLength(1);
});
