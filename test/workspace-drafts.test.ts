// Words written together, finished at the page: what is open is filled in and picked, then the call is released.
import { afterAll, beforeAll, expect, it } from "vitest";
import { supportAgent } from "../examples/support/agent.js";
import { openDesk } from "../examples/support/desk.js";
import { testDatabase } from "./support/database.js";
import { say, serve, type Served } from "./support/http.js";
import { barriersOn, visitor } from "./support/pages.js";

const visit = visitor();
const desk = openDesk();
let at: Served;
beforeAll(async () => {
  at = await serve(await testDatabase(), await supportAgent({}, desk));
}, 120_000);
afterAll(() => at.stop());

it("an e-mail is finished block by block, and is sent as it was shown", async () => {
  const { thread_id: threadId } = await at.client.threads.create();
  await at.client.runs.wait(threadId, "support", say("e-mail the customer of order 8841"));
  const page = await visit(`${at.url}/review`);
  await page.locator(".row").first().click();
  await page.getByRole("heading", { name: "The words, 50 % finished" }).waitFor();
  expect(await barriersOn(page)).toEqual([]);
  await page.getByLabel(/^Missing/).fill("Your parcel is on its way.");
  await page.getByRole("button", { name: "Keep what I wrote" }).click();
  await page.getByRole("heading", { name: "The words, 75 % finished" }).waitFor();
  await page.getByRole("button", { name: "We will be back to you soon." }).click();
  await page.getByRole("heading", { name: "The words, 100 % finished" }).waitFor();
  const [review] = (await at.runtime.reviews.list("default", { threadId, limit: 1 })).items;
  await page
    .getByRole("button", { name: /^Approve/ })
    .first()
    .click();
  await page.getByRole("button", { name: /^Confirm/ }).click();
  await expect.poll(() => desk.outbox.length).toBe(1);
  expect(desk.outbox[0]?.body).toBe(review?.args["body"]);
  expect(desk.outbox[0]?.body).toContain("We will be back to you soon.");
});
