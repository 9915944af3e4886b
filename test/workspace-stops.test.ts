// The stop button in the workspace, in a real browser: what is stopped is seen by everybody, set and lifted by operators.
import { randomUUID } from "node:crypto";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testDatabase } from "./support/database.js";
import { barriersOn, visitor } from "./support/pages.js";
import { serveDesk, type Desk, type Who } from "./support/people.js";

const visit = visitor();
let desk: Desk;
beforeAll(async () => {
  desk = await serveDesk(await testDatabase(), { policy: "tiers: { support: { roles: [support] } }\n" });
  desk.give("ben", ["support", "operator"]);
}, 120_000);
afterAll(() => desk.at.stop());

const open = (who: Who, path = "", size = { width: 1440, height: 900 }): Promise<Page> =>
  visit(`${desk.at.url}/review${path}`, {
    viewport: size,
    first: (page) => page.request.post(`${desk.at.url}/session`, { data: { credential: desk.keys[who] } }),
  });
const banner = (page: Page) => page.getByRole("status", { name: "What is stopped" });
const standing = async () =>
  (await desk.as.ada("/stops?status=standing")).body["items"] as { kind: string }[];

describe("the stop button", () => {
  it("beside a hold stops its tool, with a reason; it stands above every room, and lifting it asks why", async () => {
    const { ids } = await desk.held(`pay ${randomUUID()} 5`);
    const page = await open("ben", `/${ids[0] ?? ""}`);
    await page.getByRole("button", { name: "Stop the tool pay" }).click();
    const dialog = page.getByRole("dialog", { name: "Stop the tool pay" });
    expect(await dialog.getByRole("button", { name: /^Stop/ }).isDisabled()).toBe(true);
    await dialog.getByLabel("Why").fill("It pays <b>twice</b>.");
    expect(await barriersOn(page)).toEqual([]);
    await page.keyboard.press("Enter");
    await expect
      .poll(() => banner(page).textContent())
      .toMatch(/Stopped: the tool pay.*It pays <b>twice<\/b>\..*key:ben/);
    expect(await standing()).toMatchObject([{ kind: "tool", name: "pay", why: "It pays <b>twice</b>." }]);
    expect(await barriersOn(page)).toEqual([]);
    // Nothing is pushed off the page by it.
    expect(await page.evaluate("document.documentElement.scrollHeight - window.innerHeight")).toBe(0);

    const other = await open("ada", "/board");
    await banner(other).waitFor();
    expect(await other.getByRole("button", { name: "Lift" }).count()).toBe(0);

    await banner(page).getByRole("button", { name: "Lift" }).click();
    await page.getByRole("dialog").getByLabel("Why").fill("Put right.");
    await page.getByRole("button", { name: "Lift it" }).click();
    await banner(page).waitFor({ state: "detached" });
    expect(await standing()).toEqual([]);
    await banner(other).waitFor({ state: "detached" });
  });

  it("has keys, shown beside it: for the tool and the agent of a hold, and for each that is lifted", async () => {
    const { ids } = await desk.held(`pay ${randomUUID()} 5`);
    const page = await open("ben", `/${ids[0] ?? ""}`);
    await page.getByRole("button", { name: /^Stop the tool pay\s*x\s*t$/ }).waitFor();
    for (const [keys, name] of [
      ["xt", "Stop the tool pay"],
      ["xa", "Stop the agent support"],
    ] as const) {
      for (const key of keys) await page.keyboard.press(key);
      await page.getByRole("dialog", { name }).waitFor();
      await page.keyboard.type("Enough.");
      await page.keyboard.press("Enter");
      await page.getByRole("dialog", { name }).waitFor({ state: "detached" });
    }
    await banner(page)
      .getByRole("button", { name: /^Lift\s*l\s*2$/ })
      .waitFor();
    expect(await barriersOn(page)).toEqual([]);
    const second = await banner(page).getByRole("listitem").nth(1).locator("strong").innerText();
    for (const key of ["l", "2"]) await page.keyboard.press(key);
    const name = second.replace("Stopped: ", "Lift the stop of ");
    await page.getByRole("dialog", { name }).waitFor();
    await page.keyboard.type("Put right.");
    await page.keyboard.press("Enter");
    await banner(page).getByText(second).waitFor({ state: "detached" });
    for (const key of ["l", "1"]) await page.keyboard.press(key);
    await page.keyboard.type("This, too.");
    await page.keyboard.press("Enter");
    await banner(page).waitFor({ state: "detached" });

    const other = await open("ada", `/${ids[0] ?? ""}`);
    await other.locator("#talk-title").waitFor();
    for (const key of ["x", "t"]) await other.keyboard.press(key);
    expect(await other.getByRole("dialog").count()).toBe(0);
  });

  it("is found in the palette by operators, and by nobody else", async () => {
    await desk.held(`pay ${randomUUID()} 5`);
    const offered = async (who: Who): Promise<Page> => {
      const page = await open(who);
      await page.locator(".row").first().waitFor();
      await page.keyboard.press("/");
      await page.getByRole("combobox").fill("stop");
      return page;
    };
    const page = await offered("ben");
    await page.getByRole("option", { name: "Stop all agents here…" }).waitFor();
    await page.getByRole("option", { name: "Stop the agent support…" }).click();
    await page.getByLabel("Why").fill("Enough.");
    await page.keyboard.press("Enter");
    await banner(page).waitFor();
    expect(await standing()).toMatchObject([{ kind: "agent", name: "support" }]);

    const others = await offered("ada");
    expect(await others.getByRole("option", { name: /^Stop/ }).count()).toBe(0);
  });
});
