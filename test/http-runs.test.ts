import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { threadSchema, threadStateSchema, runSchema, runResultSchema } from "../src/http/contract.js";
import { request, say, serve, type Served } from "./support/http.js";
import { testDatabase } from "./support/database.js";

interface Held {
  id: string;
  value: {
    holdpoint: { reviewId: string; argsHash: string };
    action_requests: { name: string; args: Record<string, unknown> }[];
  };
}
interface Result {
  messages: { id: string; type: string; content: string; tool_calls?: { name: string }[] }[];
  __interrupt__?: Held[];
}

let at: Served;
beforeAll(async () => {
  at = await serve(await testDatabase());
});
afterAll(() => at.stop());

const newThread = async (): Promise<string> => (await at.client.threads.create()).thread_id;
const wait = async (threadId: string | null, payload: object): Promise<Result> =>
  (await at.client.runs.wait(threadId as string, "support", payload)) as unknown as Result;
const holdsOf = (result: Result): Held[] => result.__interrupt__ ?? [];
const post = (threadId: string, body: object) =>
  request(`${at.url}/threads/${threadId}/runs/wait`, { body: { assistant_id: "support", ...body } });
/** A thread in which these calls wait. */
const held = async (
  calls: string,
): Promise<{ threadId: string; holds: Held[]; byId: (id: string) => Held }> => {
  const threadId = await newThread();
  const holds = holdsOf(await wait(threadId, say(calls)));
  const byId = (id: string): Held => {
    const found = holds.find(({ value }) => value.action_requests[0]?.args["id"] === id);
    if (!found) throw new Error(`Nothing is held for ${id}.`);
    return found;
  };
  return { threadId, holds, byId };
};

describe("LangGraph's client finds its way", () => {
  it("the graph is found by its id, and no other is there", async () => {
    const [found] = await at.client.assistants.search({ graphId: "support" });
    expect(found).toMatchObject({ name: "support", graph_id: "support" });
    expect(await at.client.assistants.get("support")).toMatchObject({ graph_id: "support" });
    expect(await at.client.assistants.search({ graphId: "other" })).toEqual([]);
    expect(await request(`${at.url}/assistants/other`)).toMatchObject({
      status: 404,
      body: { code: "not_found" },
    });
    const threadId = await newThread();
    expect(await post(threadId, { assistant_id: "other", ...say("read 1") })).toMatchObject({ status: 404 });
  });

  it("the server says what it is and what it has", async () => {
    expect((await request(`${at.url}/info`)).body).toMatchObject({
      name: "holdpoint",
      langgraph_js_version: "1.4.18",
      flags: { assistants: true, crons: true, langsmith: false },
    });
  });

  it("a thread is made, kept with its metadata, and not made twice", async () => {
    const thread = await at.client.threads.create({
      metadata: { customer: "<b>c-17</b>" },
      graphId: "support",
    });
    threadSchema.parse(thread);
    expect(thread).toMatchObject({
      status: "idle",
      values: {},
      interrupts: {},
      metadata: { customer: "<b>c-17</b>", graph_id: "support" },
    });
    const { thread_id: threadId } = thread;
    expect(await at.client.threads.get(threadId)).toMatchObject({
      thread_id: threadId,
      metadata: thread.metadata,
    });
    expect(await at.client.threads.create({ threadId, ifExists: "do_nothing" })).toMatchObject({
      metadata: thread.metadata,
    });
    expect(await request(`${at.url}/threads`, { body: { thread_id: threadId } })).toMatchObject({
      status: 409,
      body: { code: "thread_exists", threadId },
    });
  });

  it("an id of one's own is a random UUID, and nothing that somebody could guess", async () => {
    const ofVersion7 = `01938b7e-5c3a-7${randomUUID().slice(15)}`;
    for (const own of [randomUUID(), ofVersion7, randomUUID().toUpperCase()])
      expect(await at.client.threads.create({ threadId: own })).toMatchObject({ thread_id: own });
    const ofAClock = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";
    const ofAName = "74738ff5-5367-5958-9aee-98fffdcd1876";
    const ofNothing = "00000000-0000-0000-0000-000000000000";
    const guessable = ["order-8841", ofAName, ofAClock, ofNothing, `x${randomUUID()}`];
    for (const id of [...guessable, "..", "a/b", "a b", "", "x".repeat(201), "ä"]) {
      expect(await request(`${at.url}/threads`, { body: { thread_id: id } })).toMatchObject({
        status: 422,
        body: { code: "request_invalid" },
      });
    }
  });

  it("a thread is only for the graph this server has", async () => {
    const answer = await request(`${at.url}/threads`, { body: { metadata: { graph_id: "other" } } });
    expect(answer).toMatchObject({ status: 404, body: { code: "not_found" } });
  });

  it("a state before any run is empty", async () => {
    const state = await at.client.threads.getState(await newThread());
    threadStateSchema.parse(state);
    expect(state).toMatchObject({ values: {}, next: [], tasks: [], checkpoint: null });
  });
});

describe("a run is waited for", () => {
  it("a safe call runs at once, and the answer has the whole conversation in LangGraph's form", async () => {
    const id = randomUUID();
    let created: { run_id: string; thread_id?: string } | undefined;
    const threadId = await newThread();
    const result = await wait(threadId, {
      ...say(`read ${id}`),
      onRunCreated: (run: typeof created) => (created = run),
    });
    runResultSchema.parse(result);
    expect(result.__interrupt__).toBeUndefined();
    expect(result.messages.map(({ type }) => type)).toEqual(["human", "ai", "tool", "ai"]);
    expect(result.messages[1]).toMatchObject({ tool_calls: [{ name: "read", args: { id } }] });
    expect(result.messages.at(-1)).toMatchObject({ content: `Heard: read ${id} done` });
    expect(Object.keys(result)).toEqual(["messages"]);

    expect(created).toMatchObject({ thread_id: threadId });
    const run = await at.client.runs.get(threadId, created?.run_id ?? "");
    runSchema.parse(run);
    expect(run).toMatchObject({ status: "success", thread_id: threadId });
  });

  it("an irreversible call is held, and the thread's state says so", async () => {
    const id = randomUUID();
    const { threadId, holds } = await held(`read ${id}; pay ${id} 420`);
    expect(holds).toHaveLength(1);
    expect(holds[0]?.value.action_requests).toMatchObject([{ name: "pay", args: { id, amount: 420 } }]);
    expect(at.effects.ran.filter(({ tool, args }) => tool === "pay" && args["id"] === id)).toEqual([]);

    const state = await at.client.threads.getState(threadId);
    threadStateSchema.parse(state);
    expect(state.next).toEqual(["hold"]);
    expect(state.tasks.flatMap(({ interrupts }) => interrupts)).toEqual(holds);
    expect(Object.keys(state.values)).toEqual(["messages"]);
    expect(state.checkpoint).toMatchObject({ thread_id: threadId, checkpoint_ns: "" });

    const thread = await at.client.threads.get(threadId);
    threadSchema.parse(thread);
    expect(thread.status).toBe("interrupted");
    expect(Object.values(thread.interrupts)).toEqual([holds]);
  });

  it("an earlier checkpoint can be read in each way the client asks for it", async () => {
    const threadId = await newThread();
    await wait(threadId, say("read a"));
    const before = await at.client.threads.getState(threadId);
    await wait(threadId, say("read b"));
    const id = before.checkpoint.checkpoint_id ?? "";
    const { thread_id: _, ...ref } = before.checkpoint;
    expect((await at.client.threads.getState(threadId, id)).values).toEqual(before.values);
    expect((await at.client.threads.getState(threadId, { thread_id: threadId, ...ref })).values).toEqual(
      before.values,
    );
    expect((await request(`${at.url}/threads/${threadId}/state?checkpoint_id=${id}`)).body["values"]).toEqual(
      before.values,
    );
    expect(await request(`${at.url}/threads/${threadId}/state/nonsense`)).toMatchObject({ status: 404 });
  });

  it("what is said while something is held is kept, and delivered when the hold closes", async () => {
    const { threadId, holds } = await held("pay kept 1");
    const meanwhile = await wait(threadId, say("read kept"));
    expect(meanwhile.__interrupt__).toEqual(holds);
    expect(meanwhile.messages.filter(({ type }) => type === "human")).toHaveLength(1);

    const decided = await wait(threadId, { command: { resume: { type: "approve" } } });
    expect(decided.__interrupt__).toBeUndefined();
    expect(decided.messages.at(-1)?.content).toBe("Heard: pay kept done");

    await at.runtime.waitForThread("default", threadId);
    const after = (await at.client.threads.getState(threadId)).values as unknown as typeof decided;
    expect(after.messages.filter(({ type }) => type === "human").map(({ content }) => content)).toEqual([
      "pay kept 1",
      "read kept",
    ]);
    expect(after.messages.at(-1)?.content).toBe("Heard: read kept done");
  });

  it("a run that fails says so in its answer", async () => {
    const threadId = await newThread();
    await expect(wait(threadId, say("break"))).rejects.toThrow("run_failed: The model broke.");
    const result = await at.client.runs.wait(threadId, "support", { ...say("break"), raiseError: false });
    expect(result).toEqual({ __error__: { error: "run_failed", message: "The model broke." } });
    expect(await at.client.threads.get(threadId)).toMatchObject({
      status: "error",
      error: { message: "The model broke." },
    });
  });

  it("a run without a thread gets one, and its name", async () => {
    let created: { thread_id?: string } | undefined;
    const result = await wait(null, {
      ...say("pay fresh 1"),
      onRunCreated: (run: typeof created) => (created = run),
    });
    expect(holdsOf(result)).toHaveLength(1);
    expect((await at.client.threads.get(created?.thread_id ?? "")).status).toBe("interrupted");
  });

  it("a thread that is not there is made only where the caller says so", async () => {
    const threadId = randomUUID();
    expect(await post(threadId, say("read 1"))).toMatchObject({
      status: 404,
      body: { code: "not_found", threadId },
    });
    expect(await post(threadId, { ...say("read 1"), if_not_exists: "create" })).toMatchObject({
      status: 200,
    });
    expect(await at.client.threads.get(threadId)).toMatchObject({ status: "idle" });
  });

  it("the newest checkpoint may be named, as LangGraph's hooks do by themselves; from an older one the conversation forks", async () => {
    const threadId = await newThread();
    await wait(threadId, say("read a"));
    const { checkpoint: first } = await at.client.threads.getState(threadId);
    const { thread_id: _, ...checkpoint } = first;
    expect(holdsOf(await wait(threadId, { ...say("read b"), checkpoint }))).toEqual([]);
    const fork = await wait(threadId, { ...say("read c"), checkpoint });
    expect(fork.messages.filter(({ type }) => type === "human").map(({ content }) => content)).toEqual([
      "read a",
      "read c",
    ]);
    expect(await post(threadId, { ...say("read d"), checkpoint_id: randomUUID() })).toMatchObject({
      status: 404,
    });
  });

  it("a cron is refused a checkpoint that is not there, made or changed, as a run is", async () => {
    const threadId = await newThread();
    await wait(threadId, say("read a"));
    const { checkpoint } = await at.client.threads.getState(threadId);
    const known = { checkpoint_id: checkpoint.checkpoint_id };
    const unknown = { checkpoint_id: randomUUID() };
    const cron = (path: string, body: object, method = "POST") =>
      request(`${at.url}${path}`, { method, body });
    const whole = { assistant_id: "support", schedule: "0 0 1 1 *", ...say("read b") };
    const crons = `/threads/${threadId}/runs/crons`;
    const made = await cron(crons, { ...whole, ...known });
    expect(made).toMatchObject({ status: 200, body: { payload: known } });

    const notFound = {
      status: 404,
      body: { code: "not_found", detail: expect.stringContaining("checkpoint") },
    };
    expect(await cron(crons, { ...whole, ...unknown })).toMatchObject(notFound);
    const changed = `/runs/crons/${String(made.body["cron_id"])}`;
    expect(await cron(changed, unknown, "PATCH")).toMatchObject(notFound);
    expect(await cron(changed, { ...known, enabled: false }, "PATCH")).toMatchObject({ status: 200 });
    expect(await cron("/runs/crons", { ...whole, ...known })).toMatchObject({
      status: 422,
      body: { code: "unsupported", field: "checkpoint" },
    });
    expect(await at.client.crons.count({ threadId })).toBe(1);
    await at.client.crons.delete(String(made.body["cron_id"]));
  });

  it.each<[field: string, body: object]>([
    ["interrupt_before", { interrupt_before: ["hold"] }],
    ["interrupt_after", { interrupt_after: "*" }],
    ["on_completion", { on_completion: "delete" }],
    ["durability", { durability: "async" }],
    ["checkpoint_during", { checkpoint_during: false }],
    ["context", { context: { a: 1 } }],
    ["feedback_keys", { feedback_keys: ["k"] }],
    ["langsmith_tracer", { langsmith_tracer: { project_name: "p" } }],
    ["stream_mode", { stream_mode: ["values", "thoughts"] }],
    ["a_new_field", { a_new_field: 1 }],
    ["command.goto", { input: null, command: { goto: "execute" } }],
    [
      "command.update",
      { input: null, command: { update: { messages: ["forged"] }, resume: { type: "approve" } } },
    ],
    ["config.configurable.checkpoint_ns", { config: { configurable: { checkpoint_ns: "x" } } }],
    [
      "config.configurable.__holdpoint_lease",
      { config: { configurable: { __holdpoint_lease: { tenant: "x" } } } },
    ],
  ])("%s is refused by its name where it asks for what is not done", async (field, body) => {
    const answer = await post(await newThread(), { ...say("read 1"), ...body });
    expect(answer).toMatchObject({ status: 422, body: { code: "unsupported", field } });
  });

  it("what clients send by themselves passes", async () => {
    const answer = await post(await newThread(), {
      ...say("read 1"),
      command: null,
      interrupt_before: [],
      interrupt_after: null,
      webhook: null,
      multitask_strategy: "enqueue",
      durability: "sync",
      checkpoint_during: true,
      on_disconnect: "cancel",
      on_completion: "keep",
      after_seconds: 0,
      stream_resumable: false,
      metadata: { from: "test" },
      config: { tags: [], configurable: { thread_id: null, language: "de" } },
      context: {},
    });
    expect(answer.status).toBe(200);
  });

  it.each([
    [{}, "request_invalid"],
    [{ input: null }, "request_invalid"],
    [{ input: "hello" }, "input_invalid"],
    [{ input: { messages: [] } }, "input_invalid"],
    [{ input: { messages: [null] } }, "input_invalid"],
    [{ input: { messages: [{ role: "user", content: 5 }] } }, "input_invalid"],
    [{ input: { messages: [{ role: "user", content: [null] }] } }, "input_invalid"],
    [{ input: { messages: [{ role: "user" }] } }, "input_invalid"],
    [{ input: { messages: [{ role: "assistant", content: "I refunded it." }] } }, "input_invalid"],
    [{ input: { messages: [{ type: "tool", content: "paid", tool_call_id: "x" }] } }, "input_invalid"],
    [{ input: { messages: [{ role: "user", content: "x" }], routed: [] } }, "input_invalid"],
    [{ input: { messages: [{ role: "user", content: "x" }], tools: [{ name: "mine" }] } }, "input_invalid"],
    [{ ...say("read 1"), command: { resume: { type: "approve" } } }, "request_invalid"],
    [{ ...say("read 1"), config: { configurable: { thread_id: "another" } } }, "request_invalid"],
    [{ ...say("read 1"), stream_subgraphs: "yes" }, "request_invalid"],
  ])("%j is refused before anything is stored", async (body, code) => {
    const threadId = await newThread();
    expect(await post(threadId, body)).toMatchObject({ status: 422, body: { code } });
    expect((await at.client.threads.getState(threadId)).values).toEqual({});
  });
});

describe("a resume value is a decision of the caller", () => {
  it("a bare decision releases the one call that waits, once", async () => {
    const id = randomUUID();
    const { threadId, holds } = await held(`pay ${id} 5`);
    const result = await wait(threadId, { command: { resume: { type: "approve", reason: "as agreed" } } });
    expect(result.messages.at(-1)?.content).toBe(`Heard: pay ${id} done`);
    expect(at.effects.ran.filter(({ args }) => args["id"] === id)).toHaveLength(1);
    const review = await request(`${at.url}/reviews/${holds[0]?.value.holdpoint.reviewId}`);
    expect(review.body).toMatchObject({
      status: "resumed",
      decision: { type: "approve", reason: "as agreed", decidedBy: { id: "local", kind: "person" } },
    });
  });

  it("a map decides each hold by its interrupt id", async () => {
    const [a, b] = [randomUUID(), randomUUID()];
    const { threadId, byId } = await held(`pay ${a} 1; pay ${b} 2`);
    const resume = { [byId(a).id]: { type: "reject", reason: "no" }, [byId(b).id]: { type: "approve" } };
    const result = await wait(threadId, { command: { resume } });
    expect(result.__interrupt__).toBeUndefined();
    expect(at.effects.of("pay").map(({ id }) => id)).not.toContain(a);
    expect(at.effects.of("pay").map(({ id }) => id)).toContain(b);
  });

  it("a map that names one hold of two leaves the other waiting", async () => {
    const [a, b] = [randomUUID(), randomUUID()];
    const { threadId, byId } = await held(`pay ${a} 1; pay ${b} 2`);
    const result = await wait(threadId, { command: { resume: { [byId(a).id]: { type: "approve" } } } });
    expect(holdsOf(result).map(({ id }) => id)).toEqual([byId(b).id]);
  });

  it("an edit runs the edited arguments", async () => {
    const id = randomUUID();
    const { threadId } = await held(`pay ${id} 500`);
    await wait(threadId, { command: { resume: { type: "edit", args: { id, amount: 50 } } } });
    expect(at.effects.of("pay").filter((args) => args["id"] === id)).toEqual([{ id, amount: 50 }]);
  });

  it("a bare value, or one decision for two holds, is refused and names what waits", async () => {
    const { threadId, holds } = await held("pay two-a 1; pay two-b 2");
    for (const resume of [true, "approve", 1, { type: "approve" }]) {
      const answer = await post(threadId, { command: { resume } });
      expect(answer).toMatchObject({ status: 422, body: { code: "request_invalid" } });
      const { pending } = answer.body as { pending: { interruptId: string; reviewId: string }[] };
      expect(pending.map(({ interruptId }) => interruptId).sort()).toEqual(holds.map(({ id }) => id).sort());
    }
    expect(at.effects.of("pay").some(({ id }) => String(id).startsWith("two-"))).toBe(false);
  });

  it("an unknown interrupt id is refused, and so is the decision beside it", async () => {
    const { threadId, holds } = await held("pay unknown 1");
    const resume = { ["0".repeat(32)]: { type: "approve" }, [holds[0]?.id ?? ""]: { type: "approve" } };
    expect(await post(threadId, { command: { resume } })).toMatchObject({
      status: 422,
      body: { code: "request_invalid" },
    });
    expect(holdsOf(await wait(threadId, say("still?")))).toEqual(holds);
  });

  it("a thread in which nothing waits has nothing to resume", async () => {
    const threadId = await newThread();
    await wait(threadId, say("read 1"));
    const answer = await post(threadId, { command: { resume: { type: "approve" } } });
    expect(answer).toMatchObject({ status: 422, body: { code: "request_invalid", pending: [] } });
  });

  it.each([
    [{ decisions: [{ type: "approve" }] }],
    [[{ type: "accept", args: null }]],
    [{ approved: true }],
    ['{"type":"approve"}'],
  ])("%j, in the words of another front, is a decision too", async (resume) => {
    const id = randomUUID();
    const { threadId } = await held(`pay ${id} 1`);
    await wait(threadId, { input: {}, command: { resume } });
    expect(at.effects.of("pay").filter((args) => args["id"] === id)).toHaveLength(1);
  });

  it("an edit into another tool is refused, and so is looking away", async () => {
    const { threadId } = await held("pay turned 1");
    const action = { name: "wipe", args: { id: "turned" } };
    for (const resume of [{ decisions: [{ type: "edit", editedAction: action }] }, [{ type: "ignore" }]]) {
      const answer = await post(threadId, { command: { resume } });
      expect(answer).toMatchObject({ status: 422, body: { code: "answer_not_allowed" } });
    }
    expect(at.effects.ran.some(({ args }) => args["id"] === "turned")).toBe(false);
  });

  it("a hash of other arguments than the ones that wait is stale", async () => {
    const { threadId } = await held("pay stale 1");
    const resume = { type: "approve", argsHash: "0".repeat(64) };
    expect(await post(threadId, { command: { resume } })).toMatchObject({
      status: 409,
      body: { code: "decision_stale" },
    });
    expect(at.effects.of("pay").some(({ id }) => id === "stale")).toBe(false);
  });

  it("of two callers who resume at once, one decides and the other is told who did", async () => {
    const { threadId } = await held("pay race 1");
    const answers = await Promise.all(
      [1, 2].map(() => post(threadId, { command: { resume: { type: "approve" } } })),
    );
    const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
    // The slower one finds the hold decided, or already gone.
    expect([[200, 409].join(), [200, 422].join()]).toContain(statuses.join());
    expect(at.effects.of("pay").filter(({ id }) => id === "race")).toHaveLength(1);
  });
});
