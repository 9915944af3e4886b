// Answers that a person reads before whoever asked does, released, changed and sent back at the page.
import { isHumanMessage } from "@langchain/core/messages";
import { afterAll, beforeAll, expect, it } from "vitest";
import { scriptedModel, type Script } from "../src/index.js";
import { testDatabase } from "./support/database.js";
import { say, serve, type Served } from "./support/http.js";
import { barriersOn, visitor } from "./support/pages.js";

const visit = visitor();

/** Answers with what was asked; after a rejection with other words. */
const script: Script = (messages, answerSchema) => {
  const text = messages.findLast((message) => isHumanMessage(message))?.text ?? "";
  if (answerSchema !== "draft_blocks")
    return { text: `You said ${text}.${/Too short/.test(JSON.stringify(messages)) ? " All of it." : ""}` };
  const blocks = [
    { kind: "confident", text: "You said this:", note: null, joint: "space" },
    { kind: "uncertain", text: "hello.", note: "I am not sure that I heard it.", joint: "nothing" },
  ];
  return { text: JSON.stringify({ blocks }) };
};

let plain: Served;
let drafted: Served;
beforeAll(async () => {
  const model = scriptedModel("echo", script);
  plain = await serve(await testDatabase(), { model, answers: "released" });
  drafted = await serve(await testDatabase(), { model, answers: "drafted" });
}, 120_000);
afterAll(() => Promise.all([plain.stop(), drafted.stop()]));

async function asked(at: Served, words: string) {
  const { thread_id: threadId } = await at.client.threads.create();
  await at.client.runs.wait(threadId, "support", say(words));
  const [review] = (await at.runtime.reviews.list("default", { threadId, limit: 1 })).items;
  return { threadId, page: await visit(`${at.url}/review/${review?.id}`) };
}

async function said(at: Served, threadId: string): Promise<string | undefined> {
  const { values } = await at.client.threads.getState<{ messages: { type: string; content: string }[] }>(
    threadId,
  );
  return values.messages.findLast(({ type }) => type === "ai")?.content;
}

it("an answer stands beside what was asked, and is said as it was shown", async () => {
  const { threadId, page } = await asked(plain, "good day");
  await page.getByRole("heading", { name: "May this be said?" }).waitFor();
  await page.locator(".letter").getByText("You said good day.").waitFor();
  await page.getByText("what was asked").waitFor();
  await page.getByRole("blockquote").getByText("good day", { exact: true }).first().waitFor();
  expect(await barriersOn(page)).toEqual([]);
  expect(await said(plain, threadId)).toBeUndefined();
  await page.keyboard.press("a");
  await page.keyboard.press("Enter");
  await expect.poll(() => said(plain, threadId)).toBe("You said good day.");
});

it("an answer that is sent back is written anew, and waits again", async () => {
  const { threadId, page } = await asked(plain, "good night");
  await page.locator(".letter").waitFor();
  await page.keyboard.press("r");
  await page.keyboard.type("Too short.");
  await page.keyboard.press("Control+Enter");
  await page.locator(".row").filter({ hasText: "You said good night. All of it." }).click();
  await page.locator(".letter").getByText("You said good night. All of it.").waitFor();
  expect((await said(plain, threadId)) ?? "").toBe("");
});

it("an answer in blocks is finished first", async () => {
  const { threadId, page } = await asked(drafted, "hello");
  await page.getByText("1 of 2 wait for you").waitFor();
  expect(await barriersOn(page)).toEqual([]);
  await page.keyboard.press("w");
  await page.keyboard.press("Space");
  await page.getByText("Finished", { exact: true }).waitFor();
  await page.keyboard.press("a");
  await page.keyboard.press("Enter");
  await expect.poll(() => said(drafted, threadId)).toBe("You said this: hello.");
});
