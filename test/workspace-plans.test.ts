// A plan on the page where people decide: its steps as exactly what they would be, approved by keyboard, in a real browser.
import { isHumanMessage, isToolMessage } from "@langchain/core/messages";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { scriptedModel, type Script } from "../src/index.js";
import { testDatabase } from "./support/database.js";
import { say, serve, type Served } from "./support/http.js";
import { barriersOn, visitor } from "./support/pages.js";

const steps = [
  { tool: "pay", args: { id: "8841", amount: 420 }, why: "She was charged <b>twice</b>." },
  { tool: "note", args: { id: "8841" } },
  { tool: "pay", args: { id: "8841", amount: 13 } },
];

const script: Script = (messages) => {
  const since = messages.slice(messages.findLastIndex((message) => isHumanMessage(message)) + 1);
  const heard = since.filter((message) => isToolMessage(message));
  if (heard.length === 0)
    return { calls: [{ tool: "propose_plan", args: { why: "Close order 8841.", steps } }] };
  return heard.length === 1
    ? { calls: steps.slice(0, 2) }
    : { text: `Heard: ${heard.map(({ text }) => text).join(" | ")}` };
};

const open = visitor();
let at: Served;
beforeAll(async () => {
  at = await serve(await testDatabase(), {
    model: scriptedModel("planner", script),
    builtIns: ["propose_plan"],
    policy: `
rules:
  - { id: asked, when: "tool == 'pay' && args.amount == 13.0", tier: team, questions: ["Is it so?"] }
tiers: { team: { roles: [team] } }
`,
  });
}, 120_000);
afterAll(() => at.stop());

async function held(): Promise<{ threadId: string; id: string }> {
  const { thread_id: threadId } = await at.client.threads.create();
  await at.client.runs.wait(threadId, "support", say("Close order 8841: pay 420, and 13."));
  const { items } = await at.runtime.reviews.list("default", { threadId, limit: 9 });
  return { threadId, id: items[0]?.id ?? "" };
}

describe("a plan", () => {
  it("shows each step with its arguments and what the approval means for it, and is approved by keyboard", async () => {
    const { threadId, id } = await held();
    const page = await open(`${at.url}/review/${id}`);
    const shown = page.locator("ol.plan > li");
    await shown.nth(2).waitFor();
    const texts = await shown.allInnerTexts();
    expect(texts[0]).toMatch(/pay: id 8841, amount 420.*may run once you approve/s);
    expect(texts[0]).toContain("She was charged <b>twice</b>.");
    expect(texts[1]).toMatch(/note.*runs without asking/s);
    expect(texts[2]).toMatch(/amount 13.*is asked about by itself/s);
    expect(await page.locator("main").innerText()).toContain("Close order 8841.");
    expect(await page.getByRole("button", { name: /^Change/ }).count()).toBe(0);
    expect(await barriersOn(page)).toEqual([]);

    await page.keyboard.press("a");
    await page.keyboard.press("Enter");
    await at.runtime.waitForThread("default", threadId);
    await expect.poll(() => at.effects.of("pay")).toEqual([{ id: "8841", amount: 420 }]);
    const decided = await at.runtime.reviews.find("default", id);
    expect(decided?.decision).toMatchObject({ type: "approve", seenHash: decided?.argsHash });
  });
});
