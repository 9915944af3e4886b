// The board and the conversations of the workspace, in a real browser, on a real server.
import { randomUUID } from "node:crypto";
import { AIMessage } from "@langchain/core/messages";
import { interrupt, MessagesAnnotation, START, StateGraph } from "@langchain/langgraph";
import axe, { type AxeResults } from "axe-core";
import pg from "pg";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { openBrowser } from "./support/browser.js";
import { testDatabase } from "./support/database.js";
import { request, say, serve, type Served } from "./support/http.js";

const asking = new StateGraph(MessagesAnnotation)
  .addNode("ask", () => ({ messages: [new AIMessage(`You said ${String(interrupt("Which one?"))}.`)] }))
  .addEdge(START, "ask")
  .compile();

/** As long as somebody could talk, without a model in between. */
const talkative = new StateGraph(MessagesAnnotation)
  .addNode("talk", ({ messages }) => ({
    messages: Array.from(
      { length: Number(messages.at(-1)?.text) },
      (_, n) => new AIMessage(`Turn ${n + 1}.`),
    ),
  }))
  .addEdge(START, "talk")
  .compile();

let browser: Browser;
let at: Served;
let url: string;
beforeAll(async () => {
  browser = await openBrowser();
  url = await testDatabase();
  at = await serve(url, { plain: { asking, talkative } });
}, 120_000);
afterAll(async () => {
  await browser.close();
  await at.stop();
});

const opened: Page[] = [];
const faults: string[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((page) => page.context().close()));
  expect(faults.splice(0)).toEqual([]);
});

async function openPage(path: string, size = { width: 1440, height: 900 }): Promise<Page> {
  const page = await (await browser.newContext({ viewport: size })).newPage();
  opened.push(page);
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !/status of 404|net::ERR_/.test(message.text()))
      faults.push(message.text());
  });
  await page.goto(`${at.url}${path}`);
  return page;
}

async function told(words: string, graph = "support"): Promise<string> {
  const { thread_id: threadId } = await at.client.threads.create();
  await at.client.runs.wait(threadId, graph, say(words));
  return threadId;
}

async function openHold(threadId: string): Promise<{ id: string; argsHash: string }> {
  const { items } = await at.runtime.reviews.list("default", { threadId, status: "open", limit: 1 });
  if (!items[0]) throw new Error(`Nothing of ${threadId} waits.`);
  return items[0];
}

async function decide(threadId: string, type: string, more: object = {}): Promise<void> {
  const { id, argsHash } = await openHold(threadId);
  const { status } = await request(`${at.url}/reviews/${id}/decision`, { body: { type, argsHash, ...more } });
  expect(status).toBe(200);
}

const pathOf = (page: Page): string => decodeURIComponent(new URL(page.url()).pathname);
const inStage = (page: Page, stage: string, text: string) =>
  page.locator(`[data-stage="${stage}"] .card`, { hasText: text });
const focusedEntry = (page: Page) => page.locator("[data-entry]:focus");

async function seriousFaults(page: Page, screen: string): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<AxeResults>("axe.run()");
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${screen}: ${id} ${nodes.map(({ html }) => html).join(" ")}`);
}

describe("the board", () => {
  it("follows one payment through its life by itself", async () => {
    const id = randomUUID();
    const gate = randomUUID();
    const page = await openPage("/review/board");
    await page.getByText(/\d+ at work/).waitFor();
    const { thread_id: threadId } = await at.client.threads.create();
    await at.client.runs.create(threadId, "support", say(`wait ${gate}`));
    await inStage(page, "working", gate).waitFor();
    await at.client.runs.create(threadId, "support", say(`pay ${id} 5`));
    await inStage(page, "queued", id).waitFor();
    at.release(gate);
    await inStage(page, "waiting", id).waitFor();
    expect(await inStage(page, "queued", id).count()).toBe(0);
    await decide(threadId, "approve");
    await inStage(page, "executed", id).waitFor();
    expect(await inStage(page, "executed", id).textContent()).toContain("local");
    expect(await inStage(page, "waiting", id).count()).toBe(0);

    const refused = await told(`pay ${randomUUID()} 5`);
    const { id: hold } = await openHold(refused);
    await page.locator(`[data-stage="waiting"] [data-review="${hold}"]`).waitFor();
    await decide(refused, "reject");
    const card = page.locator(`[data-stage="refused"] [data-review="${hold}"]`);
    await card.waitFor();
    expect(await card.textContent()).toContain("rejected");
  });

  it("is walked by arrows, over columns that are empty; Enter opens what waits, and g b comes back", async () => {
    const id = randomUUID();
    const threadId = await told(`pay ${id} 5`);
    const { id: hold } = await openHold(threadId);
    const page = await openPage("/review");
    await page.locator(".row").first().waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("b");
    const card = inStage(page, "waiting", id);
    await card.waitFor();
    expect(pathOf(page)).toBe("/review/board");
    await page.keyboard.press("ArrowRight");
    const isFocused = async (text: string) =>
      (await page.locator(".card:focus", { hasText: text }).count()) === 1;
    const stageWithFocus = () => page.locator(".card:focus").getAttribute("data-stage");
    expect(await page.locator(".card:focus").count()).toBe(1);
    for (let moves = 0; (await stageWithFocus()) !== "waiting" && moves < 7; moves++)
      await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowUp");
    for (let moves = 0; moves < 20 && !(await isFocused(id)); moves++) await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.locator("#hold-title").waitFor();
    expect(pathOf(page)).toBe(`/review/${hold}`);
    await page.keyboard.press("g");
    await page.keyboard.press("b");
    await card.waitFor();
    await page.keyboard.press("Escape");
    expect(pathOf(page)).toBe("/review");
  });

  it("keeps the focus on a card that moves on", async () => {
    const threadId = await told(`pay ${randomUUID()} 5`);
    const { id: hold } = await openHold(threadId);
    const page = await openPage("/review/board");
    const card = page.locator(`[data-review="${hold}"]`);
    await card.focus();
    await decide(threadId, "reject");
    await page.locator(`[data-stage="refused"] [data-review="${hold}"]`).waitFor();
    expect(await page.locator(":focus").getAttribute("data-review")).toBe(hold);
  });

  it("is a list of sections on a phone, with nothing cut off at the side", async () => {
    await told(`pay ${randomUUID()} 5`);
    const page = await openPage("/review/board", { width: 390, height: 844 });
    await page.locator(".card").first().waitFor();
    expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBeLessThanOrEqual(390);
    const tops = await page.evaluate<number[]>(
      "[...document.querySelectorAll('.stage')].map((one) => one.getBoundingClientRect().top)",
    );
    expect(tops).toEqual(tops.toSorted((a, b) => a - b));
    expect(new Set(tops).size).toBe(7);
  });

  it("a second key that ends no sequence does nothing", async () => {
    const threadId = await told(`pay ${randomUUID()} 5`);
    const { id } = await openHold(threadId);
    const page = await openPage(`/review/${id}`);
    await page.getByRole("button", { name: /^Approve/ }).waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("a");
    expect(await page.getByRole("button", { name: /^Confirm/ }).count()).toBe(0);
    await page.keyboard.press("a");
    await page.getByRole("button", { name: /^Confirm/ }).waitFor();
  });
});

describe("a conversation", () => {
  it("has every call in its place, with why it was held, who decided what and why, and what came of it, live", async () => {
    const id = randomUUID();
    const threadId = await told(`read ${id}; pay ${id} 50`);
    const page = await openPage(`/review/threads/${threadId}`);
    const call = page.locator(".call", { hasText: `pay: id ${id}` });
    await call.getByText("waits for a person").waitFor();
    expect(await call.textContent()).toContain("This cannot be undone, so a person has to approve it.");
    await decide(threadId, "approve", { reason: "Seen the invoice." });
    await call.getByText("Seen the invoice.").waitFor();
    await call.getByText(`pay ${id} done`).waitFor();
    expect(await call.textContent()).toMatch(/Approved.*by local/);
    await page.getByText(`Heard: read ${id} done | pay ${id} done`).waitFor();

    await at.client.runs.wait(threadId, "support", say(`pay ${id} 70`));
    await page.locator(".call", { hasText: "amount 70" }).getByText("waits for a person").waitFor();
    await decide(threadId, "edit", { args: { id, amount: 20 }, reason: "Only the item." });
    await page.getByText("Changed and approved").waitFor();
    await page.getByText("Only the item.").waitFor();
  });

  it("is walked by j and k, from turn to call; Enter opens what waits, v comes from there, Escape goes back", async () => {
    const id = randomUUID();
    const threadId = await told(`read ${id}; pay ${id} 50`);
    const { id: hold } = await openHold(threadId);
    const page = await openPage(`/review/${hold}`);
    await page.locator("#hold-title").waitFor();
    await page.keyboard.press("v");
    const call = page.locator(".call", { hasText: `pay: id ${id}` });
    await call.waitFor();
    expect(pathOf(page)).toBe(`/review/threads/${threadId}`);
    // It begins at the call it was opened from.
    await expect.poll(() => focusedEntry(page).getAttribute("data-entry")).toBe("1 1");
    for (const [key, entry] of [
      ["k", "1 0"],
      ["k", "1 -1"],
      ["k", "0 -1"],
      ["k", "0 -1"],
      ["j", "1 -1"],
    ] as const) {
      await page.keyboard.press(key);
      await expect.poll(() => focusedEntry(page).getAttribute("data-entry")).toBe(entry);
    }
    await page.keyboard.press("Enter");
    await page.locator("#hold-title").waitFor();
    expect(pathOf(page)).toBe(`/review/${hold}`);
    await page.goBack();
    await call.waitFor();
    await page.keyboard.press("Escape");
    await page.locator("#hold-title").waitFor();
    expect(pathOf(page)).toBe(`/review/${hold}`);
  });

  it("takes a complaint about a call that was made, by x, and the next one about the same waits with it", async () => {
    const id = `A-${randomUUID().slice(0, 8)}`;
    const page = await openPage(`/review/threads/${await told(`note ${id}`)}`);
    const call = page.locator(".call", { hasText: id });
    await call.getByText("done", { exact: true }).waitFor();
    for (const entry of ["2 -1", "1 0"]) {
      await page.keyboard.press("k");
      await expect.poll(() => focusedEntry(page).getAttribute("data-entry")).toBe(entry);
    }
    await page.keyboard.press("x");
    await page.keyboard.type("It was the neighbour's.");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: /^Something went wrong/ }).waitFor();
    await page.keyboard.press("x");
    await expect.poll(() => page.locator(".call textarea").inputValue()).toBe("It was the neighbour's.");
    expect(await seriousFaults(page, "a complaint")).toEqual([]);
    await page.keyboard.press("Control+Enter");
    await call.getByText("told by local").waitFor();
    expect(await call.textContent()).toContain("It was the neighbour's.");
    expect(await page.locator(".call textarea").count()).toBe(0);

    await openHold(await told(`note ${id}`));
    const { items } = await at.runtime.reviews.list("default", { status: "open", tool: "note", limit: 1 });
    expect(items[0]?.reasons[0]?.text).toContain("It was the neighbour's.");
  });

  it("of a thousand turns has a screenful in the page, and each turn where it belongs", async () => {
    const threadId = await told("1000", "talkative");
    const page = await openPage(`/review/threads/${threadId}`);
    await page.getByText("Turn 1000.").waitFor();
    await page.getByText("1,001 turns").waitFor();
    expect(await page.locator(".turn").count()).toBeLessThan(60);
    await page.evaluate("document.querySelector('.turns').scrollTo(0, 0)");
    await page.getByText("Turn 1.", { exact: true }).waitFor();
    expect(await page.locator(".turn").count()).toBeLessThan(60);
    await page.evaluate(
      "document.querySelector('.turns').scrollTo(0, document.querySelector('.turns').scrollHeight / 2)",
    );
    const numbersShown = async () =>
      (await page.locator(".turn").allTextContents())
        .flatMap((text) => /Turn (\d+)\./.exec(text)?.[1] ?? [])
        .map(Number);
    let numbers: number[] = [];
    // Until it is drawn again, those of the beginning stand there.
    await expect.poll(async () => (numbers = await numbersShown())[3] ?? 0).toBeGreaterThan(300);
    expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));
    expect(numbers[0]).toBeGreaterThan(300);
    expect(numbers[0]).toBeLessThan(700);
  });

  it("quotes what others wrote as text, and shows what is hidden in it", async () => {
    const threadId = await told(
      `mail a <img src=x onerror="document.title='owned'"> ![p](https://evil.example/p.png) \u202Egnp`,
    );
    const page = await openPage(`/review/threads/${threadId}`);
    await page.getByText("U+202E").first().waitFor();
    expect(await page.locator(".turns img").count()).toBe(0);
    expect(await page.title()).toBe("Holdpoint");
  });

  it("of a graph that asks has its messages, and the question at its end", async () => {
    const threadId = await told("Help me.", "asking");
    const { id: hold } = await openHold(threadId);
    const page = await openPage(`/review/threads/${threadId}`);
    await page.getByText("Help me.").waitFor();
    await page.keyboard.press("k");
    await page.keyboard.press("Enter");
    await page.locator("#hold-title").waitFor();
    expect(pathOf(page)).toBe(`/review/${hold}`);
  });

  it("says so where there is none, where it is empty, and where a host keeps it", async () => {
    const page = await openPage(`/review/threads/${randomUUID()}`);
    await page.getByText("There is no such conversation").waitFor();
    const { thread_id: empty } = await at.client.threads.create();
    await page.goto(`${at.url}/review/threads/${empty}`);
    await page.getByText("Nobody has said anything yet.").waitFor();
    const admin = new pg.Client({ connectionString: url });
    await admin.connect();
    await admin.query(`insert into holdpoint.actions (action_id, tenant_id, thread_id, graph_id, message_id, call_index, call_id,
        tool, args, args_hash, route, assessment, requested_by)
      values ('hosted', 'default', 'at.a/host', 'support', 'm', 0, 'c', 'pay', '{"id":"x"}', 'h', 'approve', '{"reasons":[]}', '{"id":"x"}')`);
    await admin.end();
    await page.goto(`${at.url}/review/threads/${encodeURIComponent("at.a/host")}`);
    await page.getByText("What was said is not kept here").waitFor();
    await page.locator(".call", { hasText: "pay" }).waitFor();
    expect(await page.locator(".call").count()).toBe(1);
  });

  it("fits a phone", async () => {
    const threadId = await told(`read a; pay ${randomUUID()} 5`);
    const page = await openPage(`/review/threads/${threadId}`, { width: 390, height: 844 });
    await page.getByRole("link", { name: /^Decide/ }).waitFor();
    expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBeLessThanOrEqual(390);
  });
});

describe("leading a conversation", () => {
  const field = (page: Page) => page.locator(".lead-bar textarea");

  it("takes o, what one writes, and b: the customer's client sees it, the agent is silent, then goes on", async () => {
    const threadId = await told("read a");
    const page = await openPage(`/review/threads/${threadId}`);
    await page.getByRole("button", { name: /^Take over/ }).waitFor();
    await page.keyboard.press("o");
    await field(page).waitFor();
    await expect.poll(() => page.evaluate("document.activeElement.tagName")).toBe("TEXTAREA");
    await page.keyboard.type("Anna here: one moment, please.");
    await page.keyboard.press("Control+Enter");
    const written = page.locator(".turn", { hasText: "one moment, please." });
    await written.waitFor();
    expect(await written.textContent()).toContain("local in the agent’s place");
    expect(await field(page).inputValue()).toBe("");
    const { values } = await at.client.threads.getState<{ messages: object[] }>(threadId);
    expect(values.messages.at(-1)).toMatchObject({ type: "ai", content: "Anna here: one moment, please." });

    await at.client.runs.wait(threadId, "support", say("read b"));
    await page.locator(".turn.user", { hasText: "read b" }).waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("b");
    await page.getByText("A note for the agent").waitFor();
    await page.keyboard.type("Be kind.");
    await page.keyboard.press("Control+Enter");
    await page.getByText("Heard: read b done").waitFor();
    await page.getByText("local took the conversation over").waitFor();
    expect(await page.locator(".moment", { hasText: "handed it back" }).textContent()).toContain("Be kind.");
    expect(await field(page).count()).toBe(0);
    expect(await page.evaluate("document.activeElement === document.body")).toBe(false);
  });

  it("says who leads it, and takes it from them in a second step", async () => {
    const threadId = await told("read a");
    const anna = { id: "anna", kind: "person", roles: ["reviewer"], tenant: "default" } as const;
    const thread = { threadId, graphId: "support", after: null, spoken: null };
    const page = await openPage(`/review/threads/${threadId}`);
    await page.getByRole("button", { name: /^Take over/ }).waitFor();
    await at.runtime.takingOver.begin(anna, thread, null);
    await page.getByText("anna leads this conversation").waitFor();
    await page.keyboard.press("o");
    await page.getByRole("button", { name: /^Take it from anna/ }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: /^Take over…/ }).waitFor();
    expect((await at.runtime.takingOver.leading("default", threadId))?.by.id).toBe("anna");
    await page.keyboard.press("o");
    await page.keyboard.press("o");
    await field(page).waitFor();
    expect((await at.runtime.takingOver.leading("default", threadId))?.by.id).toBe("local");
  });

  it("keeps what was typed over a reload, and where the server is away", async () => {
    const threadId = await told("read a");
    const page = await openPage(`/review/threads/${threadId}`);
    await page.getByRole("button", { name: /^Take over/ }).waitFor();
    await page.keyboard.press("o");
    await field(page).waitFor();
    await page.keyboard.type("Half a sentence");
    await page.reload();
    await field(page).waitFor();
    expect(await field(page).inputValue()).toBe("Half a sentence");
    await page.route("**/messages", (route) => route.abort());
    await field(page).focus();
    await page.keyboard.press("Control+Enter");
    await page.getByRole("alert").getByText("does not answer").waitFor();
    expect(await field(page).inputValue()).toBe("Half a sentence");
    await page.unroute("**/messages");
    await page.keyboard.press("Control+Enter");
    await page.locator(".turn", { hasText: "Half a sentence" }).waitFor();
    expect(await page.locator(".turn", { hasText: "Half a sentence" }).count()).toBe(1);
  });
});

describe("for everybody", () => {
  it.each(["light", "dark"] as const)(
    "nothing serious is found by axe in these rooms, %s",
    async (colorScheme) => {
      const threadId = await told(`read a; pay ${randomUUID()} 5`);
      const question = await told("Help me.", "asking");
      const rejected = await told(`pay ${randomUUID()} 5`);
      await decide(rejected, "reject", { reason: "No." });
      const found: string[] = [];
      for (const [path, key] of [
        ["/review/board", "ArrowRight"],
        [`/review/threads/${threadId}`, "k"],
        [`/review/threads/${question}`, ""],
        [`/review/threads/${rejected}`, ""],
        [`/review/threads/${rejected}`, "o"],
        [`/review/threads/${randomUUID()}`, ""],
      ] as const) {
        const page = await openPage(path);
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        await page.locator(".card, .turn, .resting").first().waitFor();
        if (key) await page.keyboard.press(key);
        if (key === "o") await page.locator(".lead-bar textarea").waitFor();
        found.push(...(await seriousFaults(page, path)));
      }
      expect(found).toEqual([]);
    },
  );
});
