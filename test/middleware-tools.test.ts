// The kinds of tools that LangChain's agents have, under our middleware: what they are handed, what they may give back,
// and those that ask something themselves.
import { HumanMessage, ToolMessage, type BaseMessage } from "@langchain/core/messages";
import { Command, MemorySaver, interrupt } from "@langchain/langgraph";
import { randomUUID } from "node:crypto";
import { createAgent, tool, toolStrategy, type ToolRuntime } from "langchain";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import {
  defineTool,
  wrapLangChainTool,
  wrapMcpTools,
  type McpClient,
  type WrapOptions,
} from "../src/index.js";
import { obedient } from "./support/agent.js";
import { testDatabase } from "./support/database.js";
import { chatModel, middlewareAgent, toolAnswers, type TestMiddlewareAgent } from "./support/middleware.js";

let url: string;
beforeAll(async () => {
  url = await testDatabase();
});

const running: TestMiddlewareAgent[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map(({ holdpoint }) => holdpoint.stop()));
});

function agentWith(more: Parameters<typeof middlewareAgent>[1] = {}): TestMiddlewareAgent {
  const one = middlewareAgent(url, more);
  running.push(one);
  return one;
}

const at = (threadId: string) => ({ configurable: { thread_id: threadId } });
const says = (text: string) => ({ messages: [new HumanMessage(text)] });
const schema = z.object({ id: z.string(), amount: z.number().optional() });
const reads: WrapOptions = { annotations: { readOnlyHint: true } };

async function approve({ holdpoint }: Pick<TestMiddlewareAgent, "holdpoint">, threadId: string) {
  const [review] = await holdpoint.reviews({ threadId });
  if (!review) throw new Error("Nothing waits.");
  const result = await holdpoint.decide(review.id, { type: "approve", argsHash: review.argsHash });
  if (!result.ok) throw result.error;
  return review;
}

/** Says it to the agent, approves what is held, and gives what the agent then rests with. */
async function approved(one: TestMiddlewareAgent, text: string, id: string = randomUUID()) {
  await one.agent.invoke(says(text), at(id));
  await approve(one, id);
  const done = await one.holdpoint.resume(one.agent, id);
  return { id, messages: done.messages, done };
}

describe("a tool of LangChain's", () => {
  it("that only the agent was given is held, and finds its runtime and its key", async () => {
    const seen: unknown[] = [];
    const pay = tool(
      ({ id }, runtime: ToolRuntime) => {
        const { messages } = runtime.state as { messages: BaseMessage[] };
        seen.push(
          runtime.toolCallId,
          messages.length,
          runtime.context,
          runtime.configurable?.["idempotencyKey"],
        );
        return `paid ${id}`;
      },
      { name: "pay", description: "Pays.", schema },
    );
    const one = agentWith({ tools: [pay], options: { tools: [] } });
    const id = randomUUID();
    const config = { ...at(id), context: { user: "ann" } };
    await one.agent.invoke(says(`pay ${id}`), config);
    const review = await approve(one, id);
    expect(review.level).toBe("high");
    await one.holdpoint.resume(one.agent, id, { context: { user: "ann" } });
    const [execution] = await one.holdpoint.executions({ threadId: id });
    expect(seen).toEqual([expect.any(String), 2, { user: "ann" }, execution?.key]);
    expect(execution).toMatchObject({ state: "succeeded", effect: "blind", result: `paid ${id}` });
  });

  it("is what wrapLangChainTool and the policy say it is", async () => {
    const lookUp = tool(({ id }) => `saw ${id}`, { name: "look", description: "Looks.", schema });
    const tag = tool(({ id }) => `tagged ${id}`, { name: "tag", description: "Tags.", schema });
    const policy = "tools: { tag: { reversibility: reversible } }";
    const one = agentWith({ tools: [tag], options: { policy, tools: [wrapLangChainTool(lookUp, reads)] } });
    const id = randomUUID();
    const { messages } = await one.agent.invoke(says(`look ${id}; look ${id}; tag ${id}`), at(id));
    expect(toolAnswers(messages)).toEqual([`saw ${id}`, `saw ${id}`, `tagged ${id}`]);
  });

  it("is parsed by its own schema when it runs: what only that one refuses is the tool's failure, in few words", async () => {
    const even = schema.refine(({ amount = 0 }) => amount % 2 === 0, "only even amounts");
    const pay = tool(() => "paid", { name: "pay", description: "Pays.", schema: even });
    const one = agentWith({ tools: [pay], options: { tools: [] } });
    const { messages } = await approved(one, "pay a 3");
    const [said = ""] = toolAnswers(messages);
    expect(said).toMatch(/^The tool failed: .*only even amounts/s);
    expect(said).not.toContain("node_modules");
  });

  it("that throws has failed, once; a connection that broke off asks a person", async () => {
    for (const [code, state] of [
      ["EOOPS", "failed"],
      ["ECONNRESET", "unknown"],
    ]) {
      let runs = 0;
      const pay = tool(
        () => {
          runs += 1;
          throw Object.assign(new Error("No luck."), { code });
        },
        { name: "pay", description: "Pays.", schema },
      );
      const one = agentWith({ tools: [pay], options: { tools: [] } });
      const { id } = await approved(one, "pay a");
      expect(await one.holdpoint.executions({ threadId: id })).toMatchObject([{ state }]);
      expect(runs).toBe(1);
    }
  });

  it("may give blocks and an artifact; the record has the words", async () => {
    const picture = { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } };
    const draw = tool(() => [[{ type: "text", text: "Drawn." }, picture], { size: 3 }], {
      name: "draw",
      description: "Draws.",
      schema,
      responseFormat: "content_and_artifact",
    });
    const one = agentWith({ options: { tools: [wrapLangChainTool(draw, reads)] } });
    const id = randomUUID();
    const { messages } = await one.agent.invoke(says("draw a"), at(id));
    const answer = messages.find((message) => ToolMessage.isInstance(message));
    expect(answer?.content).toEqual([{ type: "text", text: "Drawn." }, picture]);
    expect(answer?.artifact).toEqual({ size: 3 });
    expect(await one.holdpoint.executions({ threadId: id })).toMatchObject([{ result: "Drawn." }]);
  });

  it("may answer with a Command, whose update is applied", async () => {
    const rename = tool(
      ({ id }, runtime: ToolRuntime) =>
        new Command({
          update: {
            messages: [
              new ToolMessage({ content: `renamed ${id}`, tool_call_id: runtime.toolCallId }),
              new HumanMessage("Noted."),
            ],
          },
        }),
      { name: "rename", description: "Renames.", schema },
    );
    const one = agentWith({ tools: [rename], options: { tools: [] } });
    const { id, messages } = await approved(one, "rename a");
    expect(messages.map((message) => message.text)).toContain("Noted.");
    expect(toolAnswers(messages)).toEqual(["renamed a"]);
    expect(await one.holdpoint.executions({ threadId: id })).toMatchObject([{ result: "renamed a" }]);
  });

  it("that returns directly ends the agent when it ran, and not when it was rejected", async () => {
    const quote = tool(() => "It costs 3.", {
      name: "quote",
      description: "Quotes.",
      schema,
      returnDirect: true,
    });
    const one = agentWith({ tools: [quote], options: { tools: [] } });
    const { messages } = await approved(one, "quote a");
    expect(messages.at(-1)?.text).toBe("It costs 3.");
    const id = randomUUID();
    await one.agent.invoke(says("quote b"), at(id));
    const [review] = await one.holdpoint.reviews({ threadId: id });
    await one.holdpoint.decide(review?.id ?? "", { type: "reject", argsHash: review?.argsHash ?? "" });
    const done = await one.holdpoint.resume(one.agent, id);
    expect(done.messages.at(-1)?.text).toMatch(/^Heard: A person rejected/);
  });
});

describe("tools from elsewhere", () => {
  it("an MCP server's are held, and its word that it only reads is believed where it is trusted", async () => {
    const called: string[] = [];
    const client = {
      listTools: async () => ({
        tools: ["list", "drop"].map((name) => ({
          name,
          description: name,
          inputSchema: { type: "object", properties: { id: { type: "string" } } },
          annotations: name === "list" ? { readOnlyHint: true } : {},
        })),
      }),
      callTool: async ({ name }: { name: string }) => {
        called.push(name);
        return { content: [{ type: "text", text: `${name} done` }] };
      },
    } satisfies McpClient;
    const one = agentWith({ options: { tools: await wrapMcpTools(client, { trusted: true }) } });
    const id = randomUUID();
    await one.agent.invoke(says("list a; drop a"), at(id));
    expect(called).toEqual(["list"]);
    await approve(one, id);
    const done = await one.holdpoint.resume(one.agent, id);
    expect(toolAnswers(done.messages)).toEqual(["list done", "drop done"]);
  });

  it("a transactional tool of ours commits with its record, and the claim's key is its own", async () => {
    const keys: string[] = [];
    const pay = defineTool({
      name: "pay",
      description: "Pays.",
      args: schema,
      effect: "transactional",
      run: async ({ id }, { sql, idempotencyKey, threadId }) => {
        keys.push(idempotencyKey);
        const [row] = (await sql?.query<{ answer: string }>("select $1::text as answer", [id])) ?? [];
        return { paid: row?.answer, threadId };
      },
    });
    const one = agentWith({ options: { tools: [pay] } });
    const { id, messages } = await approved(one, "pay a");
    expect(toolAnswers(messages)).toEqual([JSON.stringify({ paid: "a", threadId: id })]);
    const [execution] = await one.holdpoint.executions({ threadId: id });
    expect(execution).toMatchObject({ state: "succeeded", effect: "transactional", key: keys[0] });
  });

  it("a tool of ours runs under the middleware only, and under one name only once", async () => {
    const one = agentWith();
    const [pay] = one.holdpoint.tools ?? [];
    await expect(pay?.invoke({ id: "a" })).rejects.toMatchObject({ code: "tool_invalid" });
    const twin = tool(() => "paid", { name: "pay", description: "Pays.", schema });
    const two = agentWith({ tools: [twin] });
    await expect(two.agent.invoke(says("pay a"), at(randomUUID()))).rejects.toMatchObject({
      message: expect.stringContaining('two tools named "pay"'),
      cause: { code: "tool_invalid" },
    });
    expect(two.model.asked).toEqual([]);
  });

  it("an answer in a response format is no call: it is not held, and the agent ends with it", async () => {
    const report = z.object({ total: z.number() });
    const strategy = toolStrategy(report);
    const [{ name = "" } = {}] = strategy as unknown as { name?: string }[];
    const model = chatModel((messages) =>
      messages.some((message) => message.getType() === "tool")
        ? { calls: [{ tool: name, args: { total: 3 } }] }
        : obedient(messages),
    );
    const one = agentWith({ model, responseFormat: strategy });
    const { id, done } = await approved(one, "pay a");
    expect(done).toMatchObject({ structuredResponse: { total: 3 } });
    expect(await one.holdpoint.reviews({ threadId: id })).toEqual([]);
    expect(await one.holdpoint.executions({ threadId: id })).toHaveLength(1);
  });
});

describe("a tool that asks something itself", () => {
  const sizes = () => {
    const answers: unknown[] = [];
    const order = tool(
      ({ id }) => {
        const size: unknown = interrupt({ ask: `Which size for ${id}?` });
        answers.push(size);
        return `ordered ${id} in ${JSON.stringify(size)}`;
      },
      { name: "order", description: "Orders.", schema },
    );
    return { answers, order };
  };

  const pendingOf = async ({ agent }: TestMiddlewareAgent, id: string) =>
    (await agent.graph.getState(at(id))).tasks.flatMap((task) => task.interrupts);

  it.each<[string, (id: string) => unknown]>([
    ["by interrupt id", (id) => ({ [id]: { wake: true } })],
    ["bare", () => ({ decisions: [{ type: "approve" }] })],
  ])(
    "does not take the word that woke its hold for an answer, when that came %s",
    async (_how, resumeWith) => {
      const { answers, order } = sizes();
      const one = agentWith({ tools: [order], options: { tools: [] } });
      const id = randomUUID();
      await one.agent.invoke(says("order a"), at(id));
      const [hold] = await pendingOf(one, id);
      // Woken once in vain, too.
      await one.agent.invoke(new Command({ resume: resumeWith(hold?.id ?? "") }), at(id));
      await approve(one, id);
      await one.agent.invoke(new Command({ resume: resumeWith(hold?.id ?? "") }), at(id));
      expect(answers).toEqual([]);
      expect((await pendingOf(one, id)).map(({ value }) => value)).toEqual([{ ask: "Which size for a?" }]);
      expect(await one.holdpoint.wake(one.agent, id)).toBeNull();
      const done = await one.agent.invoke(new Command({ resume: "large" }), at(id));
      expect(answers).toEqual(["large"]);
      expect(toolAnswers(done.messages)).toEqual(['ordered a in "large"']);
      expect(await one.holdpoint.executions({ threadId: id })).toMatchObject([{ state: "succeeded" }]);
    },
  );

  it("waits for its answer longer than its process lives, and is then not asked about twice", async () => {
    const { answers, order } = sizes();
    const checkpointer = new MemorySaver();
    const options = { name: `agent-${randomUUID()}`, tools: [] };
    const first = middlewareAgent(url, { tools: [order], checkpointer, options });
    const { id } = await approved(first, "order a");
    expect(await first.holdpoint.executions({ threadId: id })).toMatchObject([
      { state: "claimed", paused: true },
    ]);
    // It goes on beside the first, which still lives: a claim that paused is anybody's.
    const second = agentWith({ tools: [order], checkpointer, options });
    const done = await second.agent.invoke(new Command({ resume: "small" }), at(id));
    expect(toolAnswers(done.messages)).toEqual(['ordered a in "small"']);
    expect(answers).toEqual(["small"]);
    await first.holdpoint.stop();
  });

  it("and whose client does the work is not shown to it before it was approved", async () => {
    const locate = tool({ name: "locate", description: "Locates.", schema });
    const one = agentWith({ tools: [locate], options: { tools: [] } });
    const id = randomUUID();
    await one.agent.invoke(says("locate a"), at(id));
    expect((await pendingOf(one, id)).map(({ value }) => value)).toMatchObject([
      { holdpoint: { kind: "review" } },
    ]);
    await approve(one, id);
    await one.holdpoint.resume(one.agent, id);
    expect((await pendingOf(one, id)).map(({ value }) => value)).toMatchObject([
      { type: "tool", toolCall: { name: "locate", args: { id: "a" } } },
    ]);
    const done = await one.agent.invoke(new Command({ resume: { lat: 1 } }), at(id));
    expect(toolAnswers(done.messages)).toEqual(['{"lat":1}']);
  });

  it("is not called again where policy forbids it meanwhile", async () => {
    const { answers, order } = sizes();
    const one = agentWith({ tools: [order], options: { tools: [] } });
    const { id } = await approved(one, "order a");
    await one.holdpoint.reloadPolicy(
      "rules: [{ id: stop, when: \"tool == 'order'\", verdict: deny, reason: Frozen. }]",
    );
    const done = await one.agent.invoke(new Command({ resume: "large" }), at(id));
    expect(toolAnswers(done.messages)).toEqual([expect.stringContaining("Frozen.")]);
    expect(answers).toEqual([]);
  });
});

describe("an agent inside a tool of another", () => {
  /** `ask` hands its words to an agent of its own, whose calls are held by a middleware of its own. */
  function nested(checkpointer: MemorySaver, names: [string, string]) {
    const inner = middlewareAgent(url, { checkpointer: null, options: { name: names[0] } });
    const ask = tool(
      async ({ id }) => {
        const { messages } = await inner.agent.invoke(says(`pay ${id}`));
        return messages.at(-1)?.text ?? "";
      },
      { name: "ask", description: "Asks the payments agent.", schema },
    );
    const outer = middlewareAgent(url, {
      checkpointer,
      options: { name: names[1], tools: [wrapLangChainTool(ask, reads)] },
    });
    running.push(inner, outer);
    return { inner, outer };
  }

  it("holds its own calls; the outer one goes on when they were decided, also in another process", async () => {
    const checkpointer = new MemorySaver();
    const names: [string, string] = [`inner-${randomUUID()}`, `outer-${randomUUID()}`];
    const before = nested(checkpointer, names);
    const id = randomUUID();
    const held = await before.outer.agent.invoke(says(`ask ${id}`), at(id));
    expect(held).toHaveProperty("__interrupt__");
    expect(await before.outer.holdpoint.reviews({ threadId: id })).toEqual([]);
    await Promise.all([before.inner.holdpoint.stop(), before.outer.holdpoint.stop()]);

    const { inner, outer } = nested(checkpointer, names);
    expect(await approve(inner, id)).toMatchObject({ tool: "pay", args: { id } });
    const done = await inner.holdpoint.resume(outer.agent, id);
    expect(inner.effects.of("pay")).toEqual([{ id }]);
    expect(toolAnswers(done.messages)).toEqual([`Heard: pay ${id} done`]);
    const executions = await outer.holdpoint.executions({ threadId: id });
    expect(executions.map(({ tool, state }) => `${tool} ${state}`).toSorted()).toEqual([
      "ask succeeded",
      "pay succeeded",
    ]);
  });
});

describe("all calls of a message in one task, as in LangChain's version v1", () => {
  it("are held one after another, and each runs once", async () => {
    const one = agentWith({ version: "v1" });
    const id = randomUUID();
    await one.agent.invoke(says(`pay ${id}; read ${id}; wipe ${id}`), at(id));
    for (let times = 0; times < 4 && (await one.holdpoint.reviews({ threadId: id })).length > 0; times += 1) {
      await approve(one, id);
      await one.holdpoint.resume(one.agent, id);
    }
    expect(one.effects.ran.map(({ tool }) => tool).toSorted()).toEqual(["pay", "read", "wipe"]);
    const { values } = await one.agent.graph.getState(at(id));
    expect(toolAnswers((values as { messages: BaseMessage[] }).messages)).toHaveLength(3);
  });
});

describe("a decision in a process that has not run its agent yet", () => {
  it("approves by the strictest reading of the tool, and cannot check an edit", async () => {
    const pay = tool(() => "paid", { name: "pay", description: "Pays.", schema });
    const checkpointer = new MemorySaver();
    const ladder = `
      default: { tier: desk }
      tiers: { desk: { roles: [support] }, chief: { roles: [lead] } }`;
    const stricter = `${ladder}
      rules: [{ id: much, when: "tool == 'pay' && args.amount > 100", tier: chief }]`;
    const options = { name: `agent-${randomUUID()}`, tools: [] };
    const first = agentWith({ tools: [pay], checkpointer, options: { ...options, policy: ladder } });
    const id = randomUUID();
    await first.agent.invoke(says(`pay ${id} 500`), at(id));
    const next = agentWith({ tools: [pay], checkpointer, options: { ...options, policy: stricter } });
    const [review] = await next.holdpoint.reviews({ threadId: id });
    const edit = { type: "edit", args: { id, amount: 1 }, argsHash: review?.argsHash ?? "" } as const;
    expect(await next.holdpoint.decide(review?.id ?? "", edit)).toMatchObject({
      error: { code: "edit_refused", message: expect.stringContaining("has not seen the tool pay yet") },
    });
    const approval = { type: "approve", argsHash: review?.argsHash ?? "" } as const;
    expect(
      await next.holdpoint.decide(review?.id ?? "", approval, { id: "bob", roles: ["support"] }),
    ).toMatchObject({ error: { code: "decision_forbidden" } });
    await approve(next, id);
    await next.holdpoint.resume(next.agent, id);
    expect(await next.holdpoint.executions({ threadId: id })).toMatchObject([{ state: "succeeded" }]);
  });
});

describe("an agent without a tool", () => {
  it("answers as it would without us", async () => {
    const { holdpoint } = agentWith({ options: { tools: [] } });
    const agent = createAgent({ model: chatModel(() => ({ text: "Hello." })), middleware: [holdpoint] });
    const { messages } = await agent.invoke(says("hi"), at(randomUUID()));
    expect(messages.at(-1)?.text).toBe("Hello.");
  });
});
