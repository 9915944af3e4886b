// Approving in advance from the workspace, in a real browser: from a hold, and seen and revoked in a room of its own.
import { randomUUID } from "node:crypto";
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { standingListSchema } from "../src/http/contract.js";
import { testDatabase } from "./support/database.js";
import { barriersOn, visitor } from "./support/pages.js";
import { serveDesk, type Desk, type Who } from "./support/people.js";

const policy = `
tools: { pay: { amount: args.amount, currency: EUR } }
rules: [{ id: pair, when: "tool == 'wipe'", tier: pair }]
calendars: { office: { zone: Europe/Berlin, days: mon-fri, from: "09:00", to: "17:00", holidays: { country: DE } } }
tiers:
  support: { roles: [support] }
  pair: { roles: [support], quorum: 2 }
`;

const visit = visitor();
let desk: Desk;
beforeAll(async () => {
  desk = await serveDesk(await testDatabase(), { policy });
}, 120_000);
afterAll(() => desk.at.stop());

/** On through what has the focus, as the Tab key goes. */
async function tabTo(page: Page, label: string): Promise<void> {
  const wanted = page.getByRole("dialog").getByLabel(label, { exact: true });
  for (let pressed = 0; pressed < 40; pressed += 1) {
    if ((await wanted.and(page.locator(":focus")).count()) > 0) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab never comes to "${label}".`);
}

/** Without the keys beside them. */
const buttonsOf = async (item: Locator): Promise<string[]> =>
  (await item.getByRole("button").allTextContents()).map((text) => text.replace(/ \w$/, ""));

const signIn = (who: Who) => (page: Page) =>
  page.request.post(`${desk.at.url}/session`, { data: { credential: desk.keys[who] } });

describe("what is approved in advance", () => {
  it("begins at a hold, with the narrowest condition it meets, and is seen and revoked in its room", async () => {
    const name = randomUUID();
    const { ids } = await desk.held(`pay ${name} 5`);
    const page = await visit(`${desk.at.url}/review/${ids[0] ?? ""}`, { first: signIn("ada") });
    await page.getByRole("button", { name: "From now on, approve this kind" }).click();
    const condition = page.getByLabel("Only where this is true");
    expect(await condition.inputValue()).toBe(`args.amount <= 5.0 && args.id == "${name}"`);
    await condition.fill("args.amount <= 5.0");
    await page.getByLabel("Calls at most").fill("2");
    await page.getByRole("textbox", { name: "Why" }).fill("Small <i>ones</i>.");
    expect(await barriersOn(page)).toEqual([]);
    await page.keyboard.press("Enter");
    await page.getByText("This one still waits.").waitFor();

    const next = randomUUID();
    const { threadId } = await desk.held(`pay ${next} 4`);
    await desk.at.runtime.waitForThread("default", threadId);
    expect([desk.effectsOf("pay", next), desk.effectsOf("pay", name)]).toEqual([1, 0]);

    await page.keyboard.press("g");
    await page.keyboard.press("s");
    const item = page.getByRole("listitem").filter({ hasText: "Small <i>ones</i>." });
    await expect.poll(() => item.textContent()).toMatch(/1 of 2 calls.*Signed by key:ada/);
    expect(await barriersOn(page)).toEqual([]);
    await item.getByRole("button", { name: "Revoke" }).click();
    await page.getByRole("textbox", { name: "Why" }).fill("No more.");
    await page.keyboard.press("Enter");
    await expect.poll(() => item.textContent()).toContain("Revoked by key:ada: No more.");
    expect(await item.getByRole("button").count()).toBe(0);
    expect((await desk.as.ada("/standing-approvals?status=live")).body["items"]).toEqual([]);
  });

  it("is bounded with the keyboard alone: in money, to a conversation and to hours; its room shows what is spent", async () => {
    const name = randomUUID();
    const { ids, threadId } = await desk.held(`pay ${name} 5`);
    const page = await visit(`${desk.at.url}/review/${ids[0] ?? ""}`, {
      first: signIn("ada"),
      timezoneId: "Asia/Tokyo",
      viewport: { width: 390, height: 844 },
      colorScheme: "dark",
    });
    await page.keyboard.press("c");
    const opens = page.getByRole("button", { name: "From now on, approve this kind" });
    await opens.focus();
    await page.keyboard.press("Enter");
    const type = async (label: string, text: string) => {
      await tabTo(page, label);
      await page.keyboard.press("ControlOrMeta+a");
      await page.keyboard.type(text);
    };
    await page.keyboard.type("At night, too.");
    await type("Only where this is true", "args.amount < 10.0");
    await type("Calls at most", "3");
    await type("Amount in all", "9.5");
    await type("Amount of one call", "6");
    await tabTo(page, "Only in this conversation");
    await page.keyboard.press("Space");
    await tabTo(page, "Only at some hours");
    await page.keyboard.press("Space");
    for (const day of ["sat", "sun"]) {
      await tabTo(page, day);
      await page.keyboard.press("Space");
    }
    await type("From", "12:00AM");
    await type("To", "11:59PM");
    expect(await page.getByLabel("By the clocks of").inputValue()).toBe("Asia/Tokyo");
    expect(await barriersOn(page)).toEqual([]);
    await page.keyboard.press("Enter");
    await page.getByText("This one still waits.").waitFor();
    const [made] = standingListSchema.parse(
      (await desk.as.ada("/standing-approvals?status=live")).body,
    ).items;
    expect(made).toMatchObject({
      when: "args.amount < 10.0",
      maxCount: 3,
      maxAmount: 9.5,
      perCall: 6,
      currency: "EUR",
      threadId,
      cron: null,
      hours: {
        zone: "Asia/Tokyo",
        days: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
        from: "00:00",
        to: "23:59",
      },
    });
    await page.keyboard.press("Escape");
    await page.goto(`${desk.at.url}/review/standing`);
    const item = page.getByRole("listitem").filter({ hasText: "At night, too." });
    await item.getByRole("progressbar", { name: "0 of 9.5 EUR" }).waitFor();
    expect(await barriersOn(page)).toEqual([]);
  });

  it("is bounded by a calendar of the policy, and says so once that is gone", async () => {
    const { ids } = await desk.held(`pay ${randomUUID()} 5`);
    const page = await visit(`${desk.at.url}/review/${ids[0] ?? ""}`, { first: signIn("ada") });
    await page.getByRole("button", { name: "From now on, approve this kind" }).click();
    await page.getByRole("textbox", { name: "Why" }).fill("In office hours.");
    await page.getByLabel("Only at some hours").check();
    const calendar = page.getByLabel("Calendar of the policy");
    await calendar.selectOption(
      "office: mon tue wed thu fri 09:00–17:00 Europe/Berlin; without the holidays of DE",
    );
    expect(await page.getByLabel("By the clocks of").count()).toBe(0);
    expect(await barriersOn(page)).toEqual([]);
    await page.getByRole("button", { name: "Approve from now on" }).click();
    await page.getByText("This one still waits.").waitFor();

    await page.goto(`${desk.at.url}/review/standing`);
    const item = page.getByRole("listitem").filter({ hasText: "In office hours." });
    await item.getByText("in the hours of office").waitFor();
    await desk.at.runtime.changes.reload(policy.replace(/^calendars:.*$/m, ""));
    await page.reload();
    await item.getByText('has no calendar "office" any more').waitFor();
    expect(await barriersOn(page)).toEqual([]);
    await desk.at.runtime.changes.reload(policy);
  });

  it("of two who are needed the second signs it there, and nobody is offered what they may not do", async () => {
    const until = new Date(Date.now() + 3_600_000).toISOString();
    const reason = "The bins are full.";
    const asked = { tool: "wipe", tier: "pair", maxCount: 5, until, reason };
    const { body } = await desk.as.ada("/standing-approvals", asked);
    const offeredTo = async (who: Who) => {
      const page = await visit(`${desk.at.url}/review/standing`, { first: signIn(who) });
      const item = page.getByRole("listitem").filter({ hasText: reason });
      await item.waitFor();
      return { page, item, offered: await buttonsOf(item) };
    };
    const wiped = async () => {
      const name = randomUUID();
      const { threadId } = await desk.held(`wipe ${name}`);
      await desk.at.runtime.waitForThread("default", threadId);
      return desk.effectsOf("wipe", name);
    };
    const refusedTo = async (who: Who, ...ways: string[]) => {
      for (const way of ways)
        expect(
          await desk.as[who](
            `/standing-approvals/${String(body["id"])}/${way}`,
            way === "sign" ? undefined : { reason },
            { method: "POST" },
          ),
        ).toMatchObject({ status: 403, body: { code: "decision_forbidden" } });
    };
    expect(await wiped()).toBe(0);
    expect((await offeredTo("ada")).offered).toEqual(["Revoke"]);
    expect((await offeredTo("lead")).offered).toEqual([]);
    await refusedTo("lead", "sign", "revoke");
    desk.give("lead", ["operator"]);
    expect((await offeredTo("lead")).offered).toEqual(["Revoke"]);
    await refusedTo("lead", "sign");

    const { page, item, offered } = await offeredTo("ben");
    expect(offered).toEqual(["Sign it, too", "Revoke"]);
    expect(await item.textContent()).toContain("(1 more has to sign before it is used)");
    await item.getByRole("button", { name: "Sign it, too" }).focus();
    await page.keyboard.press("Enter");
    await page.getByText("You signed what was approved of wipe.").waitFor();
    await expect.poll(() => item.textContent()).toContain("Signed by key:ada, key:ben, until");
    expect(await buttonsOf(item)).toEqual(["Revoke"]);
    expect(await barriersOn(page)).toEqual([]);
    expect(await wiped()).toBe(1);
  });

  it("is walked by j and k, signed by s and revoked by r, each shown at the one that has the keys", async () => {
    const until = new Date(Date.now() + 3_600_000).toISOString();
    const make = async (who: Who, tool: string, tier: string, reason: string) => {
      const body = { tool, tier, maxCount: 1, until, reason };
      expect((await desk.as[who]("/standing-approvals", body)).status).toBeLessThan(300);
    };
    const [mine, theirs] = [`Mine ${randomUUID()}`, `Of two ${randomUUID()}`];
    await make("ada", "pay", "support", mine);
    await make("ben", "wipe", "pair", theirs);
    const page = await visit(`${desk.at.url}/review/standing`, { first: signIn("ada") });
    const item = (reason: string) => page.getByRole("listitem").filter({ hasText: reason });
    const keysAt = (reason: string) => item(reason).locator("kbd").allInnerTexts();
    const goTo = async (reason: string): Promise<void> => {
      for (const key of ["j", "j", "j", "j", "k", "k", "k", "k"]) {
        if ((await keysAt(reason)).length > 0) return;
        await page.keyboard.press(key);
      }
      throw new Error("No key leads there.");
    };
    await item(theirs).waitFor();
    await goTo(theirs);
    expect(await keysAt(theirs)).toEqual(["s", "r"]);
    expect(await keysAt(mine)).toEqual([]);
    await page.keyboard.press("s");
    await expect.poll(() => item(theirs).textContent()).toContain("key:ben, key:ada");
    await goTo(mine);
    expect(await barriersOn(page)).toEqual([]);
    await page.keyboard.press("r");
    await page.getByRole("textbox", { name: "Why" }).waitFor();
    await page.keyboard.type("No more.");
    await page.keyboard.press("Enter");
    await expect.poll(() => item(mine).textContent()).toContain("Revoked by key:ada: No more.");
    await expect.poll(() => item(theirs).textContent()).not.toContain("Revoked");
  });
});
