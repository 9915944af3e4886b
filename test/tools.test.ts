// Tools as authors, LangChain and MCP servers declare them: what is read out of a declaration, what of it is believed,
// and that the arguments which are shown and decided are the ones that arrive.
import { tool as langchainTool } from "@langchain/core/tools";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import {
  CallToolRequestSchema,
  ListToolsRequestSchema,
  type CallToolResult,
} from "@modelcontextprotocol/sdk/types.js";
import { randomUUID } from "node:crypto";
import { afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { z } from "zod";
import {
  defineTool,
  HoldpointError,
  wrapLangChainTool,
  wrapMcpTools,
  type HoldpointTool,
  type ToolContext,
} from "../src/index.js";
import { isOutcomeUnknown } from "../src/execution/outcome.js";
import type { JsonObject } from "../src/kernel/json.js";
import { toolSet } from "../src/tools/tool-set.js";
import { startAgent, type TestAgent } from "./support/agent.js";
import { faultsOf } from "../src/tools/faults.js";
import { testDatabase } from "./support/database.js";

const plain = { name: "act", description: "Does it.", args: z.object({ id: z.string() }), run: () => "done" };
const context = (signal = new AbortController().signal): ToolContext => ({
  threadId: "t",
  idempotencyKey: "k",
  signal,
});

/** The code and text of the fault that a piece of work ends with. */
function faultOf(work: () => unknown): HoldpointError {
  try {
    work();
  } catch (error) {
    if (error instanceof HoldpointError) return error;
    throw error;
  }
  throw new Error("It went through.");
}

const thrownBy = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => {
      throw new Error("It went through.");
    },
    (thrown: unknown) => thrown,
  );

const toolOf = (tools: readonly HoldpointTool[], name: string): HoldpointTool => {
  const found = tools.find((tool) => tool.name === name);
  if (!found) throw new Error(`There is no tool ${name} among ${tools.map((tool) => tool.name).join()}.`);
  return found;
};

const safeReading = { readOnly: false, idempotent: false, reversibility: "irreversible", effect: "blind" };

describe("a declared tool", () => {
  it("has the safe reading where nothing is declared", () => {
    expect(defineTool(plain)).toMatchObject({ ...safeReading, annotations: {} });
  });

  it.each([
    [{ readOnlyHint: true }, { readOnly: true, idempotent: true, reversibility: "reversible" }],
    [{ idempotentHint: true }, { readOnly: false, idempotent: true, reversibility: "irreversible" }],
    [{ destructiveHint: false }, { readOnly: false, reversibility: "irreversible" }],
    [
      { readOnlyHint: false, openWorldHint: false },
      { readOnly: false, reversibility: "irreversible" },
    ],
  ])("with the annotations %j reads as %j", (annotations, reading) => {
    expect(defineTool({ ...plain, annotations })).toMatchObject(reading);
  });

  it.each([
    [
      "a read that cannot be undone",
      { annotations: { readOnlyHint: true }, reversibility: "irreversible" as const },
    ],
    [
      "a read that has to be compensated",
      { annotations: { readOnlyHint: true }, reversibility: "compensable" as const },
    ],
    ["a queryable effect that nobody can ask about", { effect: "queryable" as const }],
    ["no name", { name: "" }],
    ["a name with a space", { name: "do it" }],
    ["a name of 65 letters", { name: "x".repeat(65) }],
  ])("is refused for %s", (_, wrong) => {
    expect(faultOf(() => defineTool({ ...plain, ...wrong })).code).toBe("tool_invalid");
  });

  it.each<[string, z.ZodType]>([
    ["a date", z.object({ at: z.date() })],
    ["a text that is read as a date", z.object({ at: z.coerce.date() })],
    ["a transform", z.object({ size: z.string().transform((text) => text.length) })],
    [
      "a transform that follows a pipe",
      z.object({ size: z.string().pipe(z.transform((text) => new Date(text))) }),
    ],
    ["a map", z.object({ by: z.map(z.string(), z.string()) })],
    ["a set", z.object({ all: z.set(z.string()) })],
    ["a big integer", z.object({ count: z.bigint() })],
    ["undefined", z.object({ nothing: z.undefined() })],
    ["an instance of a class", z.object({ url: z.instanceof(URL) })],
    ["a symbol", z.object({ sign: z.symbol() })],
    ["a text", z.string()],
    ["a list", z.array(z.string())],
  ])("whose arguments hold or are %s is refused", (_, args) => {
    expect(faultOf(() => defineTool({ ...plain, args })).code).toBe("tool_invalid");
  });

  it("shows its arguments as JSON Schema, as they are to be written", () => {
    const { argsSchema } = defineTool({
      ...plain,
      args: z.object({ id: z.string(), count: z.int().default(1) }),
    });
    expect(argsSchema).toMatchObject({
      type: "object",
      required: ["id"],
      properties: { id: { type: "string" }, count: { default: 1 } },
    });
  });

  it("parses arguments into the JSON that is decided: defaults are filled in, unknown ones left out", () => {
    const tool = defineTool({
      ...plain,
      args: z.object({
        id: z.string().trim(),
        count: z.int().default(1),
        tags: z.array(z.string()).optional(),
      }),
    });
    expect(tool.parseArgs({ id: " a ", other: true })).toEqual({ id: "a", count: 1 });
    expect(tool.parseArgs({ id: "a", count: 3, tags: ["x"] })).toEqual({ id: "a", count: 3, tags: ["x"] });
    // What was parsed once stays as it is, so that an edit starts from what was shown.
    expect(tool.parseArgs(tool.parseArgs({ id: " a " }))).toEqual({ id: "a", count: 1 });
  });

  it.each([[{}], [{ id: 7 }], [null], ["text"], [[1]], [undefined], [{ id: "a", count: 1.5 }]])(
    "does not take %j",
    (args) => {
      const tool = defineTool({ ...plain, args: z.object({ id: z.string(), count: z.int().optional() }) });
      expect(faultOf(() => tool.parseArgs(args)).code).toBe("args_invalid");
    },
  );

  it.each([
    [{ any: new Date() }],
    [{ any: { deep: [undefined] } }],
    [{ any: Number.NaN }],
    [{ any: "\ud800" }],
  ])("does not take what JSON cannot carry, where its schema would: %o", (args) => {
    expect(
      faultOf(() => defineTool({ ...plain, args: z.object({ any: z.unknown() }) }).parseArgs(args)).code,
    ).toBe("args_not_json");
  });

  it("runs on the very arguments it is given, and they are not parsed again", async () => {
    let parsed = 0;
    const args = z.object({ id: z.string().refine(() => (parsed += 1) > 0) });
    const run = vi.fn<() => string>(() => "done");
    const tool = defineTool({ ...plain, args, run });
    const decided = tool.parseArgs({ id: "a" });
    await tool.run(decided, context());
    expect(run).toHaveBeenCalledExactlyOnceWith(decided, expect.objectContaining({ idempotencyKey: "k" }));
    expect(parsed).toBe(1);
  });

  it("says what a call will do in its author's words, or by its name and arguments", () => {
    const title = ({ id }: { id: string }) => `Act on ${id}`;
    expect(defineTool({ ...plain, title }).title({ id: "a" })).toBe("Act on a");
    expect(defineTool(plain).title({ id: "a", list: [1, { b: null }] })).toBe(
      'act: id a, list [1,{"b":null}]',
    );
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`n${index}`, index]));
    expect(defineTool(plain).title(many)).toBe("act: n0 0, n1 1, n2 2, n3 3, n4 4, n5 5, and 34 more");
    expect(defineTool({ ...plain, annotations: { title: "An act" } }).title({})).toBe("An act");
  });

  it("keeps the receiver of reconcile and run, where a class declares them", async () => {
    class Refunds {
      readonly name = "refund";
      readonly description = "Refunds.";
      readonly args = z.object({ id: z.string() });
      readonly effect = "queryable" as const;
      readonly made = new Set<string>();
      run({ id }: { id: string }) {
        this.made.add(id);
        return "refunded";
      }
      async reconcile(_key: string, { id }: { id: string }) {
        return this.made.has(id)
          ? { happened: true as const, result: "refunded" }
          : { happened: false as const };
      }
    }
    const tool = defineTool(new Refunds());
    expect(await tool.reconcile?.("k", { id: "a" })).toEqual({ happened: false });
    await tool.run({ id: "a" }, context());
    expect(await tool.reconcile?.("k", { id: "a" })).toEqual({ happened: true, result: "refunded" });
  });
});

describe("a set of tools", () => {
  it("takes LangChain tools among ours, with the safe reading", () => {
    const set = toolSet([
      defineTool(plain),
      langchainTool(() => "done", { name: "other", description: "", schema: z.object({}) }),
    ]);
    expect([...set.keys()]).toEqual(["act", "other"]);
    expect(set.get("other")).toMatchObject(safeReading);
  });

  it("refuses two tools of one name, whatever they were made from", () => {
    const same = langchainTool(() => "done", { name: "act", description: "", schema: z.object({}) });
    expect(faultOf(() => toolSet([defineTool(plain), same]))).toMatchObject({
      code: "tool_invalid",
      message: expect.stringContaining('"act"') as string,
    });
  });

  it("refuses a name that no provider takes", () => {
    const odd = langchainTool(() => "done", { name: "do it!", description: "", schema: z.object({}) });
    expect(faultOf(() => toolSet([odd])).code).toBe("tool_invalid");
  });
});

describe("a LangChain tool", () => {
  const seen: unknown[] = [];
  const echo = async (args: unknown) => {
    seen.push(args);
    return `saw ${JSON.stringify(args)}`;
  };
  const ofZod = langchainTool(echo, {
    name: "search",
    description: "Searches.",
    schema: z.object({ query: z.string().min(2), limit: z.int().default(10) }),
  });
  const ofJsonSchema = langchainTool(echo, {
    name: "visit",
    description: "Visits a page.",
    schema: {
      type: "object",
      properties: {
        url: { type: "string", format: "uri" },
        depth: { type: "integer", minimum: 0, "x-unit": "links" },
      },
      required: ["url"],
      additionalProperties: false,
    },
  });
  afterEach(() => {
    seen.length = 0;
  });

  it.each([ofZod, ofJsonSchema])("has the safe reading ($name)", (given) => {
    expect(wrapLangChainTool(given)).toMatchObject({
      name: given.name,
      description: given.description,
      ...safeReading,
    });
  });

  it("takes on what its user says of it", () => {
    const tool = wrapLangChainTool(ofZod, { annotations: { readOnlyHint: true, title: "Search" } });
    expect(tool).toMatchObject({ readOnly: true, idempotent: true, reversibility: "reversible" });
    expect(tool.title({ query: "x" })).toBe("Search: query x");
    expect(wrapLangChainTool(ofZod, { reversibility: "compensable", effect: "keyed" })).toMatchObject({
      readOnly: false,
      reversibility: "compensable",
      effect: "keyed",
    });
  });

  it("asks a model for no argument that has a default", () => {
    const tool = wrapLangChainTool(ofZod);
    expect(tool.argsSchema["required"]).toEqual(["query"]);
    expect(tool.parseArgs({ query: "tea" })).toEqual({ query: "tea" });
  });

  it.each([
    ["a schema of zod", { query: "t" }, ofZod],
    ["a schema of zod", { limit: 3 }, ofZod],
    ["a schema of zod", { query: "tea", limit: 1.5 }, ofZod],
    ["a schema of zod", { query: "tea", other: 1 }, ofZod],
    ["a schema of zod", "tea", ofZod],
    ["a schema of zod", null, ofZod],
    ["a JSON Schema", { url: "no address" }, ofJsonSchema],
    ["a JSON Schema", { url: "https://example.org", depth: -1 }, ofJsonSchema],
    ["a JSON Schema", { url: "https://example.org", other: 1 }, ofJsonSchema],
    ["a JSON Schema", { depth: 1 }, ofJsonSchema],
    ["a JSON Schema", [], ofJsonSchema],
  ])("of %s does not take arguments that do not fit it: %j", (_, args, given) => {
    expect(faultOf(() => wrapLangChainTool(given).parseArgs(args)).code).toBe("args_invalid");
    expect(seen).toEqual([]);
  });

  it("names the place where arguments do not fit", () => {
    expect(
      faultOf(() => wrapLangChainTool(ofJsonSchema).parseArgs({ url: "https://example.org", depth: "deep" }))
        .message,
    ).toContain("depth must be integer");
  });

  it.each([
    ["a schema of zod", ofZod, { limit: "x", other: 1 }, ["limit", "other", "query"]],
    ["a JSON Schema", ofJsonSchema, { depth: "deep", other: 1 }, ["depth", "other", "url"]],
  ])("of %s names each field that is wrong, missing or too much", (_, given, args, fields) => {
    const faults = faultsOf(faultOf(() => wrapLangChainTool(given).parseArgs(args)));
    expect(faults.map(({ path }) => path).toSorted()).toEqual(fields);
  });

  it("runs on what was parsed, and gives back what the tool says", async () => {
    const zod = wrapLangChainTool(ofZod);
    expect(await zod.run(zod.parseArgs({ query: "tea", limit: 3 }), context())).toBe(
      'saw {"query":"tea","limit":3}',
    );
    const json = wrapLangChainTool(ofJsonSchema);
    expect(await json.run(json.parseArgs({ url: "https://example.org" }), context())).toBe(
      'saw {"url":"https://example.org"}',
    );
    expect(seen).toEqual([{ query: "tea", limit: 3 }, { url: "https://example.org" }]);
  });

  it("hears when its call is cancelled", async () => {
    const stop = new AbortController();
    const waits = langchainTool(
      (_, config) =>
        new Promise<string>((_resolve, reject) => {
          config.signal?.addEventListener("abort", () => reject(new Error("cancelled")));
          stop.abort();
        }),
      { name: "wait", description: "", schema: z.object({}) },
    );
    await expect(wrapLangChainTool(waits).run({}, context(stop.signal))).rejects.toThrow(/abort|cancel/i);
  });

  it("is refused at once where its schema is wrong in itself", () => {
    const broken = langchainTool(echo, {
      name: "broken",
      description: "",
      schema: { type: "object", properties: { id: { $ref: "#/$defs/missing" } } },
    });
    expect(faultOf(() => wrapLangChainTool(broken))).toMatchObject({
      code: "tool_invalid",
      message: expect.stringContaining("broken") as string,
    });
  });
});

/** A client of a real server, joined in memory. */
async function connected(server: McpServer | Server): Promise<Client> {
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  const client = new Client({ name: "test", version: "1" });
  await Promise.all([server.connect(theirs), client.connect(ours)]);
  onTestFinished(() => client.close());
  return client;
}

/** A server below the SDK's comfort, for what a well-behaved one does not do. */
function rawServer(
  tools: object[],
  answer: (name: string, signal: AbortSignal) => Promise<CallToolResult>,
): Server {
  const server = new Server({ name: "raw", version: "1" }, { capabilities: { tools: {} } });
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: tools as never }));
  server.setRequestHandler(CallToolRequestSchema, ({ params }, { signal }) => answer(params.name, signal));
  return server;
}

const byId = { type: "object", properties: { id: { type: "string" } }, required: ["id"] };

describe("an MCP tool", () => {
  /** One tool of each kind, and what they were asked to do. */
  function library(): { server: McpServer; ran: [string, unknown][] } {
    const ran: [string, unknown][] = [];
    const server = new McpServer({ name: "library", version: "1" });
    const inputSchema = { id: z.string(), copies: z.int().max(9).optional() };
    const says = (name: string) => (args: unknown) => {
      ran.push([name, args]);
      return { content: [{ type: "text" as const, text: `${name} done` }] };
    };
    server.registerTool(
      "look",
      { description: "Looks.", inputSchema, annotations: { readOnlyHint: true, idempotentHint: true } },
      says("look"),
    );
    server.registerTool(
      "lend",
      { inputSchema, annotations: { title: "Lend a book", destructiveHint: false } },
      says("lend"),
    );
    server.registerTool("burn", { inputSchema, annotations: { destructiveHint: true } }, says("burn"));
    server.registerTool("bare", {}, () => says("bare")({}));
    server.registerTool("fail", { inputSchema }, () => ({
      isError: true,
      content: [{ type: "text", text: "The shelf is empty." }],
    }));
    server.registerTool("throw", { inputSchema }, () => {
      throw new Error("The shelf broke.");
    });
    server.registerTool("count", { inputSchema, outputSchema: { copies: z.int() } }, () => ({
      content: [{ type: "text", text: "2" }],
      structuredContent: { copies: 2 },
    }));
    server.registerTool("scan", { inputSchema }, () => ({
      content: [
        { type: "text", text: "Two pages." },
        { type: "image", data: "AAAA", mimeType: "image/png" },
      ],
    }));
    return { server, ran };
  }
  const libraryTools = async (options?: { trusted?: boolean }) => {
    const { server, ran } = library();
    return { tools: await wrapMcpTools(await connected(server), options), ran };
  };

  it("of an untrusted server has the safe reading, whatever the server says of it", async () => {
    const { tools } = await libraryTools();
    for (const tool of tools) expect(tool).toMatchObject(safeReading);
    expect(toolOf(tools, "look").annotations).toEqual({});
    expect(toolOf(tools, "lend").annotations).toEqual({ title: "Lend a book", destructiveHint: false });
    expect(toolOf(tools, "burn").annotations).toEqual({ destructiveHint: true });
  });

  it("of a trusted server is a read where it says so, and nothing more", async () => {
    const { tools } = await libraryTools({ trusted: true });
    expect(toolOf(tools, "look")).toMatchObject({
      readOnly: true,
      idempotent: true,
      reversibility: "reversible",
    });
    for (const name of ["lend", "burn", "bare"]) expect(toolOf(tools, name)).toMatchObject(safeReading);
  });

  it("shows the server's name, description, title and schema", async () => {
    const { tools } = await libraryTools();
    const look = toolOf(tools, "look");
    expect(look.description).toBe("Looks.");
    expect(look.argsSchema).toMatchObject({
      type: "object",
      required: ["id"],
      properties: { copies: { maximum: 9 } },
    });
    expect(toolOf(tools, "lend").title({ id: "b1" })).toBe("Lend a book: id b1");
    expect(toolOf(tools, "bare").parseArgs({})).toEqual({});
  });

  it("checks arguments by the server's JSON Schema before anybody is asked", async () => {
    const { tools, ran } = await libraryTools();
    const lend = toolOf(tools, "lend");
    expect(lend.parseArgs({ id: "b1", copies: 2 })).toEqual({ id: "b1", copies: 2 });
    for (const wrong of [{}, { id: 1 }, { id: "b1", copies: 10 }, { id: "b1", copies: 1.5 }, [], null]) {
      expect(faultOf(() => lend.parseArgs(wrong)).code).toBe("args_invalid");
    }
    expect(ran).toEqual([]);
  });

  it("runs on the arguments it is given, and answers with its texts or its structured content", async () => {
    const { tools, ran } = await libraryTools();
    expect(await toolOf(tools, "lend").run({ id: "b1", copies: 2 }, context())).toBe("lend done");
    expect(ran).toEqual([["lend", { id: "b1", copies: 2 }]]);
    expect(await toolOf(tools, "count").run({ id: "b1" }, context())).toEqual({ copies: 2 });
    expect(await toolOf(tools, "scan").run({ id: "b1" }, context())).toBe(
      'Two pages.\n{"type":"image","data":"AAAA","mimeType":"image/png"}',
    );
  });

  it.each([
    ["fail", "The shelf is empty."],
    ["throw", "The shelf broke."],
  ])("that reports an error has failed, in the server's words (%s)", async (name, words) => {
    const { tools } = await libraryTools();
    const thrown = await thrownBy(toolOf(tools, name).run({ id: "b1" }, context()));
    expect(String(thrown)).toContain(words);
    expect(isOutcomeUnknown(thrown)).toBe(false);
  });

  it("is found on whichever page of the list it stands", async () => {
    const server = new Server({ name: "paged", version: "1" }, { capabilities: { tools: {} } });
    const asked: unknown[] = [];
    server.setRequestHandler(ListToolsRequestSchema, ({ params }) => {
      asked.push(params?.cursor);
      const page = Number(params?.cursor ?? 0);
      return {
        tools: [{ name: `tool_${page}`, inputSchema: { type: "object" } }],
        ...(page < 3 ? { nextCursor: String(page + 1) } : {}),
      };
    });
    const tools = await wrapMcpTools(await connected(server));
    expect(tools.map((tool) => tool.name)).toEqual(["tool_0", "tool_1", "tool_2", "tool_3"]);
    expect(asked).toEqual([undefined, "1", "2", "3"]);
  });

  it("goes by a name that providers take, and is called by its own", async () => {
    const called: string[] = [];
    const server = rawServer([{ name: "files.read/all", inputSchema: byId }], async (name) => {
      called.push(name);
      return { content: [] };
    });
    const [tool] = await wrapMcpTools(await connected(server));
    expect(tool?.name).toBe("files_read_all");
    await tool?.run({ id: "a" }, context());
    expect(called).toEqual(["files.read/all"]);
  });

  it("has a schema with formats and keywords that nobody knows, and is checked by the rest of it", async () => {
    const inputSchema = {
      ...byId,
      properties: { id: { type: "string", format: "isbn-17", "x-shelf": true } },
      $schema: "https://json-schema.org/draft/2020-12/schema",
    };
    const [tool] = await wrapMcpTools(
      await connected(rawServer([{ name: "odd", inputSchema }], async () => ({ content: [] }))),
    );
    expect(tool?.parseArgs({ id: "any" })).toEqual({ id: "any" });
    expect(faultOf(() => tool?.parseArgs({ id: 7 })).code).toBe("args_invalid");
  });

  it("whose schema is wrong in itself is refused by its name", async () => {
    const server = rawServer(
      [{ name: "wrong", inputSchema: { type: "object", properties: { id: { pattern: "(" } } } }],
      async () => ({ content: [] }),
    );
    expect(await thrownBy(wrapMcpTools(await connected(server)))).toMatchObject({
      code: "tool_invalid",
      details: { tool: "wrong" },
    });
  });

  describe("of which nobody can say whether it ran", () => {
    const answering = async (answer: () => Promise<CallToolResult>, tool: object = {}) => {
      const server = rawServer([{ name: "pay", inputSchema: byId, ...tool }], answer);
      const [wrapped] = await wrapMcpTools(await connected(server));
      if (!wrapped) throw new Error("The server has no tool.");
      return { server, run: () => wrapped.run({ id: "a" }, context()) };
    };

    it("is unknown where the connection closes in the middle of the call", async () => {
      const { server, run } = await answering(async () => {
        await server.close();
        return { content: [] };
      });
      expect(isOutcomeUnknown(await thrownBy(run()))).toBe(true);
    });

    it("is unknown where its result does not have the announced form", async () => {
      const outputSchema = { type: "object", properties: { paid: { type: "boolean" } }, required: ["paid"] };
      for (const result of [{ content: [] }, { content: [], structuredContent: { paid: "yes" } }]) {
        const { run } = await answering(async () => result, { outputSchema });
        expect(isOutcomeUnknown(await thrownBy(run()))).toBe(true);
      }
    });

    it("succeeded where only its words are odd", async () => {
      const { run } = await answering(async () => ({
        content: [{ type: "text", text: "half a pair: \ud83d" }],
      }));
      expect(await run()).toContain("half a pair");
    });

    it("is waited for by our time limit, and not given up by the client's shorter one", async () => {
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
      onTestFinished(() => void vi.useRealTimers());
      const { promise: isCalled, resolve: called } = withResolvers<void>();
      const { promise: answer, resolve: give } = withResolvers<CallToolResult>();
      const { run } = await answering(() => {
        called();
        return answer;
      });
      const running = run();
      await isCalled;
      await vi.advanceTimersByTimeAsync(10 * 60_000);
      give({ content: [{ type: "text", text: "Paid at last." }] });
      expect(await running).toBe("Paid at last.");
    });
  });
});

describe("inside an agent", () => {
  let url: string;
  beforeAll(async () => {
    url = await testDatabase();
  });

  const agentWith = async (tools: Parameters<typeof toolSet>[0], settings = {}): Promise<TestAgent> => {
    const agent = await startAgent(url, { tools, settings });
    onTestFinished(() => agent.holdpoint.stop());
    return agent;
  };
  const approve = async ({ holdpoint }: TestAgent, threadId: string) => {
    const [review] = await holdpoint.reviews({ threadId });
    if (!review) throw new Error(`Nothing waits on ${threadId}.`);
    expect(await holdpoint.decide(review.id, { type: "approve", argsHash: review.argsHash })).toMatchObject({
      ok: true,
    });
    return holdpoint.wait(threadId);
  };
  const lookingServer = (ran: unknown[]): McpServer => {
    const server = new McpServer({ name: "library", version: "1" });
    server.registerTool(
      "look",
      { inputSchema: { id: z.string() }, annotations: { readOnlyHint: true } },
      (args) => {
        ran.push(args);
        return { content: [{ type: "text", text: "It is there." }] };
      },
    );
    return server;
  };

  it("a read of an untrusted MCP server is held, and runs once when it is approved", async () => {
    const ran: JsonObject[] = [];
    const agent = await agentWith(await wrapMcpTools(await connected(lookingServer(ran))));
    const id = randomUUID();
    expect((await agent.holdpoint.send(id, `look ${id}`)).status).toBe("interrupted");
    expect(ran).toEqual([]);
    expect(await agent.holdpoint.reviews({ threadId: id })).toMatchObject([
      { tool: "look", args: { id }, title: `look: id ${id}` },
    ]);
    const done = await approve(agent, id);
    expect(done.messages.at(-1)?.text).toBe("Heard: It is there.");
    expect(ran).toEqual([{ id }]);
  });

  it("a read of a trusted MCP server runs at once", async () => {
    const ran: JsonObject[] = [];
    const agent = await agentWith(await wrapMcpTools(await connected(lookingServer(ran)), { trusted: true }));
    const id = randomUUID();
    expect((await agent.holdpoint.send(id, `look ${id}`)).status).toBe("idle");
    expect(ran).toEqual([{ id }]);
  });

  it("an error that an MCP server reports is a failure, and the model hears it", async () => {
    const server = rawServer([{ name: "pay", inputSchema: byId }], async () => ({
      isError: true,
      content: [{ type: "text", text: "No funds." }],
    }));
    const agent = await agentWith(await wrapMcpTools(await connected(server)));
    const id = randomUUID();
    await agent.holdpoint.send(id, `pay ${id}`);
    const done = await approve(agent, id);
    expect(done.messages.at(-1)?.text).toContain("The tool failed: No funds.");
    expect(await agent.holdpoint.executions({ threadId: id })).toMatchObject([
      { state: "failed", error: "No funds." },
    ]);
  });

  it.each<[string, (server: Server, signal: AbortSignal) => Promise<CallToolResult>]>([
    [
      "does not answer in time",
      (_, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(new Error("cancelled")));
        }),
    ],
    ["goes away in the middle of it", (server) => server.close().then(() => ({ content: [] }))],
  ])("a call to an MCP server that %s is unknown, and a person settles it", async (_, answer) => {
    const server = rawServer([{ name: "pay", inputSchema: byId }], (_name, signal) => answer(server, signal));
    const agent = await agentWith(await wrapMcpTools(await connected(server)), { toolTimeoutMs: 300 });
    const id = randomUUID();
    await agent.holdpoint.send(id, `pay ${id}`);
    expect((await approve(agent, id)).status).toBe("interrupted");
    expect(await agent.holdpoint.executions({ threadId: id })).toMatchObject([{ state: "unknown" }]);
    const [settle] = await agent.holdpoint.reviews({ threadId: id });
    expect(settle).toMatchObject({ kind: "settle", tool: "pay" });
    await agent.holdpoint.decide(String(settle?.id), {
      type: "not_happened",
      argsHash: String(settle?.argsHash),
    });
    expect((await agent.holdpoint.wait(id)).status).toBe("idle");
  });

  it("a LangChain tool is held, and runs once on what was approved", async () => {
    const ran: unknown[] = [];
    const send = langchainTool(
      (args) => {
        ran.push(args);
        return "Sent.";
      },
      {
        name: "send",
        description: "Sends.",
        schema: z.object({ id: z.string(), copies: z.int().default(1) }),
      },
    );
    const agent = await agentWith([send]);
    const id = randomUUID();
    expect((await agent.holdpoint.send(id, `send ${id}`)).status).toBe("interrupted");
    const done = await approve(agent, id);
    expect(done.messages.at(-1)?.text).toBe("Heard: Sent.");
    expect(ran).toEqual([{ id, copies: 1 }]);
  });
});

function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
