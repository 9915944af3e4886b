// Deciding at the page, by keyboard, in a real browser: what is asked, what is wrong, what it leads to.
import { randomUUID } from "node:crypto";
import axe, { type AxeResults } from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { defineTool, scriptedModel } from "../src/index.js";
import { countingTools, obedient } from "./support/agent.js";
import { openBrowser } from "./support/browser.js";
import { testDatabase } from "./support/database.js";
import { serveDesk, type Desk, type Who } from "./support/people.js";

const policy = `
undo: 60s
reject_reasons: [Not covered by our terms., Asked for twice.]
tools:
  wipe: { reject_reasons: [The account is in use.] }
rules:
  - id: big
    when: tool == 'pay' && has(args.amount) && args.amount > 1000
    tier: risk
    level: critical
    reason: A large amount.
    guideline: { text: Compare it with the invoice., link: "https://example.com/refunds" }
  - id: wiping
    when: tool == 'wipe'
    questions: [Who asked for it?, Is there a copy?]
  - { id: never, when: "tool == 'pay' && has(args.amount) && args.amount > 5000", verdict: deny, reason: Too much. }
tiers:
  support: { roles: [support] }
  risk: { roles: [risk] }
`;

let isSilent = false;
const model = scriptedModel("asked", (messages) => {
  if (messages.at(-1)?.text.includes("The question: ") !== true) return obedient(messages);
  return { text: isSilent ? "" : "Because of <b>that</b>." };
});

let browser: Browser;
let desk: Desk;
beforeAll(async () => {
  browser = await openBrowser();
  const { tools } = countingTools();
  const order = defineTool({
    name: "order",
    description: "Orders.",
    args: z.object({
      id: z.string(),
      items: z.array(z.object({ price: z.number().positive() })).default([]),
      to: z.object({ name: z.string(), street: z.string().optional() }).optional(),
      tags: z.array(z.string()).optional(),
    }),
    run: () => "ordered",
  });
  const invoice = defineTool({
    name: "invoice",
    description: "Sends an invoice.",
    args: z.object({
      id: z.string(),
      vat: z.string().nullable().default(null).describe("The number that the tax office gave."),
      days: z
        .union([z.literal(14), z.literal(30)])
        .nullable()
        .default(30),
      to: z.object({ name: z.string() }).nullable().default(null),
    }),
    run: () => "sent",
  });
  desk = await serveDesk(await testDatabase(), { policy, model, tools: [...tools, order, invoice] });
}, 120_000);
afterAll(async () => {
  await browser.close();
  await desk.at.stop();
});

const opened: Page[] = [];
const faults: string[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((page) => page.context().close()));
  expect(faults.splice(0)).toEqual([]);
});

async function openAs(who: Who, id = "", more: Parameters<Browser["newContext"]>[0] = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...more });
  const page = await context.newPage();
  opened.push(page);
  page.on("pageerror", (error) => faults.push(error.message));
  await page.request.post(`${desk.at.url}/session`, { data: { credential: desk.keys[who] } });
  await page.goto(`${desk.at.url}/review/${id}`);
  if (id !== "") await page.locator("#hold-title").waitFor();
  // What the policy says to whoever decides is there by then.
  if (id !== "") await page.locator("#talk-title").waitFor();
  return page;
}

const held = async (words: string): Promise<string> => (await desk.held(words)).ids[0] ?? "";
const reviewOf = (id: string) => desk.at.runtime.reviews.find("default", id);
const decisionOf = async (id: string) => {
  await expect.poll(async () => (await reviewOf(id))?.decision?.type).toBeDefined();
  return (await reviewOf(id))?.decision;
};

async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<AxeResults>(
    "axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })",
  );
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ""}`);
}

describe("what the policy says to whoever decides", () => {
  it("the guideline stands under the reason of its rule, with where to read more", async () => {
    const page = await openAs("risk", await held(`pay ${randomUUID()} 2000`));
    const reason = page.locator(".reasons li", { hasText: "A large amount." });
    await reason.getByText("Compare it with the invoice.").waitFor();
    const link = reason.getByRole("link", { name: /example\.com/ });
    expect(await link.getAttribute("href")).toBe("https://example.com/refunds");
    expect(await link.getAttribute("rel")).toBe("noreferrer");
  });

  it("questions are answered in the step that approves, and Enter confirms when each is", async () => {
    const id = await held(`wipe ${randomUUID()}`);
    const page = await openAs("ada", id);
    await page.keyboard.press("a");
    await page.getByLabel("Who asked for it?").waitFor();
    await page.keyboard.type("Mara");
    await page.keyboard.press("Enter");
    expect(await page.getByRole("button", { name: /^Confirm/ }).isDisabled()).toBe(true);
    expect((await reviewOf(id))?.status).toBe("open");
    await page.keyboard.press("Tab");
    await page.keyboard.type("Yes, of today.");
    expect(await barriers(page)).toEqual([]);
    await page.keyboard.press("Enter");
    expect((await decisionOf(id))?.answers).toEqual([
      { question: "Who asked for it?", text: "Mara" },
      { question: "Is there a copy?", text: "Yes, of today." },
    ]);
    await page.goto(`${desk.at.url}/review/${id}`);
    await page.getByText("Yes, of today.").waitFor();
  });

  it("a number key rejects in prepared words, which may be written on; own words may hold numbers", async () => {
    const [first, second] = [await held(`wipe ${randomUUID()}`), await held(`pay ${randomUUID()} 5`)];
    const page = await openAs("ada", first);
    await page.keyboard.press("r");
    await page.getByText("The account is in use.").waitFor();
    expect(await barriers(page)).toEqual([]);
    await page.keyboard.press("1");
    await page.keyboard.press("3");
    await page.keyboard.type(" See ticket 12.");
    await page.keyboard.press("Control+Enter");
    expect(await decisionOf(first)).toMatchObject({
      type: "reject",
      reason: "Asked for twice. See ticket 12.",
    });

    const other = await openAs("ada", second);
    await other.keyboard.press("r");
    await other.keyboard.type("No. 12");
    await other.keyboard.press("Control+Enter");
    expect(await decisionOf(second)).toMatchObject({ type: "reject", reason: "No. 12" });
  });
});

describe("a decision is taken back", () => {
  const line = (page: Page) => page.locator(".queue .last-done");

  it("by u, for as long as the line counts, and the hold is open again", async () => {
    const name = randomUUID();
    const id = await held(`pay ${name} 5`);
    const page = await openAs("ada", id);
    await page.keyboard.press("a");
    await page.keyboard.press("Enter");
    await line(page).getByText(`Approved: pay: id ${name}`).waitFor();
    expect(await line(page).locator(".left").innerText()).toMatch(/^[3-6]\d s$/);
    expect(await page.locator(".last-done :focus").count()).toBe(0);
    expect(await barriers(page)).toEqual([]);
    await page.keyboard.press("Enter");
    expect((await reviewOf(id))?.status).toBe("decided");
    await page.keyboard.press("u");
    await page.locator("#hold-title", { hasText: name }).waitFor();
    await page.getByRole("button", { name: /^Approve/ }).waitFor();
    expect(await reviewOf(id)).toMatchObject({ status: "open", decision: null });
    expect(await page.locator(".queue .last-done", { hasText: name }).count()).toBe(0);
    await page.getByText(`Taken back: pay: id ${name}`).waitFor();
    expect(desk.effectsOf("pay", name)).toBe(0);
  });

  it("also after a reload of the page; by nobody else", async () => {
    const name = randomUUID();
    const id = await held(`pay ${name} 5`);
    const page = await openAs("ben", id);
    await page.keyboard.press("r");
    await page.keyboard.press("Control+Enter");
    await line(page).getByText(`Rejected: pay: id ${name}`).waitFor();
    await page.reload();
    await line(page).getByText(`Rejected: pay: id ${name}`).waitFor();
    const other = await openAs("ada", id);
    await other.getByText("until then it may be taken back").waitFor();
    expect(await other.locator(".queue .last-done", { hasText: name }).count()).toBe(0);
    await page.keyboard.press("u");
    await page.getByRole("button", { name: /^Approve/ }).waitFor();
    await other.getByRole("button", { name: /^Approve/ }).waitFor();
    expect((await reviewOf(id))?.status).toBe("open");
  });

  it("also on a phone, where the next hold is before it", async () => {
    const [name, id] = [randomUUID(), await held(`pay ${randomUUID()} 5`)];
    const own = await held(`pay ${name} 5`);
    const page = await openAs("risk", own, { viewport: { width: 390, height: 844 } });
    await page.getByRole("button", { name: /^Reject/ }).click();
    await page.getByRole("button", { name: /^Reject/ }).click();
    await page.goto(`${desk.at.url}/review/${id}`);
    const shown = page.locator(".hold .last-done", { hasText: name });
    await shown.getByText("Undo").click();
    await page.locator("#hold-title", { hasText: name }).waitFor();
    expect((await reviewOf(own))?.status).toBe("open");
    expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBeLessThanOrEqual(390);
  });

  it("that comes too late is told so", async () => {
    const id = await held(`pay ${randomUUID()} 5`);
    const page = await openAs("risk", id);
    await page.keyboard.press("r");
    await page.keyboard.press("Control+Enter");
    await line(page).getByText("Rejected: pay").waitFor();
    await desk.at.runtime.db.once(
      { tenant: "default" },
      "update holdpoint.reviews set deciding_until = now() where review_id = $1",
      [id],
    );
    await page.keyboard.press("u");
    await page.locator(".queue .lines").getByText("Too late to take it back").waitFor();
    await expect.poll(async () => (await reviewOf(id))?.status).toBe("resumed");
  });
});

describe("a hold changes hands", () => {
  it("m takes it, so that nobody else decides it, and gives it back", async () => {
    const id = await held(`pay ${randomUUID()} 5`);
    const page = await openAs("ada", id);
    const other = await openAs("ben", id);
    await page.keyboard.press("m");
    await page.getByText(/^You have it until/).waitFor();
    await other.getByText(/^key:ada has it until/).waitFor();
    expect(await other.getByRole("button", { name: /^(Approve|Hand on|Take it)/ }).count()).toBe(0);
    await other.keyboard.press("a");
    expect(await other.locator("form.step").count()).toBe(0);
    expect(await barriers(page)).toEqual([]);
    await page.keyboard.press("m");
    await other.getByRole("button", { name: /^Approve/ }).waitFor();
    await other.keyboard.press("a");
    await other.keyboard.press("Enter");
    expect(await decisionOf(id)).toMatchObject({ decidedBy: { id: "key:ben" } });
  });

  it("h hands it up the ladder under a number key, with a note; it is told under the hold", async () => {
    const id = await held(`pay ${randomUUID()} 5`);
    const page = await openAs("ada", id);
    await page.keyboard.press("h");
    await page.getByRole("button", { name: /risk$/ }).waitFor();
    await page.keyboard.press("1");
    expect(await barriers(page)).toEqual([]);
    await page.keyboard.press("Tab");
    await page.keyboard.type("Too large for me.");
    await page.getByRole("button", { name: /^Hand on to risk/ }).waitFor();
    await page.keyboard.press("Control+Enter");
    await page.locator(".queue .lines").getByText("Handed on to risk: pay").waitFor();
    expect(await page.locator(":focus").getAttribute("id")).toBe("hold-title");
    expect(await reviewOf(id)).toMatchObject({ status: "open", tier: "risk" });
    const told = (await openAs("risk", id)).getByRole("listitem").filter({ hasText: "handed it on to risk" });
    expect(await told.innerText()).toContain("Too large for me.");
  });

  it("h hands it to a person, who alone decides it; who gave it takes it back by m", async () => {
    const id = await held(`pay ${randomUUID()} 5`);
    const page = await openAs("ada", id);
    await page.keyboard.press("h");
    await page.getByLabel("Or to a person, by their id").waitFor();
    await page.keyboard.type("key:ben");
    await page.keyboard.press("Enter");
    await page.getByText(/^key:ben has it until/).waitFor();
    expect((await reviewOf(id))?.claimedBy?.id).toBe("key:ben");
    const theirs = await openAs("ben", id);
    await theirs.getByText(/^You have it until/).waitFor();
    await page.getByRole("button", { name: /^Take it back/ }).waitFor();
    await page.keyboard.press("m");
    await page.getByRole("button", { name: /^Approve/ }).waitFor();
    expect((await reviewOf(id))?.claimedBy).toBeNull();
  });

  it("what is refused is said, and what was typed stays", async () => {
    const id = await held(`pay ${randomUUID()} 5`);
    const page = await openAs("ada", id);
    await page.keyboard.press("h");
    await page.getByLabel("Or to a person, by their id").fill("key:ada");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").getByText("To have it yourself, claim it.").waitFor();
    expect(await page.getByLabel("Or to a person, by their id").inputValue()).toBe("key:ada");
  });
});

describe("the agent is asked", () => {
  it("by q; its words are shown as its own, and stay under the hold", async () => {
    const id = await held(`pay ${randomUUID()} 5`);
    const page = await openAs("ada", id);
    await page.keyboard.press("q");
    await page.keyboard.type("Why this amount?");
    await page.keyboard.press("Control+Enter");
    const answer = page.locator(".step .exchange");
    await answer.getByText("Because of <b>that</b>.").waitFor();
    expect(await answer.locator("b").count()).toBe(0);
    expect(await page.getByRole("textbox").inputValue()).toBe("");
    expect(await barriers(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.locator(".events").getByText("Why this amount?").waitFor();
    expect((await reviewOf(id))?.status).toBe("open");
  });

  it("a question that is not answered stays where it was typed", async () => {
    isSilent = true;
    const page = await openAs("ada", await held(`pay ${randomUUID()} 5`));
    await page.keyboard.press("q");
    await page.keyboard.type("And now?");
    await page.keyboard.press("Control+Enter");
    await page.getByRole("alert").getByText("gave no answer").waitFor();
    expect(await page.getByRole("textbox").inputValue()).toBe("And now?");
    isSilent = false;
  });
});

describe("while arguments are changed", () => {
  it("the page tells what it would be then, and to whom it would go on", async () => {
    const id = randomUUID();
    const review = await held(`pay ${id} 20`);
    const page = await openAs("ada", review);
    await page.keyboard.press("e");
    await page.getByLabel(/^amount/).fill("30");
    await page.getByText(`pay: id ${id}, amount 30`).waitFor();
    expect(await page.locator(".leads-to").innerText()).not.toContain("goes on");
    await page.getByLabel(/^amount/).fill("3000");
    await page.getByText("With this change it is ◆ critical, and goes on to risk.").waitFor();
    expect(await barriers(page)).toEqual([]);
    await page.getByLabel(/^amount/).fill("30000");
    await page.getByText("Policy forbids it like this: Too much.").waitFor();
    expect(await page.getByRole("button", { name: /^Approve with/ }).isDisabled()).toBe(true);
    await page.getByLabel(/^amount/).fill("3000");
    await page.getByRole("button", { name: /^Send on with 1 change/ }).waitFor();
    await page.keyboard.press("Control+Enter");
    await expect.poll(async () => (await reviewOf(review))?.tier).toBe("risk");
    expect(await reviewOf(review)).toMatchObject({ status: "open", args: { amount: 3000 } });
  });

  it("what the change makes critical is approved by typing what it is about", async () => {
    const id = randomUUID();
    const review = await held(`pay ${id} 20`);
    const page = await openAs("risk", review);
    await page.keyboard.press("e");
    await page.getByLabel(/^amount/).fill("3000");
    const target = page.getByLabel(/^This is critical/);
    await target.waitFor();
    const approve = page.getByRole("button", { name: /^Approve with/ });
    expect(await approve.isDisabled()).toBe(true);
    await target.fill(id);
    await page.keyboard.press("Enter");
    await expect.poll(async () => (await reviewOf(review))?.decision?.args).toEqual({ id, amount: 3000 });
  });

  it("what may be null has a none to tick beside its field, and constants are chosen from", async () => {
    const name = randomUUID();
    const id = await held(`invoice ${name}`);
    const page = await openAs("ada", id);
    await page.keyboard.press("e");
    const none = page.getByRole("checkbox", { name: "none for vat" });
    expect(await none.isChecked()).toBe(true);
    expect(await page.getByRole("textbox", { name: /^vat/ }).count()).toBe(0);
    expect(await barriers(page)).toEqual([]);
    await none.focus();
    await page.keyboard.press("Space");
    // The tick gone, one types at once.
    await page.keyboard.type("DE 1");
    const days = page.getByLabel(/^days/);
    expect(await days.locator("option").allInnerTexts()).toEqual(["left out", "14", "30", "none"]);
    await days.selectOption("none");
    await page.getByRole("checkbox", { name: "none for to" }).focus();
    await page.keyboard.press("Space");
    await page.keyboard.type("Mara");
    await page.getByRole("button", { name: /^Approve with 3 changes/, disabled: false }).waitFor();
    expect(await barriers(page)).toEqual([]);
    await page.keyboard.press("Control+Enter");
    await expect
      .poll(async () => (await reviewOf(id))?.decision?.args)
      .toEqual({ id: name, vat: "DE 1", days: null, to: { name: "Mara" } });
  });

  it("lists have rows and objects have fields: added, changed and taken out by keys, each fault at its field", async () => {
    const name = randomUUID();
    const id = await held(`order ${name}`);
    const page = await openAs("ada", id);
    await page.keyboard.press("e");
    const price = (nth: number) => page.getByRole("group", { name: `items ${nth}` }).getByLabel(/^price/);
    await page.getByRole("button", { name: "Add to items" }).focus();
    await page.keyboard.press("Enter");
    // A new row has the focus; from there another is a key away.
    await page.keyboard.type("1");
    await page.keyboard.press("Alt+Enter");
    await page.keyboard.type("-1");
    const about = page.getByRole("group", { name: "items 2" }).locator(".problem");
    await about.getByText(/>0/).waitFor();
    expect(await price(2).getAttribute("aria-invalid")).toBe("true");
    expect(await price(2).getAttribute("aria-describedby")).toBe(await about.getAttribute("id"));
    expect(await price(1).getAttribute("aria-invalid")).toBe("false");
    const approve = page.getByRole("button", { name: /^Approve with/ });
    expect(await approve.isDisabled()).toBe(true);
    expect(await barriers(page)).toEqual([]);
    await page.keyboard.press("Alt+Backspace");
    await price(2).waitFor({ state: "detached" });
    expect(await price(1).and(page.locator(":focus")).count()).toBe(1);
    await page.keyboard.press("Control+a");
    await page.keyboard.type("x");
    await page.getByText("This is no number.").waitFor();
    await page.keyboard.press("Backspace");
    await page.keyboard.type("2.5");

    // The object in it, and what may be left out of that.
    const to = page.getByRole("group", { name: /^to/ });
    await to.getByLabel(/^street/).focus();
    await page.keyboard.type("High Street 1");
    await to.getByLabel(/^name/).focus();
    await page.keyboard.type("Mara");
    await page.getByRole("group", { name: /^tags/ }).getByRole("button", { name: /^Add/ }).focus();
    await page.keyboard.press("Enter");
    await page.keyboard.type("urgent");
    expect(await page.locator(".changes").innerText()).toContain("urgent");
    await page.getByRole("button", { name: /^Approve with 3 changes/, disabled: false }).waitFor();

    // What was begun is there after a reload.
    await page.reload();
    await price(1).waitFor();
    expect(await price(1).inputValue()).toBe("2.5");
    await page.getByRole("button", { name: /^Approve with 3 changes/, disabled: false }).waitFor();
    await to.getByLabel(/^name/).focus();
    await page.keyboard.press("Control+Enter");
    expect((await decisionOf(id))?.args).toEqual({
      id: name,
      items: [{ price: 2.5 }],
      to: { name: "Mara", street: "High Street 1" },
      tags: ["urgent"],
    });
  });
});
