// The example's page in a real browser, before a server with the support desk.
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createAccess } from "../src/access/access.js";
import { newKey } from "../src/access/keys.js";
import { loadAccess } from "../src/access/load-access.js";
import { accessGate } from "../src/http/gate.js";
import { openBrowser } from "./support/browser.js";
import { serveChatPage, type ChatPage } from "./support/chat-page.js";
import { testDatabase } from "./support/database.js";
import { request } from "./support/http.js";
import { barriersOn } from "./support/pages.js";

let at: ChatPage;
let browser: Browser;
let ownDatabase: string;
beforeAll(async () => {
  const database = await testDatabase();
  ownDatabase = await testDatabase();
  [at, browser] = await Promise.all([serveChatPage(database), openBrowser()]);
}, 120_000);
afterAll(async () => {
  await browser.close();
  await at.stop();
});

let context: BrowserContext;
let page: Page;
/** What broke in the page without anybody being told. */
let broken: string[];
beforeEach(async () => {
  at.desk.refunds.clear();
  broken = [];
  context = await browser.newContext({ viewport: { width: 360, height: 740 } });
  page = await context.newPage();
  page.setDefaultTimeout(15_000);
  page.on("pageerror", (error) => broken.push(error.message));
  await page.goto(at.url);
});
afterEach(async () => {
  await context.close();
  expect(broken).toEqual([]);
});

const refund = "refund 420 EUR for order 8841";
const composer = () => page.getByRole("textbox", { name: "Your message" });
const hold = () => page.getByRole("region", { name: "Refund 420.00 EUR for order 8841" });
const button = (name: string) => hold().getByRole("button", { name, exact: true });
const sees = (text: string) => page.getByText(text).filter({ visible: true }).first().waitFor();
const refunds = () => [...at.desk.refunds.values()].map(({ amount }) => amount);
const threadId = () => new URL(page.url()).searchParams.get("thread") ?? "";

async function say(text: string): Promise<void> {
  await composer().fill(text);
  await composer().press("Enter");
}

async function held(): Promise<void> {
  await say(refund);
  await button("Approve").waitFor();
  expect(refunds()).toEqual([]);
}

async function decideElsewhere(decision: object): Promise<void> {
  const { body } = await request(`${at.apiUrl}/reviews?status=open&thread_id=${threadId()}`);
  const [review] = body["items"] as { id: string; argsHash: string }[];
  const answer = await request(`${at.apiUrl}/reviews/${review?.id}/decision`, {
    body: { argsHash: review?.argsHash, ...decision },
  });
  expect(answer.status).toBe(200);
}

/** An e-mail whose words are finished where it is shown. */
const letter = () => page.getByRole("region", { name: /^E-mail the customer of order 8841/ });

describe("the chat page", () => {
  it("says what can be asked, and asks it at a click", async () => {
    await page.getByRole("button", { name: "Where is order 8841?" }).click();
    await sees("Order 8841 is delivered on 12 November");
    await sees("Look up order: done");
    expect(await hold().count()).toBe(0);
  });

  it("shows what waits in the order of its tool, and goes on when it is approved", async () => {
    await held();
    expect(await hold().locator("dt").allTextContents()).toEqual(["Order id", "Amount", "Currency"]);
    expect(await hold().locator("dd").allTextContents()).toEqual(["8841", "420", "EUR"]);
    await button("Approve").click();
    await sees("Issue refund: done");
    await sees("Refunded 420.00 EUR for order 8841. (Scripted");
    expect(await hold().count()).toBe(0);
    expect(refunds()).toEqual([420]);
  });

  it("sends the edited arguments as what they are", async () => {
    await held();
    await button("Edit").click();
    await hold().getByLabel("Amount").fill("99.5");
    await button("Approve with changes").click();
    await sees("Refunded 99.50 EUR");
    expect(refunds()).toEqual([99.5]);
  });

  it("says in the card why an edit is not taken, and keeps what was typed", async () => {
    await held();
    await button("Edit").click();
    await hold().getByLabel("Currency").fill("E");
    await button("Approve with changes").click();
    await hold().getByRole("alert").waitFor();
    expect(await hold().getByRole("alert").textContent()).toContain("currency");
    expect(await hold().getByLabel("Currency").inputValue()).toBe("E");
    // Nor is the place lost for who works by keys.
    await page.keyboard.press("Escape");
    await button("Edit").click();
    await hold().getByLabel("Currency").fill("EUR");
    await button("Approve with changes").click();
    await sees("Refunded 420.00 EUR");
    expect(refunds()).toEqual([420]);
  });

  it("shows what the agent asks, and goes on with the option that is picked", async () => {
    await say("ask a person whether order 8841 is refunded in full");
    await sees("The agent asks");
    const question = page.getByRole("region", { name: /^I am to ask whether/ });
    expect(await question.getByRole("button", { name: "Approve" }).count()).toBe(0);
    await question.getByRole("button", { name: "No, and say why" }).click();
    await sees("A person decided: No, and say why");
    await expect.poll(() => question.count()).toBe(0);
  });

  it("tells the agent why something was rejected", async () => {
    await held();
    await button("Reject").click();
    await hold().getByLabel("Why not?").fill("It has arrived.");
    await button("Reject").click();
    await sees("Issue refund: not done");
    await sees("A person rejected this call: It has arrived.");
    expect(refunds()).toEqual([]);
  });

  it("has the words of a call finished in its card, and sends them as they were shown", async () => {
    at.desk.outbox.length = 0;
    await say("e-mail the customer of order 8841");
    await letter().getByText("2 of 4 wait for you").waitFor();
    await letter().getByText("It can be approved once its words are finished.").waitFor();
    expect(await letter().getByRole("button", { name: "Approve" }).count()).toBe(0);
    expect(await barriersOn(page)).toEqual([]);
    await letter()
      .getByRole("textbox", { name: /^Missing/ })
      .fill("Your parcel is on its way.");
    await page.keyboard.press("Enter");
    await letter().getByText("1 of 4 wait for you").first().waitFor();
    await page.keyboard.press("1");
    await letter().getByRole("button", { name: "Approve", exact: true }).click();
    await expect.poll(() => at.desk.outbox.length).toBe(1);
    expect(at.desk.outbox[0]?.body).toContain("Your parcel is on its way.\n\nWe will be back to you soon.");
    await sees("Send email: done");
    expect(await page.getByRole("region").count()).toBe(0);
  });

  it("has an e-mail asked for, finished and sent by keys alone, exactly as it was shown", async () => {
    at.desk.outbox.length = 0;
    await composer().focus();
    await page.keyboard.type("e-mail the customer of order 8841");
    await page.keyboard.press("Enter");
    await letter().getByText("2 of 4 wait for you").waitFor();
    await expect.poll(() => page.evaluate("document.activeElement?.className")).toBe("hp hp-card");
    const reached = (selector: string) => page.evaluate(`document.activeElement?.matches("${selector}")`);
    await page.keyboard.press("Tab");
    while (!(await reached("[data-block] textarea"))) await page.keyboard.press("Tab");
    await page.keyboard.type("Your parcel is on its way.");
    await page.keyboard.press("Enter");
    await letter().getByText("1 of 4 wait for you").waitFor();
    await expect.poll(() => reached("[data-block=b3]")).toBe(true);
    await page.keyboard.press("1");
    await letter().getByText("Finished", { exact: true }).waitFor();
    const shown = await letter().locator(".hp-paragraph").allInnerTexts();
    const { body } = await request(`${at.apiUrl}/reviews?status=open&thread_id=${threadId()}`);
    const [review] = body["items"] as { args: Record<string, string> }[];
    expect(at.desk.outbox).toEqual([]);
    while (!(await reached(".hp-primary"))) await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await sees("Send email: done");
    expect(at.desk.outbox).toMatchObject([{ body: shown.join("\n\n") }]);
    expect(at.desk.outbox[0]?.body).toBe(review?.args["body"]);
  });

  it("is worked by keys alone; none of them decides by itself", async () => {
    await held();
    // The card has the focus, and what it says is read out.
    await expect.poll(() => page.evaluate("document.activeElement?.className")).toBe("hp hp-card");
    expect(await page.getByRole("status").textContent()).toContain(
      "Waits for your decision: Refund 420.00 EUR",
    );
    for (const key of ["Enter", "Space", "a"]) await page.keyboard.press(key);
    expect(refunds()).toEqual([]);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await hold().getByLabel("Order id").waitFor();
    await page.keyboard.press("Escape");
    await button("Approve").waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await sees("Refunded 420.00 EUR");
    expect(refunds()).toEqual([420]);
  });

  it("is the same after a reload, where it goes on", async () => {
    await held();
    await page.reload();
    await sees(refund);
    await button("Approve").click();
    await sees("Refunded 420.00 EUR for order 8841. (Scripted");
    await page.reload();
    await sees("Issue refund: done");
    expect(await hold().count()).toBe(0);
    expect(refunds()).toEqual([420]);
  });

  it.each([
    ["approves", { type: "approve" }, "Refunded 420.00 EUR for order 8841. (Scripted", [420]],
    ["rejects", { type: "reject", reason: "Not twice." }, "A person rejected this call: Not twice.", []],
  ])("goes on by itself where somebody else %s", async (_, decision, told, done) => {
    await held();
    await decideElsewhere(decision);
    await sees(told);
    await expect.poll(() => hold().count()).toBe(0);
    expect(refunds()).toEqual(done);
  });

  it("goes on by itself after a reload, too", async () => {
    await held();
    await page.reload();
    await button("Approve").waitFor();
    await decideElsewhere({ type: "approve" });
    await sees("Refunded 420.00 EUR for order 8841. (Scripted");
    await expect.poll(() => hold().count()).toBe(0);
  });

  it("shows two that wait, of which each is decided by itself, here and elsewhere", async () => {
    await say(`${refund}; delete account c-17`);
    const deletion = page.getByRole("region", { name: "Delete the account of customer c-17" });
    await deletion.getByRole("button", { name: "Reject" }).waitFor();
    await decideElsewhere({ type: "approve" });
    await expect.poll(() => page.getByRole("region").count()).toBe(1);
    const rest = page.getByRole("region");
    await rest.getByRole("button", { name: "Reject" }).click();
    await rest.getByRole("button", { name: "Reject" }).click();
    await expect.poll(() => page.getByRole("region").count()).toBe(0);
    await sees("not done");
    expect(at.desk.deletedAccounts.size + refunds().length).toBe(1);
  });

  it("keeps what is said meanwhile, over a reload, until it is heard", async () => {
    await held();
    await say("where is order 8842?");
    await sees("Not heard yet");
    await page.reload();
    await button("Approve").waitFor();
    await sees("Not heard yet");
    await button("Approve").click();
    await sees("Order 8842 is on its way");
    expect(await page.getByText("Not heard yet").count()).toBe(0);
    expect(await page.getByText("where is order 8842?").count()).toBe(1);
  });

  it("begins anew, and goes back by the browser's own button", async () => {
    await held();
    await page.getByRole("button", { name: "New conversation" }).click();
    await sees("What can the desk do for you?");
    expect(threadId()).toBe("");
    await page.goBack();
    await button("Approve").waitFor();
    expect(threadId()).not.toBe("");
  });

  it("fits a narrow screen", async () => {
    await held();
    const overflow = () => page.evaluate("document.documentElement.scrollWidth - innerWidth");
    expect(await overflow()).toBe(0);
    await button("Edit").click();
    expect(await overflow()).toBe(0);
  });
});

describe("the chat page without its server", () => {
  it("says so, keeps what waits, and looks again at a click", async () => {
    const other = await serveChatPage(ownDatabase);
    try {
      await page.goto(other.url);
      await held();
      await other.stopServer();
      await button("Approve").click();
      await hold().getByRole("alert").waitFor();
      expect(await hold().getByRole("alert").textContent()).toContain("cannot be reached");
      await page.reload();
      await sees("The desk cannot be reached.");
      await page.getByRole("button", { name: "Look again" }).click();
      await sees("The desk cannot be reached.");
    } finally {
      await other.stop();
    }
  });
});

describe("the chat page of a customer", () => {
  it("shows what waits and offers no decision; it goes on when the desk has decided", async () => {
    const [customer, desk] = [newKey(), newKey()];
    const access = createAccess(
      loadAccess(
        `keys:\n  - { id: app, sha256: "${customer.sha256}" }\n  - { id: desk, kind: person, roles: [support, lead, risk], sha256: "${desk.sha256}" }`,
        "access.yaml",
      ),
      { now: () => new Date(), cooldownMs: 0 },
    );
    const other = await serveChatPage(
      await testDatabase(),
      accessGate(() => access),
    );
    try {
      await context.setExtraHTTPHeaders({ "x-api-key": customer.key });
      await page.goto(other.url);
      await say(refund);
      await hold().getByText("Waits for a person").waitFor();
      await hold().getByText("Somebody else decides this.").waitFor();
      expect(await hold().locator("dd").allTextContents()).toEqual(["8841", "420", "EUR"]);
      expect(await hold().getByRole("button").count()).toBe(0);
      const headers = { "x-api-key": desk.key };
      const { body } = await request(`${other.apiUrl}/reviews?status=open`, { headers });
      const [review] = body["items"] as { id: string; argsHash: string }[];
      const decision = { type: "approve", argsHash: review?.argsHash };
      const url = `${other.apiUrl}/reviews/${review?.id}/decision`;
      expect((await request(url, { headers, body: decision })).status).toBe(200);
      await sees("Issue refund: done");
      expect([...other.desk.refunds.values()].map(({ amount }) => amount)).toEqual([420]);
    } finally {
      await other.stop();
    }
  });
});
