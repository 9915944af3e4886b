// Approving in advance from the workspace, in a real browser: from a hold, and seen and revoked in a room of its own.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testDatabase } from "./support/database.js";
import { barriersOn, visitor } from "./support/pages.js";
import { serveDesk, type Desk } from "./support/people.js";

const visit = visitor();
let desk: Desk;
beforeAll(async () => {
  desk = await serveDesk(await testDatabase(), { policy: "tiers: { support: { roles: [support] } }\n" });
}, 120_000);
afterAll(() => desk.at.stop());

describe("what is approved in advance", () => {
  it("begins at a hold, with the narrowest condition it meets, and is seen and revoked in its room", async () => {
    const name = randomUUID();
    const { ids } = await desk.held(`pay ${name} 5`);
    const page = await visit(`${desk.at.url}/review/${ids[0] ?? ""}`, {
      first: (on) => on.request.post(`${desk.at.url}/session`, { data: { credential: desk.keys.ada } }),
    });
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
});
