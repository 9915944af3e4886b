// The real ChatOpenAI inside a whole agent, against servers that speak its wire: one that behaves (aimock), and one
// that does what providers and proxies do on their bad days.
import { LLMock, type ChatCompletionRequest, type ChatMessage } from "@copilotkit/aimock";
import { AIMessage, HumanMessage, type AIMessageChunk, type BaseMessage } from "@langchain/core/messages";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { openAiModel, type OpenAiOptions, type ThreadView } from "../src/index.js";
import { startAgent, type TestAgent } from "./support/agent.js";
import { testDatabase } from "./support/database.js";
import { at } from "./support/doors.js";

const provider = await LLMock.create({ port: 0 });
const url = await testDatabase();
const agent = await startAgent(url, { model: openAiModel({ apiKey: "k", model: "gpt-4o", baseUrl: `${provider.url}/v1`, maxRetries: 0 }) });
const stream = async (id: string, text: string) => {
  const pieces: AIMessageChunk[] = [];
  try {
  for await (const [m] of (await agent.holdpoint.graph.stream({ messages: [new HumanMessage(text)] }, { ...at(id), streamMode: "messages" })) as AsyncIterable<[AIMessageChunk, object]>) pieces.push(m);
  } catch (e) { console.log("THROWN", String(e)); }
  return pieces;
};
const show = (v: ThreadView) => console.log(v.status, v.error, JSON.stringify(v.messages.map((m) => [m.getType(), m.id, m.content, (m as AIMessage).tool_calls, m.response_metadata, (m as AIMessage).usage_metadata]), null, 1));
it("x", async () => {
  for (const way of ["send", "stream"]) {
    const id = randomUUID();
    provider.on({ userMessage: id, hasToolResult: false }, { content: "let me see now what", toolCalls: [{ id: "dup", name: "read", arguments: JSON.stringify({ id }) }, { id: "", name: "read", arguments: "" }, { id: "dup", name: "multi.tool", arguments: '{"id":"z","amount":4' }], id: "chatcmpl-1", usage: { prompt_tokens: 3, completion_tokens: 4 } }, { chunkSize: 3 });
    provider.on({ userMessage: id, hasToolResult: true }, { content: "done with it", id: "chatcmpl-1" });
    if (way === "send") show(await agent.holdpoint.send(id, id));
    else {
      const pieces = await stream(id, id);
      console.log(pieces.map((p) => JSON.stringify([p.id, p.content, p.tool_call_chunks, p.usage_metadata])).join("\n"));
      show(await agent.holdpoint.wait(id));
    }
    console.log(JSON.stringify(provider.getRequests().map((r) => [(r.body as any)?.stream, (r.body as any)?.messages]), null, 1));
    provider.clearRequests();
  }
  await agent.holdpoint.stop(); await provider.stop();
});
