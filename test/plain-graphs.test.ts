// Graphs that know nothing of Holdpoint: served as they are, and what they interrupt for is asked of people.
import {
  Annotation,
  END,
  interrupt,
  MessagesAnnotation,
  Send,
  START,
  StateGraph,
  StateSchema,
  UntrackedValue,
  type LangGraphRunnableConfig,
} from "@langchain/langgraph";
import { AIMessage } from "@langchain/core/messages";
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { request, say, serve, type Served } from "./support/http.js";
import { testDatabase } from "./support/database.js";
import { tcpProxy } from "./support/proxy.js";

const State = Annotation.Root({
  heard: Annotation<string[]>({ reducer: (a, b) => [...a, ...b], default: () => [] }),
  ran: Annotation<number>({ reducer: (a, b) => a + b, default: () => 0 }),
});

/** Asks for what it is told to, and remembers what it heard. */
const asking = (ask: () => unknown) =>
  new StateGraph(State)
    .addNode("ask", () => ({ heard: [JSON.stringify(ask())], ran: 1 }))
    .addEdge(START, "ask")
    .addEdge("ask", END);

const twice = () =>
  asking(() => [interrupt({ ask: "same words" }), interrupt({ ask: "same words" })]).compile();
const within = (inner: ReturnType<typeof twice>) =>
  new StateGraph(State).addNode("inner", inner).addEdge(START, "inner").addEdge("inner", END).compile();

/** Of one server each: a server puts its own checkpointer in them. */
const askTwice = () => ({
  twice: twice(),
  twiceWithin: within(twice()),
  twiceDeepWithin: within(within(twice()) as never),
  twiceCalled: new StateGraph(State)
    .addNode("call", async (state, config) => {
      const { heard } = await twice().invoke(state, config as object);
      return { heard };
    })
    .addEdge(START, "call")
    .addEdge("call", END)
    .compile(),
});

const graphs = {
  ...askTwice(),
  confirm: asking(() => interrupt({ question: "Shall I?" })).compile(),
  chosen: asking(() =>
    interrupt("Which colour?", { responseSchema: z.object({ colour: z.enum(["red", "blue"]) }) }),
  ).compile(),
  several: new StateGraph(State)
    .addNode("fan", () => ({}))
    .addNode("ask", (name: unknown) => ({
      heard: [`${String(name)}:${JSON.stringify(interrupt({ name }))}`],
    }))
    .addEdge(START, "fan")
    .addConditionalEdges("fan", () => [new Send("ask", "a"), new Send("ask", "b")], ["ask"])
    .addEdge("ask", END)
    .compile(),
  steps: new StateGraph(State)
    .addNode("first", () => ({ heard: ["first"] }))
    .addNode("second", () => ({ heard: ["second"] }))
    .addEdge(START, "first")
    .addEdge("first", "second")
    .addEdge("second", END)
    .compile(),
  narrow: new StateGraph({ state: State, output: Annotation.Root({ ran: State.spec.ran }) })
    .addNode("first", () => ({ heard: ["first"], ran: 1 }))
    .addEdge(START, "first")
    .addEdge("first", END)
    .compile(),
  silent: new StateGraph(State)
    .addNode("first", () => ({ heard: ["first"] }))
    .addNode("second", () => ({}))
    .addEdge(START, "first")
    .addEdge("first", "second")
    .addEdge("second", END)
    .compile(),
  forgetful: new StateGraph(
    new StateSchema({ heard: z.array(z.string()), secret: new UntrackedValue(z.string()) }),
  )
    .addNode("first", () => ({ heard: ["first"], secret: "kept nowhere" }))
    .addEdge(START, "first")
    .addEdge("first", END)
    .compile(),
  stopping: new StateGraph(State)
    .addNode("first", () => ({ heard: ["first"] }))
    .addNode("second", () => ({ heard: ["second"] }))
    .addEdge(START, "first")
    .addEdge("first", "second")
    .addEdge("second", END)
    .compile({ interruptBefore: ["second"] }),
  outer: new StateGraph(State)
    .addNode("inner", asking(() => interrupt({ message: "From within?" })).compile())
    .addEdge(START, "inner")
    .addEdge("inner", END)
    .compile(),
  chat: new StateGraph(MessagesAnnotation)
    .addNode("reply", ({ messages }) => ({
      messages: [new AIMessage(`You said: ${messages.at(-1)?.text ?? ""}`)],
    }))
    .addEdge(START, "reply")
    .addEdge("reply", END),
  remembers: new StateGraph(State)
    .addNode("recall", async (_state, config: LangGraphRunnableConfig) => {
      const item = await config.store?.get(["notes"], "last");
      await config.store?.put(["notes"], "last", { text: "was here" });
      return { heard: [JSON.stringify(item?.value ?? null)] };
    })
    .addEdge(START, "recall")
    .addEdge("recall", END)
    .compile(),
  toned: new StateGraph(State)
    .addNode("say", (_state, { context }: LangGraphRunnableConfig) => ({ heard: [JSON.stringify(context)] }))
    .addEdge(START, "say")
    .addEdge("say", END)
    .compile(),
  made: (config: LangGraphRunnableConfig) =>
    new StateGraph(State)
      .addNode("say", () => ({ heard: [String(config.configurable?.["word"])] }))
      .addEdge(START, "say")
      .addEdge("say", END)
      .compile(),
};

let url: string;
let at: Served;
beforeAll(async () => {
  url = await testDatabase();
  at = await serve(url, { plain: graphs });
});
afterAll(() => at.stop());

interface Values {
  heard?: string[];
  ran?: number;
  __interrupt__?: { id: string; value: unknown }[];
}

type Named = keyof typeof graphs;

async function begin(graph: Named, input: unknown = { heard: [] }, more: object = {}) {
  const { thread_id: threadId } = await at.client.threads.create({ graphId: graph });
  const values = (await at.client.runs.wait(threadId, graph, { input, ...more } as never)) as Values;
  return { threadId, values };
}

const wait = async (threadId: string, graph: Named, payload: object) =>
  (await at.client.runs.wait(threadId, graph, payload)) as Values;

const questionsOf = async (threadId: string) =>
  (await reviewsOf(threadId)).filter(({ status }) => status === "open");

async function reviewsOf(threadId: string) {
  const { body } = await request(`${at.url}/reviews?thread_id=${threadId}`);
  return body["items"] as {
    id: string;
    kind: string;
    status: string;
    title: string;
    args: { value: unknown };
    argsHash: string;
    graphId: string;
    allowedAnswers: string[];
    answerSchema: object | null;
  }[];
}

const answer = async (threadId: string, body: object, which = 0) => {
  const review = (await questionsOf(threadId))[which];
  const decided = await request(`${at.url}/reviews/${review?.id}/decision`, {
    body: { type: "respond", argsHash: review?.argsHash, ...body },
  });
  if (decided.status === 200) await at.runtime.waitForThread("default", threadId);
  return decided;
};

const heardIn = async (threadId: string) =>
  ((await at.client.threads.getState(threadId)).values as Values).heard;

describe("how a plain graph rests", () => {
  it.each(["steps", "narrow", "silent", "forgetful", "stopping"] as const)(
    "is told as its state has it: %s",
    async (graph) => {
      const { threadId, values } = await begin(graph);
      const state = await at.client.threads.getState(threadId);
      expect(values).toEqual(state.values);
      const thread = await at.client.threads.get(threadId);
      expect(thread.values).toEqual(state.values);
      expect([thread.status, state.next]).toEqual(
        graph === "stopping" ? ["interrupted", ["second"]] : ["idle", []],
      );
    },
  );

  it("is not read again where its stream has told it", async () => {
    const readsOf = async (graph: Named): Promise<number> => {
      const { thread_id: threadId } = await at.client.threads.create({ graphId: graph });
      let reads = 0;
      const once = at.runtime.db.once.bind(at.runtime.db);
      const counting = vi.spyOn(at.runtime.db, "once").mockImplementation((scope, text, ...rest) => {
        if (text.startsWith("/* checkpoint.get */")) reads += 1;
        return once(scope, text, ...rest);
      });
      await at.client.runs.wait(threadId, graph, { input: { heard: [] } });
      counting.mockRestore();
      return reads;
    };
    // Nor is what LangGraph asks before the first step of a thread, in which nothing can be.
    expect(await readsOf("steps")).toBe(0);
    expect(await readsOf("forgetful")).toBe(1);
  });
});

describe("an interrupt of a graph that knows nothing of Holdpoint", () => {
  it("is a question to people, with what the graph said in it", async () => {
    const { threadId, values } = await begin("confirm");
    expect(values.__interrupt__).toMatchObject([{ value: { question: "Shall I?" } }]);
    expect(await reviewsOf(threadId)).toMatchObject([
      {
        kind: "question",
        status: "open",
        title: "Shall I?",
        graphId: "confirm",
        args: { value: { question: "Shall I?" } },
        allowedAnswers: ["respond"],
      },
    ]);
    expect(await at.client.threads.get(threadId)).toMatchObject({ status: "interrupted" });
  });

  it.each([
    ["an object", { yes: true }],
    ["text", "go on"],
    ["nothing", null],
    ["no", false],
    ["zero", 0],
    ["an empty text", ""],
    ["a list", [1, { two: 2 }]],
  ])("is answered by a decision with %s, which the graph gets as it is", async (_what, value) => {
    const { threadId } = await begin("confirm");
    expect(await answer(threadId, { value })).toMatchObject({ status: 200 });
    expect(await heardIn(threadId)).toEqual([JSON.stringify(value)]);
    expect(await reviewsOf(threadId)).toMatchObject([{ status: "resumed" }]);
    expect(await at.client.threads.get(threadId)).toMatchObject({ status: "idle", interrupts: {} });
  });

  it("is answered by LangGraph's own client, bare or by its id", async () => {
    const bare = await begin("confirm");
    expect(await wait(bare.threadId, "confirm", { command: { resume: { ok: 1 } } })).toMatchObject({
      heard: ['{"ok":1}'],
    });
    const { threadId, values } = await begin("confirm");
    const id = values.__interrupt__?.[0]?.id ?? "";
    const after = await wait(threadId, "confirm", { command: { resume: { [id]: "by id" } } });
    expect(after).toMatchObject({ heard: ['"by id"'], ran: 1 });
    expect(await reviewsOf(threadId)).toMatchObject([
      { status: "resumed", decision: { type: "respond", args: { value: "by id" } } },
    ]);
  });

  it("is answered once; who comes later is told who did", async () => {
    const { threadId } = await begin("confirm");
    const [review] = await questionsOf(threadId);
    const both = await Promise.all(
      ["a", "b"].map((value) =>
        request(`${at.url}/reviews/${review?.id}/decision`, {
          body: { type: "respond", value, argsHash: review?.argsHash },
        }),
      ),
    );
    expect(new Set(both.map(({ status }) => status))).toEqual(new Set([200, 409]));
    await at.runtime.waitForThread("default", threadId);
    expect(await heardIn(threadId)).toHaveLength(1);
    expect(
      await request(`${at.url}/threads/${threadId}/runs/wait`, {
        body: { assistant_id: "confirm", command: { resume: "late" } },
      }),
    ).toMatchObject({ status: 409, body: { code: "review_already_decided" } });
  });

  it("takes only what fits the graph's own schema, and waits on", async () => {
    const { threadId } = await begin("chosen");
    const [review] = await questionsOf(threadId);
    expect(review?.answerSchema).toMatchObject({ properties: { colour: { enum: ["red", "blue"] } } });
    expect(await answer(threadId, { value: { colour: "green" } })).toMatchObject({
      status: 422,
      body: { code: "args_invalid" },
    });
    expect(await questionsOf(threadId)).toHaveLength(1);
    expect(await answer(threadId, { value: { colour: "blue" } })).toMatchObject({ status: 200 });
    expect(await heardIn(threadId)).toEqual(['{"colour":"blue"}']);
  });

  describe.each(["twice", "twiceWithin", "twiceDeepWithin", "twiceCalled"] as const)(
    "is another question where a node asks twice in the same words (%s)",
    (graph) => {
      it("and each gets its own answer", async () => {
        const { threadId } = await begin(graph);
        await answer(threadId, { value: "one" });
        expect(await questionsOf(threadId)).toHaveLength(1);
        await answer(threadId, { value: "two" });
        expect(await heardIn(threadId)).toEqual(['["one","two"]']);
      });

      it("also where a process dies before it has written that the first answer was heard", async () => {
        const proxy = await tcpProxy(url);
        const failing = await serve(proxy.url, { plain: askTwice(), settings: { leaseMs: 1_000 } });
        const { threadId } = await begin(graph);
        const [first] = await questionsOf(threadId);
        proxy.cutAt("review.close");
        await request(`${failing.url}/reviews/${first?.id}/decision`, {
          body: { type: "respond", value: "one", argsHash: first?.argsHash },
        });
        await expect.poll(() => questionsOf(threadId)).toHaveLength(1);
        expect((await reviewsOf(threadId)).map(({ id, status }) => [id === first?.id, status])).toEqual([
          [true, "resumed"],
          [false, "open"],
        ]);
        await answer(threadId, { value: "two" });
        expect(await heardIn(threadId)).toEqual(['["one","two"]']);
        proxy.mend();
        await failing.stop();
        await proxy.close();
      });
    },
  );

  it("beside another one is answered by itself, and a bare answer to both is refused", async () => {
    const { threadId, values } = await begin("several");
    expect(values.__interrupt__).toHaveLength(2);
    expect(
      await request(`${at.url}/threads/${threadId}/runs/wait`, {
        body: { assistant_id: "several", command: { resume: "both?" } },
      }),
    ).toMatchObject({ status: 422, body: { code: "request_invalid" } });
    await answer(threadId, { value: 1 }, 1);
    expect(await questionsOf(threadId)).toHaveLength(1);
    await answer(threadId, { value: 2 });
    expect((await heardIn(threadId))?.toSorted()).toHaveLength(2);
    expect((await heardIn(threadId))?.map((text) => text.slice(2)).toSorted()).toEqual(["1", "2"]);
  });

  it("of a graph within the graph is asked and answered like any other", async () => {
    const { threadId } = await begin("outer");
    expect(await questionsOf(threadId)).toMatchObject([{ title: "From within?" }]);
    await answer(threadId, { value: "from outside" });
    expect(await heardIn(threadId)).toEqual(['"from outside"']);
  });

  it("cannot be approved or rejected: there is nothing to release", async () => {
    const { threadId } = await begin("confirm");
    expect(await answer(threadId, { type: "approve" })).toMatchObject({
      status: 422,
      body: { code: "answer_not_allowed" },
    });
  });

  it("keeps what is said meanwhile until it is answered, or goes where its caller would not wait", async () => {
    const { threadId, values } = await begin("confirm");
    const meanwhile = await wait(threadId, "confirm", { input: { heard: ["meanwhile"] } });
    expect(meanwhile.__interrupt__).toEqual(values.__interrupt__);
    await answer(threadId, { value: "first" });
    expect(await questionsOf(threadId)).toHaveLength(1);
    expect(await heardIn(threadId)).toEqual(['"first"', "meanwhile"]);

    const replaced = await wait(threadId, "confirm", {
      input: { heard: ["instead"] },
      multitaskStrategy: "interrupt",
    });
    expect(replaced.__interrupt__).toHaveLength(1);
    expect((await reviewsOf(threadId)).map(({ status }) => status)).toEqual([
      "resumed",
      "superseded",
      "open",
    ]);
    expect(await heardIn(threadId)).toEqual(['"first"', "meanwhile", "instead"]);
  });

  it("outlives the server that asked", async () => {
    const database = await testDatabase();
    const first = await serve(database, { plain: graphs });
    const { thread_id: threadId } = await first.client.threads.create({ graphId: "confirm" });
    await first.client.runs.wait(threadId, "confirm", { input: { heard: [] } });
    await first.stop();
    const second = await serve(database, { plain: graphs });
    const after = await second.client.runs.wait(threadId, "confirm", { command: { resume: "later" } });
    expect(after).toMatchObject({ heard: ['"later"'] });
    await second.stop();
  });
});

describe("a graph that knows nothing of Holdpoint", () => {
  it("runs, streams and keeps its conversation, also where it was still to be compiled", async () => {
    const { thread_id: threadId } = await at.client.threads.create({ graphId: "chat" });
    await at.client.runs.wait(threadId, "chat", say("one"));
    const events: string[] = [];
    for await (const { event } of at.client.runs.stream(threadId, "chat", {
      ...say("two"),
      streamMode: ["values", "updates"],
    }))
      events.push(event);
    expect([...new Set(events)]).toEqual(["metadata", "values", "updates", "end"]);
    const { values } = await at.client.threads.getState(threadId);
    expect((values as { messages: { content: string }[] }).messages.map(({ content }) => content)).toEqual([
      "one",
      "You said: one",
      "two",
      "You said: two",
    ]);
  });

  it("may be made anew for each run, from its configuration", async () => {
    const { values } = await begin("made", { heard: [] }, { config: { configurable: { word: "Hallo" } } });
    expect(values.heard).toEqual(["Hallo"]);
  });

  it("reads the context of its run, and what its assistant lends to each; an agent reads none", async () => {
    const calm = { tone: "calm", pace: "slow" };
    const made = await at.client.assistants.create({ graphId: "toned", context: calm });
    const { thread_id: threadId } = await at.client.threads.create();
    const input = { input: { heard: [] }, context: { pace: "fast" } };
    const { heard } = (await at.client.runs.wait(threadId, made.assistant_id, input)) as Values;
    expect(JSON.parse(heard?.[0] ?? "")).toEqual({ tone: "calm", pace: "fast" });

    const refused = { status: 422, body: { code: "unsupported", field: "context" } };
    const assistant = `${at.url}/assistants/${made.assistant_id}`;
    const patch = (body: object) => request(assistant, { method: "PATCH", body });
    expect(
      await request(`${at.url}/assistants`, { body: { graph_id: "support", context: calm } }),
    ).toMatchObject(refused);
    expect(await patch({ graph_id: "support" })).toMatchObject(refused);
    expect(await patch({ graph_id: "support", context: {} })).toMatchObject({ status: 200 });
    expect(await patch({ context: calm })).toMatchObject(refused);

    await at.runtime.db.once(
      { tenant: "default" },
      "update holdpoint.assistants set context = $2 where assistant_id = $1",
      [made.assistant_id, calm],
    );
    const body = { assistant_id: made.assistant_id, ...say("read a") };
    const run = await request(`${at.url}/runs/wait`, { body });
    expect(run).toMatchObject(refused);
    expect(run.body["detail"]).toContain('send the assistant "context": {}');
    expect(await patch({ name: "renamed" })).toMatchObject({ status: 200 });
    expect(await patch({ context: {} })).toMatchObject({ status: 200 });
    expect(await request(`${at.url}/runs/wait`, { body })).toMatchObject({ status: 200 });
  });

  it("stops where its caller says, and goes on with nothing", async () => {
    const { threadId, values } = await begin("steps", { heard: [] }, { interruptBefore: ["second"] });
    expect(values.heard).toEqual(["first"]);
    expect(await at.client.threads.get(threadId)).toMatchObject({ status: "interrupted" });
    expect(await wait(threadId, "steps", { input: null })).toMatchObject({ heard: ["first", "second"] });
  });

  it("is steered by its clients: goto, update, a state written as a node", async () => {
    const { threadId } = await begin("steps");
    expect(
      await wait(threadId, "steps", { command: { goto: "second", update: { heard: ["updated"] } } }),
    ).toMatchObject({ heard: ["first", "second", "updated", "second"] });
    await at.client.threads.updateState(threadId, { values: { heard: ["written"] }, asNode: "first" });
    expect(await wait(threadId, "steps", { input: null })).toMatchObject({
      heard: ["first", "second", "updated", "second", "written", "second"],
    });
  });

  it("whose thread is written into while it asks is refused, and asks on", async () => {
    const { threadId } = await begin("confirm");
    await expect(
      at.client.threads.updateState(threadId, { values: { heard: ["forged"] }, asNode: "ask" }),
    ).rejects.toThrow("thread_has_open_holds");
    expect(await questionsOf(threadId)).toHaveLength(1);
  });

  it("has a memory over all its threads, which clients read too", async () => {
    expect((await begin("remembers")).values.heard).toEqual(["null"]);
    expect((await begin("remembers")).values.heard).toEqual(['{"text":"was here"}']);
    expect(await at.client.store.getItem(["notes"], "last")).toMatchObject({ value: { text: "was here" } });
  });

  it("is begun by a cron when its time has come, once", async () => {
    const { thread_id: threadId } = await at.client.threads.create({ graphId: "steps" });
    const cron = await at.client.crons.createForThread(threadId, "steps", {
      schedule: "0 0 1 1 *",
      input: { heard: ["by the clock"] },
    });
    await at.runtime.db.once(
      { tenant: "default" },
      "update holdpoint.crons set next_run_date = now() - interval '1 minute' where cron_id = $1",
      [(cron as unknown as { cron_id: string }).cron_id],
    );
    await expect.poll(() => heardIn(threadId)).toEqual(["by the clock", "first", "second"]);
    expect(await at.client.runs.list(threadId)).toHaveLength(1);
  });

  it("is found by what its threads hold", async () => {
    const mark = randomUUID();
    const { threadId } = await begin("steps", { heard: [mark] });
    const found = await at.client.threads.search({ values: { heard: [mark] } });
    expect(found.map(({ thread_id }) => thread_id)).toEqual([threadId]);
  });
});
