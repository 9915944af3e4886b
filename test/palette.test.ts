// The palette and the list of keys, in a real browser: what is heard is listed, and what is listed can be done.
import { randomUUID } from "node:crypto";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commands, commandsIn, type Room } from "../web/commands.js";
import { testDatabase } from "./support/database.js";
import { request, say, serve, type Served } from "./support/http.js";
import { barriersOn, visitor } from "./support/pages.js";
import { serveDesk } from "./support/people.js";

const policy = "undo: 60s\n";
const visit = visitor();
let at: Served;
beforeAll(async () => {
  at = await serve(await testDatabase(), { policy, builtIns: ["ask_human", "hand_over"] });
}, 120_000);
afterAll(() => at.stop());

async function held(words: string): Promise<{ id: string; threadId: string; argsHash: string }> {
  const { thread_id: threadId } = await at.client.threads.create();
  await at.client.runs.wait(threadId, "support", say(words));
  const { items } = await at.runtime.reviews.list("default", { threadId, limit: 1 });
  const [review] = items;
  if (!review) throw new Error(`Nothing of "${words}" waits.`);
  return { id: review.id, threadId, argsHash: review.argsHash };
}

const palette = (page: Page) => page.getByRole("dialog", { name: "Commands" });
const options = (page: Page) => palette(page).getByRole("option");
const option = (page: Page, words: string | RegExp) => palette(page).getByRole("option", { name: words });
const keysOffered = (page: Page): Promise<string[]> =>
  page.$$eval(".command[aria-keyshortcuts]", (shown) =>
    shown.map((one) => one.getAttribute("aria-keyshortcuts") ?? ""),
  );

/** Every key that a keyboard has, or that is listed. */
const everyKey = [
  ...new Set([
    ...Array.from("abcdefghijklmnopqrstuvwxyz0123456789/?.,-+ "),
    "Enter",
    "Escape",
    "Delete",
    "Home",
    "End",
    ...commands.map(({ key }) => key).filter((key) => !key.includes(" ")),
  ]),
];

/** Whether the page takes it is seen from outside: it then keeps the browser from doing anything with it. */
const isTaken = (page: Page, key: string, ctrlKey = false): Promise<boolean> =>
  page.evaluate<boolean>(
    `!document.body.dispatchEvent(new KeyboardEvent("keydown", ${JSON.stringify({ key, ctrlKey, bubbles: true, cancelable: true })}))`,
  );

describe("the keys of a room", () => {
  const rooms: [Room, string, () => Promise<{ path: string; ready: string }>][] = [
    [
      "queue",
      "with a hold",
      async () => ({ path: `/${(await held(`pay ${randomUUID()} 5`)).id}`, ready: "#talk-title" }),
    ],
    ["queue", "with none", async () => ({ path: "", ready: ".row" })],
    ["board", "", async () => ({ path: "/board", ready: ".card" })],
    ["policy", "", () => Promise.resolve({ path: "/policy", ready: ".tiers" })],
    [
      "thread",
      "",
      async () => {
        const { threadId } = await held(`pay ${randomUUID()} 5`);
        return { path: `/threads/${threadId}`, ready: ".lead-bar button" };
      },
    ],
    [
      "batch",
      "",
      async () => {
        const { id: reviewId } = await held(`pay ${randomUUID()} 5`);
        await held(`pay ${randomUUID()} 5`);
        const { body } = await request(`${at.url}/batches`, { body: { reviewId } });
        return { path: `/batches/${String(body["id"])}`, ready: "tbody tr" };
      },
    ],
  ];

  it.each(rooms)(
    "%s %s: each that is heard is listed and offered, and no other is offered",
    async (room, _, open) => {
      await held(`pay ${randomUUID()} 5`);
      const { path, ready } = await open();
      const page = await visit(`${at.url}/review${path}`, {
        async first(on) {
          // What a key would do on the server is not done, and what it begins on the page is forgotten.
          await on.route("**/*", (route) =>
            route.request().method() === "GET" ? route.continue() : route.abort(),
          );
          await on.addInitScript("sessionStorage.clear()");
        },
      });
      const begin = async (): Promise<void> => {
        await page.goto(`${at.url}/review${path}`);
        await page.locator(ready).first().waitFor();
      };
      await begin();
      await page.keyboard.press("/");
      await options(page).first().waitFor();
      const offered = await keysOffered(page);
      expect(new Set(offered).size).toBe(offered.length);

      const heard: string[] = [];
      await begin();
      for (const key of everyKey) {
        if (!(await isTaken(page, key))) continue;
        // What is not taken leaves the page as it was.
        await begin();
        // The first key of a sequence is taken; what counts are its second ones.
        const sequences = commandsIn(room).filter((one) => one.key.startsWith(`${key} `));
        if (sequences.length === 0) heard.push(key);
        for (const { key: sequence } of sequences) {
          await isTaken(page, key);
          if (await isTaken(page, sequence.slice(key.length + 1))) heard.push(sequence);
          await begin();
        }
      }
      if (await isTaken(page, "k", true)) heard.push("Ctrl k");

      const listed = commandsIn(room).map(({ key }) => key);
      expect(heard.filter((key) => !listed.includes(key))).toEqual([]);
      expect(heard.filter((key) => key !== "/" && key !== "Ctrl k").toSorted()).toEqual(offered.toSorted());
    },
    240_000,
  );

  it.each(["queue", "board", "policy", "batch", "thread"] as const)("%s: none is listed twice", (room) => {
    const listed = commandsIn(room).map(({ key }) => key);
    expect(listed.toSorted()).toEqual([...new Set(listed)].toSorted());
  });

  it("stand in a list that ? opens in every room and closes; the focus is where it was", async () => {
    const { id, threadId } = await held(`pay ${randomUUID()} 5`);
    for (const path of [`/${id}`, "/board", "/policy", `/threads/${threadId}`]) {
      const page = await visit(`${at.url}/review${path}`);
      const list = page.getByRole("dialog", { name: "Keys" });
      await page.locator("#hold-title, .card, .tiers, .turn").first().waitFor();
      await page.getByRole("link", { name: /^Board/ }).focus();
      await page.keyboard.press("?");
      await list.getByText("All keys").waitFor();
      expect(await barriersOn(page)).toEqual([]);
      await page.keyboard.press("?");
      await list.waitFor({ state: "detached" });
      await page.keyboard.press("?");
      await page.keyboard.press("Escape");
      await list.waitFor({ state: "detached" });
      expect(await page.locator(":focus").textContent()).toMatch(/^Board/);
      expect(new URL(page.url()).pathname).toBe(`/review${path}`);
    }
  });
});

describe("the palette", () => {
  it("approves by words: Ctrl K, typed, Enter opens the step, Enter confirms; then undo is offered", async () => {
    const { id } = await held(`pay ${randomUUID()} 5`);
    const page = await visit(`${at.url}/review/${id}`);
    await page.locator("#talk-title").waitFor();
    await page.keyboard.press("Control+k");
    await options(page).first().waitFor();
    expect(await page.locator(":focus").getAttribute("role")).toBe("combobox");
    await page.keyboard.type("appr");
    // What begins so is first.
    await expect
      .poll(() => palette(page).locator('[aria-selected="true"]').textContent())
      .toMatch(/^Approve/);
    expect(await barriersOn(page)).toEqual([]);
    await page.keyboard.press("Enter");
    await palette(page).waitFor({ state: "detached" });
    await page.getByRole("button", { name: /^Confirm/ }).waitFor();
    expect(await page.locator(":focus").textContent()).toMatch(/^Confirm/);
    await page.keyboard.press("Enter");
    await expect.poll(async () => (await at.runtime.reviews.find("default", id))?.status).toBe("decided");
    await page.getByRole("button", { name: /^Undo/ }).first().waitFor();
    await page.keyboard.press("/");
    await option(page, /Undo/).click();
    await expect.poll(async () => (await at.runtime.reviews.find("default", id))?.status).toBe("open");
  });

  it("is walked by arrows, around its ends; Escape gives the focus back, and what is open stays", async () => {
    const { id } = await held(`pay ${randomUUID()} 5`);
    const page = await visit(`${at.url}/review/${id}`);
    await page.locator("#talk-title").waitFor();
    await page.keyboard.press("Enter");
    await page.keyboard.press("/");
    await option(page, "Only nobody's").waitFor();
    const selected = () => palette(page).locator('[aria-selected="true"]').textContent();
    const first = await selected();
    await page.keyboard.press("ArrowUp");
    expect(await selected()).not.toBe(first);
    const active = await page.locator(":focus").getAttribute("aria-activedescendant");
    expect(await page.locator(`[id="${active}"]`).textContent()).toBe(await selected());
    await page.keyboard.press("ArrowDown");
    expect(await selected()).toBe(first);
    await page.keyboard.press("Escape");
    await palette(page).waitFor({ state: "detached" });
    expect(await page.locator(":focus").getAttribute("id")).toBe("hold-title");
    // One that opens another dialog leaves it open.
    await page.keyboard.press("/");
    await option(page, "All keys").click();
    await palette(page).waitFor({ state: "detached" });
    await page.getByRole("dialog", { name: "Keys" }).getByText("Next hold").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(new URL(page.url()).pathname).toBe(`/review/${id}`);
    // The keys are the page's again.
    await page.keyboard.press("a");
    await page.getByRole("button", { name: /^Confirm/ }).waitFor();
  });

  it.each([
    ["/", "Commands"],
    ["?", "Keys"],
  ])("%s opens it again in the very moment it closed", async (key, name) => {
    const { id } = await held(`pay ${randomUUID()} 5`);
    const page = await visit(`${at.url}/review/${id}`);
    await page.locator("#talk-title").waitFor();
    await page.keyboard.press(key);
    await page.getByRole("dialog", { name }).waitFor();
    // As two keys that come before the browser draws again, when it says that the dialog was closed.
    await page.evaluate(`(async () => {
      for (const key of ["Escape", ${JSON.stringify(key)}]) {
        document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
        await null;
      }
    })()`);
    await page.getByRole("dialog", { name }).waitFor();
    // It stays open when the browser says that the first one closed.
    await page.evaluate(
      "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))",
    );
    expect(await page.getByRole("dialog", { name }).count()).toBe(1);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.keyboard.press("a");
    await page.getByRole("button", { name: /^Confirm/ }).waitFor();
  });

  it("is there while something is typed, and offers the way out of it alone; what was typed stays", async () => {
    const { id } = await held(`pay ${randomUUID()} 5`);
    const page = await visit(`${at.url}/review/${id}`);
    await page.locator("#talk-title").waitFor();
    await page.keyboard.press("r");
    await page.keyboard.type("a/b");
    await page.keyboard.press("Control+k");
    await options(page).first().waitFor();
    expect(await keysOffered(page)).not.toContain("a");
    await page.keyboard.press("Control+k");
    await palette(page).waitFor({ state: "detached" });
    await page.keyboard.type("c");
    expect(await page.locator(":focus").inputValue()).toBe("a/bc");
  });

  it("narrows the queue by what is in it, and opens a view that was kept", async () => {
    await held(`wipe ${randomUUID()}`);
    const { status } = await request(`${at.url}/views/${encodeURIComponent("Only the wiping")}`, {
      method: "PUT",
      body: { tool: "wipe" },
    });
    expect(status).toBe(200);
    const page = await visit(`${at.url}/review/board`);
    await page.locator(".card").first().waitFor();
    await page.keyboard.press("/");
    await option(page, /^Only pay/).click();
    await expect.poll(() => new URL(page.url()).search).toBe("?tool=pay");
    await page.keyboard.press("/");
    await page.keyboard.type("wiping");
    await option(page, "Only the wiping").waitFor();
    await page.keyboard.press("Enter");
    await expect.poll(() => new URL(page.url()).search).toBe("?tool=wipe");
    await page.keyboard.press("/");
    await page.keyboard.type("all that");
    await option(page, /^All that waits/).waitFor();
    await page.keyboard.press("Enter");
    await expect.poll(() => new URL(page.url()).search).toBe("");
  });

  it("goes to a hold whose id is pasted, and to a conversation; says where nothing is called so", async () => {
    const { id, threadId } = await held(`pay ${randomUUID()} 5`);
    const page = await visit(`${at.url}/review/board`);
    await page.getByRole("button", { name: /^Find/ }).click();
    await page.keyboard.insertText(`see ${at.url}/review/${id.toUpperCase()} please`);
    await option(page, `Go to hold ${id}`).waitFor();
    await page.keyboard.press("Enter");
    await page.locator("#hold-title").waitFor();
    expect(new URL(page.url()).pathname).toBe(`/review/${id}`);
    await page.keyboard.press("/");
    await page.keyboard.insertText(`${at.url}/review/threads/${threadId}`);
    await option(page, `Go to conversation ${threadId}`).waitFor();
    await page.keyboard.press("Enter");
    await page.locator(".turn").first().waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("make coffee");
    await palette(page).getByText("Nothing that can be done here is called that.").waitFor();
    await page.keyboard.press("Enter");
    expect(await palette(page).count()).toBe(1);
    expect(await barriersOn(page)).toEqual([]);
  });

  it("signs out who signed in, and offers that to nobody else", async () => {
    const page = await visit(`${at.url}/review`);
    await page.locator(".row").first().waitFor();
    await page.keyboard.press("/");
    await option(page, "Only nobody's").waitFor();
    expect(await option(page, "Sign out").count()).toBe(0);
    const desk = await serveDesk(await testDatabase());
    const other = await visit(`${desk.at.url}/review`, {
      first: (on) => on.request.post(`${desk.at.url}/session`, { data: { credential: desk.keys.ada } }),
    });
    await other.getByText("key:ada").waitFor();
    await other.keyboard.press("Control+k");
    await other.keyboard.type("sign");
    await option(other, "Sign out").waitFor();
    await other.keyboard.press("Enter");
    await other.getByLabel("Your key or token").waitFor();
    await desk.at.stop();
  });

  it.each(["light", "dark"] as const)("is for everybody, on a phone too, %s", async (colorScheme) => {
    const { id } = await held(`pay ${randomUUID()} 5`);
    const page = await visit(`${at.url}/review/${id}`, {
      colorScheme,
      viewport: { width: 390, height: 844 },
    });
    await page.locator("#talk-title").waitFor();
    await page.keyboard.press("/");
    await option(page, "Only nobody's").waitFor();
    expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBe(0);
    expect(await barriersOn(page)).toEqual([]);
  });
});
