// What an agent asks, in the page where people decide: by keyboard, in a real browser, on a real server.
import axe, { type AxeResults } from "axe-core";
import { isHumanMessage, isToolMessage } from "@langchain/core/messages";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { scriptedModel, type Script } from "../src/index.js";
import { openBrowser } from "./support/browser.js";
import { testDatabase } from "./support/database.js";
import { say, serve, type Served } from "./support/http.js";

const question = {
  question: "Refund all of it, or half?",
  options: [
    {
      label: "Refund all of it",
      rationale: "Two of three came broken.",
      cost: "420 EUR",
      evidence: "Her photo.",
    },
    { label: "Refund half <b>now</b>\u202E" },
    { label: "Refund nothing" },
  ],
  why: "No rule names an amount.",
};
const handedOver = {
  reason: "upset",
  summary: "Third message about order 8841.",
  tried: ["Offered a voucher."],
  open: ["Who calls her back."],
};
const rationale = {
  why: "She was charged twice.",
  alternatives: [{ instead: "A voucher", why_not: "She asked for money." }],
  confidence: 0.85,
};

/** Asks, hands over or pays, as the user says. */
const script: Script = (messages) => {
  const last = messages.at(-1);
  if (last && isToolMessage(last)) return { text: `Heard: ${last.text}` };
  switch (messages.findLast((message) => isHumanMessage(message))?.text ?? "") {
    case "ask":
      return { text: "I ask.", calls: [{ tool: "ask_human", args: question }] };
    case "open":
      return { text: "I ask.", calls: [{ tool: "ask_human", args: { question: "What now?" } }] };
    case "over":
      return { text: "I hand over.", calls: [{ tool: "hand_over", args: handedOver }] };
    default:
      return { text: "I pay.", calls: [{ tool: "pay", args: { id: "8841", amount: 420 }, rationale }] };
  }
};

let browser: Browser;
let at: Served;
beforeAll(async () => {
  browser = await openBrowser();
  at = await serve(await testDatabase(), {
    model: scriptedModel("script", script),
    builtIns: ["ask_human", "hand_over"],
  });
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

async function open(
  id: string,
  { width = 1440, colorScheme = "light" }: { width?: number; colorScheme?: "light" | "dark" } = {},
): Promise<Page> {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
  const page = await context.newPage();
  opened.push(page);
  page.on("pageerror", (error) => faults.push(error.message));
  await page.goto(`${at.url}/review/${id}`);
  await page.locator(".around .talk li").first().waitFor();
  return page;
}

async function held(words: string): Promise<{ threadId: string; id: string }> {
  const { thread_id: threadId } = await at.client.threads.create();
  await at.client.runs.wait(threadId, "support", say(words));
  const { items } = await at.runtime.reviews.list("default", { threadId, limit: 9 });
  return { threadId, id: items[0]?.id ?? "" };
}

async function heard(threadId: string): Promise<string> {
  await at.runtime.waitForThread("default", threadId);
  const { values } = await at.client.threads.getState<{ messages: { content: string }[] }>(threadId);
  return String(values.messages.at(-1)?.content);
}

const answered = async (id: string): Promise<void> => {
  await expect
    .poll(async () => (await at.runtime.reviews.find("default", id))?.decision?.type)
    .toBe("respond");
};
const focus = (page: Page) => page.locator(":focus");

describe("a question", () => {
  it("is answered by the number of an option and Enter", async () => {
    const { threadId, id } = await held("ask");
    const page = await open(id);
    expect(await page.locator("#hold-title").innerText()).toBe(question.question);
    expect(await page.locator("a.row.selected").innerText()).toContain("the agent asks");
    await page.keyboard.press("3");
    await page.getByRole("button", { name: /^3 Refund nothing/, pressed: true }).waitFor();
    await page.keyboard.press("1");
    await page.getByRole("button", { name: /^1 Refund all of it/, pressed: true }).waitFor();
    expect(await page.locator(".options .picked").count()).toBe(1);
    expect(await focus(page).innerText()).toContain("Send option 1");
    await page.keyboard.press("Enter");
    await answered(id);
    expect(await heard(threadId)).toBe("Heard: A person decided: Refund all of it");
  });

  it("takes words beside an option, and digits in them are words; Control and Enter sends both", async () => {
    const { threadId, id } = await held("ask");
    const page = await open(id);
    await page.keyboard.press("3");
    await page.keyboard.press("d");
    await page.keyboard.type("Not before 12 days.");
    expect(await page.locator(".options .picked").innerText()).toContain("Refund nothing");
    await page.keyboard.press("Control+Enter");
    await answered(id);
    expect(await heard(threadId)).toBe(
      "Heard: A person decided: Refund nothing\nThey add: Not before 12 days.",
    );
  });

  it("takes words alone, and an option that was picked is taken back by its number", async () => {
    const { threadId, id } = await held("ask");
    const page = await open(id);
    await page.keyboard.press("2");
    await page.locator(".options .picked").waitFor();
    await page.keyboard.press("2");
    await page.locator(".options .picked").waitFor({ state: "detached" });
    expect(await page.getByRole("button", { name: /^Send/ }).isDisabled()).toBe(true);
    await page.keyboard.press("d");
    await page.keyboard.type("A third.");
    await page.keyboard.press("Control+Enter");
    await answered(id);
    expect(await heard(threadId)).toBe("Heard: A person answered: A third.");
  });

  it("keeps what was begun over a reload, and Escape leaves the words before it leaves the question", async () => {
    const { id } = await held("ask");
    const page = await open(id);
    await page.keyboard.press("1");
    await page.keyboard.press("d");
    await page.keyboard.type("But");
    await page.reload();
    await page.locator(".options .picked").waitFor();
    expect(await page.getByRole("textbox").inputValue()).toBe("But");
    await page.keyboard.press("d");
    await page.keyboard.press("Escape");
    expect(await focus(page).getAttribute("id")).toBe("hold-title");
    expect(new URL(page.url()).pathname).toBe(`/review/${id}`);
    await page.keyboard.press("Escape");
    expect(new URL(page.url()).pathname).toBe("/review");
  });

  it("shows what the agent says of each option as text, and what hides in it", async () => {
    const page = await open((await held("ask")).id);
    const options = await page.locator(".options").innerText();
    for (const said of ["Two of three came broken.", "420 EUR", "Her photo.", "<b>now</b>", "U+202E"])
      expect(options).toContain(said);
    expect(await page.locator(".hold").innerText()).toContain("No rule names an amount.");
    expect(await page.getByRole("button", { name: /^(Approve|Reject|Change)/ }).count()).toBe(0);
  });

  it("that somebody else answered says what they answered", async () => {
    const { id } = await held("ask");
    const page = await open(id);
    const review = await at.runtime.reviews.find("default", id);
    const local = { id: "anna", kind: "person", roles: ["*"], tenant: "default" } as const;
    const argsHash = review?.argsHash ?? "";
    await at.runtime.decide(local, id, { type: "respond", value: "Refund nothing", argsHash });
    await page.locator(".decided").getByText("Refund nothing").waitFor();
    expect(await page.locator(".decided").innerText()).toContain("Answered by anna");
    expect(await page.getByRole("button", { name: /^1 / }).isDisabled()).toBe(true);
  });
});

describe("a case that is handed over", () => {
  it("shows what it is, what was tried and what is open, and is answered by how to go on", async () => {
    const { threadId, id } = await held("over");
    const page = await open(id);
    const text = await page.locator(".hold article").innerText();
    for (const said of [
      "The customer is upset",
      handedOver.summary,
      "Offered a voucher.",
      "Who calls her back.",
    ])
      expect(text).toContain(said);
    expect(await page.locator("a.row.selected").innerText()).toContain("the agent hands over");
    await page.keyboard.press("d");
    await page.keyboard.type("I call her at noon.");
    await page.keyboard.press("Control+Enter");
    await answered(id);
    expect(await heard(threadId)).toContain("I call her at noon.");
  });
});

describe("what the agent says of its own call", () => {
  it("is shown as its claim, with what else it considered and how sure it says it is", async () => {
    const page = await open((await held("pay")).id);
    const text = await page.locator(".hold article").innerText();
    for (const said of [
      "Why, in the agent’s words",
      rationale.why,
      "says it is 85 % sure",
      "which nobody has checked",
    ])
      expect(text).toContain(said);
    expect(text).toMatch(/What else it considered\s+A voucher\s+She asked for money\./);
  });
});

describe("for everybody", () => {
  it.each([
    ["light", 1440],
    ["dark", 1440],
    ["light", 390],
  ] as const)("nothing serious is found by axe on either card, %s at %d", async (colorScheme, width) => {
    for (const [words, key] of [
      ["ask", "2"],
      ["open", "d"],
      ["over", "d"],
      ["pay", ""],
    ] as const) {
      const page = await open((await held(words)).id, { width, colorScheme });
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      if (key) await page.keyboard.press(key);
      await page.evaluate(axe.source);
      const { violations } = await page.evaluate<AxeResults>("axe.run()");
      expect(
        violations
          .filter(({ impact }) => impact === "serious" || impact === "critical")
          .map(({ id, nodes }) => `${words}: ${id} ${nodes.map(({ html }) => html).join(" ")}`),
      ).toEqual([]);
      const overflow = await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
      expect(overflow).toBeLessThanOrEqual(0);
    }
  });
});
