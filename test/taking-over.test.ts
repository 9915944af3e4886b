// A person leads a conversation in its agent's place, over real HTTP: the agent is silent, the customer's own client sees
// what the person wrote, and the agent goes on in the right order, knowing all of it.
import { randomUUID } from "node:crypto";
import { isHumanMessage, isToolMessage, type BaseMessage } from "@langchain/core/messages";
import type { Message } from "@langchain/langgraph-sdk";
import { useStream } from "@langchain/langgraph-sdk/react";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createAccess } from "../src/access/access.js";
import { newKey } from "../src/access/keys.js";
import { loadAccess } from "../src/access/load-access.js";
import { accessGate } from "../src/http/gate.js";
import { scriptedModel } from "../src/index.js";
import { obedient } from "./support/agent.js";
import { request, say, serve, type Served } from "./support/http.js";
import { testDatabase } from "./support/database.js";
import { mount, type Mounted } from "./support/react.js";

/** What the model was shown, call by call. */
const asked: (readonly BaseMessage[])[] = [];
const recording = scriptedModel("recording", (messages) => {
  asked.push(messages);
  return obedient(messages);
});

const desk = { anna: newKey(), ben: newKey(), chat: newKey() };
const document = loadAccess(
  `keys:
  - { id: anna, kind: person, roles: [reviewer], sha256: "${desk.anna.sha256}" }
  - { id: ben, kind: person, roles: [reviewer], sha256: "${desk.ben.sha256}" }
  - { id: chat, sha256: "${desk.chat.sha256}" }`,
  "access.yaml",
);
const access = createAccess(document, { now: () => new Date(), cooldownMs: 0 });

let at: Served;
beforeAll(async () => {
  at = await serve(await testDatabase(), { model: recording });
});
afterAll(() => at.stop());
beforeEach(() => void asked.splice(0));

async function newThread(...words: string[]): Promise<string> {
  const { thread_id: threadId } = await at.client.threads.create();
  for (const one of words) await at.client.runs.wait(threadId, "support", say(one));
  asked.splice(0);
  return threadId;
}

async function lead(threadId: string, act: "take-over" | "messages" | "hand-back", body: object = {}) {
  const answer = await request(`${at.url}/threads/${threadId}/${act}`, { body });
  expect(answer.body).toMatchObject(answer.status === 200 ? {} : { status: 200 });
  return answer.body;
}

async function decide(threadId: string, type = "approve"): Promise<void> {
  const { items } = await at.runtime.reviews.list("default", { threadId, status: "open", limit: 1 });
  const { status } = await request(`${at.url}/reviews/${items[0]?.id}/decision`, {
    body: { type, argsHash: items[0]?.argsHash },
  });
  expect(status).toBe(200);
  await at.runtime.waitForThread("default", threadId);
}

/** What a client of LangGraph's finds said, in its order. */
async function saidIn(threadId: string): Promise<[string, string][]> {
  const { values } = await at.client.threads.getState<{ messages: Message[] }>(threadId);
  return values.messages.map(({ type, content }) => [type, String(content)]);
}

const shownToModel = (messages: readonly BaseMessage[] = []): [string, string][] =>
  messages.map((message) => [message.getType(), message.text]);

describe("while a person leads a conversation", () => {
  it("what the customer says is kept and shown, its run succeeds, and the agent is silent", async () => {
    const threadId = await newThread("read a");
    await lead(threadId, "take-over");
    const result = (await at.client.runs.wait(threadId, "support", say("Is anybody there?"))) as {
      messages: Message[];
    };
    expect(result.messages.at(-1)).toMatchObject({ type: "human", content: "Is anybody there?" });
    const [run] = await at.client.runs.list(threadId);
    expect(run?.status).toBe("success");
    expect(asked).toEqual([]);
    expect((await at.client.threads.get(threadId)).status).toBe("idle");
  });

  it("what the person writes is a message of the assistant's that says who wrote it, in state, history and values", async () => {
    const threadId = await newThread("read a");
    await lead(threadId, "take-over");
    const { id } = await lead(threadId, "messages", { text: "This is Anna. I have your parcel." });
    const expected = {
      id,
      type: "ai",
      content: "This is Anna. I have your parcel.",
      additional_kwargs: { holdpoint: { writtenBy: "local" } },
    };
    const last = ({ messages }: { messages: Message[] }) => messages.at(-1);
    const state = await at.client.threads.getState<{ messages: Message[] }>(threadId);
    expect(last(state.values)).toMatchObject(expected);
    const [newest, ...older] = await at.client.threads.getHistory<{ messages: Message[] }>(threadId);
    expect(last(newest?.values ?? { messages: [] })).toMatchObject(expected);
    // What was before it stays as it was.
    expect(JSON.stringify(older)).not.toContain("This is Anna.");
    const thread = await at.client.threads.get<{ messages: Message[] }>(threadId);
    expect(last(thread.values)).toMatchObject(expected);
    expect(asked).toEqual([]);
  });

  it("what is said and written is streamed to whoever watches the thread", async () => {
    const threadId = await newThread();
    const streamed = at.client.runs.stream(threadId, "support", {
      ...say("read a"),
      streamMode: ["values", "messages-tuple"],
    });
    for await (const _ of streamed);
    const stop = new AbortController();
    const response = await fetch(`${at.url}/threads/${threadId}/stream`, { signal: stop.signal });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let heard = "";
    const hear = async (pattern: RegExp): Promise<void> => {
      while (!pattern.test(heard)) heard += (await reader?.read())?.value ?? "";
    };
    await lead(threadId, "take-over");
    await lead(threadId, "messages", { text: "One moment, please." });
    await hear(/^event: messages\ndata: .*One moment, please\./m);
    await hear(/^event: values\ndata: .*One moment, please\./m);
    expect(asked.length).toBe(2);
    stop.abort();
  });

  it("sent again with the same id, a message is the same message", async () => {
    const threadId = await newThread("read a");
    await lead(threadId, "take-over");
    const id = randomUUID();
    await lead(threadId, "messages", { text: "Once.", id });
    await lead(threadId, "messages", { text: "Once.", id });
    expect((await saidIn(threadId)).filter(([, text]) => text === "Once.")).toHaveLength(1);
  });

  it("holds stay open and are decided; the call runs, and the model is not asked before it is handed back", async () => {
    const id = randomUUID();
    const threadId = await newThread(`pay ${id} 5`);
    await lead(threadId, "take-over");
    await at.client.runs.wait(threadId, "support", say("Hello?"));
    await lead(threadId, "messages", { text: "On its way." });
    const before = await at.client.threads.getState<{ messages: Message[] }>(threadId);
    expect(before.tasks.flatMap(({ interrupts }) => interrupts)).toHaveLength(1);
    // Her message was told in a run of its own.
    await expect.poll(async () => (await at.client.threads.get(threadId)).status).toBe("interrupted");
    await decide(threadId);
    expect(at.effects.of("pay").filter((args) => args["id"] === id)).toHaveLength(1);
    expect(asked).toEqual([]);
    const order: [string, string][] = [
      ["human", `pay ${id} 5`],
      ["ai", "On it."],
      ["tool", `pay ${id} done`],
      ["human", "Hello?"],
      ["ai", "On its way."],
    ];
    expect(await saidIn(threadId)).toEqual(order);

    await lead(threadId, "hand-back");
    await at.runtime.waitForThread("default", threadId);
    expect(asked).toHaveLength(1);
    expect(shownToModel(asked[0])).toEqual(order);
    expect((await saidIn(threadId)).slice(0, -1)).toEqual(order);
  });
});

describe("taken over in the middle of its work", () => {
  it("the agent ends what its tools do, and says no more", async () => {
    const gate = randomUUID();
    const { thread_id: threadId } = await at.client.threads.create();
    const run = await at.client.runs.create(threadId, "support", say(`wait ${gate}`));
    await expect.poll(() => asked.length).toBe(1);
    await lead(threadId, "take-over");
    at.release(gate);
    await at.client.runs.join(threadId, run.run_id);
    expect((await saidIn(threadId)).at(-1)).toEqual(["tool", `wait ${gate} done`]);
    expect(asked).toHaveLength(1);
    await lead(threadId, "hand-back");
    await at.runtime.waitForThread("default", threadId);
    expect((await saidIn(threadId)).at(-1)).toEqual(["ai", `Heard: wait ${gate} done`]);
  });
});

describe("handed back", () => {
  it("a note written while something waits is heard in the turn that follows it, and asks for no second one", async () => {
    const threadId = await newThread(`pay ${randomUUID()} 5`);
    await lead(threadId, "take-over");
    await lead(threadId, "hand-back", { note: "Be brief." });
    await decide(threadId);
    await expect.poll(() => at.client.runs.list(threadId, { status: "pending" })).toEqual([]);
    await at.runtime.waitForThread("default", threadId);
    expect(asked.map((messages) => messages[0]?.text.includes("Be brief."))).toEqual([true]);
  });

  it("the agent answers the customer who spoke last, and was shown all that was said, in its order and once", async () => {
    const threadId = await newThread("read a");
    await lead(threadId, "take-over");
    await lead(threadId, "messages", { text: "Anna here." });
    await at.client.runs.wait(threadId, "support", say("Hello Anna."));
    await lead(threadId, "messages", { text: "The agent goes on." });
    await at.client.runs.wait(threadId, "support", say("read b"));
    const before = await saidIn(threadId);
    await lead(threadId, "hand-back");
    await at.runtime.waitForThread("default", threadId);
    expect(shownToModel(asked[0])).toEqual(before);
    expect(before.slice(-4)).toEqual([
      ["ai", "Anna here."],
      ["human", "Hello Anna."],
      ["ai", "The agent goes on."],
      ["human", "read b"],
    ]);
    expect((await saidIn(threadId)).at(-1)).toEqual(["ai", "Heard: read b done"]);
    await at.client.runs.wait(threadId, "support", say("read c"));
    const all = (await saidIn(threadId)).map(([, text]) => text);
    expect(all.filter((text) => text === "Anna here.")).toHaveLength(1);
  });

  it("the thread rests where the person spoke last, and the next thing the customer says comes behind it", async () => {
    const threadId = await newThread("read a");
    await lead(threadId, "take-over");
    await lead(threadId, "messages", { text: "All is settled." });
    await lead(threadId, "hand-back");
    await at.runtime.waitForThread("default", threadId);
    expect(asked).toEqual([]);
    await at.client.runs.wait(threadId, "support", say("read b"));
    expect(shownToModel(asked[0]).slice(-2)).toEqual([
      ["ai", "All is settled."],
      ["human", "read b"],
    ]);
    expect((await saidIn(threadId)).map(([, text]) => text).slice(4)).toEqual([
      "All is settled.",
      "read b",
      "On it.",
      "read b done",
      "Heard: read b done",
    ]);
  });

  it("a note for the agent lets it go on, and is seen by the model and by nobody who chats", async () => {
    const threadId = await newThread("read a");
    await lead(threadId, "take-over");
    await lead(threadId, "messages", { text: "I looked into it." });
    await lead(threadId, "hand-back", { note: "Offer a voucher." });
    await at.runtime.waitForThread("default", threadId);
    expect(asked).toHaveLength(1);
    expect(shownToModel(asked[0])[0]?.[1]).toContain("Their note for you: Offer a voucher.");
    expect(JSON.stringify(await at.client.threads.getHistory(threadId))).not.toContain("voucher");
  });

  it("while something waits, the agent's turn comes with the last decision, once", async () => {
    const id = randomUUID();
    const threadId = await newThread(`pay ${id} 5`);
    await lead(threadId, "take-over");
    await at.client.runs.wait(threadId, "support", say("read b"));
    await lead(threadId, "hand-back");
    await at.client.runs.create(threadId, "support", say("read c"));
    expect(asked).toEqual([]);
    // Her message was told in a run of its own.
    await expect.poll(async () => (await at.client.threads.get(threadId)).status).toBe("interrupted");
    await decide(threadId);
    await at.runtime.waitForThread("default", threadId);
    const [first] = asked;
    expect(shownToModel(first).map(([, text]) => text)).toEqual([
      `pay ${id} 5`,
      "On it.",
      `pay ${id} done`,
      "read b",
    ]);
    expect((await saidIn(threadId)).at(-1)).toEqual(["ai", "Heard: read c done"]);
  });
});

describe("two people", () => {
  it("do not lead at once: the second is told who does, and may take it from them by name", async () => {
    const own = await serve(await testDatabase(), { model: recording, gate: accessGate(() => access) });
    const as = (who: keyof typeof desk, path: string, body: object = {}) =>
      request(`${own.url}${path}`, { body, headers: { "x-api-key": desk[who].key } });
    const { body: thread } = await as("chat", "/threads");
    const path = `/threads/${String(thread["thread_id"])}`;
    await as("chat", `${path}/runs/wait`, { assistant_id: "support", ...say("read a") });

    expect((await as("chat", `${path}/take-over`)).body["code"]).toBe("access_forbidden");
    expect((await as("ben", `${path}/messages`, { text: "Hi" })).body["code"]).toBe("thread_not_taken_over");
    const raced = await Promise.all([as("anna", `${path}/take-over`), as("ben", `${path}/take-over`)]);
    expect(raced.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
    const second = raced[0].status === 409 ? "anna" : "ben";
    const first = second === "ben" ? "anna" : "ben";
    const refused = raced.find(({ status }) => status === 409);
    expect(refused?.body).toMatchObject({ code: "thread_taken_over", takenBy: `key:${first}` });
    expect((await as(second, `${path}/messages`, { text: "Hi" })).body["code"]).toBe("thread_taken_over");
    expect((await as(second, `${path}/hand-back`)).body["code"]).toBe("thread_taken_over");
    expect((await as(first, `${path}/take-over`)).status).toBe(200);

    expect((await as(second, `${path}/take-over`, { from: "key:somebody else" })).status).toBe(409);
    expect((await as(second, `${path}/take-over`, { from: `key:${first}` })).body).toMatchObject({
      by: { id: `key:${second}` },
    });
    expect((await as(first, `${path}/messages`, { text: "Still me?" })).body["code"]).toBe(
      "thread_taken_over",
    );
    await as("chat", `${path}/runs/wait`, { assistant_id: "support", ...say("pay z 5") });
    expect((await as(second, `${path}/hand-back`)).status).toBe(200);
    const held = async () =>
      (await own.runtime.reviews.list("default", { status: "open", limit: 1 })).items[0];
    await expect.poll(held).toBeDefined();
    // The agent goes on for who chats, and not in the name of who handed it back.
    expect((await held())?.requestedBy.id).toBe("key:chat");
    expect((await as(second, `${path}/hand-back`)).body["code"]).toBe("thread_not_taken_over");
    await own.stop();
  });
});

describe("a page with useStream", () => {
  const pages: Mounted<ReturnType<typeof useChat>>[] = [];
  afterEach(() => pages.splice(0).forEach((page) => page.unmount()));
  const useChat = (threadId: string) => {
    const page = useStream<{ messages: Message[] }>({
      apiUrl: at.url,
      assistantId: "support",
      threadId,
      fetchStateHistory: true,
      callerOptions: { maxRetries: 0 },
    });
    return { page, says: page.messages.map(({ content }) => String(content)) };
  };

  it("shows what the person wrote with the customer's next message, and after a reload", async () => {
    const threadId = await newThread("read a");
    await lead(threadId, "take-over");
    const chat = mount(() => useChat(threadId));
    pages.push(chat);
    await chat.until(({ says }) => says.at(-1) === "Heard: read a done");
    await lead(threadId, "messages", { text: "Anna here." });
    await chat.now.page.submit({ messages: [{ type: "human", content: "Good." }] });
    await chat.until(
      ({ says, page }) => !page.isLoading && says.at(-1) === "Good." && says.at(-2) === "Anna here.",
    );
    const again = mount(() => useChat(threadId));
    pages.push(again);
    await again.until(({ says }) => says.slice(-2).join() === "Anna here.,Good.");
    expect(asked).toEqual([]);
  });
});

describe("what is kept", () => {
  it("is one message each for the model even where calls were concluded while the person wrote", async () => {
    const threadId = await newThread("pay x 1; pay y 2");
    await lead(threadId, "take-over");
    await lead(threadId, "messages", { text: "First." });
    await decide(threadId);
    await lead(threadId, "messages", { text: "Second." });
    await decide(threadId);
    await lead(threadId, "messages", { text: "Third." });
    expect(asked).toEqual([]);
    await lead(threadId, "hand-back");
    await at.runtime.waitForThread("default", threadId);
    expect(shownToModel(asked[0])).toEqual([
      ["human", "pay x 1; pay y 2"],
      ["ai", "On it."],
      ["tool", "pay x done"],
      ["tool", "pay y done"],
      ["ai", "First."],
      ["ai", "Second."],
      ["ai", "Third."],
    ]);
    const last = asked[0]?.findLastIndex((message) => isToolMessage(message)) ?? 0;
    expect(asked[0]?.slice(last).some((message) => isHumanMessage(message))).toBe(false);
  });
});
