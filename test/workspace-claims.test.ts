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
