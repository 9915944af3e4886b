// A thread as people read it, over real HTTP: what was said, and every call with its review, decision and outcome.
import { randomUUID } from "node:crypto";
import { AIMessage } from "@langchain/core/messages";
import { interrupt, MessagesAnnotation, START, StateGraph } from "@langchain/langgraph";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { storyMarkSchema, storySchema, type Story } from "../src/http/contract.js";
import { request, say, serve, type Served } from "./support/http.js";
import { testDatabase } from "./support/database.js";

const asking = new StateGraph(MessagesAnnotation)
  .addNode("ask", () => ({ messages: [new AIMessage(`You said ${String(interrupt("Which one?"))}.`)] }))
  .addEdge(START, "ask")
  .compile();

let at: Served;
let url: string;
beforeAll(async () => {
  url = await testDatabase();
  at = await serve(url, { plain: { asking } });
});
afterAll(() => at.stop());

async function story(threadId: string, query = ""): Promise<Story> {
  const { status, body } = await request(`${at.url}/threads/${encodeURIComponent(threadId)}/story${query}`);
  expect(status).toBe(200);
  return storySchema.parse(body);
}

async function newThread(): Promise<string> {
  return (await at.client.threads.create()).thread_id;
}

async function decide(threadId: string, type: string, more: object = {}): Promise<void> {
  const { items } = await at.runtime.reviews.list("default", { threadId, status: "open", limit: 1 });
  await request(`${at.url}/reviews/${items[0]?.id}/decision`, {
    body: { type, argsHash: items[0]?.argsHash, ...more },
  });
  await at.runtime.waitForThread("default", threadId);
}

const saidIn = ({ turns }: Story): [string, string][] => turns.map(({ who, text }) => [who, text]);

describe("the story of a thread", () => {
  it("is the conversation with each call in its place: why it was held, who decided what and why, what came of it", async () => {
    const threadId = await newThread();
    await at.client.runs.wait(threadId, "support", say("read a; pay a 5"));
    const held = await story(threadId);
    expect(saidIn(held)).toEqual([
      ["user", "read a; pay a 5"],
      ["agent", "On it."],
    ]);
    const [read, pay] = held.turns[1]?.calls ?? [];
    expect(read).toMatchObject({
      tool: "read",
      args: { id: "a" },
      record: { route: "execute", holds: [], execution: { state: "succeeded", result: "read a done" } },
    });
    expect(pay?.record).toMatchObject({
      holds: [{ kind: "review", status: "open", level: "high", decision: null }],
      execution: null,
    });
    expect(pay?.record?.reasons[0]?.text).toContain("cannot be undone");
    expect(held.waiting).toEqual([]);

    await decide(threadId, "approve", { reason: "Seen the invoice." });
    const over = await story(threadId);
    expect(saidIn(over).at(-1)).toEqual(["agent", "Heard: read a done | pay a done"]);
    expect(over.total).toBe(3);
    expect(over.turns[1]?.calls[1]).toMatchObject({
      answer: { text: "pay a done", isError: false },
      record: {
        holds: [{ decision: { type: "approve", reason: "Seen the invoice.", decidedBy: { id: "local" } } }],
        execution: { state: "succeeded", result: "pay a done" },
      },
    });
  });

  it("is read page by page from the newest, each turn at its place", async () => {
    const threadId = await newThread();
    for (const n of [1, 2, 3, 4]) await at.client.runs.wait(threadId, "support", say(`read ${n}`));
    const newest = await story(threadId, "?limit=5");
    expect(newest.total).toBe(12);
    expect(newest.turns.map(({ index }) => index)).toEqual([7, 8, 9, 10, 11]);
    const before = await story(threadId, "?limit=5&before=7");
    expect(before.turns.map(({ index }) => index)).toEqual([2, 3, 4, 5, 6]);
    expect((await story(threadId, "?limit=5&before=2")).turns.map(({ index }) => index)).toEqual([0, 1]);
    expect((await story(threadId, "?before=0")).turns).toEqual([]);
    expect((await story(threadId, "?limit=200&before=2000000")).turns).toHaveLength(12);
  });

  it("of a graph that knows nothing of Holdpoint is its messages, and the question that waits at its end", async () => {
    const threadId = await newThread();
    await at.client.runs.wait(threadId, "asking", say("Help me."));
    const asks = await story(threadId);
    expect(saidIn(asks)).toEqual([["user", "Help me."]]);
    expect(asks.waiting).toMatchObject([{ kind: "question", status: "open" }]);
    await decide(threadId, "respond", { value: "the red one" });
    const answered = await story(threadId);
    expect(saidIn(answered).at(-1)).toEqual(["agent", "You said the red one."]);
    expect(answered.waiting).toEqual([]);
  });

  it("of an empty thread is empty, and of none at all is a 404", async () => {
    expect(await story(await newThread())).toMatchObject({ total: 0, turns: [], waiting: [] });
    expect((await request(`${at.url}/threads/${randomUUID()}/story`)).body["code"]).toBe("not_found");
    expect((await request(`${at.url}/threads/${randomUUID()}/story/events`)).body["code"]).toBe("not_found");
  });

  it("of a thread that a host keeps is its calls, and says that the conversation is elsewhere", async () => {
    const admin = new pg.Client({ connectionString: url });
    await admin.connect();
    await admin.query(`insert into holdpoint.actions (action_id, tenant_id, thread_id, graph_id, message_id, call_index, call_id,
        tool, args, args_hash, route, assessment, requested_by, created_at)
      select 'hosted-' || n, 'default', 'at a host', 'support', 'm' || n, 0, 'c' || n, 'pay', '{}', 'h', 'approve', '{"reasons":[]}',
        '{"id":"x","kind":"person"}', now() + make_interval(secs => n) from generate_series(1, 3) n`);
    await admin.end();
    const { thread, turns, total } = await story("at a host", "?limit=2");
    expect(thread).toMatchObject({ graphId: "support", isKeptHere: false });
    expect(total).toBe(3);
    expect(turns.map(({ index, calls }) => [index, calls[0]?.callId])).toEqual([
      [1, "c2"],
      [2, "c3"],
    ]);
  });

  it("is told to have changed when its agent works, somebody decides, and the outcome is in", async () => {
    const threadId = await newThread();
    await at.client.runs.wait(threadId, "support", say("pay b 5"));
    const stop = new AbortController();
    const response = await fetch(`${at.url}/threads/${threadId}/story/events`, { signal: stop.signal });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let heard = "";
    const marks = () =>
      [...heard.matchAll(/^data: (.*)$/gm)].map(([, data = ""]) => storyMarkSchema.parse(JSON.parse(data)));
    const until = async (isThere: () => boolean): Promise<void> => {
      while (!isThere()) heard += (await reader?.read())?.value ?? "";
    };
    await until(() => marks().length === 1);
    expect(marks()[0]?.isAtWork).toBe(false);
    await decide(threadId, "approve");
    await until(() => marks().length > 1 && marks().at(-1)?.isAtWork === false);
    expect(saidIn(await story(threadId)).at(-1)).toEqual(["agent", "Heard: pay b done"]);
    stop.abort();
  });
});
