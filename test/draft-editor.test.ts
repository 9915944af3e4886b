// The editor of words where its writer is not alone, or not at ease: an answer takes its time, somebody else is at the same
// words, a key is held down, there are many blocks, or a page that may store nothing.
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { defineTool, scriptedModel, type Model } from "../src/index.js";
import { testDatabase } from "./support/database.js";
import { atWork, hiding } from "./support/hidden-characters.js";
import { newGate, request, say, serve, type Served } from "./support/http.js";
import { barriersOn, visitor, type Visit } from "./support/pages.js";
import { serveDesk } from "./support/people.js";

interface Said {
  kind: "confident" | "uncertain" | "placeholder";
  text: string;
  note: string | null;
  joint?: "space" | "paragraph";
  alternatives?: string[];
  sources?: { from: string; quote: string }[];
}

const missing = (note: string, text = ""): Said => ({ kind: "placeholder", text, note });
const doubtful = (text: string): Said => ({ kind: "uncertain", text, note: "Is that so?" });
const sure = (text: string): Said => ({ kind: "confident", text, note: null });

let blocks: Said[] = [];
let proposed: (block: Said, index: number) => string = ({ text }) => `${text} indeed`;
const model = scriptedModel("writer", (messages, answerSchema) => {
  if (answerSchema === "draft_blocks") return { text: JSON.stringify({ blocks }) };
  if (answerSchema === "draft_proposals")
    return {
      text: JSON.stringify({
        proposals: blocks.map((block, index) => ({
          block: `b${index + 1}`,
          text: proposed(block, index),
          note: null,
        })),
      }),
    };
  if (messages.at(-1)?.getType() === "tool") return { text: "Done." };
  const body = blocks.map(({ text }) => text).join("\n\n") || "…";
  return { text: "I write.", calls: [{ tool: "send", args: { body } }] };
});
const send = defineTool({
  name: "send",
  description: "Sends words.",
  args: z.object({ body: z.string() }),
  draft: "body",
  run: () => Promise.resolve("Sent."),
});

const visit = visitor();
let at: Served;
beforeAll(async () => {
  at = await serve(await testDatabase(), { model, tools: [send] });
}, 120_000);
afterAll(() => at.stop());

async function held(
  written: Said[] = [
    missing("Where."),
    missing("When."),
    doubtful("it comes soon."),
    doubtful("all is well."),
  ],
  options: Visit = {},
): Promise<{ page: Page; id: string }> {
  blocks = written;
  const { thread_id: threadId } = await at.client.threads.create();
  await at.client.runs.wait(threadId, "support", say("write to them"));
  const [review] = (await at.runtime.reviews.list("default", { threadId, limit: 1 })).items;
  const id = review?.id ?? "";
  const page = await visit(`${at.url}/review/${id}`, options);
  await page.locator(".hp-draft").waitFor();
  await page.locator("#talk-title").waitFor({ state: "attached" });
  return { page, id };
}

const mara = { id: "mara", kind: "person" as const, roles: ["*"], tenant: "default" };
async function maraMakes(
  id: string,
  blockId: string,
  change: { type: "accept" } | { type: "write"; text: string },
) {
  const made = await at.runtime.drafting.change(mara, id, { blockId, revision: 0 }, change);
  expect(made.ok).toBe(true);
}

const block = (page: Page, number: number) => page.locator(`[data-block="b${number}"]`);
const field = (page: Page, number: number) => block(page, number).locator("textarea");
const openIn = async (id: string): Promise<(string | false)[] | undefined> =>
  (await at.runtime.reviews.find("default", id))?.draft?.blocks.map((one) => one.isOpen && one.id);
/** The block that has the focus, and on what in it. */
const focused = (page: Page) =>
  page.evaluate<string>(
    "`${document.activeElement.closest('[data-block]')?.dataset.block} ${document.activeElement.tagName}`",
  );
/** Holds the answer back until it is let go; what came of it is told to everybody all the same. */
async function slow(page: Page, path: string): Promise<() => void> {
  let letGo = (): void => undefined;
  const isLetGo = new Promise<void>((resolve) => (letGo = resolve));
  await page.route(path, async (route) => {
    const response = await route.fetch();
    await isLetGo;
    await route.fulfill({ response });
  });
  return letGo;
}
async function hold(page: Page, key: string, times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) await page.keyboard.down(key);
  await page.keyboard.up(key);
}

describe("an answer that takes its time", () => {
  it("neither takes what was typed elsewhere meanwhile nor moves who typed it", async () => {
    const { page } = await held();
    const answer = await slow(page, "**/draft/changes");
    await page.keyboard.press("w");
    await page.keyboard.type("In Rome");
    await page.keyboard.press("Enter");
    await field(page, 2).click();
    await page.keyboard.type("at ");
    answer();
    await page.getByText("Kept.").waitFor();
    await page.keyboard.type("noon");
    expect(await field(page, 2).inputValue()).toBe("at noon");
  });

  it("of the agent's keeps nobody from writing, and what it says moves nobody", async () => {
    const { page, id } = await held();
    const answer = await slow(page, "**/draft/proposals");
    await page.keyboard.press("w");
    await page.keyboard.press("Escape");
    await page.keyboard.press("p");
    await page.getByText("The agent goes over it…").waitFor();
    await page.keyboard.press("Enter");
    await page.keyboard.type("In Rome");
    await page.keyboard.press("Enter");
    await expect.poll(() => focused(page)).toBe("b2 TEXTAREA");
    expect(await openIn(id)).toEqual([false, "b2", "b3", "b4"]);
    await page.keyboard.type("at ");
    answer();
    await page.getByText("The agent has answered.").waitFor();
    await page.keyboard.type("noon");
    expect(await field(page, 2).inputValue()).toBe("at noon");
  });

  it("of the agent's about one block leaves its reader where they have gone", async () => {
    const { page } = await held();
    const answer = await slow(page, "**/draft/proposals");
    await block(page, 3).focus();
    await page.keyboard.press("q");
    await page.keyboard.type("Kinder.");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "The agent writes…" }).waitFor();
    await block(page, 4).focus();
    answer();
    await page.getByText("The agent has answered.").waitFor();
    expect(await focused(page)).toBe("b4 DIV");
  });
});

describe("what is missing", () => {
  it.each(["[the place]", "TBD"])(
    "is not offered to be accepted where %s is suggested for it, and is where words are",
    async (gap) => {
      const { page, id } = await held([missing("Where.", gap), missing("When.", "at noon")]);
      const keep = (number: number) => block(page, number).getByRole("button", { name: /^Keep/ });
      expect(await field(page, 1).inputValue()).toBe(gap);
      expect([await keep(1).isDisabled(), await keep(2).isDisabled()]).toEqual([true, false]);
      await block(page, 1).focus();
      await page.keyboard.press("Space");
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Escape");
      expect(await focused(page)).toBe("b2 DIV");
      await page.keyboard.press("Space");
      await expect.poll(() => openIn(id)).toEqual(["b1", false]);
      expect(await page.locator(".hp-draft").getByRole("alert").count()).toBe(0);
      await field(page, 1).fill("In Rome");
      expect(await keep(1).isDisabled()).toBe(false);
    },
  );
});

describe("while the agent is still at it", () => {
  it("the page says so and offers no approval, and the blocks stand there as soon as it is done", async () => {
    const [asked, answered] = [newGate(), newGate()];
    const slow: Model = {
      ...model,
      async invoke(given) {
        if (given.answerSchema?.name === "draft_blocks") {
          asked.open();
          await answered.opened;
        }
        return model.invoke(given);
      },
    };
    const own = await serve(await testDatabase(), { model: slow, tools: [send] });
    try {
      blocks = [sure("All is well.")];
      const { thread_id: threadId } = await own.client.threads.create();
      const run = await own.client.runs.create(threadId, "support", say("write to them"));
      await asked.opened;
      const [review] = (await own.runtime.reviews.list("default", { threadId, limit: 1 })).items;
      const page = await visit(`${own.url}/review/${review?.id}`);
      await page.getByText("The agent is still at it.").waitFor();
      await page.getByText("once its words are finished: 1 to go").waitFor();
      await page.keyboard.press("a");
      expect(await page.getByRole("button", { name: /^Approve/ }).count()).toBe(0);
      const approval = { type: "approve", argsHash: review?.argsHash };
      expect(await request(`${own.url}/reviews/${review?.id}/decision`, { body: approval })).toMatchObject({
        status: 422,
        body: { code: "draft_incomplete" },
      });
      expect(await barriersOn(page)).toEqual([]);
      answered.open();
      await page.getByRole("button", { name: /^Approve/ }).waitFor();
      await page.getByText("Finished", { exact: true }).waitFor();
      expect(await page.getByText("The agent is still at it.").count()).toBe(0);
      await own.client.runs.join(threadId, run.run_id);
    } finally {
      answered.open();
      await own.stop();
    }
  });
});

describe("a key that is held down", () => {
  it("accepts one block, and none that nobody has looked at", async () => {
    const { page, id } = await held([
      doubtful("it comes soon."),
      doubtful("all is well."),
      doubtful("bye for now."),
    ]);
    await page.keyboard.press("w");
    await page.keyboard.down("Space");
    await expect.poll(() => focused(page)).toBe("b2 DIV");
    await hold(page, "Space", 4);
    await page.keyboard.press("ArrowDown");
    expect(await focused(page)).toBe("b3 DIV");
    expect(await openIn(id)).toEqual([false, "b2", "b3"]);
  });

  it("keeps what was written, and begins nothing in the next", async () => {
    const { page, id } = await held([missing("Where."), doubtful("all is well."), doubtful("bye for now.")]);
    await page.keyboard.press("w");
    await page.keyboard.type("In Rome");
    await page.keyboard.down("Enter");
    await expect.poll(() => focused(page)).toBe("b2 DIV");
    await hold(page, "Enter", 4);
    expect(await focused(page)).toBe("b2 DIV");
    expect(await openIn(id)).toEqual([false, "b2", "b3"]);
  });

  it("leaves the field, and drops no word", async () => {
    const { page } = await held();
    await page.keyboard.press("w");
    await page.keyboard.type("In Rome");
    await hold(page, "Escape", 5);
    expect(await focused(page)).toBe("b1 DIV");
    // Nor does one that accepts the words that stand there, which these are to replace.
    await block(page, 3).focus();
    await page.keyboard.press("Enter");
    await page.keyboard.type(" Or later.");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Space");
    expect(await field(page, 1).inputValue()).toBe("In Rome");
    expect(await field(page, 3).inputValue()).toBe("it comes soon. Or later.");
  });
});

describe("words that were typed and dropped", () => {
  it("are back at Ctrl Z, also after a reload and in an empty field, the last first", async () => {
    const { page } = await held();
    await page.keyboard.press("w");
    for (const text of ["In Rome", "In Oslo"]) {
      await page.keyboard.type(text);
      await page.keyboard.press("Escape");
      await page.keyboard.press("Escape");
      expect(await field(page, 1).inputValue()).toBe("");
      expect(await focused(page)).toBe("b1 DIV");
      await page.keyboard.press("Enter");
    }
    await page.reload();
    await field(page, 1).waitFor();
    await page.keyboard.press("w");
    expect(await focused(page)).toBe("b1 TEXTAREA");
    await page.keyboard.press("ControlOrMeta+z");
    expect(await field(page, 1).inputValue()).toBe("In Oslo");
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.press("Delete");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "What you had typed" }).waitFor();
    await page.keyboard.press("ControlOrMeta+z");
    await expect.poll(() => focused(page)).toBe("b1 TEXTAREA");
    expect(await field(page, 1).inputValue()).toBe("In Rome");
    await page.keyboard.type(" at noon");
    await page.keyboard.press("Enter");
    await block(page, 1).getByText("In Rome at noon").waitFor();
    expect(await page.getByRole("button", { name: "What you had typed" }).count()).toBe(0);
  });

  it.each([
    ["taken out", "Delete"],
    ["given back to the machine's words", "0"],
    ["picked", "1"],
  ])("are back where the block was %s in their place", async (_, key) => {
    const { page } = await held([
      missing("Where."),
      { ...doubtful("it comes soon."), alternatives: ["it comes."] },
    ]);
    await block(page, 2).focus();
    await page.keyboard.press("Space");
    await page.getByText("1 of 2 wait").waitFor();
    await block(page, 2).focus();
    await page.keyboard.press("Enter");
    await page.keyboard.type(" Or later.");
    await page.keyboard.press("Escape");
    await page.keyboard.press(key);
    await field(page, 2).waitFor({ state: "detached" });
    await block(page, 2).focus();
    await page.getByRole("button", { name: "What you had typed" }).waitFor();
    expect(await barriersOn(page)).toEqual([]);
    await page.keyboard.press("ControlOrMeta+z");
    await expect.poll(() => focused(page)).toBe("b2 TEXTAREA");
    expect(await field(page, 2).inputValue()).toBe("it comes soon. Or later.");
    // On the block as it now is: nobody was faster.
    expect(await page.getByText("changed it meanwhile").count()).toBe(0);
  });

  it("can be read where nothing more can be changed", async () => {
    const { page, id } = await held();
    await page.keyboard.press("w");
    await page.keyboard.type("In Rome");
    const review = await at.runtime.reviews.find("default", id);
    const decision = { type: "reject", argsHash: review?.argsHash, reason: "No more." };
    await request(`${at.url}/reviews/${id}/decision`, { body: decision });
    await page.getByRole("button", { name: "Drop" }).click();
    await field(page, 1).waitFor({ state: "detached" });
    await page.getByRole("button", { name: "What you had typed" }).click();
    expect(await field(page, 1).inputValue()).toBe("In Rome");
  });

  it("for the agent are there when it is asked again, until it has answered", async () => {
    const { page } = await held();
    const asked = block(page, 3).getByLabel("What should be different?");
    await block(page, 3).focus();
    await page.keyboard.press("q");
    await page.keyboard.type("Kinder.");
    await page.keyboard.press("Escape");
    await asked.waitFor({ state: "detached" });
    await page.keyboard.press("q");
    expect(await asked.inputValue()).toBe("Kinder.");
    await page.keyboard.press("Enter");
    await page.getByText("The agent has answered.").waitFor();
    await page.keyboard.press("q");
    expect(await asked.inputValue()).toBe("");
  });
});

describe("what somebody else does to the block that has the focus", () => {
  it("leaves the focus in it", async () => {
    const { page, id } = await held();
    await block(page, 3).focus();
    await maraMakes(id, "b3", { type: "accept" });
    await page.getByText("3 of 4 wait for you").waitFor();
    expect(await focused(page)).toBe("b3 DIV");
    await field(page, 1).focus();
    await maraMakes(id, "b1", { type: "write", text: "In Rome" });
    await field(page, 1).waitFor({ state: "detached" });
    expect(await focused(page)).toBe("b1 DIV");
  });

  it("is told to who does not see it, as is who else is there", async () => {
    const { page, id } = await held();
    await at.runtime.drafting.edit(mara, id, "b3");
    const status = page.locator(".hp-draft").getByRole("status");
    await status.filter({ hasText: "mara is here" }).waitFor();
    await maraMakes(id, "b3", { type: "accept" });
    await status.filter({ hasText: "3 of 4 wait for you" }).waitFor();
    expect(await openIn(id)).toEqual(["b1", "b2", false, "b4"]);
  });

  it("stands there with who did it, and how far the whole is; nobody is told of themselves", async () => {
    const rests = { ...doubtful("it comes soon."), sources: [{ from: "user", quote: "write to them" }] };
    const { page, id } = await held([missing("Where."), missing("When."), rests, doubtful("all is well.")]);
    const words = page.locator(".hp-draft");
    await words.getByRole("list", { name: "It rests on" }).getByText("write to them").waitFor();
    await words.getByText("0 %", { exact: true }).waitFor();
    await field(page, 2).focus();
    await words.getByText("Who changed what").click();
    await at.runtime.drafting.edit(mara, id, "b1");
    await maraMakes(id, "b1", { type: "write", text: "In Rome" });
    await words.getByText("25 %", { exact: true }).waitFor();
    await words.getByText("mara is here").waitFor();
    expect(await words.getByText("is here").allTextContents()).toEqual(["mara is here"]);
    await words.getByRole("listitem").filter({ hasText: "mara wrote" }).locator("ins").waitFor();
  });

  it("as deciding the whole, leaves what was typed to be read, and lets nothing more be typed", async () => {
    const { page, id } = await held();
    await page.keyboard.press("w");
    await page.keyboard.type("In Rome");
    const review = await at.runtime.reviews.find("default", id);
    const decision = { type: "reject", argsHash: review?.argsHash, reason: "No more." };
    await request(`${at.url}/reviews/${id}/decision`, { body: decision });
    await page.getByText("It can no longer be changed.").waitFor();
    expect(await focused(page)).toBe("b1 TEXTAREA");
    await page.keyboard.type("jjam");
    expect(page.url()).toContain(id);
    expect(await field(page, 1).inputValue()).toBe("In Rome");
    // Nor does what was missing look as if somebody had taken it out.
    await block(page, 2).getByText("Missing. When.").waitFor();
    await block(page, 3).getByText("Not sure. Is that so?").waitFor();
    expect(await page.locator(".hp-draft").getByText("taken out").count()).toBe(0);
    expect(await barriersOn(page)).toEqual([]);
    await page.getByRole("button", { name: "Drop" }).click();
    expect(await focused(page)).toBe("b1 DIV");
  });
});

describe("a call that is over while somebody types in its words", () => {
  let timed: Served;
  beforeAll(async () => {
    const policy = "tiers: { desk: { roles: [desk], respond: 30m } }";
    timed = await serve(await testDatabase(), { model, tools: [send], policy });
  }, 120_000);
  afterAll(() => timed.stop());

  it.each([
    [
      "a deadline has passed",
      "Nobody decided in time",
      (_threadId: string, id: string) =>
        timed.runtime.db.pool.query(
          "update holdpoint.reviews set expires_at = now() - interval '1 ms' where review_id = $1",
          [id],
        ),
    ],
    [
      "its hold was withdrawn",
      "This no longer waits: it was withdrawn.",
      (threadId: string) =>
        timed.client.runs.wait(threadId, "support", {
          ...say("write to them"),
          multitaskStrategy: "rollback",
        }),
    ],
  ])("leaves what was typed to be read, with a line that says why: %s", async (_, why, end) => {
    blocks = [missing("Where."), doubtful("all is well.")];
    const { thread_id: threadId } = await timed.client.threads.create();
    await timed.client.runs.wait(threadId, "support", say("write to them"));
    const [review] = (await timed.runtime.reviews.list("default", { threadId, limit: 1 })).items;
    const id = review?.id ?? "";
    const page = await visit(`${timed.url}/review/${id}`);
    await field(page, 1).focus();
    await page.keyboard.type("In Rome");
    await end(threadId, id);
    await page.getByText("It can no longer be changed.").waitFor();
    await page.getByText(why).waitFor();
    await page.keyboard.type(" or later");
    expect(page.url()).toContain(id);
    expect(await field(page, 1).inputValue()).toBe("In Rome");
    expect(await page.getByRole("button", { name: /^(Approve|Keep)/ }).count()).toBe(0);
    expect(await barriersOn(page)).toEqual([]);
  });
});

describe("the page", () => {
  it("stays where it is at a click beside the blocks", async () => {
    const { page } = await held();
    await page.getByText("Who changed what").click();
    const change = page.locator(".hp-history li").first();
    await change.waitFor();
    await change.click();
    await page.locator(".hp-words").click({ position: { x: 3, y: 3 } });
    expect(await focused(page)).toMatch(/^undefined /);
  });

  it("asks who somebody is whose session is over, and then has the words that they were at", async () => {
    const policy = "tiers: { support: { roles: [support] } }";
    const desk = await serveDesk(await testDatabase(), { model, tools: [send], policy });
    blocks = [missing("Where.")];
    const { ids } = await desk.held("write to them", "guest");
    const page = await visit(`${desk.at.url}/review/${ids[0]}`);
    const signIn = async () => {
      await page.getByLabel("Your key or token").fill(desk.keys.ada);
      await page.keyboard.press("Enter");
      await field(page, 1).waitFor();
    };
    await signIn();
    await field(page, 1).focus();
    await page.keyboard.type("In Rome");
    await page.context().clearCookies();
    await page.keyboard.press("Enter");
    await signIn();
    expect(await field(page, 1).inputValue()).toBe("In Rome");
    await field(page, 1).press("Enter");
    await page.getByText("Finished", { exact: true }).waitFor();
    await desk.at.stop();
  });

  it("works where it may store nothing", async () => {
    const first = (page: Page) =>
      page.addInitScript(
        "Object.defineProperty(window, 'sessionStorage', { get() { throw new DOMException('No.', 'SecurityError'); } })",
      );
    const { page, id } = await held(undefined, { first });
    await page.keyboard.press("w");
    await page.keyboard.type("In Rome");
    await page.keyboard.press("Enter");
    await expect.poll(() => openIn(id)).toEqual([false, "b2", "b3", "b4"]);
  });

  it("keeps what is typed where its store is full", async () => {
    const { page } = await held();
    await page.evaluate(`(() => {
      for (let size = 5_000_000; size >= 1; size = Math.floor(size / 2))
        for (let more = true; more; )
          try { sessionStorage.setItem("full", (sessionStorage.getItem("full") ?? "") + "x".repeat(size)); }
          catch { more = false; }
    })()`);
    await page.keyboard.press("w");
    await page.keyboard.type("In Rome");
    expect(await field(page, 1).inputValue()).toBe("In Rome");
  });

  it("shows words as words, whatever they look like, and in their own direction", async () => {
    const { page } = await held([
      { ...sure("שלום רב לך."), joint: "space" },
      { ...sure("תודה רבה לכולם."), joint: "paragraph" },
      doubtful('<img src="x"><b>bold</b> **strong** [a](http://b.example)'),
    ]);
    const words = page.locator(".hp-words");
    await words.getByText('<img src="x"><b>bold</b> **strong** [a](http://b.example)').waitFor();
    expect(await words.locator("img, b, a").count()).toBe(0);
    expect(await page.locator(".hp-paragraph").first().getAttribute("dir")).toBe("rtl");
    const placeOf = async (number: number) => (await block(page, number).boundingBox())?.x ?? NaN;
    expect(await placeOf(1)).toBeGreaterThan(await placeOf(2));
    await block(page, 1).focus();
    await page.keyboard.press("Enter");
    await field(page, 1).waitFor();
    expect(await page.evaluate("getComputedStyle(document.querySelector('.hp-field')).direction")).toBe(
      "rtl",
    );
    // What the editor itself says is read from the left.
    expect(await page.evaluate("getComputedStyle(document.querySelector('.hp-acts')).direction")).toBe("ltr");
  });

  it("shows other wordings and proposals in the direction of their letters, and on a phone as buttons", async () => {
    proposed = (_, index) => ["", "תודה לכולם."][index] ?? "";
    const { page } = await held(
      [doubtful("Its reader is here."), { ...doubtful("תודה רבה."), alternatives: ["שלום רב.", "Hello."] }],
      { viewport: { width: 375, height: 740 } },
    );
    await page.keyboard.press("w");
    await page.keyboard.press("p");
    await page.getByRole("group", { name: "The agent proposes" }).waitFor();
    const styles = (of: string, property: string) =>
      page.evaluate<string[]>(
        `[...document.querySelectorAll("${of}")].map((one) => getComputedStyle(one).getPropertyValue("${property}"))`,
      );
    expect(await styles(".hp-wordings button", "direction")).toEqual(["rtl", "ltr"]);
    expect(await styles(".hp-proposal p:has(bdi ins)", "direction")).toEqual(["rtl"]);
    expect(await styles(".hp-wordings button", "border-top-style")).toEqual(["solid", "solid"]);
    expect(await barriersOn(page)).toEqual([]);
  });

  it("marks what nobody would see, and nothing that does its work where it stands", async () => {
    const { page } = await held([...atWork, ...hiding].map(([, text]) => doubtful(text)));
    const marked = await page.evaluate<string[]>(
      "[...document.querySelectorAll('[data-block]')].map((one) => [...one.querySelectorAll('.hp-hidden-character')].map((mark) => mark.textContent).join())",
    );
    expect(marked.slice(0, atWork.length).filter((marks) => marks !== "")).toEqual([]);
    expect(hiding.filter((_, index) => !marked[atWork.length + index]?.startsWith("U+"))).toEqual([]);
  });

  it("tears no word and no picture where it shows what changes", async () => {
    const [persian, family] = ["\u0645\u06CC\u200C\u0631\u0648\u0645", "\u{1F468}\u200D\u{1F467}"];
    proposed = (_, index) => ["", persian, family][index] ?? "";
    const { page } = await held([
      doubtful("Its reader is here."),
      doubtful("\u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645"),
      doubtful("\u{1F468}\u200D\u{1F469}"),
    ]);
    await page.keyboard.press("w");
    await page.keyboard.press("p");
    const proposals = page.getByRole("group", { name: "The agent proposes" });
    await proposals.nth(1).waitFor();
    expect(await proposals.locator("ins").allTextContents()).toEqual([persian, family]);
    expect(await page.locator(".hp-draft .hp-hidden-character").count()).toBe(0);
  });

  it("reads no other block again for a key stroke, be there two hundred with as many proposals", async () => {
    const long = "The parcel goes out at once and shall be there soon, as we hope. ".repeat(30);
    proposed = ({ text }) => text.split(" ").toReversed().join(" ");
    const { page } = await held(
      Array.from({ length: 200 }, (_, index) => doubtful(`${long}${"x".repeat(index)}`)),
    );
    await page.keyboard.press("w");
    await page.keyboard.press("p");
    await page.getByRole("group", { name: "The agent proposes" }).nth(150).waitFor();
    await page.keyboard.press("Enter");
    await field(page, 1).waitFor();
    await page.evaluate(`(() => {
      const matchAll = String.prototype.matchAll;
      window.read = 0;
      String.prototype.matchAll = function (...given) { window.read += 1; return matchAll.apply(this, given); };
    })()`);
    await page.keyboard.type("s");
    expect(await field(page, 1).inputValue()).toMatch(/s$/);
    expect(await page.evaluate("window.read")).toBeLessThan(10);
  }, 60_000);

  it("says of no key that it does something while it would only be typed", async () => {
    const { page } = await held();
    const shown = () => block(page, 3).locator("kbd").filter({ visible: true }).allTextContents();
    await block(page, 3).focus();
    expect(await shown()).toEqual(["Space", "⏎", "Del", "q"]);
    await page.keyboard.press("Enter");
    await field(page, 3).waitFor();
    expect(await shown()).toEqual(["⏎", "Esc", "Esc"]);
  });

  it.each([1280, 375])(
    "shows who is in a field why it was not kept, %i px wide, where the server has gone",
    async (width) => {
      const own = await serve(await testDatabase(), { model, tools: [send] });
      blocks = [
        doubtful("It comes."),
        { ...doubtful("Soon."), alternatives: ["a", "b", "c"] },
        missing("When."),
      ];
      const { thread_id: threadId } = await own.client.threads.create();
      await own.client.runs.wait(threadId, "support", say("write to them"));
      const [review] = (await own.runtime.reviews.list("default", { threadId, limit: 1 })).items;
      const page = await visit(`${own.url}/review/${review?.id}`, { viewport: { width, height: 740 } });
      await field(page, 3).focus();
      await page.keyboard.type("yesterday");
      await own.stop();
      await page.getByText("Not connected. It is tried again by itself").filter({ visible: true }).waitFor();
      await page.keyboard.press("Enter");
      await page.locator(".hp-problem").waitFor();
      const box = (of: string) => page.locator(of).filter({ visible: true }).boundingBox();
      const [problem, decide] = [await box(".hp-problem"), await box(".decide")];
      expect((problem?.y ?? NaN) + (problem?.height ?? NaN)).toBeLessThan(decide?.y ?? NaN);
      expect(problem?.y).toBeGreaterThan(0);
      expect(await page.evaluate("getComputedStyle(document.querySelector('.line.in-full')).marginTop")).toBe(
        "0px",
      );
      expect(await field(page, 3).inputValue()).toBe("yesterday");
    },
  );

  it("hides nothing where the colours are its reader's own", async () => {
    const { page } = await held(undefined, { forcedColors: "active" });
    const background = (of: string) =>
      page.evaluate<string>(`getComputedStyle(document.querySelector("${of}")).backgroundColor`);
    expect(await background(".decide")).not.toMatch(/, 0\)$/);
    expect(
      await page.evaluate(
        "getComputedStyle(document.querySelector('.hp-draft-state progress')).borderTopWidth",
      ),
    ).toBe("1px");
  });
});
