// A whole shift at one page, with nothing but the keyboard: from the sign-in to the end of the queue.
import { randomUUID } from "node:crypto";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { supportAgent } from "../examples/support/agent.js";
import { openDesk } from "../examples/support/desk.js";
import { testDatabase } from "./support/database.js";
import { barriersOn, visitor } from "./support/pages.js";
import { serveDesk, type Desk } from "./support/people.js";

const policy = `
tools:
  issue_refund: { reversibility: irreversible, effect: keyed, amount: args.amount, currency: EUR }
  delete_account: { level: critical }
rules:
  - id: large
    when: tool == 'issue_refund' && args.amount > 300
    questions: [Who spoke with the customer?]
tiers:
  support: { roles: [support] }
  risk: { roles: [risk] }
`;
const orders = ["1001", "1002", "1003", "1004", "1005", "1006", "1007"];
const shop = openDesk();
for (const id of orders)
  shop.orders.set(id, { ...(shop.orders.get("8841") ?? never()), id, total: 5_000, currency: "EUR" });

const visit = visitor();
let desk: Desk;
beforeAll(async () => {
  desk = await serveDesk(await testDatabase(), { ...(await supportAgent({}, shop)), policy });
}, 120_000);
afterAll(() => desk.at.stop());

const held = async (words: string): Promise<string> => (await desk.held(words, "guest")).ids[0] ?? "";
const refund = (amount: number, order: string) => held(`refund ${amount} EUR for order ${order}`);
const reviewOf = (id: string) => desk.at.runtime.reviews.find("default", id);
/** Once it is decided, and the page has gone on from it. */
const decisionOf = async (id: string, page: Page) => {
  await expect.poll(async () => (await reviewOf(id))?.decision?.type).toBeDefined();
  await expect.poll(() => page.url()).not.toContain(id);
  return (await reviewOf(id))?.decision;
};
const refunded = (order: string): number =>
  [...shop.refunds.values()].filter(({ orderId }) => orderId === order).length;

it("a shift is worked through by keys alone: what is critical, a batch, a draft, a question either way, and a hand-on", async () => {
  const account = `c-${randomUUID()}`;
  const shift = {
    deletion: await held(`delete account ${account}`),
    large: await refund(400, "1001"),
    doubtful: await refund(250, "1002"),
    tooLarge: await refund(260, "1003"),
    question: await held("Ask a person whether the voucher still counts for order 1004"),
    letter: await held("e-mail the customer of order 1004"),
  };
  const alike = [await refund(20, "1005"), await refund(21, "1006"), await refund(22, "1007")];

  const page = await visit(`${desk.at.url}/review`);
  const press = async (...keys: string[]): Promise<void> => {
    for (const key of keys) await page.keyboard.press(key);
  };
  await page.getByLabel("Your key or token").waitFor();
  await page.keyboard.type(desk.keys.ada);
  await press("Enter");
  await page.locator("a.row").nth(8).waitFor();

  // The gravest is the first, and is released once what it is about was typed.
  await press("j");
  await onHold(page, shift.deletion);
  await press("a");
  await page.keyboard.type("c-somebody-else");
  await press("Enter");
  expect((await reviewOf(shift.deletion))?.status).toBe("open");
  await press("ControlOrMeta+a");
  await page.keyboard.type(account);
  await press("Enter");
  expect(await decisionOf(shift.deletion, page)).toMatchObject({ type: "approve" });

  // A rule asks before it lets go.
  await walkTo(page, shift.large);
  await press("a", "Enter");
  expect((await reviewOf(shift.large))?.status).toBe("open");
  await page.keyboard.type("Mara, by telephone.");
  await press("Enter");
  expect(await decisionOf(shift.large, page)).toMatchObject({
    type: "approve",
    answers: [{ question: "Who spoke with the customer?", text: "Mara, by telephone." }],
  });

  // The agent is asked, and its words do not convince.
  await walkTo(page, shift.doubtful);
  await press("q");
  await page.keyboard.type("Did you see a photo?");
  await press("Control+Enter");
  await page.locator(".step .exchange").getByText("I looked at nothing else").waitFor();
  await press("Escape", "r");
  await page.keyboard.type("Ask for a photo first.");
  await press("Control+Enter");
  expect(await decisionOf(shift.doubtful, page)).toMatchObject({
    type: "reject",
    reason: "Ask for a photo first.",
  });

  await walkTo(page, shift.tooLarge);
  await press("h");
  await page.getByRole("button", { name: /risk$/ }).waitFor();
  await press("1", "Tab");
  await page.keyboard.type("She was there twice.");
  await press("Control+Enter");
  await page.locator(".queue .lines").getByText("Handed on to risk").waitFor();
  expect((await reviewOf(shift.tooLarge))?.tier).toBe("risk");

  // The agent asks, and is answered.
  await walkTo(page, shift.question);
  await press("2");
  await page.locator(".options .picked").waitFor();
  await press("d");
  await page.keyboard.type("And write to her.");
  await press("Control+Enter");
  expect(await decisionOf(shift.question, page)).toMatchObject({
    type: "respond",
    args: { picked: "Look at the order first" },
    message: "And write to her.",
  });

  // What is missing is written, what is not sure is picked, and then it is sent.
  await walkTo(page, shift.letter);
  await page.getByText("2 of 4 wait for you", { exact: true }).waitFor();
  await press("w");
  await page.keyboard.type("Your parcel is on its way.");
  await press("Enter");
  await page.getByText("1 of 4 wait for you", { exact: true }).waitFor();
  await press("1");
  await page.getByText("Finished", { exact: true }).waitFor();
  await press("a", "Enter");
  expect(await decisionOf(shift.letter, page)).toMatchObject({ type: "approve" });

  // Three are alike; the sample is opened, and they go together.
  await walkTo(page, alike[0] ?? "");
  await page.getByRole("button", { name: /Decide those/ }).waitFor();
  await press("s");
  await page.getByRole("heading", { name: /^3 alike/ }).waitFor();
  await lookAtSample(page);
  await press("a", "Enter");
  await page.getByText("Approved together.").waitFor();
  await press("Escape");
  await onHold(page, alike[0] ?? "");
  await press("Escape");
  // What was handed on waits for somebody else.
  const left = () => page.$$eval("a.row", (rows) => rows.map((row) => row.getAttribute("href")));
  await expect.poll(left).toEqual([`/review/${shift.tooLarge}`]);
  expect(await barriersOn(page)).toEqual([]);

  await expect.poll(() => ["1001", "1005", "1006", "1007"].map(refunded)).toEqual([1, 1, 1, 1]);
  await expect.poll(() => shop.deletedAccounts.has(account)).toBe(true);
  await expect.poll(() => shop.outbox.at(-1)?.body).toContain("Your parcel is on its way.");
  expect(["1002", "1003", "1004"].map(refunded)).toEqual([0, 0, 0]);
});

async function onHold(page: Page, id: string): Promise<void> {
  await expect.poll(() => new URL(page.url()).pathname).toBe(`/review/${id}`);
  await page.locator("#hold-title").waitFor();
  // What the policy says to whoever decides is there by then.
  await page.locator("#talk-title").waitFor();
}

/** As whoever reads the queue walks it: as many times `j`, or `k`, as it stands away. */
async function walkTo(page: Page, id: string): Promise<void> {
  const placeOf = (wanted: string) =>
    page.$$eval("a.row", (rows, href) => rows.findIndex((row) => row.getAttribute("href") === href), wanted);
  await expect.poll(() => placeOf(`/review/${id}`)).toBeGreaterThanOrEqual(0);
  while (new URL(page.url()).pathname !== `/review/${id}`) {
    const before = page.url();
    const [at, to] = [await placeOf(new URL(before).pathname), await placeOf(`/review/${id}`)];
    await page.keyboard.press(at < to ? "j" : "k");
    await expect.poll(() => page.url()).not.toBe(before);
  }
  await onHold(page, id);
}

async function lookAtSample(page: Page): Promise<void> {
  const wanted = page.locator(".look.wanted");
  for (let left = await wanted.count(); left > 0; left = await wanted.count()) {
    if ((await page.locator("tr.at .look.wanted").count()) > 0) {
      await page.keyboard.press("Enter");
      await expect.poll(() => wanted.count()).toBe(left - 1);
    }
    await page.keyboard.press("j");
  }
}

function never(): never {
  throw new Error("The example's desk knows order 8841.");
}
