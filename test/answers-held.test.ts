// Answers that a person releases before anybody reads them: they stand nowhere that whoever chats can look.
import { AIMessage, AIMessageChunk, HumanMessage, isHumanMessage } from "@langchain/core/messages";
import { ChatOpenAI } from "@langchain/openai";
import { LLMock } from "@copilotkit/aimock";
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { scriptedModel, type Model, type Script } from "../src/index.js";
import { grantLease, leaseKey } from "../src/kernel/lease.js";
import { agentNode } from "../src/nodes/agent.js";
import { createHeardCalls } from "../src/nodes/heard-calls.js";
import { replyTools } from "../src/tools/built-in/reply.js";
import { testDatabase } from "./support/database.js";
import { request, say, serve, type Served } from "./support/http.js";

/** It echoes: what it is told is its answer. "again" is answered with what it reads of what became of its last answer. */
const heard: string[] = [];
let models = 0;
const script: Script = (messages, answerSchema) => {
  models += 1;
  const asked = messages.findLast((message) => isHumanMessage(message))?.text ?? "";
  if (answerSchema === "draft_blocks" && asked.includes("Answer to the price"))
    return {
      text: JSON.stringify({ blocks: [{ kind: "confident", text: "It costs 99 EUR.", note: null }] }),
    };
  if (answerSchema === "draft_blocks")
    return { text: JSON.stringify({ blocks: [{ kind: "uncertain", text: "Perhaps.", note: "?" }] }) };
  const last = messages.at(-1);
  if (asked !== "for ever" && last?.getType() === "tool") {
    heard.push(JSON.stringify(messages.slice(-2).map((message) => message.toDict())));
    return { text: "A better answer." };
  }
  if (asked === "for ever") return { text: "Your password." };
  if (asked.startsWith("do "))
    return { text: `Secret words beside ${asked}.`, calls: [{ tool: "read", args: { id: "1" } }] };
  return { text: `Answer to ${asked}` };
};
const model = scriptedModel("echo", script);

let released: Served;
let ruled: Served;
let drafted: Served;
let timed: Served;
beforeAll(async () => {
  released = await serve(await testDatabase(), { model, answers: "released" });
  drafted = await serve(await testDatabase(), { model, answers: "drafted" });
  timed = await serve(await testDatabase(), {
    model,
    answers: "released",
    policy: "tiers:\n  desk: { roles: [desk], respond: 1h }\n",
  });
  ruled = await serve(await testDatabase(), {
    model,
    policy: `
rules:
  - { id: complaint, when: "tool == 'reply' && args.text.contains('lawyer')", tier: lead, reason: A complaint. }
  - { id: never, when: "tool == 'reply' && args.text.contains('password')", verdict: deny, reason: No passwords. }
  - { id: large, when: "args.amount > 1000" }
tiers:
  desk: { roles: [desk] }
  lead: { roles: [lead] }
`,
  });
}, 120_000);
afterAll(() => Promise.all([released.stop(), ruled.stop(), drafted.stop(), timed.stop()]));

async function asked(at: Served, words: string) {
  const { thread_id: threadId } = await at.client.threads.create();
  const values = await at.client.runs.wait(threadId, "support", say(words));
  const { body } = await request(`${at.url}/reviews?thread_id=${threadId}`);
  const [review] = body["items"] as {
    id: string;
    kind: string;
    args: object;
    argsHash: string;
    tier: string;
  }[];
  return { threadId, values, review };
}
const messagesOf = async (at: Served, threadId: string) => {
  const { values } = await at.client.threads.getState<{
    messages: { type: string; content: string; id: string }[];
  }>(threadId);
  return values.messages.map(({ type, content }) => [type, content]);
};
const decide = (at: Served, id: string, body: object) =>
  request(`${at.url}/reviews/${id}/decision`, { body });

describe("an answer that is released first", () => {
  it("stands nowhere in the chat before, by no way of looking, and is a message after", async () => {
    const secret = randomUUID();
    const { thread_id: threadId } = await released.client.threads.create();
    const pieces: unknown[] = [];
    const modes = [
      "values",
      "updates",
      "messages",
      "messages-tuple",
      "events",
      "debug",
      "tasks",
      "checkpoints",
      "custom",
    ] as const;
    for await (const piece of released.client.runs.stream(threadId, "support", {
      ...say(secret),
      streamMode: [...modes],
    }))
      pieces.push(piece);
    const [state, history, thread, runs] = await Promise.all([
      released.client.threads.getState(threadId),
      released.client.threads.getHistory(threadId),
      released.client.threads.get(threadId),
      released.client.runs.list(threadId),
    ]);
    expect(pieces.length).toBeGreaterThan(10);
    expect(JSON.stringify(pieces)).toContain("holdpoint:reply");
    expect(JSON.stringify([pieces, state, history, thread, runs])).not.toContain("Answer to");
    expect(thread.status).toBe("interrupted");

    const { body } = await request(`${released.url}/reviews?thread_id=${threadId}`);
    const [review] = body["items"] as { id: string; kind: string; args: object; argsHash: string }[];
    expect(review).toMatchObject({ kind: "reply", args: { text: `Answer to ${secret}` } });
    const before = models;
    await decide(released, review?.id ?? "", { type: "approve", argsHash: review?.argsHash });
    await released.runtime.waitForThread("default", threadId);
    expect(await messagesOf(released, threadId)).toEqual([
      ["human", secret],
      ["ai", `Answer to ${secret}`],
    ]);
    // It is said, and nothing more is asked of the model.
    expect(models).toBe(before);
    const executions = await request(`${released.url}/executions?thread_id=${threadId}`);
    expect(executions.body["items"]).toMatchObject([
      { tool: "reply", state: "succeeded", argsHash: review?.argsHash },
    ]);
  });

  it("is said as it was edited", async () => {
    const { threadId, review } = await asked(released, "hello");
    await decide(released, review?.id ?? "", {
      type: "edit",
      argsHash: review?.argsHash,
      args: { text: "My words." },
    });
    await released.runtime.waitForThread("default", threadId);
    expect(await messagesOf(released, threadId)).toEqual([
      ["human", "hello"],
      ["ai", "My words."],
    ]);
  });

  it("is told to its agent where it was rejected, with its words, which the chat never shows; the next one waits, too", async () => {
    const { threadId, review } = await asked(released, "tell me");
    await decide(released, review?.id ?? "", {
      type: "reject",
      argsHash: review?.argsHash,
      reason: "Be kinder",
    });
    await released.runtime.waitForThread("default", threadId);
    expect(heard.at(-1)).toContain("Answer to tell me");
    expect(heard.at(-1)).toContain("Be kinder. Nobody has read it.");
    expect(JSON.stringify(await released.client.threads.getHistory(threadId))).not.toContain(
      "Answer to tell me",
    );
    const { body } = await request(`${released.url}/reviews?thread_id=${threadId}&status=open`);
    const [next] = body["items"] as { id: string; args: object; argsHash: string }[];
    expect(next?.args).toEqual({ text: "A better answer." });
    await decide(released, next?.id ?? "", { type: "approve", argsHash: next?.argsHash });
    await released.runtime.waitForThread("default", threadId);
    expect((await messagesOf(released, threadId)).at(-1)).toEqual(["ai", "A better answer."]);
  });

  it("makes way for new words that interrupt it: it is withdrawn, and only they are answered", async () => {
    const { threadId, review } = await asked(released, "first");
    const run = await released.client.runs.create(threadId, "support", {
      ...say("second"),
      multitaskStrategy: "interrupt",
    });
    await released.client.runs.join(threadId, run.run_id);
    expect((await request(`${released.url}/reviews/${review?.id}`)).body["status"]).toBe("superseded");
    const { body } = await request(`${released.url}/reviews?thread_id=${threadId}&status=open`);
    expect((body["items"] as { args: object }[]).map(({ args }) => args)).toEqual([
      { text: "Answer to second" },
    ]);
    expect(await messagesOf(released, threadId)).toEqual([
      ["human", "first"],
      ["ai", "An answer was written, and withdrawn before anybody released it."],
      ["human", "second"],
    ]);
  });

  it("is not decided from the chat, where nobody can have read it", async () => {
    const { threadId, review } = await asked(released, "hello");
    await expect(
      released.client.runs.wait(threadId, "support", { command: { resume: { type: "approve" } } }),
    ).rejects.toThrow(/answer_not_allowed|released where/);
    expect((await request(`${released.url}/reviews/${review?.id}`)).body["status"]).toBe("open");
  });

  it("of a thread that is copied is asked for anew, and nothing of the first is said", async () => {
    const { threadId } = await asked(released, "copy me");
    const copy = await released.client.threads.copy(threadId);
    const values = await released.client.runs.wait(copy.thread_id, "support", say("go on"));
    expect(JSON.stringify(values)).not.toContain("Answer to");
    const { body } = await request(`${released.url}/reviews?thread_id=${copy.thread_id}`);
    expect(body["items"]).toHaveLength(1);
  });

  it("is in no checkpoint that the thread or its copy is read from, and from an older one nothing goes on past it", async () => {
    const { threadId, review } = await asked(released, "go back");
    const { threads, runs } = released.client;
    const copy = await threads.copy(threadId);
    const history = await threads.getHistory(threadId, { limit: 100 });
    expect(history.map(({ next }) => next)).toEqual([["reply"], ["agent"], ["__start__"]]);
    const past = await Promise.all(
      history.map(({ checkpoint }) => threads.getState(threadId, checkpoint, { subgraphs: true })),
    );
    const copied = await Promise.all([threads.getState(copy.thread_id), threads.getHistory(copy.thread_id)]);
    expect(JSON.stringify([history, past, copied])).not.toContain("Answer to");
    for (const { checkpoint } of history.slice(1))
      await expect(
        runs.wait(threadId, "support", {
          ...say("go on"),
          checkpointId: checkpoint.checkpoint_id ?? "",
        }),
      ).rejects.toThrow("thread_has_open_holds");
    expect((await request(`${released.url}/reviews/${review?.id}`)).body["status"]).toBe("open");
    expect(await messagesOf(released, threadId)).toEqual([["human", "go back"]]);
  });

  it("takes the words with it that a model says beside its calls", async () => {
    const { threadId, values } = await asked(released, "do it");
    expect(JSON.stringify(values)).not.toContain("Secret words");
    expect(JSON.stringify(await messagesOf(released, threadId))).toContain("read 1 done");
  });

  it("that nobody releases in time is not said; the conversation says so and rests, and no other is asked for", async () => {
    const { threadId, review } = await asked(timed, "hello");
    const before = models;
    await timed.runtime.db.pool.query(
      "update holdpoint.reviews set expires_at = now() - interval '1 millisecond' where review_id = $1",
      [review?.id],
    );
    await expect
      .poll(async () => (await request(`${timed.url}/reviews/${review?.id}`)).body["status"])
      .toBe("expired");
    await expect
      .poll(() => messagesOf(timed, threadId))
      .toEqual([
        ["human", "hello"],
        ["ai", "An answer was written, and nobody released it in time."],
      ]);
    await timed.runtime.waitForThread("default", threadId);
    expect((await timed.client.threads.get(threadId)).status).toBe("idle");
    expect(models).toBe(before);
  });

  it("is on record for whoever takes its run up, and is not asked for anew", async () => {
    const threadId = randomUUID();
    const { reviews } = released.runtime;
    const agent = released.runtime.agents.get("support");
    if (!agent) throw new Error("No agent is served.");
    const newId = randomUUID;
    const { policy } = agent;
    const tools = replyTools("released");
    const answers = { graphId: "support", tools, policy, store: reviews, newId, mode: "released" as const };
    const node = agentNode({
      model,
      tools: new Map(),
      instructions: null,
      letters: null,
      newId,
      store: reviews,
      rationales: new Map(),
      heard: createHeardCalls(),
      answers,
    });
    const principal = { id: "mara", kind: "person" as const, roles: [], tenant: "default" };
    const attempt = (runId: string, epoch: number) =>
      node(
        { messages: [new HumanMessage({ id: "m1", content: "hello" })], routed: [], answer: null },
        {
          configurable: {
            thread_id: threadId,
            checkpoint_ns: "agent:1",
            [leaseKey]: grantLease({ tenant: "default", threadId, principal, run: { id: runId, epoch } }),
          },
        },
      );
    const runId = randomUUID();
    const before = models;
    const first = await attempt(runId, 1);
    expect(await attempt(runId, 2)).toEqual(first);
    expect(models).toBe(before + 1);
    // Another run, as of somebody who asks for another answer, has one of its own.
    expect((await attempt(randomUUID(), 1)).answer?.messageId).not.toBe(first.answer?.messageId);
  });

  it("that waits while more is said is released first, and what was said is answered then", async () => {
    const { threadId, review } = await asked(released, "one");
    await released.client.runs.create(threadId, "support", say("two"));
    await decide(released, review?.id ?? "", { type: "approve", argsHash: review?.argsHash });
    await released.runtime.waitForThread("default", threadId);
    const { body } = await request(`${released.url}/reviews?thread_id=${threadId}&status=open`);
    expect(body["items"]).toMatchObject([{ args: { text: "Answer to two" } }]);
    expect(await messagesOf(released, threadId)).toEqual([
      ["human", "one"],
      ["ai", "Answer to one"],
      ["human", "two"],
    ]);
  });
});

describe("an answer that a rule is about", () => {
  it("waits where the rule says so, for whom it says; all others are said at once", async () => {
    const held = await asked(ruled, "my lawyer");
    expect(held.review).toMatchObject({ kind: "reply", tier: "lead", reasons: [{ rule: "complaint" }] });
    const free = await asked(ruled, "my order");
    expect(free.review).toBeUndefined();
    expect(await messagesOf(ruled, free.threadId)).toEqual([
      ["human", "my order"],
      ["ai", "Answer to my order"],
    ]);
  });

  it("is never said where the rule forbids it, and its agent writes another one", async () => {
    const { threadId, review } = await asked(ruled, "your password");
    expect(review).toBeUndefined();
    expect(JSON.stringify(await ruled.client.threads.getHistory(threadId))).not.toContain(
      "Answer to your password",
    );
    expect((await messagesOf(ruled, threadId)).at(-1)).toEqual(["ai", "A better answer."]);
  });
});

describe("an agent that writes what is forbidden, again and again", () => {
  it("is asked for no more than five answers; the conversation says so, rests, and begins anew with the next words", async () => {
    const before = models;
    const { threadId } = await asked(ruled, "for ever");
    expect(models).toBe(before + 5);
    expect((await messagesOf(ruled, threadId)).at(-1)).toEqual([
      "ai",
      "Answers were written, and the policy allows none of them.",
    ]);
    expect((await ruled.client.threads.get(threadId)).status).toBe("idle");
    await ruled.client.runs.wait(threadId, "support", say("my order"));
    expect((await messagesOf(ruled, threadId)).at(-1)).toEqual(["ai", "Answer to my order"]);
    const told = JSON.stringify(await ruled.client.threads.getHistory(threadId));
    expect(told).not.toContain("Your password");
  });
});

describe("an answer that nobody read", () => {
  it.each([
    ["rejected", { type: "reject", reason: "Not so" }],
    ["edited", { type: "edit", args: { text: "Please write to us." } }],
  ])("because it was %s stays unread, also for who answers late in the chat", async (_, decision) => {
    const { threadId, review } = await asked(ruled, "my lawyer");
    await decide(ruled, review?.id ?? "", { argsHash: review?.argsHash, ...decision });
    await ruled.runtime.waitForThread("default", threadId);
    const late = await request(`${ruled.url}/threads/${threadId}/runs/wait`, {
      body: { assistant_id: "support", command: { resume: { type: "approve" } } },
    });
    expect(late).toMatchObject({ status: 409, body: { code: "review_already_decided" } });
    expect(JSON.stringify(late.body)).not.toContain("Answer to");
  });
});

describe("what a provider sends along with a message", () => {
  it("stands in the conversation only as far as it holds no word of the message", async () => {
    const call = { name: "read", id: "c1", args: { id: "1" }, type: "tool_call" as const };
    const chatty: Model = {
      name: "chatty",
      invoke: async () => new AIMessage("never asked"),
      async *stream({ messages }) {
        const isTold = messages.at(-1)?.getType() === "tool";
        yield new AIMessageChunk({
          content: "Secret words.",
          tool_call_chunks: isTold
            ? []
            : [{ ...call, args: JSON.stringify(call.args), type: "tool_call_chunk", index: 0 }],
          additional_kwargs: { refusal: "A secret.", reasoning_content: "A secret." },
          response_metadata: {
            finish_reason: "stop",
            model_name: "chatty-1",
            message: { content: "Secret words." },
            groundingMetadata: { supports: ["Secret words."] },
            logprobsResult: [{ token: "Secret" }],
          },
        });
      },
    };
    const at = await serve(await testDatabase(), { model: chatty, answers: "released" });
    try {
      const { thread_id: threadId } = await at.client.threads.create();
      const pieces: unknown[] = [];
      for await (const piece of at.client.runs.stream(threadId, "support", {
        ...say("hello"),
        streamMode: [
          "messages-tuple",
          "messages",
          "events",
          "values",
          "updates",
          "debug",
          "tasks",
          "checkpoints",
        ],
      }))
        pieces.push(piece);
      const told = JSON.stringify([
        pieces,
        await at.client.threads.getHistory(threadId),
        await at.client.threads.search({}),
        (await request(`${at.url}/threads/${threadId}/state`)).body,
      ]);
      expect(told).toContain("chatty-1");
      expect(told).toContain("read 1 done");
      expect(told).not.toMatch(/secret/i);
    } finally {
      await at.stop();
    }
  });
});

describe("a model that sends its thoughts along", () => {
  const thought = { type: "thinking", thinking: "The secret is forty-two.", signature: "s1gn4ture" };
  const thinking = (blocks: object[], call: boolean): Model => {
    const answer = () => ({
      content: [...blocks, { type: "text", text: "Secret words." }] as never,
      ...(call
        ? { tool_calls: [{ name: "read", id: "t1", args: { id: "1" }, type: "tool_call" as const }] }
        : {}),
    });
    return {
      name: "thinker",
      invoke: async () => new AIMessage(answer()),
      async *stream() {
        const { content, tool_calls: calls = [] } = answer();
        yield new AIMessageChunk({
          content,
          tool_call_chunks: calls.map(({ name, id, args }, index) => ({
            type: "tool_call_chunk",
            index,
            name,
            id,
            args: JSON.stringify(args),
          })),
        });
      },
    };
  };

  it.each<[string, object[], boolean]>([
    ["thinks before a call", [thought], true],
    ["thinks before its answer", [thought], false],
    ["thinks, and shows no word of it", [{ ...thought, thinking: "" }], true],
    ["thinks what it may not show", [{ type: "redacted_thinking", data: "s1gn4ture" }], true],
    [
      "thinks at Bedrock",
      [{ type: "reasoning_content", reasoningText: { text: "forty-two", signature: "s1gn4ture" } }],
      true,
    ],
  ])("and %s, is refused with what to do, and nothing of it is told", async (_, blocks, call) => {
    const at = await serve(await testDatabase(), { model: thinking(blocks, call), answers: "released" });
    try {
      const { thread_id: threadId } = await at.client.threads.create();
      const pieces: unknown[] = [];
      for await (const piece of at.client.runs.stream(threadId, "support", {
        ...say("hello"),
        streamMode: ["messages-tuple", "messages", "events", "values", "updates", "debug", "tasks"],
      }))
        pieces.push(piece);
      const told = JSON.stringify([pieces, await at.client.threads.getHistory(threadId)]);
      expect(told).toContain("Turn the model's thinking off");
      expect(told).not.toMatch(/secret|forty-two|s1gn4ture/i);
      expect((await at.client.threads.get(threadId)).status).toBe("error");
      expect(at.effects.ran).toEqual([]);
    } finally {
      await at.stop();
    }
  });

  it("keeps them where answers do not wait", async () => {
    const at = await serve(await testDatabase(), { model: thinking([thought], false) });
    try {
      const { thread_id: threadId } = await at.client.threads.create();
      const values = await at.client.runs.wait(threadId, "support", say("hello"));
      expect(JSON.stringify(values)).toContain("s1gn4ture");
    } finally {
      await at.stop();
    }
  });
});

describe("an answer that is drafted", () => {
  it("waits in blocks, and is said when nothing in it is open", async () => {
    const { threadId, review } = await asked(drafted, "hello");
    expect(review).toMatchObject({
      kind: "reply",
      args: { text: "Perhaps." },
      draft: { blocks: [{ kind: "uncertain", isOpen: true }] },
    });
    const approve = (argsHash: unknown) => decide(drafted, review?.id ?? "", { type: "approve", argsHash });
    expect(await approve(review?.argsHash)).toMatchObject({
      status: 422,
      body: { code: "draft_incomplete" },
    });
    const changed = await request(`${drafted.url}/reviews/${review?.id}/draft/changes`, {
      body: { blockId: "b1", revision: 0, change: { type: "write", text: "Certainly." } },
    });
    expect((await approve(changed.body["argsHash"])).status).toBe(200);
    await drafted.runtime.waitForThread("default", threadId);
    expect(await messagesOf(drafted, threadId)).toEqual([
      ["human", "hello"],
      ["ai", "Certainly."],
    ]);
  });
});

describe("an answer that was released", () => {
  it("is the agent's own word still, and nothing that the next one may rest on", async () => {
    const first = await asked(drafted, "the price");
    const draftOf = async (id = "") =>
      (await request(`${drafted.url}/reviews/${id}`)).body["draft"] as { blocks: { kind: string }[] };
    const said = await request(`${drafted.url}/reviews/${first.review?.id}/draft/changes`, {
      body: { blockId: "b1", revision: 0, change: { type: "accept" } },
    });
    await decide(drafted, first.review?.id ?? "", { type: "approve", argsHash: said.body["argsHash"] });
    await drafted.runtime.waitForThread("default", first.threadId);
    expect((await messagesOf(drafted, first.threadId)).at(-1)).toEqual(["ai", "It costs 99 EUR."]);

    await drafted.client.runs.wait(first.threadId, "support", say("the price"));
    const { body } = await request(`${drafted.url}/reviews?thread_id=${first.threadId}&status=open`);
    const [next] = body["items"] as { id: string }[];
    expect((await draftOf(next?.id)).blocks).toMatchObject([{ kind: "uncertain" }]);
  });
});

describe("the real ChatOpenAI", () => {
  it("writes an answer that nobody can watch, in structured blocks where it is drafted", async () => {
    const wire = new LLMock();
    wire.onMessage(/Put them into ordered blocks/, {
      content: JSON.stringify({
        blocks: [
          {
            kind: "uncertain",
            text: "Wired words.",
            note: "?",
            alternatives: [],
            sources: [],
            joint: "nothing",
          },
        ],
      }),
    });
    wire.onMessage("hello", { content: "Wired words." });
    const url = await wire.start();
    const at = await serve(await testDatabase(), {
      model: new ChatOpenAI({
        apiKey: "k",
        model: "gpt-4.1",
        configuration: { baseURL: `${url}/v1` },
        maxRetries: 0,
      }),
      answers: "drafted",
    });
    try {
      const { thread_id: threadId } = await at.client.threads.create();
      const pieces: unknown[] = [];
      for await (const piece of at.client.runs.stream(threadId, "support", {
        ...say("hello"),
        streamMode: ["messages-tuple", "messages", "events", "values", "updates", "debug"],
      }))
        pieces.push(piece);
      expect(JSON.stringify(pieces)).not.toContain("Wired");
      const { body } = await request(`${at.url}/reviews?thread_id=${threadId}`);
      expect(body["items"]).toMatchObject([
        {
          kind: "reply",
          draft: { isWriting: false, blocks: [{ kind: "uncertain", text: "Wired words.", note: "?" }] },
        },
      ]);
      const asked = wire
        .getRequests()
        .map(({ body: sent }) => sent as { response_format?: { type: string } });
      expect(asked.at(-1)?.response_format?.type).toBe("json_schema");
    } finally {
      await at.stop();
      await wire.stop();
    }
  });
});
