// The real ChatOpenAI puts an e-mail into blocks, against a server that speaks OpenAI's wire: on good days and on bad ones.
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import {
  createHoldpoint,
  defineTool,
  openAiModel,
  type Draft,
  type Holdpoint,
  type Review,
} from "../src/index.js";
import { testDatabase } from "./support/database.js";

const proposed = "Dear Mara Lindqvist,\n\nyour parcel is on its way.";
const sendEmail = defineTool({
  name: "send_email",
  description: "Sends an e-mail.",
  args: z.object({ to: z.string(), body: z.string() }),
  draft: "body",
  run: () => "sent",
});

interface Asked {
  messages: { role: string; content: string }[];
  tools?: unknown[];
  response_format?: { type: string; json_schema: { name: string; strict: boolean; schema: Schema } };
}
interface Schema {
  required: string[];
  additionalProperties: boolean;
  properties: { blocks: { items: Schema & { properties: Record<string, unknown> } } };
}

type Reply = (response: ServerResponse) => void;
let replyWithBlocks: Reply;
let asked: Asked[] = [];

const message = (of: object, finish = "stop"): Reply => {
  const body = {
    id: `chatcmpl-${randomUUID()}`,
    object: "chat.completion",
    created: 0,
    model: "gpt-4.1",
    choices: [
      {
        index: 0,
        finish_reason: finish,
        message: { role: "assistant", content: null, refusal: null, ...of },
      },
    ],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  };
  return (response) => void response.setHeader("content-type", "application/json").end(JSON.stringify(body));
};
const failing =
  (status: number): Reply =>
  (response) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify({ error: { message: "The server had an error.", type: "server_error" } }));
  };
const email = message(
  {
    tool_calls: [
      {
        id: "call_1",
        type: "function",
        function: {
          name: "send_email",
          arguments: JSON.stringify({ to: "mara@example.com", body: proposed }),
        },
      },
    ],
  },
  "tool_calls",
);

const server = createServer((request, response) => {
  void json(request).then((body) => {
    const one = body as Asked;
    asked.push(one);
    return one.response_format ? replyWithBlocks(response) : email(response);
  });
});

let holdpoint: Holdpoint;
let hasty: Holdpoint;
beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  const database = { url: await testDatabase() };
  const start = (name: string, draftTimeoutMs: number) =>
    createHoldpoint({
      name,
      model: openAiModel({ apiKey: "test", model: "gpt-4.1", baseUrl, maxRetries: 0 }),
      tools: [sendEmail],
      instructions: "You write for Northwind.",
      database,
      settings: { leaseMs: 1_000, pollMs: 100, maxConnections: 8, draftTimeoutMs },
    });
  holdpoint = await start("patient", 60_000);
  hasty = await start("hasty", 200);
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await Promise.all([holdpoint.stop(), hasty.stop()]);
});

async function drafted(reply: Reply, by = holdpoint): Promise<Review & { draft: Draft }> {
  replyWithBlocks = reply;
  asked = [];
  const threadId = randomUUID();
  await by.send(threadId, "Tell Mara Lindqvist that her parcel is on its way.");
  const [review] = await by.reviews({ threadId });
  if (!review?.draft) throw new Error("Nothing is held.");
  return { ...review, draft: review.draft };
}

const blocks = [
  {
    kind: "confident",
    text: "Dear Mara Lindqvist,",
    note: null,
    alternatives: [],
    sources: [{ from: "user", quote: "Mara Lindqvist" }],
    joint: "paragraph",
  },
  {
    kind: "confident",
    text: "your parcel arrives on 14 March.",
    note: null,
    alternatives: [],
    sources: [],
    joint: "space",
  },
  { kind: "placeholder", text: "", note: "who signs", alternatives: [], sources: [], joint: "nothing" },
];

describe("the real ChatOpenAI, asked to put an e-mail into blocks", () => {
  it("is sent a schema that OpenAI takes as strict, the words and what they may rest on, and no tools", async () => {
    await drafted(message({ content: JSON.stringify({ blocks }) }));
    const [call, request] = asked;
    expect(call).toMatchObject({ tools: [{ function: { name: "send_email" } }] });
    expect(call?.response_format).toBeUndefined();
    expect(request?.tools).toBeUndefined();
    expect(request?.response_format).toMatchObject({
      type: "json_schema",
      json_schema: { name: "draft_blocks", strict: true },
    });
    // As OpenAI asks for: each object closed, each of its names required.
    const schema = request?.response_format?.json_schema.schema;
    expect(schema).toMatchObject({ required: ["blocks"], additionalProperties: false });
    const item = schema?.properties.blocks.items;
    expect(item?.additionalProperties).toBe(false);
    expect(item?.required).toEqual(Object.keys(item?.properties ?? {}));
    expect(item?.required).toEqual(["kind", "text", "note", "alternatives", "sources", "joint"]);
    const [system, user] = request?.messages ?? [];
    expect(system).toMatchObject({ role: "system", content: "You write for Northwind." });
    for (const part of [proposed, "[user] Tell Mara Lindqvist", '"to":"mara@example.com"'])
      expect(user?.content).toContain(part);
  });

  it("answers blocks, which are read, checked against what is known, and put in the call's place", async () => {
    const { draft, args } = await drafted(message({ content: JSON.stringify({ blocks }) }));
    expect(draft).toMatchObject({
      isWriting: false,
      model: "gpt-4.1",
      blocks: [
        { kind: "confident", isOpen: false, sources: [{ from: "user", quote: "Mara Lindqvist" }] },
        { kind: "uncertain", isOpen: true, note: expect.stringContaining("14 March") as string },
        { kind: "placeholder", isOpen: true, note: "who signs" },
      ],
    });
    expect(args["body"]).toBe("Dear Mara Lindqvist,\n\nyour parcel arrives on 14 March. [who signs]");
  });

  it.each<[string, Reply]>([
    ["refuses", message({ refusal: "I cannot help with that." })],
    ["says nothing", message({ content: "" })],
    ["answers words", message({ content: "Here you are: it is all fine." })],
    ["answers JSON that is malformed", message({ content: '{"blocks":[{"kind":"confident","text":"Dear' })],
    ["answers JSON of another shape", message({ content: '{"blocks":"confident","text":"Dear Mara"}' })],
    ["is cut off by its limit", message({ content: '{"blocks":[{"kind":"confident"' }, "length")],
    ["is stopped by a filter", message({ content: "" }, "content_filter")],
    ["answers 500", failing(500)],
    ["answers 429", failing(429)],
    ["hangs up", (response) => void response.socket?.destroy()],
    ["answers what is no JSON at all", (response) => void response.end("<html>Bad gateway</html>")],
  ])("that %s leaves the words as they were proposed, all uncertain", async (_, reply) => {
    const { draft, args } = await drafted(reply);
    expect(asked).toHaveLength(2);
    expect(args).toEqual({ to: "mara@example.com", body: proposed });
    expect(draft.isWriting).toBe(false);
    expect(draft.blocks).toMatchObject([{ kind: "uncertain", text: proposed, isOpen: true }]);
    expect(draft.blocks).toHaveLength(1);
  });

  it.each<[string, Reply]>([
    ["never answers", () => {}],
    [
      "falls silent in the middle",
      (response) =>
        void response.writeHead(200, { "content-type": "application/json" }).write('{"choices":['),
    ],
  ])("that %s is waited for no longer than it was told, and nothing is confident", async (_, reply) => {
    const { draft, args } = await drafted(reply, hasty);
    expect(args["body"]).toBe(proposed);
    expect(draft).toMatchObject({
      isWriting: false,
      model: null,
      blocks: [{ kind: "uncertain", text: proposed, isOpen: true }],
    });
  });
});
