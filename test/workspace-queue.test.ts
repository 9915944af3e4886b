// The queue as its reader narrows it, and what is alike decided together: at the page, by keyboard.
import { isHumanMessage, isToolMessage } from "@langchain/core/messages";
import { interrupt, MessagesAnnotation, START, StateGraph } from "@langchain/langgraph";
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { defineTool, scriptedModel } from "../src/index.js";
import type { JsonObject } from "../src/kernel/json.js";
import { testDatabase } from "./support/database.js";
import { newGate, request, say, serve, type Served } from "./support/http.js";
import { barriersOn, visitor } from "./support/pages.js";

const ran: JsonObject[] = [];
const tools = ["payout", "mail"].map((name) =>
  defineTool({
    name,
    description: `The tool ${name}.`,
    args: z.object({ customer: z.string(), account: z.string(), amount: z.number() }),
    title: ({ customer, amount }) => `${name} ${amount} to ${customer}`,
    run: (given) => {
      ran.push(given);
      return "done";
    },
  }),
);
const model = scriptedModel("literal", (messages) => {
  const begin = messages.findLastIndex((message) => isHumanMessage(message));
  if (messages.slice(begin + 1).some((message) => isToolMessage(message))) return { text: "Done." };
  return {
    text: "On it.",
    calls: [JSON.parse(messages[begin]?.text ?? "")] as [{ tool: string; args: JsonObject }],
  };
});
const policy = `
rules:
  - { id: large, when: "args.amount > 1000.0", level: critical, reason: Over a thousand. }
`;

const visit = visitor();
let at: Served;
beforeAll(async () => {
  at = await serve(await testDatabase(), { tools, model, policy });
}, 120_000);
afterAll(() => at.stop());

async function held(
  customer: string,
  more: { tool?: string; account?: string; amount?: number; confidence?: number } = {},
  to = at,
): Promise<string> {
  const { tool = "payout", account = `account of ${customer}`, amount = 10, confidence } = more;
  const rationale = confidence === undefined ? {} : { rationale: { why: "As asked.", confidence } };
  const { thread_id: threadId } = await to.client.threads.create();
  await to.client.runs.wait(
    threadId,
    "support",
    say(JSON.stringify({ tool, args: { customer, account, amount }, ...rationale })),
  );
  const { items } = await to.runtime.reviews.list("default", { threadId, limit: 1 });
  return items[0]?.id ?? "";
}
const statusOf = async (id: string, of = at) => (await of.runtime.reviews.find("default", id))?.status;

describe("the queue", () => {
  it("is narrowed by keys, as its address says, which opens the same queue elsewhere", async () => {
    const [small, large, mail] = [randomUUID(), randomUUID(), randomUUID()];
    await held(small);
    await held(large, { amount: 5_000 });
    await held(mail, { tool: "mail" });
    const page = await visit(`${at.url}/review`);
    const row = (customer: string) => page.locator(".row", { hasText: customer });
    await row(mail).waitFor();
    await page.keyboard.press("f");
    expect(await page.evaluate("document.activeElement.closest('label').textContent")).toMatch(/^Risk/);
    await page.locator(":focus").selectOption("critical");
    await row(small).waitFor({ state: "detached" });
    await row(large).waitFor();
    expect(new URL(page.url()).search).toBe("?level=critical");
    expect(await barriersOn(page)).toEqual([]);
    await page.getByRole("button", { name: "Remove: critical" }).click();
    await row(small).waitFor();
    await page.getByLabel("Tool").selectOption("mail");
    await row(small).waitFor({ state: "detached" });
    await row(mail).waitFor();
    await page.keyboard.press("Escape");
    expect(await page.locator(":focus").textContent()).toMatch(/^Filter/);

    // A hold is opened without leaving what narrows the queue.
    await page.keyboard.press("j");
    await page.locator("#hold-title", { hasText: mail }).waitFor();
    expect(new URL(page.url()).search).toBe("?tool=mail");
    const other = await visit(page.url());
    await other.locator("#hold-title", { hasText: mail }).waitFor();
    expect(await other.locator(".row").count()).toBe(1);
  });

  it("is narrowed by how sure the agent says it is, by how long it waited, and by whose it is, live", async () => {
    const own = await serve(await testDatabase(), { tools, model, policy });
    const [sure, unsure, old] = [randomUUID(), randomUUID(), randomUUID()];
    const id = await held(sure, { confidence: 0.95 }, own);
    await held(unsure, { confidence: 0.4 }, own);
    const oldest = await held(old, {}, own);
    await own.runtime.db.pool.query(
      "update holdpoint.reviews set opened_at = now() - interval '2 hours' where review_id = $1",
      [oldest],
    );
    const page = await visit(`${own.url}/review`);
    const row = (customer: string) => page.locator(".row", { hasText: customer });
    await row(sure).waitFor();
    await page.keyboard.press("f");
    await page.getByLabel("The agent is sure").selectOption({ label: "under 70 % sure" });
    await row(sure).waitFor({ state: "detached" });
    await row(unsure).waitFor();
    await page.getByRole("button", { name: "Remove: under 70 % sure" }).click();
    await row(sure).waitFor();

    await page.getByLabel("Has waited").selectOption({ label: "over 1 h" });
    await row(sure).waitFor({ state: "detached" });
    await row(old).waitFor();
    expect(await page.locator(".row").count()).toBe(1);
    await page.getByRole("button", { name: "Remove: over 1 h" }).click();
    await row(sure).waitFor();

    await page.getByLabel("Whose").selectOption("mine");
    await page.getByText("Nothing that waits is of this kind.").waitFor();
    expect((await request(`${own.url}/reviews/${id}/claim`, { body: {} })).status).toBe(200);
    await row(sure).waitFor();
    await page.getByLabel("Whose").selectOption("none");
    await row(sure).waitFor({ state: "detached" });
    await row(unsure).waitFor();
    expect(await barriersOn(page)).toEqual([]);
    await own.stop();
  });

  it("is narrowed by who asks and by whom it waits for", async () => {
    const asking = new StateGraph(MessagesAnnotation)
      .addNode("ask", () => {
        interrupt("May I go on?");
        return {};
      })
      .addEdge(START, "ask")
      .compile();
    const own = await serve(await testDatabase(), {
      tools,
      model,
      plain: { asking },
      policy: `
rules: [{ id: large, when: "args.amount > 1000.0", tier: lead }]
tiers: { desk: { roles: [desk] }, lead: { roles: [lead] } }
`,
    });
    const [small, large] = [randomUUID(), randomUUID()];
    await held(small, {}, own);
    await held(large, { amount: 5_000 }, own);
    const { thread_id: threadId } = await own.client.threads.create();
    await own.client.runs.wait(threadId, "asking", say("hello"));
    const page = await visit(`${own.url}/review`);
    const row = (words: string) => page.locator(".row", { hasText: words });
    await row(small).waitFor();
    await page.keyboard.press("f");
    await page.getByLabel("Tier").selectOption("lead");
    await row(small).waitFor({ state: "detached" });
    await row(large).waitFor();
    expect(new URL(page.url()).search).toBe("?tier=lead");
    await page.getByRole("button", { name: "Remove: lead" }).click();
    await row(small).waitFor();
    await page.getByLabel(/^Agent/).selectOption("asking");
    await row(small).waitFor({ state: "detached" });
    await row("asking").waitFor();
    expect(await page.locator(".row").count()).toBe(1);
    expect(new URL(page.url()).search).toBe("?graph_id=asking");
    await own.stop();
  });

  it("says that nothing of a kind waits, whatever its address asks for", async () => {
    const page = await visit(`${at.url}/review?tool=no-such-tool&older_than=x&colour=red`);
    await page.getByText("Nothing that waits is of this kind.").waitFor();
    await page.getByRole("button", { name: "Remove: no-such-tool" }).click();
    await page.locator(".row").first().waitFor();
    expect(new URL(page.url()).search).toBe("");
  });

  it("has keys, shown beside it: what narrows it is taken off, a view chosen and forgotten", async () => {
    const own = await serve(await testDatabase(), { tools, model, policy });
    await held(randomUUID(), {}, own);
    for (const [name, filter] of [
      ["Mails", { tool: "mail" }],
      ["Large payouts", { tool: "payout", level: "critical" }],
    ] as const)
      expect((await request(`${own.url}/views/${name}`, { method: "PUT", body: filter })).status).toBe(200);
    const page = await visit(`${own.url}/review`);
    const press = async (...keys: string[]): Promise<void> => {
      for (const key of keys) await page.keyboard.press(key);
    };
    const search = () => new URL(page.url()).search;
    await page.getByRole("button", { name: "Large payouts" }).waitFor();
    const number =
      /\d/.exec(await page.getByRole("button", { name: "Large payouts" }).innerText())?.[0] ?? "";
    await press("z", number);
    await expect.poll(search).toBe("?level=critical&tool=payout");
    expect(await page.locator(".chip", { hasText: "⌫" }).innerText()).toContain("payout");
    expect(await barriersOn(page)).toEqual([]);
    await press("Backspace");
    await expect.poll(search).toBe("?level=critical");
    await press("z", "0");
    await expect.poll(search).toBe("");
    await press("Backspace");
    await press("z", number, "f");
    await page.getByRole("button", { name: /^Forget it\s*z\s*x$/ }).waitFor();
    await press("Escape", "z", "x");
    await page.getByRole("button", { name: "Large payouts" }).waitFor({ state: "detached" });
    await page.getByRole("button", { name: /^Mails\s*z\s*1$/ }).waitFor();
    await own.stop();
  });

  it("is kept as a view, which is there at another desk until it is forgotten", async () => {
    const page = await visit(`${at.url}/review?level=critical`);
    await page.getByRole("button", { name: /^Filter/ }).waitFor();
    await page.keyboard.press("f");
    await page.getByLabel("Keep this view as").fill("The large ones");
    await page.keyboard.press("Enter");
    const view = (on: typeof page) => on.getByRole("button", { name: "The large ones" });
    await view(page).waitFor();
    const other = await visit(`${at.url}/review`);
    await view(other).click();
    await expect.poll(() => new URL(other.url()).search).toBe("?level=critical");
    expect(await view(other).getAttribute("aria-pressed")).toBe("true");
    await other.keyboard.press("f");
    await other.getByRole("button", { name: "Forget it" }).click();
    await view(other).waitFor({ state: "detached" });
  });
});

describe("what is alike", () => {
  it("is one table of what differs, decided by keys after its sample was looked at", async () => {
    const account = `joint ${randomUUID()}`;
    const own = await serve(await testDatabase(), { tools, model, policy });
    const ids = await Promise.all(
      Array.from({ length: 5 }, (_, n) => held(`${account} ${n}`, { account }, own)),
    );
    const odd = await held(`${account} odd`, { account: "account of a thief" }, own);
    const page = await visit(`${own.url}/review/${odd}?tool=payout`);
    await page.getByRole("button", { name: /Decide those/ }).waitFor();
    await page.keyboard.press("s");
    await page.getByRole("heading", { name: /alike/ }).waitFor();

    // Others of this tool wait, too: of those all that differ is shown, and the account that no other has is first.
    const first = page.locator("tbody tr").first();
    expect(await first.textContent()).toContain("account of");
    await page.locator("tr.odd", { hasText: "account of a thief" }).waitFor();
    expect(await page.getByRole("button", { name: /^Approve/ }).isDisabled()).toBe(true);
    expect(await barriersOn(page)).toEqual([]);

    // The one that stands out is objected to, by keys, and the others are in a new batch.
    const before = page.url();
    await page.keyboard.press("x");
    await expect.poll(() => page.url()).not.toBe(before);
    await page.locator("tr", { hasText: account }).first().waitFor();
    expect(await page.getByText("account of a thief").count()).toBe(0);

    const wanted = page.locator(".look.wanted");
    for (let left = await wanted.count(); left > 0; left = await wanted.count()) {
      const at = page.locator("tr.at .look");
      if ((await at.getAttribute("class"))?.includes("wanted") === true) {
        await page.keyboard.press("Enter");
        await expect.poll(() => wanted.count()).toBe(left - 1);
      }
      await page.keyboard.press("j");
    }
    await page.keyboard.press("a");
    await page.getByRole("button", { name: /^Confirm/ }).waitFor();
    expect(await page.locator(":focus").textContent()).toMatch(/^Confirm/);
    await page.keyboard.press("Enter");
    await page.getByText("Approved together.").waitFor();
    for (const id of ids) await expect.poll(() => statusOf(id, own)).toBe("resumed");
    expect(await statusOf(odd, own)).toBe("open");
    expect(ran.filter((args) => args["account"] === account)).toHaveLength(5);
    expect(ran.filter((args) => args["account"] === "account of a thief")).toEqual([]);
    expect(await barriersOn(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.locator(".row").first().waitFor();
    await own.stop();
  });

  it("has been looked at, also where a read that was on its way before says that it was not", async () => {
    const own = await serve(await testDatabase(), { tools, model, policy });
    const account = `joint ${randomUUID()}`;
    const ids = await Promise.all(
      Array.from({ length: 3 }, (_, n) => held(`${account} ${n}`, { account }, own)),
    );
    const page = await visit(`${own.url}/review/${ids[0]}`);
    await page.getByRole("button", { name: /Decide those/ }).waitFor();
    await page.keyboard.press("s");
    const wanted = page.locator(".look.wanted");
    await wanted.first().waitFor();
    const all = await wanted.count();

    // One read is answered by the server, and reaches the page only after what it does next.
    const [asked, late] = [newGate(), newGate()];
    await page.route(
      "**/batches/*",
      async (route) => {
        const response = await route.fetch();
        asked.open();
        await late.opened;
        await route.fulfill({ response });
      },
      { times: 1 },
    );
    await held(randomUUID(), { tool: "mail" }, own);
    await asked.opened;
    await page
      .locator("tr", { has: page.locator(".wanted") })
      .locator(".look")
      .first()
      .click();
    await expect.poll(() => wanted.count()).toBe(all - 1);
    const arrived = page.waitForEvent("requestfinished", (request) => request.url().includes("/batches/"));
    late.open();
    await arrived;
    await page.evaluate("new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)))");
    expect(await wanted.count()).toBe(all - 1);
    await own.stop();
  });

  it("is not offered for what is critical", async () => {
    const critical = await held(randomUUID(), { amount: 9_000 });
    await held(randomUUID(), { amount: 9_000 });
    const page = await visit(`${at.url}/review/${critical}`);
    await page.locator("#hold-title").waitFor();
    await page.locator(".row").first().waitFor();
    expect(await page.getByText("Decide those that are like it").count()).toBe(0);
  });

  it("is said not to be there: at once where no other of the tool waits, when asked for where others differ", async () => {
    const own = await serve(await testDatabase(), { tools, model, policy });
    const alone = await held(randomUUID(), { tool: "mail" }, own);
    const small = await held(randomUUID(), {}, own);
    await held(randomUUID(), { amount: 9_000 }, own);
    const page = await visit(`${own.url}/review/${alone}`);
    const none = page.getByText("No other that waits is like it.");
    const offered = page.getByRole("button", { name: /Decide those/ });
    await none.waitFor();
    await page.keyboard.press("s");
    expect(new URL(page.url()).pathname).toBe(`/review/${alone}`);

    await page.goto(`${own.url}/review/${small}`);
    await offered.waitFor();
    await page.keyboard.press("s");
    await none.waitFor();
    expect(await barriersOn(page)).toEqual([]);
    // Until another comes.
    await held(randomUUID(), {}, own);
    await offered.waitFor();
    await own.stop();
  });

  it("keeps apart what policy forbids to differ, and says so where it forbids any", async () => {
    const own = await serve(await testDatabase(), {
      tools,
      model,
      policy: "tools: { payout: { batch: { same: [account] } }, mail: { batch: never } }\n",
    });
    const one = await held(randomUUID(), { account: "A" }, own);
    await held(randomUUID(), { account: "A" }, own);
    const other = await held(randomUUID(), { account: "B" }, own);
    const mail = await held(randomUUID(), { tool: "mail" }, own);
    await held(randomUUID(), { tool: "mail" }, own);
    const page = await visit(`${own.url}/review/${one}`);
    await page.getByRole("button", { name: /Decide those/ }).waitFor();
    await page.keyboard.press("s");
    await page.getByRole("heading", { name: /alike/ }).waitFor();
    expect(await page.locator("tbody tr").count()).toBe(2);
    await page.goto(`${own.url}/review/${other}`);
    await page.getByRole("button", { name: /Decide those/ }).waitFor();
    await page.keyboard.press("s");
    await page.getByText("No other that waits is like it.").waitFor();
    await page.goto(`${own.url}/review/${mail}`);
    await page.getByRole("button", { name: /Decide those/ }).waitFor();
    await page.keyboard.press("s");
    await page.locator(".together", { hasText: "decided one by one" }).waitFor();
    expect(new URL(page.url()).pathname).toBe(`/review/${mail}`);
    await own.stop();
  });

  it("is asked for by its key before the queue's figures are there, too", async () => {
    const own = await serve(await testDatabase(), { tools, model, policy });
    const id = await held(randomUUID(), {}, own);
    await held(randomUUID(), {}, own);
    const page = await visit(`${own.url}/review/${id}`, {
      first: (on) => on.route("**/reviews/events*", (route) => route.abort()),
    });
    await page.getByRole("button", { name: /Decide those/ }).waitFor();
    await page.keyboard.press("s");
    await page.getByRole("heading", { name: /alike/ }).waitFor();
    expect(await page.locator("tbody tr").count()).toBe(2);
    await own.stop();
  });

  it("fits a phone", async () => {
    const id = await held(randomUUID());
    await held(randomUUID());
    const page = await visit(`${at.url}/review/${id}`, { viewport: { width: 390, height: 800 } });
    await page.getByRole("button", { name: /Decide those/ }).click();
    await page.getByRole("heading", { name: /alike/ }).waitFor();
    expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBe(0);
    expect(await barriersOn(page)).toEqual([]);
  });
});
