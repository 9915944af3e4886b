// Who has what, as the queue shows it to everybody else, live.
import { randomUUID } from "node:crypto";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { testDatabase } from "./support/database.js";
import { barriersOn, visitor } from "./support/pages.js";
import { serveDesk, type Desk, type Who } from "./support/people.js";

const visit = visitor();
let desk: Desk;
beforeAll(async () => {
  desk = await serveDesk(await testDatabase(), {
    policy: "tiers:\n  support: { roles: [support] }\ndefault: { tier: support }\n",
  });
}, 120_000);
afterAll(() => desk.at.stop());

const openAs = (who: Who, path = ""): Promise<Page> =>
  visit(`${desk.at.url}/review${path}`, {
    first: (page) => page.request.post(`${desk.at.url}/session`, { data: { credential: desk.keys[who] } }),
  });

it("a row says whose it is: yours, or that somebody has it; and follows when it is handed on or given back", async () => {
  const mark = randomUUID();
  const [id = ""] = (await desk.held(`pay ${mark} 5`)).ids;
  const [ada, ben] = [await openAs("ada", `/${id}`), await openAs("ben")];
  const row = (page: Page) => page.locator(".row", { hasText: mark });
  await row(ben).waitFor();
  expect(await row(ben).locator(".whose").count()).toBe(0);

  await ada.locator("#hold-title").waitFor();
  await ada.keyboard.press("m");
  await row(ada).getByText("yours").waitFor();
  await row(ben).getByText("key:ada has it").waitFor();
  expect(await barriersOn(ben)).toEqual([]);

  // As many claims as before, and yet another person's.
  const { status } = await desk.as.ada(`/reviews/${id}/hand-on`, { to: { person: "key:ben" } });
  expect(status).toBe(200);
  await row(ben).getByText("yours").waitFor();
  await row(ada).getByText("key:ben has it").waitFor();

  await desk.as.ben(`/reviews/${id}/release`, {});
  await row(ada).locator(".whose").waitFor({ state: "detached" });
  await row(ben).locator(".whose").waitFor({ state: "detached" });
});

it("an operator gives back by m what somebody else has, to all; others are not offered it", async () => {
  const mark = randomUUID();
  const [id = ""] = (await desk.held(`pay ${mark} 5`)).ids;
  await desk.as.ada(`/reviews/${id}/claim`, {});
  const ben = await openAs("ben", `/${id}`);
  await ben.getByText(/^key:ada has it until/).waitFor();
  expect(await ben.getByRole("button", { name: /^Give it back/ }).count()).toBe(0);

  // Who has no role of its tier, too.
  desk.give("lead", ["operator"]);
  const lead = await openAs("lead", `/${id}`);
  await lead.getByRole("button", { name: /^Give it back to all/ }).waitFor();
  expect(await lead.getByRole("button", { name: /^(Approve|Hand on|Take it)/ }).count()).toBe(0);
  expect(await barriersOn(lead)).toEqual([]);
  await lead.keyboard.press("m");
  await lead.locator(".queue .lines").getByText(`Given back: pay`).waitFor();
  await ben.getByRole("button", { name: /^Approve/ }).waitFor();
  expect((await desk.as.ada(`/reviews/${id}`)).body).toMatchObject({ status: "open", claimedBy: null });
});

it("who hands a hold on to a name that may be nobody's is told so first; of keys nothing is said, which the server knows", async () => {
  const [id = ""] = (await desk.held(`pay ${randomUUID()} 5`)).ids;
  const page = await openAs("ada", `/${id}`);
  const about = page.getByRole("status").filter({ hasText: "is not known here" });
  await page.locator("#hold-title").waitFor();
  await page.keyboard.press("h");
  const person = page.getByLabel("To whom: their id");
  for (const typed of ["k", "key:ben", "  "]) {
    await person.fill(typed);
    expect(await about.count()).toBe(0);
  }
  await person.fill("acme|mara");
  await about.getByText("an account acme|mara is not known here: if it is misspelt").waitFor();
  expect(await barriersOn(page)).toEqual([]);
  await person.fill("");
  await about.waitFor({ state: "detached" });
});
