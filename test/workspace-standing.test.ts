// Approving in advance from the workspace, in a real browser: from a hold, and seen and revoked in a room of its own.
import { randomUUID } from "node:crypto";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testDatabase } from "./support/database.js";
import { barriersOn, visitor } from "./support/pages.js";
import { serveDesk, type Desk, type Who } from "./support/people.js";

const policy = `
rules: [{ id: pair, when: "tool == 'wipe'", tier: pair }]
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

  it("of two who are needed the second signs it there, and nobody is offered what they may not do", async () => {
    const until = new Date(Date.now() + 3_600_000).toISOString();
    const reason = "The bins are full.";
    const asked = { tool: "wipe", tier: "pair", maxCount: 5, until, reason };
    const { body } = await desk.as.ada("/standing-approvals", asked);
    const offeredTo = async (who: Who) => {
      const page = await visit(`${desk.at.url}/review/standing`, { first: signIn(who) });
      const item = page.getByRole("listitem").filter({ hasText: reason });
      await item.waitFor();
      return { page, item, offered: await item.getByRole("button").allTextContents() };
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
    expect(await item.getByRole("button").allTextContents()).toEqual(["Revoke"]);
    expect(await barriersOn(page)).toEqual([]);
    expect(await wiped()).toBe(1);
  });
});
