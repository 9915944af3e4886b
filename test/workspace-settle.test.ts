// What is neither approved nor rejected, in the page where people decide: what a graph asks, and whether a call happened.
import { AIMessage } from "@langchain/core/messages";
import { interrupt, MessagesAnnotation, START, StateGraph } from "@langchain/langgraph";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineTool, scriptedModel, type Script } from "../src/index.js";
import { testDatabase } from "./support/database.js";
import { say, serve, type Served } from "./support/http.js";
import { barriersOn, visitor } from "./support/pages.js";

const visit = visitor();

async function onto(at: Served, id: string | undefined): Promise<Page> {
  const page = await visit(`${at.url}/review/${id}`);
  await page.locator("#talk-title").waitFor();
  return page;
}

const paying: Script = (messages) =>
  messages.at(-1)?.getType() === "tool"
    ? { text: "Done." }
    : { text: "I pay.", calls: [{ tool: "pay", args: { id: "8841", amount: 420 } }] };

describe("what a graph asks", () => {
  it("is answered in words or as JSON, by keyboard", async () => {
    const asking = new StateGraph(MessagesAnnotation)
      .addNode("ask", () => ({
        messages: [new AIMessage(`Heard: ${JSON.stringify(interrupt("Which day?"))}`)],
      }))
      .addEdge(START, "ask")
      .compile();
    const own = await serve(await testDatabase(), { plain: { asking } });
    for (const [typed, heard] of [
      ["On Monday.", '"On Monday."'],
      ['{"day": 3}', '{"day":3}'],
    ] as const) {
      const { thread_id: threadId } = await own.client.threads.create();
      await own.client.runs.wait(threadId, "asking", say("When?"));
      const { items } = await own.runtime.reviews.list("default", { threadId, limit: 1 });
      const page = await onto(own, items[0]?.id);
      expect(await barriersOn(page)).toEqual([]);
      await page.keyboard.press("d");
      await page.getByLabel(/^The answer/).waitFor();
      await page.keyboard.type(typed);
      await page.keyboard.press("Control+Enter");
      await own.runtime.waitForThread("default", threadId);
      await expect
        .poll(async () => JSON.stringify((await own.client.threads.getState(threadId)).values))
        .toContain(JSON.stringify(heard).slice(1, -1));
    }
    await own.stop();
  });
});

/** A call that was approved, and of whose first attempt nobody knows what came. */
async function unsettled(policy?: string) {
  let tried = 0;
  const hangs = defineTool({
    name: "pay",
    description: "Pays.",
    args: z.object({ id: z.string(), amount: z.number() }),
    run: () => ((tried += 1) === 1 ? new Promise<string>(() => {}) : "paid"),
  });
  const own = await serve(await testDatabase(), {
    model: scriptedModel("paying", paying),
    tools: [hangs],
    settings: { toolTimeoutMs: 100 },
    ...(policy === undefined ? {} : { policy }),
  });
  const { thread_id: threadId } = await own.client.threads.create();
  await own.client.runs.wait(threadId, "support", say("pay"));
  const newest = async () => (await own.runtime.reviews.list("default", { threadId, limit: 9 })).items;
  const [asked] = await newest();
  await own.runtime.decide({ id: "ada", kind: "person", roles: ["*"], tenant: "default" }, asked?.id ?? "", {
    type: "approve",
    argsHash: asked?.argsHash ?? "",
  });
  await own.runtime.waitForThread("default", threadId);
  const settle = (await newest()).find(({ kind }) => kind === "settle");
  return { own, threadId, settle, tried: () => tried };
}

describe("whether it happened", () => {
  it.each([
    ["y", "happened", "It happened"],
    ["n", "not_happened", "It did not happen"],
    ["t", "retry", "Try it again"],
  ])("is said by %s, and is on record as %s", async (key, type, words) => {
    const { own, threadId, settle, tried } = await unsettled();
    const page = await onto(own, settle?.id);
    expect(await page.locator("article").innerText()).toContain("nobody knows the outcome");
    expect(await barriersOn(page)).toEqual([]);
    await page.keyboard.press(key);
    await page.getByRole("heading", { name: words }).waitFor();
    await page.keyboard.press(type === "retry" ? "Enter" : "Control+Enter");
    await expect
      .poll(async () => (await own.runtime.reviews.find("default", settle?.id ?? ""))?.decision?.type)
      .toBe(type);
    await own.runtime.waitForThread("default", threadId);
    expect(tried()).toBe(type === "retry" ? 2 : 1);
    await own.stop();
  });

  it("may be said by who may not release so much, and to try it again is not offered to them", async () => {
    const { own, settle, tried } = await unsettled(`
tools: { pay: { amount: args.amount, currency: EUR } }
tiers: { support: { roles: [support] } }
limits: [{ roles: [support], currency: EUR, up_to: 100 }, { person: ada, currency: EUR, up_to: unlimited }]
`);
    const page = await onto(own, settle?.id);
    await page.getByText("This is over your limit.").waitFor();
    await page.getByRole("button", { name: /^It did not happen/ }).waitFor();
    expect(await page.getByRole("button", { name: /^Try it again/ }).count()).toBe(0);
    await page.keyboard.press("t");
    expect(await page.locator("form.step").count()).toBe(0);
    await page.keyboard.press("n");
    await page.getByRole("heading", { name: "It did not happen" }).waitFor();
    await page.keyboard.press("Control+Enter");
    await expect
      .poll(async () => (await own.runtime.reviews.find("default", settle?.id ?? ""))?.decision?.type)
      .toBe("not_happened");
    expect(tried()).toBe(1);
    await own.stop();
  });
});
