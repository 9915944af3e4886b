// The real ChatOpenAI inside a whole agent, against servers that speak its wire: one that behaves (aimock), and one
// that does what providers and proxies do on their bad days. Both refuse a history that OpenAI refuses.
import {
  LLMock,
  type ChatCompletionRequest,
  type FixtureOpts,
  type FixtureFileResponse,
} from "@copilotkit/aimock";
import {
  HumanMessage,
  type AIMessage,
  type AIMessageChunk,
  type BaseMessage,
} from "@langchain/core/messages";
import { ChatOpenAI } from "@langchain/openai";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { openAiModel, type OpenAiOptions, type ThreadView } from "../src/index.js";
import type { HoldpointOptions } from "../src/options.js";
import { startAgent, type TestAgent } from "./support/agent.js";
import { testDatabase } from "./support/database.js";
import { at } from "./support/doors.js";

type Call = { id?: string; name: string; arguments: string };
type WireMessage = { role: string; content?: unknown; tool_calls?: WireCall[]; tool_call_id?: string };
type WireCall = { id: string; function: { name: string; arguments: string } };

let url: string;
beforeAll(async () => {
  url = await testDatabase();
});

/** What OpenAI answers with 400: `An assistant message with 'tool_calls' must be followed by tool messages …`. */
function faultOf(messages: readonly WireMessage[]): string | null {
  let awaited: string[] = [];
  for (const [index, message] of messages.entries()) {
    if (message.role === "tool") {
      if (!awaited.includes(String(message.tool_call_id)))
        return `messages[${index}] answers no call before it`;
      awaited = awaited.filter((id) => id !== message.tool_call_id);
      continue;
    }
    if (awaited.length > 0) return `messages[${index}] comes before the answers to ${awaited.join()}`;
    awaited = (message.tool_calls ?? []).map(({ id }) => id);
    if (new Set(awaited).size < awaited.length) return `messages[${index}] has two calls with one id`;
    for (const { id, function: called } of message.tool_calls ?? []) {
      if (!id) return `messages[${index}] has a call without an id`;
      if (!/^[A-Za-z0-9_-]{1,64}$/.test(called.name)) return `messages[${index}] calls "${called.name}"`;
      if (typeof JSON.parse(called.arguments) !== "object")
        return `messages[${index}] has arguments ${called.arguments}`;
    }
  }
  return awaited.length > 0 ? `there is no answer to ${awaited.join()}` : null;
}

const ways = ["at once", "in pieces"] as const;
type Way = (typeof ways)[number];

interface Said {
  view: ThreadView;
  pieces: AIMessageChunk[];
  /** What the watcher of a stream was told. */
  error: string | null;
}

/** Says something and waits for the answer: through `send`, or watching the graph's message stream. */
async function say({ holdpoint }: TestAgent, way: Way, threadId: string, words: string): Promise<Said> {
  if (way === "at once") return { view: await holdpoint.send(threadId, words), pieces: [], error: null };
  const pieces: AIMessageChunk[] = [];
  let error: string | null = null;
  try {
    const input = { messages: [new HumanMessage(words)] };
    const stream = await holdpoint.graph.stream(input, { ...at(threadId), streamMode: "messages" });
    for await (const [piece] of stream as AsyncIterable<[AIMessageChunk, object]>) pieces.push(piece);
  } catch (thrown) {
    error = String(thrown);
  }
  return { view: await holdpoint.wait(threadId), pieces, error };
}

const typesOf = ({ messages }: ThreadView) => messages.map((message) => message.getType());
const answersOf = ({ messages }: ThreadView) =>
  messages.filter((message) => message.getType() === "tool").map((message) => message.text);
const callsOf = ({ messages }: ThreadView) =>
  messages.flatMap((message) => (message as AIMessage).tool_calls ?? []);
const effectsOf = ({ effects }: TestAgent, id: string) =>
  effects.ran.filter(({ args }) => String(args["id"]).startsWith(id)).map(({ tool, args }) => [tool, args]);
/** Calls of one message run beside each other, so in no order. */
const ranOn = (agent: TestAgent, id: string) =>
  effectsOf(agent, id)
    .map(([, args]) => (args as { id: string }).id)
    .toSorted();
const last = (view: ThreadView): BaseMessage | undefined => view.messages.at(-1);

async function approveAll({ holdpoint }: TestAgent, threadId: string): Promise<ThreadView> {
  for (const { id, argsHash } of await holdpoint.reviews({ threadId })) {
    expect(await holdpoint.decide(id, { type: "approve", argsHash })).toMatchObject({ ok: true });
  }
  return holdpoint.wait(threadId);
}

async function agentOf(
  baseUrl: string,
  model: Partial<OpenAiOptions> = {},
  more: Partial<HoldpointOptions> = {},
): Promise<TestAgent> {
  return startAgent(url, {
    model: openAiModel({ apiKey: "test", model: "gpt-4o", baseUrl, maxRetries: 0, ...model }),
    ...more,
  });
}

describe("of a provider that behaves", () => {
  const asked: ChatCompletionRequest[] = [];
  let provider: LLMock;
  let agent: TestAgent;
  beforeAll(async () => {
    // Its own journal keeps only the beginning of a long request.
    const requestTransform = (request: ChatCompletionRequest) => {
      asked.push(request);
      return request;
    };
    provider = await LLMock.create({ port: 0, chunkSize: 8, requestTransform });
    agent = await agentOf(`${provider.url}/v1`);
  });
  afterAll(async () => {
    await agent.holdpoint.stop();
    await provider.stop();
  });
  afterEach(() => {
    provider.reset();
    for (const { messages } of asked.splice(0)) expect(faultOf(messages as WireMessage[])).toBeNull();
  });

  /** The n-th answer in a conversation that begins with the given words. */
  const script = (words: string, responses: FixtureFileResponse[], options: FixtureOpts = {}) => {
    for (const [turn, response] of responses.entries()) {
      const predicate = ({ messages }: ChatCompletionRequest) =>
        messages.find(({ role }) => role === "user")?.content === words &&
        messages.filter(({ role }) => role === "assistant").length === turn;
      provider.on({ predicate }, response, options);
    }
  };
  const call = (name: string, args: unknown): Call => ({
    name,
    arguments: typeof args === "string" ? args : JSON.stringify(args),
  });
  const agentWith = async (model: Partial<OpenAiOptions>, more: Partial<HoldpointOptions> = {}) => {
    const other = await agentOf(`${provider.url}/v1`, model, more);
    onTestFinished(() => other.holdpoint.stop());
    return other;
  };

  describe.each(ways)("asked %s", (way) => {
    it("a call waits for a person, runs once on what was approved, and its answer goes back to the model", async () => {
      const id = randomUUID();
      script(id, [
        { content: "Paying.", toolCalls: [call("pay", { id, amount: 420 })] },
        { content: "Paid." },
      ]);
      const { view } = await say(agent, way, id, id);
      expect(view.status).toBe("interrupted");
      expect(typesOf(view)).toEqual(["human", "ai"]);
      expect(effectsOf(agent, id)).toEqual([]);
      const [review] = await agent.holdpoint.reviews({ threadId: id });
      expect(review).toMatchObject({ tool: "pay", args: { id, amount: 420 } });

      const done = await approveAll(agent, id);
      expect(effectsOf(agent, id)).toEqual([["pay", { id, amount: 420 }]]);
      expect(typesOf(done)).toEqual(["human", "ai", "tool", "ai"]);
      expect(done.messages.map((message) => message.text)).toEqual([
        id,
        "Paying.",
        `pay ${id} done`,
        "Paid.",
      ]);
      expect(asked.at(-1)?.messages.at(-1)).toMatchObject({
        role: "tool",
        content: `pay ${id} done`,
        tool_call_id: callsOf(done)[0]?.id,
      });
      expect(asked.at(-1)?.tools?.map((tool) => tool.function.name)).toEqual(["read", "note", "pay", "wipe"]);
    });

    it("of parallel calls each is decided on its own, and the safe one does not wait", async () => {
      const id = randomUUID();
      const calls = [call("pay", { id, amount: 1 }), call("read", { id }), call("wipe", { id })];
      script(id, [{ toolCalls: calls }, { content: "Done." }]);
      const { view } = await say(agent, way, id, id);
      expect(view.status).toBe("interrupted");
      expect(effectsOf(agent, id)).toEqual([["read", { id }]]);
      const reviews = await agent.holdpoint.reviews({ threadId: id });
      const wipe = reviews.find(({ tool }) => tool === "wipe");
      await agent.holdpoint.decide(String(wipe?.id), { type: "reject", argsHash: String(wipe?.argsHash) });
      const done = await approveAll(agent, id);
      expect(effectsOf(agent, id).map(([tool]) => tool)).toEqual(["read", "pay"]);
      expect(typesOf(done)).toEqual(["human", "ai", "tool", "tool", "tool", "ai"]);
      expect(answersOf(done).filter((answer) => answer.includes("rejected"))).toHaveLength(1);
    });

    it.each([
      "not JSON at all",
      '{"id": "x", "amount": 42',
      '{"id": "x", "amount": 42}}',
      '{"id": "x", amount: 42}',
      "[1, 2]",
      '"text"',
      "42",
      "null",
      "true",
      '{"id": "\\ud800"}',
    ])("arguments that are %s run nothing; the model is told, and may try again", async (wrong) => {
      const id = randomUUID();
      script(id, [
        { toolCalls: [call("note", wrong.replace("x", id))] },
        { toolCalls: [call("note", { id })] },
        { content: "Noted." },
      ]);
      const { view } = await say(agent, way, id, id);
      expect(view.status).toBe("idle");
      expect(effectsOf(agent, id)).toEqual([["note", { id }]]);
      expect(typesOf(view)).toEqual(["human", "ai", "tool", "ai", "tool", "ai"]);
      expect(view.messages[2]).toMatchObject({ status: "error" });
      expect(answersOf(view)[0]).toMatch(/^Refused: The arguments are not JSON/);
      expect(await agent.holdpoint.reviews({ threadId: id })).toEqual([]);
    });

    it("arguments that do not fit the tool's schema run nothing, and the model is told what is wrong", async () => {
      const id = randomUUID();
      script(id, [{ toolCalls: [call("note", { id: 7 }), call("note", "")] }, { content: "Sorry." }]);
      const { view } = await say(agent, way, id, id);
      expect(answersOf(view)).toEqual([expect.stringContaining("at id"), expect.stringContaining("at id")]);
      expect(effectsOf(agent, id)).toEqual([]);
    });

    it.each([
      "unheard_of",
      "multi_tool_use.parallel",
      "functions.pay",
      "pay ",
      "",
      "täglich",
      "x".repeat(80),
      "constructor",
      "__proto__",
    ])('a call of the unknown tool "%s" runs nothing, and the history can still be sent', async (name) => {
      const id = randomUUID();
      script(id, [{ toolCalls: [call(name, { id })] }, { content: "There is none." }]);
      const { view } = await say(agent, way, id, id);
      expect(view.status).toBe("idle");
      expect(answersOf(view)).toEqual([expect.stringContaining(`no tool named "${name}"`)]);
      expect(last(view)?.text).toBe("There is none.");
      expect(effectsOf(agent, id)).toEqual([]);
    });

    it("two messages under one id of the provider both stand, and the provider's id is kept beside ours", async () => {
      const id = randomUUID();
      script(id, [
        { id: "chatcmpl-1", toolCalls: [call("read", { id })] },
        { id: "chatcmpl-1", content: "Read it to the end." },
      ]);
      const { view } = await say(agent, way, id, id);
      expect(typesOf(view)).toEqual(["human", "ai", "tool", "ai"]);
      expect(new Set(view.messages.map((message) => message.id)).size).toBe(4);
      expect(last(view)?.response_metadata["provider_message_id"]).toBe("chatcmpl-1");
    });

    it("how many tokens an answer took stands on its message", async () => {
      const id = randomUUID();
      script(id, [{ content: "Eleven and seven.", usage: { prompt_tokens: 11, completion_tokens: 7 } }]);
      const { view } = await say(agent, way, id, id);
      expect(last(view)).toMatchObject({
        usage_metadata: { input_tokens: 11, output_tokens: 7, total_tokens: 18 },
      });
    });

    it("an argument of a megabyte arrives whole", async () => {
      const id = randomUUID();
      const long = id + "€".repeat(350_000);
      script(id, [{ toolCalls: [call("note", { id: long })] }, { content: "Noted." }], {
        chunkSize: 100_000,
      });
      const { view } = await say(agent, way, id, id);
      expect(view.status).toBe("idle");
      expect(effectsOf(agent, id).map(([, args]) => (args as { id: string }).id === long)).toEqual([true]);
    });

    it("a megabyte of arguments that are not JSON is not told again in full", async () => {
      const id = randomUUID();
      script(
        id,
        [{ toolCalls: [call("note", `{"id": "${id}${"x".repeat(1_000_000)}`)] }, { content: "Oh." }],
        { chunkSize: 100_000 },
      );
      const { view } = await say(agent, way, id, id);
      expect(answersOf(view)[0]?.length).toBeLessThan(1_000);
      expect(JSON.stringify(view.messages).length).toBeLessThan(10_000);
      expect(effectsOf(agent, id)).toEqual([]);
    });

    it("a hundred calls in one message run once each, and each has its answer", async () => {
      const id = randomUUID();
      const ids = Array.from({ length: 100 }, (_, index) => `${id}-${index}`);
      script(id, [{ toolCalls: ids.map((one) => call("note", { id: one })) }, { content: "All noted." }], {
        chunkSize: 64,
      });
      const { view } = await say(agent, way, id, id);
      expect(view.status).toBe("idle");
      expect(ranOn(agent, id)).toEqual(ids.toSorted());
      expect(answersOf(view).toSorted()).toEqual(ids.map((one) => `note ${one} done`).toSorted());
    });
  });

  it("a watched answer arrives in pieces, under the ids that its message and its calls have in the end", async () => {
    const id = randomUUID();
    const words = "I read the one and I read the other.";
    script(id, [
      { content: words, toolCalls: [call("read", { id: `${id}-1` }), call("read", { id: `${id}-2` })] },
      { content: "Both read." },
    ]);
    const { view, pieces } = await say(agent, "in pieces", id, id);
    const [, first, , , second] = view.messages;
    const of = (message: BaseMessage | undefined) => pieces.filter((piece) => piece.id === message?.id);
    const wordsOf = (message: BaseMessage | undefined) =>
      of(message)
        .map((piece) => piece.text)
        .filter((text) => text !== "");
    expect(wordsOf(first).length).toBeGreaterThan(2);
    expect([wordsOf(first).join(""), wordsOf(second).join("")]).toEqual([words, "Both read."]);
    // Nothing is shown under another id, or twice.
    expect(new Set(pieces.map((piece) => piece.id))).toEqual(
      new Set(view.messages.slice(1).map((message) => message.id)),
    );

    const callPieces = of(first).flatMap((piece) => piece.tool_call_chunks ?? []);
    expect(callPieces.flatMap((piece) => piece.id ?? [])).toEqual(
      (first as AIMessage).tool_calls?.map((one) => one.id),
    );
    expect(callPieces.flatMap((piece) => piece.name ?? [])).toEqual(["read", "read"]);
    const written = [0, 1].map((index) =>
      callPieces
        .filter((piece) => piece.index === index)
        .map((piece) => piece.args)
        .join(""),
    );
    expect(written.map((args) => JSON.parse(args) as unknown)).toEqual([
      { id: `${id}-1` },
      { id: `${id}-2` },
    ]);
  });

  it.each(ways)(
    "a model that is only spoken to through the Responses API, asked %s, holds its call too",
    async (way) => {
      const id = randomUUID();
      provider.on(
        { userMessage: id, hasToolResult: false },
        { content: "Paying.", toolCalls: [call("pay", { id })] },
      );
      provider.on({ userMessage: id, hasToolResult: true }, { content: "Paid." });
      const other = await agentWith({ model: "gpt-5-codex" });
      const { view } = await say(other, way, id, id);
      expect(view.status).toBe("interrupted");
      expect(effectsOf(other, id)).toEqual([]);
      const done = await approveAll(other, id);
      expect(effectsOf(other, id)).toHaveLength(1);
      expect(done.messages.map((message) => message.text)).toEqual([
        id,
        "Paying.",
        `pay ${id} done`,
        "Paid.",
      ]);
      expect(provider.getRequests().every(({ path }) => path.endsWith("/responses"))).toBe(true);
    },
  );

  it("a model that does not stream loses none of its calls where somebody watches", async () => {
    const id = randomUUID();
    script(id, [{ toolCalls: [call("note", { id }), call("note", "not JSON")] }, { content: "Noted." }]);
    const model = new ChatOpenAI({
      apiKey: "test",
      model: "gpt-4o",
      disableStreaming: true,
      configuration: { baseURL: `${provider.url}/v1` },
    });
    const other = await agentWith({}, { model });
    const { view } = await say(other, "in pieces", id, id);
    expect(effectsOf(other, id)).toEqual([["note", { id }]]);
    expect(typesOf(view)).toEqual(["human", "ai", "tool", "tool", "ai"]);
  });

  it.each([
    [500, "at once"],
    [429, "in pieces"],
  ] as const)("a %i that goes away is not noticed by who asks %s", async (status, way) => {
    const patient = await agentWith({ maxRetries: 1 });
    const id = randomUUID();
    script(id, [{ toolCalls: [call("note", { id })] }, { content: "Noted." }]);
    provider.nextRequestError(status, { message: "Not now." });
    const { view } = await say(patient, way, id, id);
    expect(provider.getRequests().map(({ response }) => response.status)).toEqual([status, 200, 200]);
    expect(typesOf(view)).toEqual(["human", "ai", "tool", "ai"]);
    expect(effectsOf(patient, id)).toHaveLength(1);
  });

  it.each([
    [500, "The server had an error."],
    [429, "Rate limit reached."],
    [401, "Incorrect API key."],
  ])(
    "a %i that stays ends the run with what the provider said, and a later message is answered",
    async (status, message) => {
      for (const way of ways) {
        const id = randomUUID();
        provider.nextRequestError(status, { message });
        script(id, [{ content: "Here again." }]);
        const { view } = await say(agent, way, id, id);
        expect(view.status).toBe("error");
        expect(view.error?.["message"]).toContain(message);
        expect(typesOf(view)).toEqual(["human"]);
        const later = await say(agent, way, id, "Still there?");
        expect(later.view).toMatchObject({ status: "idle", error: null });
        expect(later.view.messages.map((one) => one.text)).toEqual([id, "Still there?", "Here again."]);
      }
    },
  );

  it("a fault after a call keeps what was done, and a later message goes on from there", async () => {
    const id = randomUUID();
    script(id, [{ toolCalls: [call("note", { id })] }, { error: { message: "Overloaded." }, status: 500 }]);
    const { view } = await say(agent, "at once", id, id);
    expect(view.status).toBe("error");
    expect(typesOf(view)).toEqual(["human", "ai", "tool"]);
    provider.clearFixtures();
    provider.on({ userMessage: "And now?" }, { content: "It was noted." });
    const later = await say(agent, "at once", id, "And now?");
    expect(later.view.status).toBe("idle");
    expect(effectsOf(agent, id)).toHaveLength(1);
  });

  it.each([
    ["before the model's call", 6, 1],
    ["between the call and its risk", 7, 0],
    ["between the risk and the hold", 8, 1],
    ["at the hold", 9, 1],
  ])(
    "a step limit that falls %s leaves a thread that answers, and nothing runs twice",
    async (_, maxSteps, payments) => {
      const id = randomUUID();
      const read = { toolCalls: [call("read", { id })] };
      script(id, [
        read,
        read,
        { toolCalls: [call("pay", { id })] },
        { content: "Paid." },
        { content: "So it is." },
      ]);
      const bounded = await agentWith({}, { settings: { maxSteps } });
      await say(bounded, "at once", id, id);
      await approveAll(bounded, id);
      await say(bounded, "at once", id, "And?");
      const done = await approveAll(bounded, id);
      expect(done).toMatchObject({ status: "idle", holds: [] });
      expect(effectsOf(bounded, id).filter(([tool]) => tool === "pay")).toHaveLength(payments);
    },
  );

  it.each([9, 10, 11])(
    "a model that calls without end is stopped after %i steps, and the thread still answers",
    async (maxSteps) => {
      const id = randomUUID();
      provider.on({ userMessage: id }, { toolCalls: [call("read", { id })] });
      provider.on({ userMessage: "Enough." }, { content: "I stop." });
      const bounded = await agentWith({}, { settings: { maxSteps } });
      const { view } = await say(bounded, "at once", id, id);
      expect(view.status).toBe("error");
      expect(provider.getRequests().length).toBeLessThanOrEqual(maxSteps);
      const later = await say(bounded, "at once", id, "Enough.");
      expect(later.view.status).toBe("idle");
      expect(last(later.view)?.text).toBe("I stop.");
    },
  );
});

describe("of a provider on a bad day", () => {
  type Reply = (response: ServerResponse, streamed: boolean) => void;
  const replies = new Map<string, Reply[]>();
  const requests = new Map<string, { messages: WireMessage[]; stream?: boolean }[]>();
  const server = createServer((request, response) => void answer(text(request), response));
  let agent: TestAgent;
  /** Two of one agent: the one gives up soon, the other hears whatever comes in its time. */
  let quick: TestAgent;
  let patient: TestAgent;

  async function answer(body: Promise<string>, response: ServerResponse): Promise<void> {
    const asked = JSON.parse(await body) as { messages: WireMessage[]; stream?: boolean };
    const conversation = String(asked.messages.find(({ role }) => role === "user")?.content);
    const before = requests.get(conversation) ?? [];
    requests.set(conversation, [...before, asked]);
    const fault = faultOf(asked.messages);
    const reply =
      replies.get(conversation)?.[before.length] ?? failing(404, "This conversation has no more replies.");
    (fault === null ? reply : failing(400, `Invalid history: ${fault}`))(response, asked.stream === true);
  }

  beforeAll(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
    agent = await agentOf(baseUrl);
    const name = `agent-${randomUUID()}`;
    quick = await agentOf(baseUrl, { timeoutMs: 300 }, { name });
    patient = await agentOf(baseUrl, {}, { name });
  });
  afterAll(async () => {
    await Promise.all([agent, quick, patient].map(({ holdpoint }) => holdpoint.stop()));
    server.closeAllConnections();
    server.close();
  });

  const failing =
    (status: number, message: string): Reply =>
    (response) => {
      response
        .writeHead(status, { "content-type": "application/json" })
        .end(JSON.stringify({ error: { message } }));
    };
  const whole = (message: object, finish = "stop") =>
    JSON.stringify({
      id: "chatcmpl-2",
      object: "chat.completion",
      created: 1,
      model: "gpt-4o",
      choices: [
        { index: 0, message: { role: "assistant", content: null, ...message }, finish_reason: finish },
      ],
    });
  const piece = (delta: object, finish: string | null = null) =>
    `data: ${JSON.stringify({ id: "chatcmpl-2", object: "chat.completion.chunk", created: 1, model: "gpt-4o", choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
  const end = "data: [DONE]\n\n";
  const begin = (response: ServerResponse, streamed: boolean) =>
    response.writeHead(200, { "content-type": streamed ? "text/event-stream" : "application/json" });

  /** One message, given whole or, where the request asks for a stream, in the given pieces. */
  const message =
    (message: object, pieces: readonly string[], finish = "stop"): Reply =>
    (response, streamed) => {
      begin(response, streamed).end(
        streamed
          ? [piece({ role: "assistant", content: "" }), ...pieces, piece({}, finish), end].join("")
          : whole(message, finish),
      );
    };
  const says = (words: string): Reply => message({ content: words }, [piece({ content: words })]);
  const calls = (given: readonly Call[], finish = "tool_calls"): Reply => {
    const wire = given.map(({ id, ...called }) => ({ id, type: "function", function: called }));
    return message(
      { tool_calls: wire },
      wire.map((one, index) => piece({ tool_calls: [{ index, ...one }] })),
      finish,
    );
  };
  /** Only a stream, of the pieces that are given and nothing else. */
  const streams =
    (...pieces: string[]): Reply =>
    (response) => {
      begin(response, true).end(pieces.join(""));
    };

  /** A conversation that gets these replies, one after the other. */
  const conversation = (of: (id: string) => Reply[]): string => {
    const id = randomUUID();
    replies.set(id, of(id));
    return id;
  };

  describe.each(ways)("asked %s", (way) => {
    it.each([
      ["equal", ["call_1", "call_1"]],
      ["empty", ["", ""]],
      ["missing", [undefined, undefined]],
    ])("calls with %s ids each get an answer of their own", async (_, ids) => {
      const id = conversation((id) => [
        calls(
          ids.map((callId, index) => ({
            ...(callId === undefined ? {} : { id: callId }),
            name: "note",
            arguments: JSON.stringify({ id: `${id}-${index}` }),
          })),
        ),
        says("Both noted."),
      ]);
      const { view } = await say(agent, way, id, id);
      expect(view.status).toBe("idle");
      expect(ranOn(agent, id)).toEqual([`${id}-0`, `${id}-1`]);
      const [, ai, ...tools] = requests.get(id)?.[1]?.messages ?? [];
      const sent = ai?.tool_calls?.map((call) => call.id);
      expect(new Set(sent).size).toBe(2);
      expect(tools.map((tool) => [tool.tool_call_id, tool.content])).toEqual([
        [sent?.[0], `note ${id}-0 done`],
        [sent?.[1], `note ${id}-1 done`],
      ]);
    });

    it("a refusal is what the user is told", async () => {
      const refusal = "I can't help with that.";
      const id = conversation(() => [
        message({ refusal }, [piece({ refusal: "I can't " }), piece({ refusal: "help with that." })]),
        says("Yes."),
      ]);
      const { view } = await say(agent, way, id, id);
      expect(view.status).toBe("idle");
      expect(last(view)?.text).toBe(refusal);
      expect((await say(agent, way, id, "And with this?")).view.status).toBe("idle");
    });

    it("an empty answer ends the turn, and the next one is answered", async () => {
      const id = conversation(() => [message({}, []), says("Yes.")]);
      const { view } = await say(agent, way, id, id);
      expect(view.status).toBe("idle");
      expect(view.messages.map((one) => one.text)).toEqual([id, ""]);
      expect(last((await say(agent, way, id, "Well?")).view)?.text).toBe("Yes.");
    });

    it("a call that stops at the length limit does not run", async () => {
      const id = conversation((id) => [
        calls(
          [
            { id: "call_1", name: "note", arguments: `{"id":"${id}","amount":4` },
            { id: "call_2", name: "note", arguments: "" },
          ],
          "length",
        ),
        says("Too long."),
      ]);
      const { view } = await say(agent, way, id, id);
      expect(effectsOf(agent, id)).toEqual([]);
      expect(answersOf(view)).toEqual([
        expect.stringContaining("not JSON"),
        expect.stringContaining("not JSON"),
      ]);
    });

    it("a call of nothing runs nothing, and a later message is answered", async () => {
      const empty = { id: "call_1", type: "function" };
      const id = conversation(() => [
        message({ tool_calls: [empty] }, [piece({ tool_calls: [{ index: 0, ...empty }] })]),
        says("Back."),
        says("Back."),
      ]);
      const { view } = await say(agent, way, id, id);
      expect(["idle", "error"]).toContain(view.status);
      expect(last((await say(agent, way, id, "Hello?")).view)?.text).toBe("Back.");
      expect(agent.effects.ran.filter(({ tool }) => tool === "")).toEqual([]);
    });

    it.each([
      ["before its answer", () => {}],
      [
        "in its answer",
        (response: ServerResponse, streamed: boolean) =>
          begin(response, streamed).write(streamed ? piece({ content: "Well," }) : '{"id":'),
      ],
    ])("a server that falls silent %s ends the run, and a later message is answered", async (_, silence) => {
      const id = conversation(() => [silence, says("Awake.")]);
      const { view, error } = await say(quick, way, id, id);
      expect(view.status).toBe("error");
      expect(String(view.error?.["message"])).toMatch(/timed out|silent/);
      if (way === "in pieces") expect(error).toMatch(/timed out|silent/);
      expect(typesOf(view)).toEqual(["human"]);
      expect(last((await say(patient, way, id, "Hello?")).view)?.text).toBe("Awake.");
    });

    it.each([
      ["a closed connection", (response: ServerResponse) => void response.destroy()],
      [
        "a page of a proxy",
        (response: ServerResponse) =>
          void response.writeHead(200, { "content-type": "text/html" }).end("<html>Bad gateway</html>"),
      ],
      [
        "no choice",
        (response: ServerResponse, streamed: boolean) =>
          void begin(response, streamed).end(streamed ? end : '{"id":"chatcmpl-2","choices":[]}'),
      ],
    ])("%s in the place of an answer ends the run, and a later message is answered", async (_, reply) => {
      const id = conversation(() => [reply, says("Back.")]);
      const { view } = await say(agent, way, id, id);
      expect(view.status).toBe("error");
      expect(typesOf(view)).toEqual(["human"]);
      expect(last((await say(agent, way, id, "Hello?")).view)?.text).toBe("Back.");
    });
  });

  const opening = (id: string, args: string) =>
    piece({
      role: "assistant",
      tool_calls: [{ index: 0, id: "call_1", type: "function", function: { name: id, arguments: args } }],
    });
  it.each<[string, (id: string) => Reply]>([
    ["in the middle of a number", (id) => streams(opening("note", `{"id":"${id}","amount":4`))],
    [
      "in the middle of a number, with an end mark",
      (id) => streams(opening("note", `{"id":"${id}","amount":4`), end),
    ],
    ["before the arguments", () => streams(opening("list_all", ""))],
    ["after whole arguments, and before the next call", (id) => streams(opening("note", `{"id":"${id}"}`))],
    [
      "by a closed connection",
      (id) => (response) => {
        begin(response, true).write(opening("note", `{"id":"${id}"}`), () => response.destroy());
      },
    ],
    [
      "by an error of the provider",
      (id) => streams(opening("note", `{"id":"${id}"}`), `data: {"error":{"message":"Overloaded."}}\n\n`),
    ],
  ])("an answer that is cut %s runs nothing", async (_, reply) => {
    const id = conversation((id) => [reply(id), says("Again?")]);
    const { view, error } = await say(agent, "in pieces", id, id);
    expect(view.status).toBe("error");
    expect(error).not.toBeNull();
    expect(typesOf(view)).toEqual(["human"]);
    expect(effectsOf(agent, id)).toEqual([]);
    expect(await agent.holdpoint.reviews({ threadId: id })).toEqual([]);
    expect(last((await say(agent, "in pieces", id, "Hello?")).view)?.text).toBe("Again?");
  });

  const named = (callId: string, id: string) => ({
    id: callId,
    type: "function",
    function: { name: "note", arguments: JSON.stringify({ id }) },
  });
  it.each<[string, (id: string) => string[]]>([
    [
      "under one index",
      (id) =>
        ["1", "2"].map((n) => piece({ tool_calls: [{ index: 0, ...named(`call_${n}`, `${id}-${n}`) }] })),
    ],
    [
      "without an index",
      (id) => ["1", "2"].map((n) => piece({ tool_calls: [named(`call_${n}`, `${id}-${n}`)] })),
    ],
    [
      "without an index, in one piece",
      (id) => [piece({ tool_calls: [named("call_1", `${id}-1`), named("call_2", `${id}-2`)] })],
    ],
    [
      "in turns",
      (id) => [
        ...[0, 1].map((index) =>
          piece({
            tool_calls: [{ index, id: `call_${index}`, function: { name: "note", arguments: '{"id":"' } }],
          }),
        ),
        ...[1, 0].map((index) =>
          piece({ tool_calls: [{ index, function: { arguments: `${id}-${index + 1}"}` } }] }),
        ),
      ],
    ],
    [
      "with the name and id in every piece",
      (id) =>
        ["1", "2"].flatMap((n, index) =>
          ['{"id":"', `${id}-${n}`, '"}'].map((args) =>
            piece({ tool_calls: [{ index, id: `call_${n}`, function: { name: "note", arguments: args } }] }),
          ),
        ),
    ],
  ])("calls that are streamed %s are told apart", async (_, pieces) => {
    const id = conversation((id) => [message({}, pieces(id), "tool_calls"), says("Noted.")]);
    const { view } = await say(agent, "in pieces", id, id);
    expect(view.status).toBe("idle");
    expect(ranOn(agent, id)).toEqual([`${id}-1`, `${id}-2`]);
  });
});
