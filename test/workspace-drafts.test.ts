// Words written together, finished at the page by keys: what is open is filled in and picked, then the call is released.
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { supportAgent } from "../examples/support/agent.js";
import { openDesk } from "../examples/support/desk.js";
import { testDatabase } from "./support/database.js";
import { request, say, serve, type Served } from "./support/http.js";
import { barriersOn, visitor } from "./support/pages.js";

const visit = visitor();
const desk = openDesk();
let at: Served;
beforeAll(async () => {
  at = await serve(await testDatabase(), await supportAgent({}, desk));
}, 120_000);
afterAll(() => at.stop());

/** An e-mail of which a block is finished, one is missing and one is not sure, at a page of its own. */
async function held(narrow = false): Promise<{ page: Page; id: string; again(): Promise<Page> }> {
  const { thread_id: threadId } = await at.client.threads.create();
  await at.client.runs.wait(threadId, "support", say("e-mail the customer of order 8841"));
  const [review] = (await at.runtime.reviews.list("default", { threadId, limit: 1 })).items;
  const id = review?.id ?? "";
  const again = async () => {
    const page = await visit(
      `${at.url}/review/${id}`,
      narrow ? { viewport: { width: 390, height: 844 } } : {},
    );
    await state(page, "2 of 4 wait for you");
    return page;
  };
  return { page: await again(), id, again };
}

const words = (page: Page) => page.getByRole("region", { name: /wait for you|Finished/ });
const state = (page: Page, text: string) => words(page).getByText(text, { exact: true }).waitFor();
const block = (page: Page, number: number) =>
  words(page).getByRole("group", { name: `Block ${number} of 4` });
const field = (page: Page) => words(page).getByRole("textbox");
const focused = (page: Page) =>
  page.evaluate<string>('document.activeElement?.closest("[data-block]")?.getAttribute("data-block")');

async function changes(id: string): Promise<object[]> {
  const { body } = await request(`${at.url}/reviews/${id}/draft/changes`);
  return (body["items"] as { kind: string }[]).filter(({ kind }) => kind !== "written");
}
async function textOf(id: string, number: number): Promise<string | undefined> {
  return (await at.runtime.reviews.find("default", id))?.draft?.blocks[number - 1]?.text;
}

describe("the words of a call", () => {
  it("are finished by keys alone, and are sent as they were shown", async () => {
    const sent = desk.outbox.length;
    const { page, id } = await held();
    expect(await barriersOn(page)).toEqual([]);
    await page.keyboard.press("w");
    await page.keyboard.type("Your parcel is on its way.");
    await page.keyboard.press("Enter");
    await state(page, "1 of 4 wait for you");
    expect(await focused(page)).toBe("b3");
    await page.keyboard.press("1");
    await state(page, "Finished");
    expect(await barriersOn(page)).toEqual([]);
    const review = await at.runtime.reviews.find("default", id);
    await page.keyboard.press("a");
    await page.keyboard.press("Enter");
    await expect.poll(() => desk.outbox.length).toBe(sent + 1);
    expect(desk.outbox.at(-1)?.body).toBe(review?.args["body"]);
    expect(desk.outbox.at(-1)?.body).toContain("Your parcel is on its way.\n\nWe will be back to you soon.");
  });

  it("are not offered for approval before their time, and it is said how many wait", async () => {
    const { page, id } = await held();
    const approve = page.getByRole("button", { name: /^Approve/ });
    await page.getByText("once its words are finished: 2 to go").waitFor();
    expect(await approve.count()).toBe(0);
    await page.keyboard.press("a");
    expect(await page.getByRole("form", { name: "Approve exactly this" }).count()).toBe(0);
    await written(id, "b2", 0, "On its way.");
    await written(id, "b3", 0, "Soon.");
    await approve.waitFor();
  });

  it("are accepted, written anew, put back and taken out, each by a key", async () => {
    const { page, id } = await held();
    await page.keyboard.press("w");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Delete");
    await state(page, "1 of 4 wait for you");
    expect(await focused(page)).toBe("b3");
    await page.keyboard.press("Space");
    await state(page, "Finished");
    expect(await focused(page)).toBe("b3");
    await page.keyboard.press("Enter");
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.type("Soon.");
    await page.keyboard.press("Shift+Enter");
    await page.keyboard.type("Really.");
    await page.keyboard.press("Enter");
    await field(page).waitFor({ state: "detached" });
    expect(await textOf(id, 3)).toBe("Soon.\nReally.");
    await page.keyboard.press("0");
    await state(page, "1 of 4 wait for you");
    expect(await textOf(id, 3)).toBe("We will be back to you within two days.");
    await page.keyboard.press("ArrowUp");
    expect(await focused(page)).toBe("b2");
    await page.keyboard.press("0");
    await state(page, "2 of 4 wait for you");
    expect(await changes(id)).toMatchObject([
      { blockId: "b2", kind: "remove" },
      { blockId: "b3", kind: "accept" },
      { blockId: "b3", kind: "write", after: "Soon.\nReally." },
      { blockId: "b3", kind: "restore" },
      { blockId: "b2", kind: "restore" },
    ]);
    await page.getByText("Who changed what").click();
    await page.getByText("put back what the machine wrote").first().waitFor();
  });

  it("are nobody else's where the others are told of them before their writer is answered", async () => {
    const { page } = await held();
    let answer = (): void => undefined;
    const answered = new Promise<void>((resolve) => (answer = resolve));
    await page.route("**/draft/changes", async (route) => {
      const response = await route.fetch();
      await answered;
      await route.fulfill({ response });
    });
    await page.keyboard.press("w");
    await page.keyboard.type("On its way.");
    await page.keyboard.press("Enter");
    await state(page, "1 of 4 wait for you");
    expect(await words(page).getByText("changed it meanwhile").count()).toBe(0);
    await page.keyboard.type("Too late.");
    expect(await field(page).inputValue()).toBe("On its way.");
    answer();
    await block(page, 2).getByText("On its way.", { exact: true }).waitFor();
  });

  it("that were typed and not kept are there after a reload", async () => {
    const { page } = await held();
    await page.keyboard.press("w");
    await page.keyboard.type("Half a sente");
    await page.reload();
    await expect.poll(() => field(page).inputValue()).toBe("Half a sente");
    await page.keyboard.press("w");
    await page.keyboard.press("End");
    await page.keyboard.type("nce.");
    await page.keyboard.press("Enter");
    await block(page, 2).getByText("Half a sentence.").waitFor();
  });

  it("leave the page's keys alone: what is typed in them decides nothing, and Escape leads out", async () => {
    const { page, id } = await held();
    await page.keyboard.press("w");
    await page.keyboard.type("a r d m");
    expect(await field(page).inputValue()).toBe("a r d m");
    await page.keyboard.press("Escape");
    expect(await focused(page)).toBe("b2");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    expect(await page.evaluate("document.activeElement.id")).toBe("hold-title");
    expect(page.url()).toContain(id);
  });

  it("fit a phone, where they are finished without a key", async () => {
    const { page } = await held(true);
    await field(page).fill("Your parcel is on its way.");
    await page.getByRole("button", { name: "Keep" }).click();
    await state(page, "1 of 4 wait for you");
    await page.getByRole("button", { name: "We will be back to you soon." }).click();
    await state(page, "Finished");
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(390);
    expect(await barriersOn(page)).toEqual([]);
  });
});

describe("two people with the same words", () => {
  it("see each other and what the other did, live", async () => {
    const { page, id, again } = await held();
    await at.runtime.drafting.edit(colleague, id, "b3");
    await page.getByText("mara is here").waitFor();
    await page.getByText("mara is in this block").waitFor();
    const other = await again();
    await other.keyboard.press("w");
    await other.keyboard.type("From the other desk.");
    await other.keyboard.press("Enter");
    await block(page, 2).getByText("From the other desk.").waitFor();
    await state(page, "1 of 4 wait for you");
    expect(await changes(id)).toMatchObject([{ blockId: "b2", kind: "write" }]);
  });

  it("in one block: the second keeps what they typed, and chooses", async () => {
    const { page, id } = await held();
    await page.keyboard.press("w");
    await page.keyboard.type("Mine.");
    await written(id, "b2", 0, "Theirs.");
    await page.getByText("mara changed it meanwhile").waitFor();
    await page.getByText("It now reads: Theirs.").waitFor();
    expect(await field(page).inputValue()).toBe("Mine.");
    expect(await barriersOn(page)).toEqual([]);
    await page.getByRole("button", { name: "Leave theirs" }).click();
    await block(page, 2).getByText("Theirs.").waitFor();
    expect(await field(page).count()).toBe(0);
    await page.keyboard.press("Enter");
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.type("Mine after all.");
    await written(id, "b2", 1, "Theirs again.");
    await page.getByText("It now reads: Theirs again.").waitFor();
    await page.keyboard.press("Enter");
    await expect.poll(() => field(page).count()).toBe(0);
    expect(await changes(id)).toMatchObject([
      { before: "", after: "Theirs.", by: { id: "mara" } },
      { after: "Theirs again.", by: { id: "mara" } },
      { before: "Theirs again.", after: "Mine after all.", by: { id: "local" } },
    ]);
  });
});

describe("the agent, at the same words", () => {
  it("writes one block anew as it is told, which is taken or dismissed by a key", async () => {
    const { page, id } = await held();
    await page.keyboard.press("w");
    await page.keyboard.press("Escape");
    await page.keyboard.press("ArrowDown");
    const before = await textOf(id, 3);
    for (const key of ["x", "t"]) {
      await page.keyboard.press("q");
      await page.keyboard.type("Name no time.");
      await page.keyboard.press("Enter");
      await page.getByRole("group", { name: "The agent proposes" }).waitFor();
      expect(await textOf(id, 3)).toBe(before);
      expect(await focused(page)).toBe("b3");
      expect(await barriersOn(page)).toEqual([]);
      await page.keyboard.press(key);
      await page.getByRole("group", { name: "The agent proposes" }).waitFor({ state: "detached" });
    }
    expect(await textOf(id, 3)).not.toBe(before);
    expect(await changes(id)).toMatchObject([{ blockId: "b3", kind: "take" }]);
  });

  it("goes over what nobody is in", async () => {
    const { page, id } = await held();
    await at.runtime.drafting.edit(colleague, id, "b1");
    await page.keyboard.press("w");
    await page.keyboard.press("Escape");
    await page.keyboard.press("p");
    await page.getByRole("group", { name: "The agent proposes" }).first().waitFor();
    const proposals = (await at.runtime.reviews.find("default", id))?.draft?.proposals ?? [];
    expect(proposals.map(({ blockId }) => blockId)).not.toContain("b1");
    expect(proposals.map(({ blockId }) => blockId)).not.toContain("b2");
  });
});

const colleague = { id: "mara", kind: "person" as const, roles: ["*"], tenant: "default" };

async function written(reviewId: string, blockId: string, revision: number, text: string): Promise<void> {
  const made = await at.runtime.drafting.change(
    colleague,
    reviewId,
    { blockId, revision },
    { type: "write", text },
  );
  expect(made.ok).toBe(true);
}
