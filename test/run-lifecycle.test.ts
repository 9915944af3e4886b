// Runs in the background, from their beginning to whatever end somebody has in mind for them.
import { MessagesAnnotation, START, StateGraph, type LangGraphRunnableConfig } from "@langchain/langgraph";
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { defineTool } from "../src/index.js";
import { request, say, serve, type Served } from "./support/http.js";
import { testDatabase } from "./support/database.js";

interface Message {
  id: string;
  type: string;
  content: string;
}
interface Values {
  messages?: Message[];
  __interrupt__?: unknown[];
}

let at: Served;
let other: Served;
beforeAll(async () => {
  const database = await testDatabase();
  at = await serve(database, { heartbeatMs: 50, plain: { chatter: chatter() } });
  other = await serve(database, { plain: { chatter: chatter() } });
});
afterAll(() => Promise.all([at.stop(), other.stop()]));

/** A graph that says something all the time and comes to no end. */
const chatter = () =>
  new StateGraph(MessagesAnnotation)
    .addNode("chat", async (_, config: LangGraphRunnableConfig) => {
      for (let said = 0; !config.signal?.aborted; said += 1) {
        config.writer?.({ said });
        await delay(1);
      }
      return {};
    })
    .addEdge(START, "chat")
    .compile();

const newThread = async (): Promise<string> => (await at.client.threads.create()).thread_id;
const start = (threadId: string, words: string, more: object = {}, server = at) =>
  server.client.runs.create(threadId, "support", { ...say(words), ...more });
const statusOf = async (threadId: string, runId: string): Promise<string> =>
  (await other.client.runs.get(threadId, runId)).status;
const saidIn = async (threadId: string): Promise<string[]> =>
  ((await at.client.threads.getState<Values>(threadId)).values.messages ?? []).map(({ content }) => content);
const nothingAtWork = (threadId: string) => at.runtime.waitForThread("default", threadId);
const reviewsOf = async (threadId: string) =>
  (await request(`${at.url}/reviews?thread_id=${threadId}`)).body["items"] as {
    id: string;
    status: string;
    argsHash: string;
  }[];
const executionsOf = async (threadId: string) =>
  (await request(`${at.url}/executions?thread_id=${threadId}`)).body["items"] as {
    tool: string;
    state: string;
    epoch: number;
  }[];
const decide = async (threadId: string, type = "approve") => {
  for (const { id, argsHash, status } of await reviewsOf(threadId)) {
    if (status !== "open") continue;
    expect(await request(`${at.url}/reviews/${id}/decision`, { body: { type, argsHash } })).toMatchObject({
      status: 200,
    });
  }
  await nothingAtWork(threadId);
};
/** A run at the first server whose tool is at work. */
const inTool = async (more: object = {}, before = "") => {
  const id = randomUUID();
  const threadId = await newThread();
  const run = await start(threadId, `${before}wait ${id}`, more);
  await expect
    .poll(() => executionsOf(threadId), { interval: 20 })
    .toMatchObject([{ tool: "wait", state: "claimed" }]);
  return { threadId, runId: run.run_id, id };
};
/** A run that waits behind a hold. */
const behindHold = async () => {
  const id = randomUUID();
  const threadId = await newThread();
  await at.client.runs.wait(threadId, "support", say(`pay ${id} 5`));
  const run = await start(threadId, `read ${id}`);
  expect(run.status).toBe("pending");
  return { threadId, runId: run.run_id, id };
};
const paid = (id: string): number =>
  [...at.effects.of("pay"), ...other.effects.of("pay")].filter((args) => args["id"] === id).length;

describe("a run in the background", () => {
  it("answers at once, is found at both servers, and is joined for its result", async () => {
    const { threadId, runId, id } = await inTool({ metadata: { from: "test" } });
    expect(await other.client.runs.get(threadId, runId)).toMatchObject({
      run_id: runId,
      thread_id: threadId,
      assistant_id: expect.any(String) as string,
      status: "running",
      metadata: { from: "test" },
      multitask_strategy: "enqueue",
    });
    const joined = [at, other].map(({ client }) => client.runs.join(threadId, runId) as Promise<Values>);
    at.release(id);
    for (const values of await Promise.all(joined))
      expect(values.messages?.at(-1)?.content).toBe(`Heard: wait ${id} done`);
    expect(await statusOf(threadId, runId)).toBe("success");
  });

  it("is listed, newest first, by status, page by page, and with what was asked for", async () => {
    const threadId = await newThread();
    const words = ["read a", "break", "read b"];
    const ids: string[] = [];
    for (const word of words) {
      const run = await start(threadId, word);
      ids.unshift(run.run_id);
      await at.client.runs.join(threadId, run.run_id);
    }
    const list = async (options: object) =>
      (await other.client.runs.list(threadId, options)).map(({ run_id }) => run_id);
    expect(await list({})).toEqual(ids);
    expect(await list({ status: "success" })).toEqual([ids[0], ids[2]]);
    expect(await list({ status: "error" })).toEqual([ids[1]]);
    expect(await list({ limit: 1, offset: 1 })).toEqual([ids[1]]);
    expect(await at.client.runs.list(threadId, { limit: 1, select: ["run_id", "status"] as never })).toEqual([
      { run_id: ids[0], status: "success" },
    ]);
  });

  it("of several at once each has a thread of its own", async () => {
    const runs = await at.client.runs.createBatch([
      { assistantId: "support", ...say("read a") },
      { assistantId: "support", ...say("read b") },
    ]);
    expect(new Set(runs.map(({ thread_id }) => thread_id)).size).toBe(2);
    for (const run of runs) await at.client.runs.join(run.thread_id, run.run_id);
  });

  it("of several none is begun where one is refused", async () => {
    const before = await at.client.threads.count();
    const refused = at.client.runs.createBatch([
      { assistantId: "support", ...say("read a") },
      { assistantId: "other", ...say("read b") },
    ]);
    await expect(refused).rejects.toMatchObject({ status: 404 });
    expect(await at.client.threads.count()).toBe(before);
  });

  it("is put off by so many seconds, and others go first", async () => {
    const threadId = await newThread();
    const later = await start(threadId, "read later", { afterSeconds: 3_600 });
    expect(later.status).toBe("pending");
    const now = await start(threadId, "read now");
    await at.client.runs.join(threadId, now.run_id);
    expect(await statusOf(threadId, later.run_id)).toBe("pending");
    const hourLater = "update holdpoint.runs set run_after = run_after - interval '1 hour' where run_id = $1";
    await at.runtime.db.pool.query(hourLater, [later.run_id]);
    await at.client.runs.join(threadId, later.run_id);
    expect((await saidIn(threadId)).filter((words) => words.startsWith("read"))).toEqual([
      "read now",
      "read now done",
      "read later",
      "read later done",
    ]);
  });

  it("is one of several said to one thread at once, which are heard in order, whoever works on them", async () => {
    const { threadId, id } = await inTool();
    const words = Array.from({ length: 6 }, (_, index) => `read ${index}`);
    for (const [index, word] of words.entries()) await start(threadId, word, {}, index % 2 ? at : other);
    at.release(id);
    await nothingAtWork(threadId);
    expect((await saidIn(threadId)).filter((one) => words.includes(one))).toEqual(words);
  });
});

describe("a run is cancelled", () => {
  it.each([
    ["where it works", () => at],
    ["at the other server", () => other],
  ])(
    "in the middle of a tool, %s: the tool ends and is recorded once, and the thread goes on",
    async (_, server) => {
      const { threadId, runId, id } = await inTool({ streamMode: "values" });
      const watching = (async () => {
        const names: string[] = [];
        for await (const { event } of other.client.runs.joinStream(threadId, runId)) names.push(event);
        return names;
      })();
      await server().client.runs.cancel(threadId, runId, true);
      expect(await statusOf(threadId, runId)).toBe("interrupted");
      expect((await watching).at(-1)).toBe("end");
      expect(await at.client.threads.get(threadId)).toMatchObject({ status: "idle" });
      at.release(id);
      await expect
        .poll(() => executionsOf(threadId), { interval: 20 })
        .toMatchObject([{ tool: "wait", state: "succeeded", epoch: 1 }]);
      const next = (await at.client.runs.wait(threadId, "support", say("read on"))) as Values;
      expect(next.messages?.at(-1)?.content).toBe("Heard: read on done");
      expect(await executionsOf(threadId)).toHaveLength(2);
    },
  );

  it("and all that it has said until then is seen by those who come late", async () => {
    const { thread_id: threadId } = await at.client.threads.create({ graphId: "chatter" });
    const { run_id: runId } = await at.client.runs.create(threadId, "chatter", {
      input: say("go").input,
      streamMode: "custom",
    });
    const live: unknown[] = [];
    for await (const event of at.client.runs.joinStream(threadId, runId)) {
      live.push(event);
      if (live.length === 50) await at.client.runs.cancel(threadId, runId);
    }
    expect(live.length).toBeGreaterThan(50);
    const late: unknown[] = [];
    for await (const event of other.client.runs.joinStream(threadId, runId)) late.push(event);
    expect(late).toEqual(live);
  });

  it("without waiting for its end, which comes soon", async () => {
    const { threadId, runId, id } = await inTool();
    const answer = await request(`${other.url}/threads/${threadId}/runs/${runId}/cancel`, { method: "POST" });
    expect(answer.status).toBe(202);
    await expect.poll(() => statusOf(threadId, runId), { interval: 20 }).toBe("interrupted");
    at.release(id);
  });

  it("and rolled back: its steps and itself are gone, and what came before stays", async () => {
    const threadId = await newThread();
    await at.client.runs.wait(threadId, "support", say("read before"));
    const before = await saidIn(threadId);
    const id = randomUUID();
    const run = await start(threadId, `wait ${id}`);
    await expect.poll(async () => (await executionsOf(threadId)).length, { interval: 20 }).toBe(2);
    await other.client.runs.cancel(threadId, run.run_id, true, "rollback");
    at.release(id);
    expect(await saidIn(threadId)).toEqual(before);
    expect(await request(`${at.url}/threads/${threadId}/runs/${run.run_id}`)).toMatchObject({ status: 404 });
    expect(await at.client.threads.get(threadId)).toMatchObject({ status: "idle" });
    const next = (await at.client.runs.wait(threadId, "support", say("read after"))) as Values;
    expect(next.messages?.map(({ content }) => content).slice(before.length)).toEqual([
      "read after",
      "On it.",
      "read after done",
      "Heard: read after done",
    ]);
  });

  it("and rolled back, which leaves an empty thread where it was the first", async () => {
    const { threadId, runId, id } = await inTool();
    await at.client.runs.cancel(threadId, runId, true, "rollback");
    at.release(id);
    expect(await saidIn(threadId)).toEqual([]);
    expect(await at.client.runs.list(threadId)).toEqual([]);
    await at.client.runs.wait(threadId, "support", say("read anew"));
    expect((await saidIn(threadId))[0]).toBe("read anew");
  });

  it.each(["interrupt", "rollback"] as const)("by %s while it waits behind another one", async (action) => {
    const { threadId, runId, id } = await inTool();
    const waiting = await start(threadId, "read never");
    await other.client.runs.cancel(threadId, waiting.run_id, true, action);
    expect((await at.client.runs.list(threadId)).map(({ run_id, status }) => [run_id, status])).toEqual([
      ...(action === "rollback" ? [] : [[waiting.run_id, "interrupted"]]),
      [runId, "running"],
    ]);
    at.release(id);
    await nothingAtWork(threadId);
    expect(await saidIn(threadId)).not.toContain("read never");
  });

  it("behind a hold, which stays and can be decided", async () => {
    const { threadId, runId, id } = await behindHold();
    await at.client.runs.cancel(threadId, runId, true);
    expect(await statusOf(threadId, runId)).toBe("interrupted");
    expect(await at.client.threads.get(threadId)).toMatchObject({ status: "interrupted" });
    await decide(threadId);
    expect(paid(id)).toBe(1);
    expect((await saidIn(threadId)).at(-1)).toBe(`Heard: pay ${id} done`);
  });

  it("while a call beside its tool is held: the hold stays, the thread says so, and it can be decided", async () => {
    const paying = randomUUID();
    const { threadId, runId, id } = await inTool({}, `pay ${paying} 5; `);
    await other.client.runs.cancel(threadId, runId, true);
    expect(await at.client.threads.get(threadId)).toMatchObject({ status: "interrupted" });
    expect(await at.client.threads.search({ ids: [threadId], status: "interrupted" })).toHaveLength(1);
    at.release(id);
    expect((await reviewsOf(threadId)).map(({ status }) => status)).toEqual(["open"]);
    await decide(threadId);
    expect(paid(paying)).toBe(1);
    expect((await saidIn(threadId)).at(-1)).toBe(`Heard: pay ${paying} done | wait ${id} done`);
    expect(await executionsOf(threadId)).toHaveLength(2);
  });

  it("while it carries out what a person released: that is done once, and the thread goes on", async () => {
    let end = (): void => {};
    const ended = new Promise<void>((resolve) => (end = resolve));
    const done: string[] = [];
    const transfer = defineTool({
      name: "pay",
      description: "Takes its time.",
      args: z.object({ id: z.string(), amount: z.number() }),
      run: async ({ id }) => {
        done.push(id);
        await ended;
        return "paid";
      },
    });
    const slow = await serve(await testDatabase(), { tools: [transfer] });
    const { thread_id: threadId } = await slow.client.threads.create();
    await slow.client.runs.wait(threadId, "support", say("pay slowly 5"));
    const run = await slow.client.runs.create(threadId, "support", {
      command: { resume: { type: "approve" } },
    });
    await expect.poll(() => done, { interval: 20 }).toEqual(["slowly"]);
    await slow.client.runs.cancel(threadId, run.run_id, true);
    expect(await slow.client.threads.get(threadId)).toMatchObject({ status: "idle" });
    end();
    const states = async () =>
      (
        (await request(`${slow.url}/executions?thread_id=${threadId}`)).body["items"] as { state: string }[]
      ).map(({ state }) => state);
    await expect.poll(states, { interval: 20 }).toEqual(["succeeded"]);
    const next = (await slow.client.runs.wait(threadId, "support", say("Well?"))) as Values;
    expect(next.messages?.at(-1)?.content).toBe("Nothing to do.");
    expect(next.__interrupt__).toBeUndefined();
    expect(done).toEqual(["slowly"]);
    await slow.stop();
  });

  it("that has ended already: nothing changes, and a hold it ended at stays", async () => {
    const threadId = await newThread();
    const run = await start(threadId, "pay ended 5");
    await at.client.runs.join(threadId, run.run_id);
    await at.client.runs.cancel(threadId, run.run_id, true, "rollback");
    expect(await statusOf(threadId, run.run_id)).toBe("success");
    expect((await reviewsOf(threadId)).map(({ status }) => status)).toEqual(["open"]);
  });

  it("with all others of its thread, or those that are named, or those that wait", async () => {
    const { threadId, runId, id } = await inTool();
    const [a, b, c] = await Promise.all(["a", "b", "c"].map((word) => start(threadId, `read ${word}`)));
    const cancel = (options: object) => other.client.runs.cancelMany({ threadId, ...options });
    await cancel({ runIds: [a?.run_id] });
    expect(await statusOf(threadId, a?.run_id ?? "")).toBe("interrupted");
    await cancel({ status: "pending" });
    expect(await statusOf(threadId, b?.run_id ?? "")).toBe("interrupted");
    expect(await statusOf(threadId, c?.run_id ?? "")).toBe("interrupted");
    expect(await statusOf(threadId, runId)).toBe("running");
    await cancel({ status: "all" });
    await expect.poll(() => statusOf(threadId, runId), { interval: 20 }).toBe("interrupted");
    at.release(id);
    expect(await request(`${at.url}/runs/cancel`, { body: { status: "all" } })).toMatchObject({
      status: 422,
      body: { code: "request_invalid" },
    });
  });

  it("and its row is deleted only when it has ended; what it said stays", async () => {
    const { threadId, runId, id } = await inTool({ streamMode: "values" });
    await expect(at.client.runs.delete(threadId, runId)).rejects.toMatchObject({ status: 409 });
    at.release(id);
    await at.client.runs.join(threadId, runId);
    await other.client.runs.delete(threadId, runId);
    expect(await at.client.runs.list(threadId)).toEqual([]);
    expect((await saidIn(threadId)).at(-1)).toBe(`Heard: wait ${id} done`);
  });
});

describe("a client that goes away", () => {
  const leave = async (path: "stream" | "wait", onDisconnect: string) => {
    const id = randomUUID();
    const threadId = await newThread();
    const leaving = new AbortController();
    const response = await fetch(`${at.url}/threads/${threadId}/runs/${path}`, {
      method: "POST",
      body: JSON.stringify({ assistant_id: "support", ...say(`wait ${id}`), on_disconnect: onDisconnect }),
      signal: leaving.signal,
    });
    const runId = response.headers.get("content-location")?.split("/").at(-1) ?? "";
    await expect.poll(async () => (await executionsOf(threadId)).length, { interval: 20 }).toBe(1);
    leaving.abort();
    return { threadId, runId, id };
  };

  it.each(["stream", "wait"] as const)("from a %s takes the run along where it said so", async (path) => {
    const { threadId, runId, id } = await leave(path, "cancel");
    await expect.poll(() => statusOf(threadId, runId), { interval: 20 }).toBe("interrupted");
    at.release(id);
  });

  it.each(["stream", "wait"] as const)("from a %s leaves the run at work otherwise", async (path) => {
    const { threadId, runId, id } = await leave(path, "continue");
    await other.client.threads.get(threadId);
    at.release(id);
    await at.client.runs.join(threadId, runId);
    expect(await statusOf(threadId, runId)).toBe("success");
  });

  it("from a join takes the run along where it said so", async () => {
    const { threadId, runId, id } = await inTool();
    const leaving = new AbortController();
    const joined = other.client.runs.join(threadId, runId, {
      cancelOnDisconnect: true,
      signal: leaving.signal,
    });
    joined.catch(() => {});
    await expect.poll(() => statusOf(threadId, runId), { interval: 20 }).toBe("running");
    setTimeout(() => leaving.abort(), 100);
    await expect.poll(() => statusOf(threadId, runId), { interval: 20 }).toBe("interrupted");
    at.release(id);
  });

  it("after its answer was whole does not take along a run that waits behind a hold", async () => {
    const threadId = await newThread();
    await at.client.runs.wait(threadId, "support", say("pay kept-on 5"));
    const options = { ...say("read kept-on"), onDisconnect: "cancel" as const };
    await at.client.runs.wait(threadId, "support", options);
    for await (const _ of at.client.runs.stream(threadId, "support", options));
    expect((await at.client.runs.list(threadId)).map(({ status }) => status)).toEqual([
      "pending",
      "pending",
      "success",
    ]);
    await decide(threadId);
    expect((await saidIn(threadId)).filter((words) => words === "read kept-on")).toHaveLength(2);
  });
});

describe("a run for a busy thread", () => {
  it("is refused where its caller would rather not wait", async () => {
    const { threadId, id } = await inTool();
    const refused = start(threadId, "read b", { multitaskStrategy: "reject" });
    await expect(refused).rejects.toMatchObject({ status: 409 });
    at.release(id);
    await nothingAtWork(threadId);
    await at.client.runs.wait(threadId, "support", { ...say("read c"), multitaskStrategy: "reject" });
    expect(await saidIn(threadId)).not.toContain("read b");
  });

  it("is refused where something is held, too, and the hold stays", async () => {
    const { threadId, runId, id } = await behindHold();
    await at.client.runs.cancel(threadId, runId, true);
    const refused = start(threadId, "read b", { multitaskStrategy: "reject" });
    await expect(refused).rejects.toMatchObject({ status: 409 });
    await decide(threadId);
    expect(paid(id)).toBe(1);
  });

  it("waits its turn by default", async () => {
    const { threadId, id } = await inTool();
    const next = await start(threadId, "read b", {}, other);
    expect(next.status).toBe("pending");
    at.release(id);
    await at.client.runs.join(threadId, next.run_id);
    expect((await saidIn(threadId)).filter((words) => words.startsWith("Heard"))).toEqual([
      `Heard: wait ${id} done`,
      "Heard: read b done",
    ]);
  });

  it.each(["interrupt", "rollback"] as const)("ends what is before it, by %s", async (multitaskStrategy) => {
    const { threadId, runId, id } = await inTool();
    const waiting = await start(threadId, "read never");
    const next = await start(threadId, "read next", { multitaskStrategy }, other);
    await at.client.runs.join(threadId, next.run_id);
    at.release(id);
    const said = await saidIn(threadId);
    expect(said.slice(-2)).toEqual(["read next done", "Heard: read next done"]);
    expect(said).not.toContain("read never");
    const runs = (await at.client.runs.list(threadId)).map(({ run_id, status }) => [run_id, status]);
    if (multitaskStrategy === "rollback") {
      expect(said[0]).toBe("read next");
      expect(runs).toEqual([[next.run_id, "success"]]);
    } else {
      expect(said[0]).toBe(`wait ${id}`);
      expect(runs).toEqual([
        [next.run_id, "success"],
        [waiting.run_id, "interrupted"],
        [runId, "interrupted"],
      ]);
    }
  });

  it("ends with the last of several who would each end the others", async () => {
    const { threadId, id } = await inTool();
    const runs = await Promise.all(
      [at, other, at, other].map((server, index) =>
        start(threadId, `read ${index}`, { multitaskStrategy: "interrupt" }, server),
      ),
    );
    at.release(id);
    await Promise.all(runs.map((run) => at.client.runs.join(threadId, run.run_id)));
    const [newest, ...before] = await at.client.runs.list(threadId);
    expect(newest?.status).toBe("success");
    expect(before.map(({ status }) => status)).not.toContain("running");
    expect(before.map(({ status }) => status)).not.toContain("pending");
  });

  it.each(["interrupt", "rollback"] as const)(
    "withdraws what is held, by %s, on the record; the agent is told, and nothing runs",
    async (multitaskStrategy) => {
      const { threadId, runId, id } = await behindHold();
      const next = await start(threadId, "read next", { multitaskStrategy });
      await at.client.runs.join(threadId, next.run_id);
      await nothingAtWork(threadId);
      expect((await reviewsOf(threadId)).map(({ status }) => status)).toEqual(["superseded"]);
      const said = await saidIn(threadId);
      expect(said.find((words) => words.includes("(superseded)"))).toContain("It was not executed.");
      expect(said.at(-1)).toBe("Heard: read next done");
      expect(paid(id)).toBe(0);
      const runs = await at.client.runs.list(threadId);
      if (multitaskStrategy === "interrupt") expect(await statusOf(threadId, runId)).toBe("interrupted");
      else expect(runs.map(({ run_id }) => run_id)).not.toContain(runId);
      const [review] = await reviewsOf(threadId);
      const late = { type: "approve", argsHash: review?.argsHash };
      expect(await request(`${at.url}/reviews/${review?.id}/decision`, { body: late })).toMatchObject({
        status: 409,
      });
      expect(await at.client.threads.get(threadId)).toMatchObject({ status: "idle", interrupts: {} });
    },
  );

  it("withdraws the call that is held beside a tool at work", async () => {
    const paying = randomUUID();
    const { threadId, id } = await inTool({}, `pay ${paying} 5; `);
    const next = await start(threadId, "read next", { multitaskStrategy: "interrupt" });
    at.release(id);
    await at.client.runs.join(threadId, next.run_id);
    expect((await reviewsOf(threadId)).map(({ status }) => status)).toEqual(["superseded"]);
    expect(paid(paying)).toBe(0);
    expect((await saidIn(threadId)).at(-1)).toBe("Heard: read next done");
    expect((await executionsOf(threadId)).filter(({ tool }) => tool === "wait")).toMatchObject([
      { epoch: 1 },
    ]);
  });
});

describe("a thread that was made for one run", () => {
  const gone = async (threadId: string) => {
    await at.runtime.runs.forgetTemporary(0);
    return (await request(`${at.url}/threads/${threadId}`)).status === 404;
  };

  it("is gone when the run has ended, and stays where its caller said so", async () => {
    const runs: { thread_id: string; run_id: string }[] = [];
    for (const on_completion of [undefined, "delete", "keep"]) {
      const body = { assistant_id: "support", ...say("read a"), on_completion };
      runs.push((await request(`${at.url}/runs`, { body })).body as (typeof runs)[number]);
    }
    for (const run of runs) await at.client.runs.join(run.thread_id, run.run_id);
    expect(await Promise.all(runs.map((run) => gone(run.thread_id)))).toEqual([true, true, false]);
  });

  it("stays as long as something is held in it, or at work", async () => {
    const id = randomUUID();
    const run = await at.client.runs.create(null, "support", say(`pay ${id} 5; wait ${id}`));
    await expect.poll(async () => (await executionsOf(run.thread_id)).length, { interval: 20 }).toBe(1);
    expect(await gone(run.thread_id)).toBe(false);
    await at.client.runs.cancel(run.thread_id, run.run_id, true);
    expect(await gone(run.thread_id)).toBe(false);
    at.release(id);
    await decide(run.thread_id);
    expect(paid(id)).toBe(1);
    expect(await gone(run.thread_id)).toBe(true);
    expect((await reviewsOf(run.thread_id)).map(({ status }) => status)).toEqual(["resumed"]);
    expect(await executionsOf(run.thread_id)).toHaveLength(2);
  });
});

describe("a run for a thread that is not there", () => {
  it("makes it where its caller says so, under that name, and for good", async () => {
    const threadId = randomUUID();
    await expect(start(threadId, "read a")).rejects.toMatchObject({ status: 404 });
    await at.client.runs.wait(threadId, "support", { ...say("read a"), ifNotExists: "create" });
    await at.runtime.runs.forgetTemporary(0);
    expect(await at.client.threads.get(threadId)).toMatchObject({ status: "idle" });
  });
});
