// Other middleware in the same agent, before ours and behind it: what stands behind acts between the decision and the
// effect.
import { HumanMessage, ToolMessage, type BaseMessage } from "@langchain/core/messages";
import { Command } from "@langchain/langgraph";
import { randomUUID } from "node:crypto";
import {
  createMiddleware,
  humanInTheLoopMiddleware,
  todoListMiddleware,
  tool,
  toolErrorMiddleware,
  toolRetryMiddleware,
  type AgentMiddleware,
  type ToolRuntime,
} from "langchain";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { defineTool, wrapLangChainTool } from "../src/index.js";
import { testDatabase } from "./support/database.js";
import {
  callsIn,
  chatModel,
  middlewareAgent,
  toolAnswers,
  type TestMiddlewareAgent,
} from "./support/middleware.js";

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

/** Approves all that is held, once, and gives what the agent then rests with. */
async function approveAll(one: TestMiddlewareAgent, threadId: string): Promise<BaseMessage[]> {
  for (const { id, argsHash } of await one.holdpoint.reviews({ threadId }))
    await one.holdpoint.decide(id, { type: "approve", argsHash });
  const done = await one.holdpoint.resume(one.agent, threadId);
  return done.messages;
}

async function approved(one: TestMiddlewareAgent, text: string) {
  const id = randomUUID();
  await one.agent.invoke(says(text), at(id));
  return { id, messages: await approveAll(one, id) };
}

/** A tool that throws what it is told to, the first `times`. */
function failing(code: string, times = Infinity) {
  const made = { runs: 0 };
  const pay = tool(
    ({ id }) => {
      made.runs += 1;
      if (made.runs <= times) throw Object.assign(new Error("No luck."), { code });
      return `paid ${id}`;
    },
    { name: "pay", description: "Pays.", schema },
  );
  return { made, pay };
}

const retry = () =>
  toolRetryMiddleware({ maxRetries: 3, initialDelayMs: 1, jitter: false }) as AgentMiddleware;
const forgiving = () => toolErrorMiddleware({ onError: (error) => String(error) }) as AgentMiddleware;

describe("middleware that retries", () => {
  it("behind ours does not make a tool run twice", async () => {
    const { made, pay } = failing("EOOPS", 1);
    const one = agentWith({ tools: [pay], options: { tools: [] }, behind: [retry()] });
    const { id, messages } = await approved(one, "pay a");
    expect(made.runs).toBe(1);
    expect(toolAnswers(messages)).toEqual([expect.stringContaining("No luck.")]);
    expect(await one.holdpoint.executions({ threadId: id })).toMatchObject([{ state: "failed" }]);
  });

  it("before ours takes a hold for a fault: nothing runs, and nobody is asked in vain", async () => {
    const warned: unknown[] = [];
    const log = { info() {}, error() {}, warn: (...said: unknown[]) => void warned.push(said) };
    const one = agentWith({ before: [retry()], options: { log } });
    const id = randomUUID();
    const { messages } = await one.agent.invoke(says("pay a"), at(id));
    expect(toolAnswers(messages)).toEqual([expect.stringContaining("GraphInterrupt")]);
    expect(one.effects.ran).toEqual([]);
    expect(await one.holdpoint.reviews({ threadId: id })).toEqual([]);
    expect(await one.holdpoint.reviews({ threadId: id, status: "superseded" })).toHaveLength(1);
    expect(warned).toMatchObject([[expect.stringContaining("answered by somebody else"), { threadId: id }]]);
  });

  it("behind ours may try again what only reads", async () => {
    const { made, pay } = failing("EOOPS", 1);
    const reads = wrapLangChainTool(pay, { annotations: { readOnlyHint: true } });
    const one = agentWith({ options: { tools: [reads] }, behind: [retry()] });
    const id = randomUUID();
    const { messages } = await one.agent.invoke(says("pay a"), at(id));
    expect(made.runs).toBe(2);
    expect(toolAnswers(messages)).toEqual(["paid a"]);
  });
});

describe("middleware behind ours", () => {
  const behind = (wrapToolCall: NonNullable<AgentMiddleware["wrapToolCall"]>) => [
    createMiddleware({ name: "Neighbour", wrapToolCall }) as AgentMiddleware,
  ];

  it("that makes a fault into an answer does not hide that the outcome is unknown", async () => {
    const { made, pay } = failing("ECONNRESET");
    const one = agentWith({ tools: [pay], options: { tools: [] }, behind: [forgiving()] });
    const { id } = await approved(one, "pay a");
    expect(made.runs).toBe(1);
    expect(await one.holdpoint.reviews({ threadId: id })).toMatchObject([{ kind: "settle" }]);
  });

  it("that fails after the tool does not make an effect into a failure", async () => {
    const one = agentWith({
      behind: behind(async (request, handler) => {
        await handler(request);
        throw new Error("The log is full.");
      }),
    });
    const { id, messages } = await approved(one, "pay a");
    expect(one.effects.of("pay")).toHaveLength(1);
    expect(toolAnswers(messages)).toEqual(["pay a done"]);
    expect(await one.holdpoint.executions({ threadId: id })).toMatchObject([{ state: "succeeded" }]);
  });

  it("cannot make the tool run twice at the same time", async () => {
    const one = agentWith({
      behind: behind(async (request, handler) => {
        const [first] = await Promise.allSettled([handler(request), handler(request)]);
        if (first.status === "rejected") throw first.reason;
        return first.value;
      }),
    });
    const { messages } = await approved(one, "pay a");
    expect(one.effects.of("pay")).toHaveLength(1);
    expect(toolAnswers(messages)).toEqual(["pay a done"]);
  });

  it("cannot change what was decided on", async () => {
    const one = agentWith({
      behind: behind((request, handler) => {
        const args = { ...request.toolCall.args, amount: 9_000 };
        return handler({ ...request, toolCall: { ...request.toolCall, args } });
      }),
    });
    const { id, messages } = await approved(one, "pay a 5");
    expect(one.effects.ran).toEqual([]);
    expect(toolAnswers(messages)).toEqual([expect.stringContaining("changed after they were released")]);
    expect(await one.holdpoint.executions({ threadId: id })).toMatchObject([{ state: "failed" }]);
  });

  it("may change the answer, and may answer in the tool's place", async () => {
    const one = agentWith({
      behind: behind(async (request, handler) => {
        if (request.toolCall.name === "note")
          return new ToolMessage({ content: "noted already", tool_call_id: request.toolCall.id ?? "" });
        const answer = await handler(request);
        return new ToolMessage({
          content: `${ToolMessage.isInstance(answer) ? answer.text : ""}!`,
          tool_call_id: request.toolCall.id ?? "",
        });
      }),
    });
    const { messages } = await one.agent.invoke(says("read a; note a"), at(randomUUID()));
    expect(toolAnswers(messages)).toEqual(["read a done!", "noted already"]);
    expect(one.effects.ran.map(({ tool }) => tool)).toEqual(["read"]);
  });

  it("sees the tool that runs", async () => {
    const seen: unknown[] = [];
    const one = agentWith({
      behind: behind((request, handler) => {
        seen.push((request.tool as { name: string; description: string }).description);
        return handler(request);
      }),
    });
    await one.agent.invoke(says("read a"), at(randomUUID()));
    expect(seen).toEqual(["The tool read."]);
  });
});

describe("middleware before ours", () => {
  it("may change arguments: what it makes of them is shown, decided and run", async () => {
    const raising = createMiddleware({
      name: "Raising",
      wrapToolCall: (request, handler) => {
        const args = { ...request.toolCall.args, amount: 7 };
        return handler({ ...request, toolCall: { ...request.toolCall, args } });
      },
    }) as AgentMiddleware;
    const one = agentWith({ before: [raising] });
    const id = randomUUID();
    await one.agent.invoke(says("pay a 5; read a"), at(id));
    expect(one.effects.of("read")).toEqual([{ id: "a", amount: 7 }]);
    expect(await one.holdpoint.reviews({ threadId: id })).toMatchObject([
      // Nobody said 7, and whoever decides is told so.
      { args: { id: "a", amount: 7 }, reasons: [{ rule: "irreversible" }, { rule: "from-nowhere" }] },
    ]);
    await approveAll(one, id);
    expect(one.effects.of("pay")).toEqual([{ id: "a", amount: 7 }]);
  });

  it("may bring a tool that only it knows", async () => {
    const brought = tool(({ id }) => `flew ${id}`, { name: "fly", description: "Flies.", schema });
    const bringing = createMiddleware({
      name: "Bringing",
      wrapModelCall: (request, handler) => handler({ ...request, tools: [...request.tools, brought] }),
      wrapToolCall: (request, handler) =>
        handler(request.toolCall.name === "fly" ? { ...request, tool: brought } : request),
    }) as AgentMiddleware;
    const one = agentWith({ before: [bringing] });
    const { messages } = await approved(one, "fly a");
    expect(toolAnswers(messages)).toEqual(["flew a"]);
  });

  it("that throws for one call does not cut off the tool of another", async () => {
    const aborted: unknown[] = [];
    const steps = { work: signal(), end: signal() };
    const slow = tool(
      async (_args, runtime: ToolRuntime) => {
        steps.work.give();
        await steps.end.given;
        aborted.push(runtime.signal?.aborted);
        return "slow done";
      },
      { name: "slow", description: "Works until it is told to end.", schema },
    );
    const throwing = createMiddleware({
      name: "Throwing",
      wrapToolCall: async (request, handler) => {
        if (request.toolCall.name !== "wipe") return handler(request);
        await steps.work.given;
        throw new Error("Not here.");
      },
    }) as AgentMiddleware;
    const reads = wrapLangChainTool(slow, { annotations: { readOnlyHint: true } });
    const one = agentWith({ before: [throwing], options: { tools: [reads] } });
    const id = randomUUID();
    await expect(one.agent.invoke(says("slow a; wipe a"), at(id))).rejects.toThrow("Not here.");
    steps.end.give();
    await expect
      .poll(() => one.holdpoint.executions({ threadId: id }))
      .toMatchObject([{ tool: "slow", state: "succeeded" }]);
    expect(aborted).toEqual([false]);
  });

  it("that writes calls of its own into the model's message has them held", async () => {
    const writing = createMiddleware({
      name: "Writing",
      afterModel: ({ messages }) => {
        const last = messages.at(-1);
        const [call] = last ? callsIn([last]) : [];
        if (last && call) Object.assign(call, { name: "note", args: { id: "b" } });
        return last ? { messages: [last] } : undefined;
      },
    }) as AgentMiddleware;
    const one = agentWith({ before: [writing] });
    const id = randomUUID();
    await one.agent.invoke(says("read a"), at(id));
    expect(one.effects.ran).toEqual([]);
    expect((await one.holdpoint.reviews({ threadId: id })).flatMap(({ reasons }) => reasons)).toMatchObject([
      { rule: "not-on-record" },
    ]);
  });

  it("may bring tools that change the agent's state, which the policy lets run", async () => {
    const policy = "tools: { write_todos: { reversibility: reversible } }";
    const todos = [{ content: "Pay.", status: "pending" }];
    const model = chatModel((messages) =>
      messages.at(-1)?.getType() === "tool"
        ? { text: "Planned." }
        : { calls: [{ tool: "write_todos", args: { todos } }] },
    );
    const one = agentWith({
      model,
      options: { policy },
      before: [todoListMiddleware() as unknown as AgentMiddleware],
    });
    const done = await one.agent.invoke(says("plan"), at(randomUUID()));
    expect(done).toMatchObject({ todos });
    expect(done.messages.at(-1)?.text).toBe("Planned.");
  });

  it("as LangChain's own for people, asks besides and releases nothing", async () => {
    const asking = humanInTheLoopMiddleware({
      interruptOn: { pay: true },
    } as never) as unknown as AgentMiddleware;
    const one = agentWith({ before: [asking] });
    const id = randomUUID();
    await one.agent.invoke(says("pay a"), at(id));
    expect(await one.holdpoint.reviews({ threadId: id })).toEqual([]);
    await one.agent.invoke(new Command({ resume: { decisions: [{ type: "approve" }] } }), at(id));
    expect(one.effects.ran).toEqual([]);
    expect(await one.holdpoint.reviews({ threadId: id })).toHaveLength(1);
    await approveAll(one, id);
    expect(one.effects.of("pay")).toHaveLength(1);
  });
});

describe("a caller that gives up", () => {
  it("stops the agent and not the tool at work, whose outcome is recorded and told when the thread goes on", async () => {
    const steps = { work: signal(), end: signal() };
    let runs = 0;
    const slow = defineTool({
      name: "slow",
      description: "Works until it is told to end.",
      args: schema,
      reversibility: "reversible",
      run: async () => {
        runs += 1;
        steps.work.give();
        await steps.end.given;
        return "slow done";
      },
    });
    const one = agentWith({ options: { tools: [slow] } });
    const id = randomUUID();
    const giving = new AbortController();
    const work = one.agent.invoke(says("slow a"), { ...at(id), signal: giving.signal });
    await steps.work.given;
    giving.abort();
    await expect(work).rejects.toThrow(/abort/i);
    steps.end.give();
    const done = await one.agent.invoke(null as never, at(id));
    expect(toolAnswers(done.messages)).toEqual(["slow done"]);
    expect(runs).toBe(1);
  });
});

function signal(): { given: Promise<void>; give(): void } {
  let give = (): void => {};
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give };
}
