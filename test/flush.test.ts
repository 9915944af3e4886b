// What may reach the disk later than it is told: nothing that anybody was promised, and nothing before an effect.
import { Annotation, END, START, StateGraph } from "@langchain/langgraph";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { serve, say, type Served } from "./support/http.js";
import { testDatabase } from "./support/database.js";

const State = Annotation.Root({ done: Annotation<number>() });
const plain = {
  count: new StateGraph(State)
    .addNode("count", () => ({ done: 1 }))
    .addEdge(START, "count")
    .addEdge("count", END)
    .compile(),
};

let at: Served;
beforeAll(async () => {
  at = await serve(await testDatabase(), { plain });
});
afterAll(() => at.stop());

// A prototype's method, put back after each test; it is only ever called with its own `this`.
// oxlint-disable-next-line typescript/unbound-method
const { query } = pg.Client.prototype;
afterEach(() => {
  pg.Client.prototype.query = query;
});

/** The statements sent from now on, by whether their commit is flushed. */
function listen(): Record<"flushed" | "lazy", Set<string>> {
  const sent = { flushed: new Set<string>(), lazy: new Set<string>() };
  const lazily = new WeakSet<object>();
  pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
    const [given] = args;
    const text = typeof given === "string" ? given : ((given as { text?: string } | null)?.text ?? "");
    if (text.startsWith("begin")) {
      if (text.includes("synchronous_commit = off")) lazily.add(this);
      else lazily.delete(this);
    }
    const label = /\/\* ([\w.-]+) \*\//.exec(text)?.[1];
    if (label) sent[lazily.has(this) ? "lazy" : "flushed"].add(label);
    return (query as (...all: unknown[]) => unknown).apply(this, args);
  } as typeof query;
  return sent;
}

describe("the disk", () => {
  it("has every promise when it is told, and the steps in between with the next one", async () => {
    const { thread_id: threadId } = await at.client.threads.create();
    const sent = listen();
    await at.client.runs.wait(threadId, "support", say("pay disk 5"));
    await at.client.runs.wait(threadId, "support", { command: { resume: { type: "approve" } } });
    expect(at.effects.of("pay")).toHaveLength(1);
    expect([...sent.lazy].filter((label) => label !== "process.renew").toSorted()).toEqual([
      "action.propose",
      "checkpoint.put",
      "checkpoint.write",
    ]);
    for (const promise of ["run.begin", "run.finish", "review.decide", "execution.claim", "execution.settle"])
      expect(sent.flushed).toContain(promise);
  });

  it("has each step of a graph that claims nothing before the next one begins", async () => {
    const { thread_id: threadId } = await at.client.threads.create({ graphId: "count" });
    const sent = listen();
    await at.client.runs.wait(threadId, "count", { input: { done: 0 } });
    expect(sent.flushed).toContain("checkpoint.put");
    expect([...sent.lazy].filter((label) => label !== "process.renew")).toEqual([]);
  });
});
