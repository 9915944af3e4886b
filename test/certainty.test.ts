// How sure a model was of the arguments of its call: the real ChatOpenAI inside a whole agent, against a server that sends
// the probabilities of tokens as OpenAI does, at once and in pieces.
import { HumanMessage, type AIMessage } from "@langchain/core/messages";
import { ChatOpenAI } from "@langchain/openai";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openAiModel } from "../src/index.js";
import type { JsonObject } from "../src/kernel/json.js";
import { certaintiesOf, tokensIn } from "../src/models/certainty.js";
import { startAgent, type TestAgent } from "./support/agent.js";
import { openDatabase, type Database } from "../src/storage/database.js";
import { testDatabase } from "./support/database.js";
import { at } from "./support/doors.js";

type Written = [token: string, probability: number];
const logprobsOf = (tokens: readonly Written[], withBytes = true) => ({
  content: tokens.map(([token, probability]) => ({
    token,
    logprob: Math.log(probability),
    bytes: withBytes ? [...Buffer.from(token)] : null,
    top_logprobs: [],
  })),
});
const sure = (...texts: string[]): Written[] => texts.map((text) => [text, 1]);
const metadata = (tokens: readonly Written[], withBytes = true) => ({
  logprobs: logprobsOf(tokens, withBytes),
});

const certaintiesIn = (given: unknown, calls: readonly { args: JsonObject }[]) =>
  certaintiesOf(tokensIn(given), calls);

describe("of the tokens of a call", () => {
  const call = { args: { id: "A-1", amount: 420 } };
  const tokens: Written[] = [...sure('{"id":"A-1",', '"amount":'), ["4", 0.9], ["20", 0.4], ["}", 0.99]];

  it("the least likely one counts", () => {
    expect(certaintiesIn(metadata(tokens), [call])[0]).toBeCloseTo(0.4);
    expect(certaintiesIn(metadata(tokens, false), [call])[0]).toBeCloseTo(0.4);
  });

  it("each call has its own, and what the model says beside them does not count", () => {
    const beside: Written[] = [
      ["On {it}. ", 0.1],
      ...tokens,
      [" and ", 0.2],
      ...sure('{"id":', '"A-1","amount":420}'),
    ];
    const other: Written[] = [["{", 0.7], ...sure('"id":"B"}')];
    expect(certaintiesIn(metadata([...beside, ...other]), [{ args: { id: "B" } }, call, call])).toEqual([
      expect.closeTo(0.7),
      expect.closeTo(0.4),
      1,
    ]);
  });

  it("the words of a text count for nothing, nor do the model's words on the call", () => {
    const body = "Dear Ms. Lindqvist, your parcel is on its way.";
    const worded: Written[] = [...sure('{"id":"A","body":"'), ["Dear Ms. Lindqvist, your parcel", 0.01], ...sure(" is on its way.", '"}')]; // prettier-ignore
    expect(certaintiesIn(metadata(worded), [{ args: { id: "A", body } }])).toEqual([1]);
    const told: Written[] = [['{"id":"A","_rationale":{"why":"', 1], ["They asked for it in so many words", 0.01], ['"}}', 1]]; // prettier-ignore
    expect(certaintiesIn(metadata(told), [{ args: { id: "A" } }])).toEqual([1]);
  });

  it("letters that are cut into two tokens are read whole", () => {
    const [first, second] = [Buffer.from("é").subarray(0, 1), Buffer.from("é").subarray(1)];
    const content = [Buffer.from('{"id":"'), first, second, Buffer.from('"}')].map((bytes, index) => ({
      token: "?",
      logprob: index === 2 ? Math.log(0.5) : 0,
      bytes: [...bytes],
    }));
    expect(certaintiesIn({ logprobs: { content } }, [{ args: { id: "é" } }])[0]).toBeCloseTo(0.5);
  });

  it.each<[string, unknown, JsonObject]>([
    ["none are sent", {}, { id: "A-1" }],
    ["none are sent for calls", { logprobs: { content: null } }, { id: "A-1" }],
    ["the arguments are others", metadata(sure('{"id":"A-2"}')), { id: "A-1" }],
    ["they broke off", metadata(sure('{"id":"A-1"')), { id: "A-1" }],
    [
      "one is no probability",
      { logprobs: { content: [{ token: '{"id":"A-1"}', logprob: 3 }] } },
      { id: "A-1" },
    ],
  ])("nothing is known where %s", (_, given, args) => {
    expect(certaintiesIn(given, [{ args }])).toEqual([null]);
  });

  it("many braces do not stall the process", () => {
    const braces: Written[] = Array.from({ length: 10_000 }, () => ["{", 0.5]);
    expect(certaintiesIn(metadata(braces), [call])).toEqual([null]);
    const closed: Written[] = braces.map(() => ["}", 0.5]);
    expect(certaintiesIn(metadata([...braces.slice(5_000), ...closed.slice(5_000)]), [call])).toEqual([null]);
  });
});

describe("a whole agent with the real client", () => {
  const id = randomUUID();
  const args = `{"id":"${id}","amount":420}`;
  const tokens: Written[] = [...sure(`{"id":"${id}",`, '"amount":'), ["420", 0.4], ["}", 1]];
  const asked: JsonObject[] = [];
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      asked.push(body as JsonObject);
      const about = { id: "c", created: 1, model: "gpt-4o" };
      const toolCall = {
        index: 0,
        id: "call_1",
        type: "function",
        function: { name: "note", arguments: args },
      };
      if ((body as JsonObject)["stream"] !== true) {
        const message = { role: "assistant", content: null, tool_calls: [toolCall] };
        const choice = { index: 0, finish_reason: "tool_calls", message, logprobs: logprobsOf(tokens) };
        response
          .writeHead(200, { "content-type": "application/json" })
          .end(JSON.stringify({ ...about, object: "chat.completion", choices: [choice] }));
        return;
      }
      response.writeHead(200, { "content-type": "text/event-stream" });
      const send = (delta: object, more: object = {}) =>
        response.write(
          `data: ${JSON.stringify({ ...about, object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason: null, ...more }] })}\n\n`,
        );
      send({ role: "assistant", tool_calls: [{ ...toolCall, function: { name: "note", arguments: "" } }] });
      for (const one of tokens)
        send(
          { tool_calls: [{ index: 0, function: { arguments: one[0] } }] },
          { logprobs: logprobsOf([one]) },
        );
      send({}, { finish_reason: "tool_calls" });
      response.end("data: [DONE]\n\n");
    });
  });
  const agents: Record<string, TestAgent> = {};
  let db: Database;
  beforeAll(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
    const url = await testDatabase();
    const fields = { model: "gpt-4o", apiKey: "test", logprobs: true, maxRetries: 0 };
    const theirs = new ChatOpenAI({ ...fields, configuration: { baseURL } });
    const policy = "routing: { signals: { similarity: 0.85, confidence: 0.15 } }\n";
    agents["ChatOpenAI"] = await startAgent(url, { model: theirs, policy });
    agents["openAiModel"] = await startAgent(url, {
      model: openAiModel({ ...fields, baseUrl: baseURL }),
      policy,
    });
    db = openDatabase({ url, roles: true, maxConnections: 2 });
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    for (const { holdpoint } of Object.values(agents)) await holdpoint.stop();
    await db.close();
  });

  it.each([
    ["ChatOpenAI", "at once"],
    ["ChatOpenAI", "in pieces"],
    ["openAiModel", "at once"],
    ["openAiModel", "in pieces"],
  ])(
    "%s: what its provider sent %s of its tokens is part of the score, and nobody who chats sees it",
    async (client, way) => {
      const agent = agents[client];
      if (!agent) throw new Error(`There is no ${client}.`);
      const threadId = randomUUID();
      if (way === "at once") await agent.holdpoint.send(threadId, "Pay.");
      else {
        const stream = await agent.holdpoint.graph.stream(
          { messages: [new HumanMessage("Pay.")] },
          { ...at(threadId), streamMode: "messages" },
        );
        for await (const chunk of stream) expect(JSON.stringify(chunk)).not.toContain("logprob");
      }
      expect(asked.at(-1)).toMatchObject({
        logprobs: true,
        ...(way === "in pieces" ? { stream: true } : {}),
      });
      const { messages } = await agent.holdpoint.wait(threadId);
      expect((messages.at(-1) as AIMessage).tool_calls).toMatchObject([{ args: { id, amount: 420 } }]);
      expect(JSON.stringify(messages)).not.toContain("logprob");
      const [action] = await db.once<{ parts: object[] }>(
        { tenant: "default" },
        "select assessment -> 'score' -> 'parts' as parts from holdpoint.actions where thread_id = $1",
        [threadId],
      );
      expect(action?.parts).toContainEqual({
        signal: "confidence",
        value: expect.closeTo(0.4),
        weight: 0.15,
      });
    },
  );
});
