// Deputies in the workspace, in a real browser, without a mouse: given from the palette, seen by both, and taken back.
import { randomUUID } from "node:crypto";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testDatabase } from "./support/database.js";
import { barriersOn, visitor } from "./support/pages.js";
import { serveDesk, type Desk, type Who } from "./support/people.js";

const visit = visitor();
let desk: Desk;
beforeAll(async () => {
  const policy =
    "tiers: { support: { roles: [support] }, risk: { roles: [risk] } }\ndefault: { tier: risk }\n";
  desk = await serveDesk(await testDatabase(), { policy });
}, 120_000);
afterAll(() => desk.at.stop());

const dialog = (page: Page) => page.getByRole("dialog", { name: "Deputies" });
/** From the palette, by what it is called there. */
const openAs = async (who: Who): Promise<Page> => {
  const page = await visit(`${desk.at.url}/review`, {
    first: (own) => own.request.post(`${desk.at.url}/session`, { data: { credential: desk.keys[who] } }),
  });
  await page.locator(".brand").waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("in my stead");
  await page.getByRole("option", { name: "Somebody decides in my stead…" }).waitFor();
  await page.keyboard.press("Enter");
  await dialog(page).waitFor();
  return page;
};
const deputies = async (who: Who) => (await desk.as[who]("/deputies")).body["items"];
const claim = async (who: Who, id: string) => (await desk.as[who](`/reviews/${id}/claim`, {})).status;
/** On to a button, however many fields are before it. */
const tabTo = async (page: Page, name: RegExp): Promise<void> => {
  const text = async () => String(await page.evaluate("document.activeElement.textContent"));
  for (let steps = 0; steps < 30 && !name.test(await text()); steps += 1) await page.keyboard.press("Tab");
  expect(await text()).toMatch(name);
};

describe("a deputy in the workspace", () => {
  it("is given by the keyboard with one of two roles, seen by both, and taken back by who gave it", async () => {
    const { ids } = await desk.held(`pay ${randomUUID()} 5`);
    const id = ids[0] ?? "";
    const risk = await openAs("risk");
    await risk.keyboard.type("key:ada");
    await risk.getByRole("checkbox", { name: "support" }).focus();
    await risk.keyboard.press("Space");
    await risk.getByLabel("Why").focus();
    await risk.keyboard.type("On <b>leave</b>.");
    expect(await barriersOn(risk)).toEqual([]);
    await risk.keyboard.press("Enter");
    const mine = dialog(risk).getByRole("region", { name: "In your stead" });
    await expect.poll(() => mine.textContent()).toMatch(/key:ada for key:risk, as risk, until .*On <b>leave/);
    expect(await deputies("ada")).toMatchObject([{ to: "key:ada", roles: ["risk"] }]);
    expect(await claim("ada", id)).toBe(200);
    await desk.as.ada(`/reviews/${id}/release`, {});

    const ada = await openAs("ada");
    const hers = dialog(ada).getByRole("region", { name: "You, in the stead of others" });
    await expect.poll(() => hers.textContent()).toContain("for key:risk");
    expect(await hers.getByRole("button").count()).toBe(0);
    expect(await barriersOn(ada)).toEqual([]);

    await tabTo(risk, /^Remove key:ada/);
    await risk.keyboard.press("Enter");
    await mine.waitFor({ state: "detached" });
    expect(await deputies("risk")).toEqual([]);
    expect(await claim("ada", id)).toBe(403);
    await risk.keyboard.press("Escape");
    await dialog(risk).waitFor({ state: "detached" });
  });

  it("is removed by its number, which is shown beside it, where nothing is typed", async () => {
    const until = new Date(Date.now() + 3_600_000).toISOString();
    for (const to of ["key:ada", "key:ben"])
      expect((await desk.as.risk("/deputies", { to, until })).status).toBeLessThan(300);
    const page = await openAs("risk");
    const remove = dialog(page).getByRole("button", { name: /^Remove/ });
    await remove.nth(1).waitFor();
    expect(await remove.allInnerTexts()).toMatchObject([/1$/, /2$/].map((key) => expect.stringMatching(key)));
    const second = /key:[a-z]+/.exec((await remove.nth(1).textContent()) ?? "")?.[0] ?? "";
    await page.keyboard.type("2");
    expect(await page.getByLabel("Who: their id").inputValue()).toBe("2");
    await page.keyboard.press("Escape");
    expect(await barriersOn(page)).toEqual([]);
    await page.keyboard.press("2");
    await dialog(page).getByText(`${second} no longer decides`).waitFor();
    await expect.poll(() => remove.count()).toBe(1);
    await page.keyboard.press("1");
    await remove.waitFor({ state: "detached" });
    expect(await deputies("risk")).toEqual([]);
    await page.keyboard.press("Escape");
    await dialog(page).waitFor({ state: "detached" });
  });

  it("is refused with what the server says, and what was typed stays", async () => {
    const page = await openAs("ada");
    await page.keyboard.type("key:ada");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").getByText("A deputy is somebody else").waitFor();
    expect(await page.getByLabel("Who: their id").inputValue()).toBe("key:ada");
    await page.getByLabel("Until").fill("2020-01-01T08:00");
    await page.getByLabel("Who: their id").fill("key:ben");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").getByText("over already").waitFor();
    expect(await deputies("ada")).toEqual([]);
  });
});
