// Threads through LangGraph's own client: made, found, changed, copied, deleted; their states and histories.
import type { Thread } from "@langchain/langgraph-sdk";
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { threadListSchema, threadSchema, threadStateListSchema } from "../src/http/contract.js";
import { localPerson } from "../src/kernel/principal.js";
import { flow, release } from "./support/flow.js";
import { request, say, serve, type Served } from "./support/http.js";
import { testDatabase } from "./support/database.js";

interface Message {
  id: string;
  type: string;
  content: string;
}
interface Values {
  messages?: Message[];
  steps?: string[];
  id?: string;
  __interrupt__?: { id: string; value: { holdpoint: { reviewId: string; argsHash: string } } }[];
}

let database: string;
let at: Served;
beforeAll(async () => {
  database = await testDatabase();
  at = await serve(database, { plain: { flow: flow() } });
});
afterAll(() => at.stop());

const human = (content: string) => ({ role: "user", content });
const newThread = async (more: object = {}): Promise<string> =>
  (await at.client.threads.create({ graphId: "support", ...more })).thread_id;
const wait = async (threadId: string, words: string, more: object = {}): Promise<Values> =>
  (await at.client.runs.wait(threadId, "support", { ...say(words), ...more })) as Values;
const saidIn = async (threadId: string): Promise<string[]> =>
  ((await at.client.threads.getState<Values>(threadId)).values.messages ?? []).map(({ content }) => content);
const reviewsOf = async (threadId: string) =>
  (await request(`${at.url}/reviews?thread_id=${threadId}`)).body["items"] as {
    id: string;
    status: string;
    argsHash: string;
    decision: object | null;
  }[];
const executionsOf = async (threadId: string) =>
  (await request(`${at.url}/executions?thread_id=${threadId}`)).body["items"] as {
    tool: string;
    state: string;
  }[];
const approve = async (threadId: string) => {
  for (const { id, argsHash, status } of await reviewsOf(threadId)) {
    if (status !== "open") continue;
    const answer = await request(`${at.url}/reviews/${id}/decision`, { body: { type: "approve", argsHash } });
    expect(answer.status).toBe(200);
  }
  await at.runtime.waitForThread("default", threadId);
};
const paid = (id: string): number => at.effects.of("pay").filter((args) => args["id"] === id).length;
/** A thread in which a payment waits. */
const held = async () => {
  const id = randomUUID();
  const threadId = await newThread();
  await wait(threadId, `pay ${id} 5`);
  return { threadId, id };
};
/** A thread with a tool at work. */
const busy = async () => {
  const id = randomUUID();
  const threadId = await newThread();
  const run = await at.client.runs.create(threadId, "support", say(`wait ${id}`));
  await expect.poll(async () => (await executionsOf(threadId)).length, { interval: 20 }).toBe(1);
  return { threadId, id, end: () => (at.release(id), at.client.runs.join(threadId, run.run_id)) };
};
const flowed = async (id: string): Promise<string> => {
  const threadId = (await at.client.threads.create({ graphId: "flow" })).thread_id;
  release(id);
  await at.client.runs.wait(threadId, "flow", { input: { id } });
  return threadId;
};

describe("a thread is made", () => {
  it("with a state of its own, step by step, as nodes would have written it", async () => {
    const id = randomUUID();
    const thread = await at.client.threads.create({
      graphId: "flow",
      supersteps: [
        { updates: [{ values: { id, messages: [human("Hello.")] }, asNode: "__start__" }] },
        { updates: [{ values: { steps: ["before"] }, asNode: "first" }] },
      ],
    });
    threadSchema.parse(thread);
    const state = await at.client.threads.getState<Values>(thread.thread_id);
    expect(state.values).toMatchObject({ id, steps: ["before"], messages: [{ content: "Hello." }] });
    expect(state.next).toEqual(["talk"]);
    expect(await at.client.threads.search({ values: { id } })).toHaveLength(1);
    release(id);
    const result = (await at.client.runs.wait(thread.thread_id, "flow", { input: null })) as Values;
    expect(result.steps).toEqual(["before", "wait", "last"]);
  });

  it.each([
    ["an unknown node", [{ updates: [{ values: {}, as_node: "nowhere" }] }], "request_invalid"],
    [
      "a message of no known form",
      [{ updates: [{ values: { messages: [17] }, as_node: "first" }] }],
      "request_invalid",
    ],
    ["a step that is none", [17], "request_invalid"],
    [
      "a command",
      [{ updates: [{ values: {}, command: { goto: "last" }, as_node: "first" }] }],
      "unsupported",
    ],
  ])("but not with %s, and then there is none", async (_, supersteps, code) => {
    const threadId = randomUUID();
    const body = { thread_id: threadId, metadata: { graph_id: "flow" }, supersteps };
    expect(await request(`${at.url}/threads`, { body })).toMatchObject({ status: 422, body: { code } });
    expect(await request(`${at.url}/threads/${threadId}`)).toMatchObject({ status: 404 });
  });
});

describe("threads are found", () => {
  const mark = randomUUID();
  let ids: string[];
  let ended: string;
  beforeAll(async () => {
    ids = [];
    for (const [index, words] of ["read a", "break", "pay found 5"].entries()) {
      const threadId = await newThread({ metadata: { mark, index, deep: { er: index } } });
      await wait(threadId, words, { raiseError: false });
      ids.push(threadId);
    }
    ended = await flowed(mark);
  });
  const search = async (query: object): Promise<string[]> =>
    (await at.client.threads.search(query)).map(({ thread_id }) => thread_id);

  it("by id, by what is in their metadata, however deep, and by how they stand", async () => {
    const [idle = "", failed = "", held = ""] = ids;
    expect(await search({ ids: [failed, randomUUID()] })).toEqual([failed]);
    expect(await search({ ids: [] })).toEqual([]);
    expect((await search({ metadata: { mark } })).toSorted()).toEqual(ids.toSorted());
    expect(await search({ metadata: { mark, deep: { er: 1 } } })).toEqual([failed]);
    expect(await search({ metadata: { mark, index: 9 } })).toEqual([]);
    expect(await search({ metadata: { mark }, status: "idle" })).toEqual([idle]);
    expect(await search({ metadata: { mark }, status: "error" })).toEqual([failed]);
    expect(await search({ metadata: { mark }, status: "interrupted" })).toEqual([held]);
    expect(await search({ metadata: { mark, graph_id: "flow" } })).toEqual([]);
  });

  it("while they are at work", async () => {
    const { threadId, end } = await busy();
    expect(await search({ ids: [threadId], status: "busy" })).toEqual([threadId]);
    await end();
    expect(await search({ ids: [threadId], status: "busy" })).toEqual([]);
  });

  it("by their values", async () => {
    expect(await search({ values: { id: mark } })).toEqual([ended]);
    expect(await search({ values: { id: mark, steps: ["last"] } })).toEqual([ended]);
    expect(await search({ values: { id: randomUUID() } })).toEqual([]);
    await at.client.threads.updateState(ended, { values: { id: `${mark}-later` }, asNode: "last" });
    expect(await search({ values: { id: `${mark}-later` } })).toEqual([ended]);
  });

  it("but not by values that are too large to be copied, which their state still has", async () => {
    const large = await newThread({ graphId: "flow" });
    const id = "x".repeat(70_000);
    await at.client.threads.updateState(large, { values: { id }, asNode: "last" });
    expect(await search({ ids: [large], values: { id } })).toEqual([]);
    expect((await at.client.threads.getState<Values>(large)).values).toMatchObject({ id });
  });

  it("in order, page by page, and the headers say how many there are", async () => {
    const query = { metadata: { mark }, sortBy: "created_at", sortOrder: "asc" };
    expect(await search(query)).toEqual(ids);
    expect(await search({ ...query, sortOrder: "desc" })).toEqual(ids.toReversed());
    expect(await search({ ...query, limit: 1, offset: 1 })).toEqual([ids[1]]);
    expect(await search({ ...query, sortBy: "thread_id" })).toEqual(ids.toSorted());
    expect(await search({ ...query, sortBy: "status" })).toEqual([ids[1], ids[0], ids[2]]);
    const page = async (offset: number) => {
      const body = { metadata: { mark }, limit: 2, offset };
      const { headers } = await request(`${at.url}/threads/search`, { body });
      return [headers.get("x-pagination-total"), headers.get("x-pagination-next")];
    };
    expect(await page(0)).toEqual(["3", "2"]);
    expect(await page(2)).toEqual(["3", null]);
    expect(await page(7)).toEqual(["3", null]);
  });

  it("with what is asked for of each, and as their own door shows them", async () => {
    const [, , held = ""] = ids;
    const [chosen] = await at.client.threads.search({
      ids: [held],
      select: ["thread_id", "status"] as never,
    });
    expect(chosen).toEqual({ thread_id: held, status: "interrupted" });
    const whole = await at.client.threads.search({ ids: [held] });
    threadListSchema.parse(whole);
    expect(whole).toEqual([{ ...(await at.client.threads.get(held)), error: null }]);
    const [without] = await at.client.threads.search({
      ids: [held],
      select: ["interrupts"] as never,
    });
    expect(without?.interrupts).toEqual(whole[0]?.interrupts);
  });

  it("and counted", async () => {
    expect(await at.client.threads.count({ metadata: { mark } })).toBe(3);
    expect(await at.client.threads.count({ metadata: { mark }, status: "error" })).toBe(1);
  });

  it.each([
    [{ sort_by: "values" }],
    [{ limit: 0 }],
    [{ extract: { a: "values.a" } }],
    [{ ttl: 1 }],
    [{ status: "done" }],
  ])("but not by %j, which is refused", async (body) => {
    expect((await request(`${at.url}/threads/search`, { body })).status).toBe(422);
  });
});

describe("a thread is changed", () => {
  it("by merging into its metadata", async () => {
    const threadId = await newThread({ metadata: { a: 1, b: 1 } });
    await at.client.threads.update(threadId, { metadata: { b: 2, c: { d: 3 } } });
    expect((await at.client.threads.get(threadId)).metadata).toMatchObject({
      a: 1,
      b: 2,
      c: { d: 3 },
      graph_id: "support",
    });
    const none = at.client.threads.update(randomUUID(), { metadata: {} });
    await expect(none).rejects.toMatchObject({ status: 404 });
  });
});

describe("a thread is deleted", () => {
  it("with its runs and states, and is not found any more", async () => {
    const threadId = await newThread();
    await wait(threadId, "read a");
    await at.client.threads.delete(threadId);
    for (const path of ["", "/state", "/history", "/runs"])
      expect(await request(`${at.url}/threads/${threadId}${path}`)).toMatchObject({ status: 404 });
    await expect(at.client.threads.delete(threadId)).rejects.toMatchObject({ status: 404 });
    expect(await executionsOf(threadId)).toMatchObject([{ tool: "read", state: "succeeded" }]);
    await at.client.threads.create({ threadId, graphId: "support" });
    expect(await saidIn(threadId)).toEqual([]);
  });

  it("only by a word of its own where something is held in it; what was asked is withdrawn and stays on record", async () => {
    const { threadId, id } = await held();
    await at.client.runs.create(threadId, "support", say("read behind"));
    expect(await request(`${at.url}/threads/${threadId}`, { method: "DELETE" })).toMatchObject({
      status: 409,
      body: { code: "thread_has_open_holds", threadId },
    });
    expect((await at.client.threads.get(threadId)).status).toBe("interrupted");
    const url = `${at.url}/threads/${threadId}?holds=supersede`;
    expect(await request(url, { method: "DELETE" })).toMatchObject({ status: 204 });
    expect(await request(`${at.url}/threads/${threadId}`)).toMatchObject({ status: 404 });
    const [review] = await reviewsOf(threadId);
    expect(review?.status).toBe("superseded");
    const late = { type: "approve", argsHash: review?.argsHash };
    expect(await request(`${at.url}/reviews/${review?.id}/decision`, { body: late })).toMatchObject({
      status: 409,
    });
    expect(paid(id)).toBe(0);
  });

  it("but what was decided and executed in it is on record", async () => {
    const { threadId, id } = await held();
    await approve(threadId);
    await at.client.threads.delete(threadId);
    expect(await reviewsOf(threadId)).toMatchObject([{ status: "resumed", decision: { type: "approve" } }]);
    expect(await executionsOf(threadId)).toMatchObject([{ tool: "pay", state: "succeeded" }]);
    expect(paid(id)).toBe(1);
  });

  it.each(["", "?holds=supersede"])("but not while a run of it is at work%s", async (query) => {
    const id = randomUUID();
    const threadId = await newThread();
    const run = await at.client.runs.create(threadId, "support", say(`pay ${id} 5; wait ${id}`));
    await expect.poll(async () => (await executionsOf(threadId)).length, { interval: 20 }).toBe(1);
    expect(await request(`${at.url}/threads/${threadId}${query}`, { method: "DELETE" })).toMatchObject({
      status: 409,
      body: { code: "thread_busy", threadId },
    });
    at.release(id);
    await at.client.runs.join(threadId, run.run_id);
    expect((await reviewsOf(threadId)).map(({ status }) => status)).toEqual(["open"]);
  });

  it("with others in one call, of which those that are busy, held or not there stay", async () => {
    const [idle, { threadId: waiting }, working] = [await newThread(), await held(), await busy()];
    const pruned = await at.client.threads.prune([idle, waiting, working.threadId, randomUUID()]);
    expect(pruned).toEqual({ pruned_count: 1 });
    await working.end();
    const left = await at.client.threads.search({ ids: [idle, waiting, working.threadId] });
    expect(left.map(({ thread_id }) => thread_id).toSorted()).toEqual([waiting, working.threadId].toSorted());
    const keep = { thread_ids: [waiting], strategy: "keep_latest" };
    expect(await request(`${at.url}/threads/prune`, { body: keep })).toMatchObject({ status: 422 });
  });
});

describe("a thread is copied", () => {
  it("and each goes its own way from there", async () => {
    const threadId = await newThread({ metadata: { a: 1 } });
    await wait(threadId, "read a");
    const copy = (await at.client.threads.copy(threadId)) as unknown as Thread<Values>;
    threadSchema.parse(copy);
    expect(copy).toMatchObject({ status: "idle", metadata: { a: 1, copied_from: threadId } });
    const id = copy.thread_id;
    expect(await saidIn(id)).toEqual(await saidIn(threadId));
    const histories = await Promise.all([threadId, id].map((one) => at.client.threads.getHistory(one)));
    expect(histories[1]?.map(({ values }) => values)).toEqual(histories[0]?.map(({ values }) => values));
    await wait(id, "read b");
    await wait(threadId, "read c");
    expect((await saidIn(id)).at(-1)).toBe("Heard: read b done");
    expect(await saidIn(threadId)).not.toContain("read b");
    await at.client.threads.delete(threadId);
    expect(await saidIn(id)).toContain("read a");
  });

  it("with what waits in it, which is asked anew: what is decided in one runs nothing in the other", async () => {
    const { threadId, id } = await held();
    const copy = await at.client.threads.copy(threadId);
    expect(copy.status).toBe("interrupted");
    const [original, own] = [await reviewsOf(threadId), await reviewsOf(copy.thread_id)];
    expect(own.map(({ status }) => status)).toEqual(["open"]);
    expect(own[0]?.id).not.toBe(original[0]?.id);
    const shown = Object.values(copy.interrupts).flat() as NonNullable<Values["__interrupt__"]>;
    expect(shown.map(({ value }) => value.holdpoint.reviewId)).toEqual([own[0]?.id]);

    await approve(threadId);
    expect(paid(id)).toBe(1);
    expect(await reviewsOf(copy.thread_id)).toMatchObject([{ status: "open", decision: null }]);
    expect((await at.client.threads.get(copy.thread_id)).status).toBe("interrupted");
    await approve(copy.thread_id);
    expect(paid(id)).toBe(2);
    expect((await saidIn(copy.thread_id)).at(-1)).toBe(`Heard: pay ${id} done`);
  });

  it("after its hold was decided, and inherits nothing but what was said", async () => {
    const { threadId, id } = await held();
    await approve(threadId);
    const { thread_id: copy } = await at.client.threads.copy(threadId);
    expect(await reviewsOf(copy)).toEqual([]);
    await wait(copy, "read on");
    expect(paid(id)).toBe(1);
  });

  it("while it is at work, and can be read and gone on with", async () => {
    const { threadId, end } = await busy();
    const copies = await Promise.all(Array.from({ length: 5 }, () => at.client.threads.copy(threadId)));
    await end();
    for (const { thread_id: copy } of copies) {
      expect((await saidIn(copy)).length).toBeGreaterThan(0);
      expect((await wait(copy, "read on")).messages?.at(-1)?.content).toBe("Heard: read on done");
    }
  });

  it("but not where there is none", async () => {
    await expect(at.client.threads.copy(randomUUID())).rejects.toMatchObject({ status: 404 });
  });
});

describe("the history of a thread", () => {
  it("is told newest first, in pages, and from before any state of it", async () => {
    const threadId = await newThread();
    await wait(threadId, "read a");
    const whole = await at.client.threads.getHistory<Values>(threadId, { limit: 100 });
    threadStateListSchema.parse(whole);
    expect(whole.map(({ values }) => values.messages?.length ?? 0)).toEqual([4, 3, 2, 2, 1, 0]);
    const ids = whole.map(({ checkpoint }) => checkpoint.checkpoint_id);
    expect(new Set(ids).size).toBe(6);
    const told = async (options: object) =>
      (await at.client.threads.getHistory(threadId, options)).map(
        ({ checkpoint }) => checkpoint.checkpoint_id,
      );
    expect(await told({ limit: 2 })).toEqual(ids.slice(0, 2));
    const before = { configurable: { checkpoint_id: ids[1] } };
    expect(await told({ limit: 3, before })).toEqual(ids.slice(2, 5));
    expect(
      (await request(`${at.url}/threads/${threadId}/history?limit=2&before=${ids[0]}`)).body,
    ).toMatchObject(ids.slice(1, 3).map((checkpoint_id) => ({ checkpoint: { checkpoint_id } })));
    expect(whole[0]?.parent_checkpoint?.checkpoint_id).toBe(ids[1]);
  });

  it("is told of those states only that have something in their metadata", async () => {
    const threadId = await newThread();
    const runs: string[] = [];
    for (const words of ["read a", "read b"]) {
      const run = await at.client.runs.create(threadId, "support", say(words));
      await at.client.runs.join(threadId, run.run_id);
      runs.push(run.run_id);
    }
    const states = await at.client.threads.getHistory(threadId, {
      metadata: { run_id: runs[0] },
      limit: 100,
    });
    expect(states.length).toBeGreaterThan(3);
    for (const { metadata } of states) expect(metadata).toMatchObject({ run_id: runs[0] });
    expect(await at.client.threads.getHistory(threadId, { metadata: { source: "fork" } })).toEqual([]);
  });

  it("holds nothing of ours", async () => {
    const { threadId } = await held();
    for (const path of ["history", "state", "state?subgraphs=true"]) {
      const text = await (await fetch(`${at.url}/threads/${threadId}/${path}`)).text();
      expect(text).not.toContain("holdpoint_lease");
    }
  });

  it("is not told of a checkpoint of another thread", async () => {
    const [one, another] = [await newThread(), await newThread()];
    await wait(one, "read a");
    const { checkpoint } = await at.client.threads.getState(one);
    for (const [path, body] of [
      ["state/checkpoint", { checkpoint }],
      ["history", { checkpoint }],
      ["state", { values: { messages: [human("x")] }, checkpoint }],
      ["runs/wait", { assistant_id: "support", ...say("read b"), checkpoint }],
    ] as const) {
      expect(await request(`${at.url}/threads/${another}/${path}`, { body })).toMatchObject({
        status: 422,
        body: { code: "request_invalid" },
      });
    }
    expect(await saidIn(another)).toEqual([]);
  });
});

describe("a state is written", () => {
  it("as a node would have, and the thread goes on from there", async () => {
    const id = randomUUID();
    const threadId = await flowed(id);
    const { checkpoint } = (await at.client.threads.updateState(threadId, {
      values: { steps: ["edited"] },
      asNode: "talk",
    })) as unknown as Pick<Awaited<ReturnType<typeof at.client.threads.getState>>, "checkpoint">;
    const state = await at.client.threads.getState<Values>(threadId);
    expect(state.checkpoint.checkpoint_id).toBe(checkpoint.checkpoint_id);
    expect(state.next).toEqual(["wait"]);
    const result = (await at.client.runs.wait(threadId, "flow", { input: null })) as Values;
    expect(result.steps?.slice(-3)).toEqual(["edited", "wait", "last"]);
  });

  it("at an older checkpoint, which begins a fork", async () => {
    const threadId = await flowed(randomUUID());
    const [, older] = await at.client.threads.getHistory<Values>(threadId);
    await at.client.threads.updateState(threadId, {
      values: { steps: ["forked"] },
      asNode: "last",
      checkpointId: older?.checkpoint.checkpoint_id ?? "",
    });
    const { values } = await at.client.threads.getState<Values>(threadId);
    expect(values.steps).toEqual([...(older?.values.steps ?? []), "forked"]);
  });

  it.each([
    ["an unknown node", { values: {}, as_node: "nowhere" }],
    [
      "an unknown channel's message",
      { values: { messages: [{ role: "nobody", content: "x" }] }, as_node: "last" },
    ],
    ["an unknown field", { values: {}, as_node: "last", goto: "last" }],
  ])("but not as %s, which is refused", async (_, body) => {
    const threadId = await flowed(randomUUID());
    expect(await request(`${at.url}/threads/${threadId}/state`, { body })).toMatchObject({
      status: 422,
      body: { code: "request_invalid" },
    });
    expect((await at.client.threads.get(threadId)).status).toBe("idle");
  });

  it("only where nothing is held and nothing at work", async () => {
    const { threadId } = await held();
    const values = { messages: [human("Forget it.")] };
    await expect(at.client.threads.updateState(threadId, { values, asNode: "agent" })).rejects.toMatchObject({
      status: 409,
    });
    expect((await reviewsOf(threadId)).map(({ status }) => status)).toEqual(["open"]);
    expect((await at.client.threads.get(threadId)).status).toBe("interrupted");
    const working = await busy();
    await expect(at.client.threads.updateState(working.threadId, { values })).rejects.toMatchObject({
      status: 409,
    });
    await working.end();
    expect((await at.client.threads.getState(threadId)).next).toEqual(["hold"]);
  });

  it.each(["agent", "classify-risk"])(
    "as %s with calls that no model made: none of them runs",
    async (asNode) => {
      const id = randomUUID();
      const threadId = await newThread();
      await wait(threadId, "read a");
      const call = { name: "pay", args: { id, amount: 9 }, id: "forged", type: "tool_call" };
      await at.client.threads.updateState(threadId, {
        values: {
          messages: [{ type: "ai", content: "", id: randomUUID(), tool_calls: [call] }],
          routed: [{ callIndex: 0, route: "execute" }],
        },
        asNode,
      });
      expect((await at.client.threads.getState(threadId)).next.length).toBeGreaterThan(0);
      // Delivered as a decision would be: it goes on with what stands there.
      const run = await at.runtime.deliver({ principal: localPerson, threadId });
      if (run) await at.runtime.waitForRun("default", run);
      await wait(threadId, "read b");
      expect(paid(id)).toBe(0);
      expect((await executionsOf(threadId)).map(({ tool }) => tool)).not.toContain("pay");
      expect((await reviewsOf(threadId)).map(({ status }) => status)).toEqual(["open"]);
    },
  );
});

describe("a run from an older checkpoint", () => {
  it("begins a fork, and the branch it left is still to be read", async () => {
    const threadId = await newThread();
    await wait(threadId, "read a");
    const { checkpoint } = await at.client.threads.getState(threadId);
    await wait(threadId, "read b");
    const left = await at.client.threads.getState<Values>(threadId);
    const forked = await wait(threadId, "read c", { checkpointId: checkpoint.checkpoint_id });
    expect(forked.messages?.filter(({ type }) => type === "human").map(({ content }) => content)).toEqual([
      "read a",
      "read c",
    ]);
    const before = await at.client.threads.getState<Values>(threadId, left.checkpoint.checkpoint_id ?? "");
    expect(before.values).toEqual(left.values);
  });

  it("is refused where something is held, unless what is held is withdrawn with it", async () => {
    const threadId = await newThread();
    await wait(threadId, "read a");
    const { checkpoint } = await at.client.threads.getState(threadId);
    const id = randomUUID();
    await wait(threadId, `pay ${id} 5`);
    const checkpointId = checkpoint.checkpoint_id ?? "";
    await expect(wait(threadId, "read b", { checkpointId })).rejects.toMatchObject({ status: 409 });
    const fork = await wait(threadId, "read b", { checkpointId, multitaskStrategy: "interrupt" });
    expect(fork.messages?.map(({ content }) => content)).not.toContain(`pay ${id} 5`);
    expect((await reviewsOf(threadId)).map(({ status }) => status)).toEqual(["superseded"]);
    expect(paid(id)).toBe(0);
  });
});

describe("what LangGraph's API has and this server does not", () => {
  it.each([
    ["POST", "/threads", { ttl: { ttl: 5, strategy: "keep_latest" } }, 422],
    ["POST", "/threads", { if_exists: "replace" }, 422],
    ["POST", "/threads/prune", { thread_ids: [], strategy: "keep_latest" }, 422],
    ["POST", "/threads/search", { extract: { a: "values.a" } }, 422],
    ["POST", "/threads/ID/state", { values: {}, command: {} }, 422],
    ["PATCH", "/threads/ID/state", { metadata: {} }, 405],
    ["GET", "/threads/ID/state?checkpoint_ns=x", undefined, 422],
    ["GET", "/threads/ID/history?limit=0", undefined, 422],
    ["GET", "/threads/ID/runs?limit=1001", undefined, 422],
    ["DELETE", "/threads/ID?holds=decide", undefined, 422],
    ["POST", "/runs/cancel?action=delete", { thread_id: "ID" }, 422],
    ["POST", "/threads/ID/runs", { assistant_id: "support", ...say("x"), multitask_strategy: "merge" }, 422],
    ["POST", "/threads/ID/runs", { assistant_id: "support", ...say("x"), after_seconds: -1 }, 422],
    ["POST", "/threads/ID/runs", { assistant_id: "support", ...say("x"), on_disconnect: "pause" }, 422],
    ["POST", "/runs/batch", [], 422],
    ["POST", "/runs/batch", [{ assistant_id: "support", ...say("x"), streamMode: ["values"] }], 422],
  ])("%s %s with %j is refused with %i", async (method, path, body, status) => {
    const threadId = await newThread();
    const sent = path.replace("ID", threadId);
    const answer = await request(`${at.url}${sent}`, { method, ...(body === undefined ? {} : { body }) });
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({
      status,
      code: expect.any(String) as string,
      detail: expect.any(String) as string,
    });
    expect(await at.client.runs.list(threadId)).toEqual([]);
  });
});

describe("a server of other graphs on the same database", () => {
  it("has none of these threads", async () => {
    const threadId = await newThread();
    await wait(threadId, "read a");
    const another = await serve(database, { name: "another" });
    expect(await another.client.threads.search({ ids: [threadId] })).toEqual([]);
    for (const path of ["", "/state", "/runs", "/history"])
      expect(await request(`${another.url}/threads/${threadId}${path}`)).toMatchObject({ status: 404 });
    expect(await another.client.threads.prune([threadId])).toEqual({ pruned_count: 0 });
    await another.stop();
  });
});

describe("another tenant", () => {
  it("sees nothing of a thread, and changes nothing", async () => {
    const { threadId } = await held();
    const [run] = await at.client.runs.list(threadId);
    const runId = run?.run_id ?? "";
    const stranger = { ...localPerson, tenant: "stranger" };
    const { runs, reviews, events } = at.runtime;
    const graphIds = ["support", "flow"];
    const page = { sortBy: "created_at" as const, descending: true, limit: 100, offset: 0 };
    expect(await runs.findThread("stranger", threadId)).toBeNull();
    expect(await runs.searchThreads("stranger", { graphIds, ids: [threadId] }, page)).toEqual([]);
    expect(await runs.countThreads("stranger", { graphIds })).toBe(0);
    expect(await runs.patchThread("stranger", threadId, { metadata: { a: 1 } })).toBeNull();
    expect(await runs.copyThread("stranger", threadId, { id: randomUUID() })).toBeNull();
    expect(await runs.deleteThread("stranger", threadId, "supersede")).toBe("absent");
    expect(await runs.supersedeHolds("stranger", threadId, null)).toBe(0);
    expect(await runs.find("stranger", runId)).toBeNull();
    expect(await runs.listRuns("stranger", threadId, { limit: 10, offset: 0 })).toEqual([]);
    expect(await runs.deleteRun("stranger", threadId, runId)).toBe(false);
    expect(await at.runtime.cancel("stranger", threadId, { runIds: [runId] }, "rollback")).toEqual([]);
    expect((await reviews.list("stranger", { limit: 10 })).items).toEqual([]);
    const seen: unknown[] = [];
    const watched = events.watch({ id: runId, tenant: "stranger" }, { epoch: 0, seq: 0 });
    for await (const event of watched) seen.push(event);
    expect(seen).toEqual([]);
    const state = await at.runtime.stateOf(stranger, { threadId, graphId: "support" });
    expect(state.values).toEqual({});
    const submitted = at.runtime.submit({
      principal: stranger,
      threadId,
      graphId: "support",
      ...say("read a"),
    });
    await expect(submitted).rejects.toMatchObject({ code: "not_found" });
    const driven = at.runtime.drive(stranger, { threadId, graphId: "support" }, () => Promise.resolve());
    await expect(driven).rejects.toMatchObject({ code: "not_found" });
    expect(await at.runtime.deliver({ principal: stranger, threadId })).toBeNull();
    expect((await reviewsOf(threadId)).map(({ status }) => status)).toEqual(["open"]);
  });
});
