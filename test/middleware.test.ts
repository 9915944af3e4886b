// Holdpoint in an agent of LangChain's: from the model's words to the answer. What must hold behind any door is in
// conformance.test.ts.
import { AIMessage, HumanMessage, RemoveMessage } from "@langchain/core/messages";
import { Command, MemorySaver } from "@langchain/langgraph";
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import {
  OutcomeUnknownError,
  createHoldpoint,
  defineTool,
  defineValidator,
  scriptedModel,
  type Answer,
  type Model,
} from "../src/index.js";
import { holdpointMiddleware } from "../src/langchain.js";
import { obedient, startAgent } from "./support/agent.js";
import { testDatabase } from "./support/database.js";
import {
  ChatModelOf,
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

const running: { holdpoint: { stop(): Promise<void> } }[] = [];
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

async function answer(
  { holdpoint }: Pick<TestMiddlewareAgent, "holdpoint">,
  threadId: string,
  given: Omit<Answer, "argsHash">,
) {
  const [review] = await holdpoint.reviews({ threadId });
  if (!review) throw new Error("Nothing waits.");
  return holdpoint.decide(review.id, { ...given, argsHash: review.argsHash });
}

describe("a call", () => {
  it("that cannot be undone waits, runs once when it was approved, and is answered once", async () => {
    const { agent, holdpoint, effects } = agentWith();
    const id = randomUUID();
    const held = await agent.invoke(says(`read ${id}; pay ${id}`), at(id));
    expect(effects.ran.map(({ tool }) => tool)).toEqual(["read"]);
    expect(held).toHaveProperty("__interrupt__");
    await answer({ holdpoint }, id, { type: "approve" });
    expect(effects.of("pay")).toEqual([]);
    expect(await holdpoint.decidedThreads()).toEqual([id]);
    const done = await holdpoint.resume(agent, id);
    expect(effects.of("pay")).toEqual([{ id }]);
    expect(toolAnswers(done.messages)).toEqual([`read ${id} done`, `pay ${id} done`]);
    expect(await holdpoint.decidedThreads()).toEqual([]);
    expect((await holdpoint.resume(agent, id)).messages).toHaveLength(done.messages.length);
    expect(effects.of("pay")).toHaveLength(1);
  });

  it("is judged by what tools answered before and the person wrote, without a summary in the person's name", async () => {
    const known: unknown[] = [];
    const looking = defineValidator({
      name: "looking",
      tools: ["note"],
      reads: ["read"],
      check({ facts, words }) {
        known.push({ read: facts.all("read").map(({ text }) => text), words });
        return { verdict: "deny", reason: "Not this one." };
      },
    });
    const { agent, effects } = agentWith({ options: { validators: [looking] } });
    const id = randomUUID();
    const summary = new HumanMessage({ content: "yes", additional_kwargs: { lc_source: "summarization" } });
    await agent.invoke({ messages: [summary, new HumanMessage(`read ${id}`)] }, at(id));
    const { messages } = await agent.invoke(says(`note ${id}`), at(id));
    expect(toolAnswers(messages).at(-1)).toContain("Not this one.");
    expect(effects.of("note")).toEqual([]);
    expect(known).toEqual([{ read: [`read ${id} done`], words: [`read ${id}`, `note ${id}`] }]);
  });

  it("that was rejected does not run, and its one answer says why", async () => {
    const one = agentWith();
    const id = randomUUID();
    await one.agent.invoke(says(`pay ${id}`), at(id));
    await answer(one, id, { type: "reject", reason: "Not this one" });
    const done = await one.holdpoint.resume(one.agent, id);
    expect(toolAnswers(done.messages)).toEqual([expect.stringContaining("Not this one")]);
    expect(one.effects.ran).toEqual([]);
    expect(await one.holdpoint.decidedThreads()).toEqual([]);
  });

  it("that was edited runs as it was edited, and the model is told so", async () => {
    const one = agentWith();
    const id = randomUUID();
    await one.agent.invoke(says(`pay ${id} 500`), at(id));
    expect(await answer(one, id, { type: "edit", args: { id, amount: "much" } })).toMatchObject({
      error: { code: "args_invalid" },
    });
    await answer(one, id, { type: "edit", args: { id, amount: 5 } });
    const done = await one.holdpoint.resume(one.agent, id);
    expect(one.effects.of("pay")).toEqual([{ id, amount: 5 }]);
    expect(toolAnswers(done.messages)[0]).toMatch(/changed the arguments.*"amount":5[^]*pay .* done/);
  });

  it("that policy forbids is refused, and nobody is asked", async () => {
    const policy = "rules: [{ id: no-pay, when: \"tool == 'pay'\", verdict: deny, reason: Never. }]";
    const { agent, holdpoint, effects } = agentWith({ options: { policy } });
    const id = randomUUID();
    const done = await agent.invoke(says(`pay ${id}`), at(id));
    expect(toolAnswers(done.messages)).toEqual([expect.stringContaining("Refused: Never.")]);
    expect(effects.ran).toEqual([]);
    expect(await holdpoint.reviews({ threadId: id })).toEqual([]);
  });

  it("of a tool that the agent does not have is refused", async () => {
    const { agent, holdpoint } = agentWith();
    const id = randomUUID();
    const done = await agent.invoke(says(`fly ${id}`), at(id));
    expect(toolAnswers(done.messages)).toEqual([expect.stringContaining('There is no tool named "fly"')]);
    expect(await holdpoint.reviews({ threadId: id })).toEqual([]);
  });

  it("whose outcome is unknown waits for a person to say, and does not run again", async () => {
    let runs = 0;
    const pay = defineTool({
      name: "pay",
      description: "Pays, and no answer comes.",
      args: z.object({ id: z.string() }),
      run: () => {
        runs += 1;
        throw new OutcomeUnknownError("The line went dead.");
      },
    });
    const one = agentWith({ options: { tools: [pay] } });
    const id = randomUUID();
    await one.agent.invoke(says(`pay ${id}`), at(id));
    await answer(one, id, { type: "approve" });
    await one.holdpoint.resume(one.agent, id);
    expect(await one.holdpoint.reviews({ threadId: id })).toMatchObject([{ kind: "settle" }]);
    expect(await answer(one, id, { type: "approve" })).toMatchObject({
      error: { code: "answer_not_allowed" },
    });
    await answer(one, id, { type: "happened", message: "It is on the statement." });
    const done = await one.holdpoint.resume(one.agent, id);
    expect(toolAnswers(done.messages)).toEqual(["It is on the statement."]);
    expect(runs).toBe(1);
  });

  it("equal to one beside it, or to one that ran, is held as a possible repeat", async () => {
    const one = agentWith();
    const id = randomUUID();
    await one.agent.invoke(says(`note ${id}; note ${id}`), at(id));
    expect(one.effects.of("note")).toHaveLength(1);
    expect((await one.holdpoint.reviews({ threadId: id })).flatMap(({ reasons }) => reasons)).toMatchObject([
      { rule: "possible-repeat" },
    ]);
    await answer(one, id, { type: "reject" });
    await one.holdpoint.resume(one.agent, id);
    await one.agent.invoke(says(`note ${id}; read ${id}; read ${id}`), at(id));
    expect(one.effects.ran.map(({ tool }) => tool)).toEqual(["note", "read", "read"]);
    expect(await one.holdpoint.reviews({ threadId: id })).toHaveLength(1);
  });
});

describe("a decision", () => {
  it("is made by who the policy's ladder asks for, and never by whom the agent acts for", async () => {
    const policy = `
      default: { tier: desk }
      tiers: { desk: { roles: [support] }, chief: { roles: [lead] } }
      rules: [{ id: much, when: "tool == 'pay' && has(args.amount) && args.amount > 100", tier: chief }]`;
    const principal = (configurable: Readonly<Record<string, unknown>>) => ({
      id: String(configurable["user"]),
    });
    const one = agentWith({ options: { policy, principal } });
    const id = randomUUID();
    await one.agent.invoke(says(`pay ${id} 500`), { configurable: { thread_id: id, user: "ann" } });
    const [review] = await one.holdpoint.reviews({ threadId: id });
    expect(review).toMatchObject({ tier: "chief", requestedBy: { id: "ann", kind: "person", roles: [] } });
    const approval: Answer = { type: "approve", argsHash: review?.argsHash ?? "" };
    for (const by of [
      { id: "ann", roles: [] },
      { id: "bob", roles: ["support"] },
    ])
      expect(await one.holdpoint.decide(review?.id ?? "", approval, by)).toMatchObject({
        error: { code: "decision_forbidden" },
      });
    expect(
      await one.holdpoint.decide(review?.id ?? "", approval, { id: "eve", roles: ["lead"] }),
    ).toMatchObject({
      ok: true,
    });
  });

  it("is measured by the policy in force when it is given, and again when it is carried out", async () => {
    const forbids = "rules: [{ id: stop, when: \"tool == 'pay'\", verdict: deny, reason: Frozen. }]";
    const one = agentWith({ options: { policy: "rules: []" } });
    const [first, second] = [randomUUID(), randomUUID()];
    await one.agent.invoke(says(`pay ${first}`), at(first));
    await one.agent.invoke(says(`pay ${second}`), at(second));
    await answer(one, second, { type: "approve" });
    expect(await one.holdpoint.reloadPolicy("rules: [", "broken.yaml")).toMatchObject({ ok: false });
    expect(await one.holdpoint.reloadPolicy(forbids)).toMatchObject({ ok: true });
    expect(await answer(one, first, { type: "approve" })).toMatchObject({
      error: { code: "policy_forbids" },
    });
    const done = await one.holdpoint.resume(one.agent, second);
    expect(toolAnswers(done.messages)).toEqual([expect.stringContaining("Frozen.")]);
    expect(one.effects.ran).toEqual([]);
  });

  it("by an agent of the same name at another process of Holdpoint's is found by the one that runs the thread", async () => {
    const one = agentWith();
    const id = randomUUID();
    await one.agent.invoke(says(`pay ${id}`), at(id));
    const [review] = await one.holdpoint.reviews({ threadId: id });
    const elsewhere = await startAgent(url, { name: review?.graphId ?? "" });
    const stranger = await startAgent(url);
    running.push(elsewhere, stranger);
    const approval: Answer = { type: "approve", argsHash: review?.argsHash ?? "" };
    expect(await stranger.holdpoint.decide(review?.id ?? "", approval)).toMatchObject({
      error: { code: "agent_not_served" },
    });
    expect(await elsewhere.holdpoint.decide(review?.id ?? "", approval)).toMatchObject({ ok: true });
    expect(await one.holdpoint.decidedThreads()).toEqual([id]);
    await one.holdpoint.resume(one.agent, id);
    expect(one.effects.of("pay")).toHaveLength(1);
    expect(elsewhere.effects.ran).toEqual([]);
  });

  it("is not in a resume, whatever LangChain's own middleware would take for one", async () => {
    const { agent, holdpoint, effects } = agentWith();
    const id = randomUUID();
    await agent.invoke(says(`pay ${id}`), at(id));
    const [hold] = (await agent.graph.getState(at(id))).tasks.flatMap((task) => task.interrupts);
    const approval = { decisions: [{ type: "approve" }] };
    for (const resume of [approval, { [hold?.id ?? ""]: approval }, { [hold?.id ?? ""]: true }]) {
      const shown = await agent.invoke(new Command({ resume }), at(id));
      expect(shown).toHaveProperty("__interrupt__");
    }
    expect(effects.ran).toEqual([]);
    expect(await holdpoint.reviews({ threadId: id })).toHaveLength(1);
  });
});

describe("what is said while something waits", () => {
  it("is kept, does not lose the hold, and reaches the model in an order that providers take", async () => {
    const one = agentWith();
    const id = randomUUID();
    await one.agent.invoke(says(`pay ${id}`), at(id));
    const before = one.model.asked.length;
    const shown = await one.agent.invoke(says(`read ${id}`), at(id));
    expect(shown).toHaveProperty("__interrupt__");
    expect(one.model.asked).toHaveLength(before);
    await answer(one, id, { type: "approve" });
    const done = await one.holdpoint.resume(one.agent, id);
    expect(one.effects.ran.map(({ tool }) => tool)).toEqual(["pay", "read"]);
    const types = one.model.asked[before]?.map((message) => message.getType());
    expect(types).toEqual(["human", "ai", "tool", "human"]);
    expect(done.messages.at(-1)?.text).toBe(`Heard: read ${id} done`);
  });
});

describe("ids", () => {
  /** A model of a careless provider: every message has one id, and calls have none. */
  const careless = (): ChatModelOf => {
    const script = scriptedModel("careless", obedient);
    return new ChatModelOf({
      ...script,
      invoke: async (request) => {
        const said = await script.invoke(request);
        return new AIMessage({
          id: "chatcmpl-1",
          content: said.content,
          tool_calls: (said.tool_calls ?? []).map((call) => ({ ...call, id: "" })),
        });
      },
    });
  };

  it("that a provider repeats, or leaves out, replace no message and join no calls", async () => {
    const { agent, effects } = agentWith({ model: careless() });
    const id = randomUUID();
    await agent.invoke(says(`note a${id}; note b${id}`), at(id));
    const { messages } = await agent.invoke(says(`note c${id}`), at(id));
    // Calls of one message run at once, in whatever order.
    const noted = effects.of("note").map((args) => String(args["id"]));
    expect(noted.toSorted()).toEqual([`a${id}`, `b${id}`, `c${id}`]);
    const types = messages.map((message) => message.getType()).join(" ");
    expect(types).toBe("human ai tool tool ai human ai tool ai");
    expect(new Set(messages.map((message) => message.id)).size).toBe(messages.length);
    expect(new Set(callsIn(messages).map((call) => call.id)).size).toBe(3);
  });

  it("that a provider repeats after they were trimmed from the history are calls of their own", async () => {
    const { agent, effects, holdpoint } = agentWith({ model: careless() });
    const id = randomUUID();
    const { messages } = await agent.invoke(says(`note a${id}`), at(id));
    const removed = messages.map((message) => new RemoveMessage({ id: message.id ?? "" }));
    await agent.graph.updateState(at(id), { messages: removed });
    await agent.invoke(says(`note b${id}`), at(id));
    expect(effects.of("note").map((args) => args["id"])).toEqual([`a${id}`, `b${id}`]);
    expect(await holdpoint.reviews({ threadId: id })).toEqual([]);
  });
});

describe("an agent that is watched", () => {
  it("streams each message once, under the id it keeps", async () => {
    const { agent } = agentWith();
    const id = randomUUID();
    const ids = new Set<string>();
    let pieces = 0;
    for await (const [message] of await agent.stream(says(`read ${id}`), {
      ...at(id),
      streamMode: "messages",
    })) {
      pieces += 1;
      ids.add(message.id ?? "");
    }
    const { values } = await agent.graph.getState(at(id));
    const kept = (values as { messages: { id: string }[] }).messages.slice(1).map((message) => message.id);
    expect(pieces).toBeGreaterThan(kept.length);
    expect([...ids]).toEqual(kept);
  });

  it("shows its hold in the stream, and goes on in a stream", async () => {
    const one = agentWith();
    const id = randomUUID();
    const updates: object[] = [];
    for await (const update of await one.agent.stream(says(`pay ${id}`), {
      ...at(id),
      streamMode: "updates",
    }))
      updates.push(update as object);
    expect(updates.at(-1)).toHaveProperty("__interrupt__");
    await answer(one, id, { type: "approve" });
    const command = await one.holdpoint.wake(one.agent, id);
    if (!command) throw new Error("Nothing to wake.");
    const nodes: string[] = [];
    for await (const update of await one.agent.stream(command, { ...at(id), streamMode: "updates" }))
      nodes.push(...Object.keys(update as object));
    expect(nodes).toEqual(["tools", "model_request"]);
    expect(one.effects.of("pay")).toHaveLength(1);
  });

  it("does not run half of a call that broke off", async () => {
    const script = scriptedModel("cut", obedient);
    const cut: Model = {
      ...script,
      async *stream(request) {
        for await (const chunk of script.stream(request)) {
          for (const piece of chunk.tool_call_chunks ?? []) piece.args = piece.args?.slice(0, -2) ?? "";
          yield chunk;
        }
      },
    };
    const { agent, effects } = agentWith({ model: new ChatModelOf(cut) });
    const id = randomUUID();
    const stream = await agent.stream(says(`note ${id} 4200`), {
      ...at(id),
      streamMode: ["messages", "values"],
    });
    let last: unknown;
    for await (const [mode, value] of stream) if (mode === "values") last = value;
    expect(toolAnswers((last as { messages: AIMessage[] }).messages)).toEqual([
      expect.stringContaining("arguments are not JSON"),
    ]);
    expect(effects.ran).toEqual([]);
  });
});

describe("what goes wrong", () => {
  it("without a thread is said before the model is asked", async () => {
    const { agent, model } = agentWith();
    await expect(agent.invoke(says("read a"))).rejects.toMatchObject({
      message: expect.stringContaining("without a thread_id"),
      cause: { code: "request_invalid" },
    });
    expect(model.asked).toEqual([]);
  });

  it("without a checkpointer ends the call that would have to wait, and it does not run", async () => {
    const { agent, effects } = agentWith({ checkpointer: null });
    const id = randomUUID();
    await expect(agent.invoke(says(`pay ${id}`), at(id))).rejects.toThrow("No checkpointer set");
    expect(effects.ran).toEqual([]);
  });

  it("without its database is said before the model is asked, and tried again at the next call", async () => {
    const database = { url: "postgres://nobody:nothing@127.0.0.1:1/none" };
    const { agent, model } = agentWith({ options: { database } });
    for (let times = 0; times < 2; times += 1)
      await expect(agent.invoke(says("read a"), at("x"))).rejects.toMatchObject({
        cause: { code: "database_unavailable" },
      });
    expect(model.asked).toEqual([]);
  });

  it("after a stop is said by every call, and a stop waits for the tools at work", async () => {
    const ended: string[] = [];
    const slow = defineTool({
      name: "slow",
      description: "Takes its time.",
      args: z.object({ id: z.string() }),
      annotations: { readOnlyHint: true },
      run: async () => {
        began();
        await delay(50);
        ended.push("tool");
      },
    });
    let began = (): void => {};
    const begun = new Promise<void>((resolve) => (began = resolve));
    const { agent, holdpoint } = middlewareAgent(url, { options: { tools: [slow] } });
    const work = agent.invoke(says("slow a"), at(randomUUID())).catch((error: Error) => error);
    await begun;
    await holdpoint.stop();
    expect(ended).toEqual(["tool"]);
    // The model cannot be asked any more.
    expect(await work).toMatchObject({ cause: { code: "stopped" } });
    await expect(holdpoint.reviews()).rejects.toMatchObject({ code: "stopped" });
    await expect(agent.invoke(says("read a"), at("x"))).rejects.toMatchObject({ cause: { code: "stopped" } });
    await holdpoint.stop();
  });

  it.each<[string, object, string, RegExp]>([
    ["a misspelt option", { polcy: "" }, "options_invalid", /Did you mean "policy"/],
    ["an option of the other door", { model: "x" }, "options_invalid", /no "model"/],
    ["answers that it would not hold", { answers: "released" }, "options_invalid", /no "answers"/],
    ["tools that it does not bring", { builtIns: ["ask_human"] }, "options_invalid", /no "builtIns"/],
    [
      "a setting that would do nothing",
      { settings: { concurrency: 3 } },
      "options_invalid",
      /Known here: leaseMs/,
    ],
    ["no database", { database: undefined }, "options_invalid", /^database: Missing/],
    ["a path for a policy", { policy: "policy.yaml" }, "options_invalid", /looks like a path/],
    ["a policy that is wrong", { policy: "rules: [" }, "policy_invalid", /policy\.yaml:/],
    ["a principal by name", { principal: "ann" }, "options_invalid", /^principal: .*function/],
    ["a tool that nobody defined", { tools: [{ name: "pay", run() {} }] }, "options_invalid", /^tools\[0\]/],
  ])("%s is named at once, before anything is connected", (_what, more, code, why) => {
    const database = { url: "postgres://app:secret@db/hold" };
    expect(() => holdpointMiddleware({ database, ...more })).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(why) }),
    );
  });
});

describe("tenants and agents", () => {
  it("of one database see nothing of each other's reviews", async () => {
    const [ours, theirs] = [agentWith({ options: { tenant: "a" } }), agentWith({ options: { tenant: "b" } })];
    const id = randomUUID();
    await ours.agent.invoke(says(`pay ${id}`), at(id));
    const [review] = await ours.holdpoint.reviews();
    expect(await theirs.holdpoint.review(review?.id ?? "")).toBeNull();
    await ours.holdpoint.decide(review?.id ?? "", { type: "approve", argsHash: review?.argsHash ?? "" });
    expect(await theirs.holdpoint.decidedThreads()).toEqual([]);
    const another = agentWith({ options: { tenant: "a" } });
    expect(await another.holdpoint.decidedThreads()).toEqual([]);
    expect(await another.holdpoint.reviews()).toEqual([]);
  });

  it("an agent that is built anew for each request goes on where another one left off", async () => {
    const checkpointer = new MemorySaver();
    const name = `agent-${randomUUID()}`;
    const first = agentWith({ checkpointer, options: { name } });
    const id = randomUUID();
    await first.agent.invoke(says(`pay ${id}`), at(id));
    const second = agentWith({ checkpointer, options: { name }, model: chatModel(obedient) });
    await answer(second, id, { type: "approve" });
    await second.holdpoint.resume(second.agent, id);
    expect([first.effects.of("pay"), second.effects.of("pay")]).toEqual([[], [{ id }]]);
  });
});

describe("beside createHoldpoint", () => {
  it("an agent of ours on the same database does not take the middleware's threads for its own", async () => {
    const one = agentWith();
    const id = randomUUID();
    await one.agent.invoke(says(`pay ${id}`), at(id));
    const [review] = await one.holdpoint.reviews({ threadId: id });
    const ours = await createHoldpoint({
      name: review?.graphId ?? "",
      model: scriptedModel("obedient", obedient),
      tools: [],
      database: { url },
    });
    running.push({ holdpoint: ours });
    expect(await ours.reviews({ threadId: id })).toHaveLength(1);
    expect((await ours.wait(id)).status).toBe("idle");
    expect(one.effects.ran).toEqual([]);
  });
});
