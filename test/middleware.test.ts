// Holdpoint in an agent of LangChain's.
import { HumanMessage } from "@langchain/core/messages";
import { randomUUID } from "node:crypto";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { testDatabase } from "./support/database.js";
import { middlewareAgent, toolAnswers, type TestMiddlewareAgent } from "./support/middleware.js";

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

describe("a call of an agent of LangChain's", () => {
  it("that cannot be undone waits, runs once when it was approved, and is answered once", async () => {
    const { agent, holdpoint, effects } = agentWith();
    const id = randomUUID();
    const held = await agent.invoke(says(`read ${id}; pay ${id}`), at(id));
    expect(effects.ran.map(({ tool }) => tool)).toEqual(["read"]);
    expect(held).toHaveProperty("__interrupt__");
    const [review] = await holdpoint.reviews({ threadId: id });
    await holdpoint.decide(review?.id ?? "", { type: "approve", argsHash: review?.argsHash ?? "" });
    expect(effects.of("pay")).toEqual([]);
    expect(await holdpoint.decidedThreads()).toEqual([id]);
    const done = await holdpoint.resume(agent, id);
    expect(effects.of("pay")).toEqual([{ id }]);
    expect(toolAnswers(done?.messages ?? [])).toEqual([`read ${id} done`, `pay ${id} done`]);
    expect(await holdpoint.decidedThreads()).toEqual([]);
    expect(await holdpoint.resume(agent, id)).toBeNull();
  });
});
