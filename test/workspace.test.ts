// The page where people decide, in a real browser, on a real server.
import { randomUUID } from "node:crypto";
import pg from "pg";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAccess } from "../src/access/access.js";
import { newKey } from "../src/access/keys.js";
import { loadAccess } from "../src/access/load-access.js";
import { accessGate } from "../src/http/gate.js";
import { testDatabase } from "./support/database.js";
import { request, say, serve, type Served } from "./support/http.js";
import { barriersOn, visitor } from "./support/pages.js";

const policy = `
tools:
  wipe: { level: critical }
`;

const visit = visitor();
let at: Served;
beforeAll(async () => {
  at = await serve(await testDatabase(), { policy });
}, 120_000);
afterAll(() => at.stop());

const openPage = (path = "/review", url = at.url, viewport = { width: 1440, height: 900 }): Promise<Page> =>
  visit(`${url}${path}`, { viewport });

async function held(words: string, to = at): Promise<{ threadId: string; ids: string[] }> {
  const { thread_id: threadId } = await to.client.threads.create();
  await to.client.runs.wait(threadId, "support", say(words));
  const { items } = await to.runtime.reviews.list("default", { threadId, limit: 200 });
  return { threadId, ids: items.map(({ id }) => id) };
}

const reviewOf = async (id: string, of = at) => of.runtime.reviews.find("default", id);
const decideElsewhere = async (id: string, type: "approve" | "reject", of = at) => {
  const review = await reviewOf(id, of);
  const answer = await request(`${of.url}/reviews/${id}/decision`, {
    body: { type, argsHash: review?.argsHash },
  });
  expect(answer.status).toBe(200);
};
const paid = (id: string): number => at.effects.of("pay").filter((args) => args["id"] === id).length;
/** How many calls of a thread the page looks up. */
const lookedUp = 200;
const heading = (page: Page) => page.locator("#hold-title");

describe("with the keyboard alone", () => {
  it("one open hold is approved by j, Enter, a, Enter", async () => {
    const own = await serve(await testDatabase());
    await held("pay one 5", own);
    const page = await openPage("/review", own.url);
    await page.locator(".row").waitFor();
    for (const key of ["j", "Enter", "a"]) {
      await page.keyboard.press(key);
      if (key === "j") await heading(page).waitFor();
    }
    const confirm = page.getByRole("button", { name: /^Confirm/ });
    await confirm.waitFor();
    expect(await page.locator(":focus").textContent()).toMatch(/^Confirm/);
    await page.keyboard.press("Enter");
    await page.getByText("Nothing waits for you.").waitFor();
    await expect.poll(() => own.effects.of("pay").length).toBe(1);
    await own.stop();
  });

  it("a shift: one is rejected with words, one changed, one answered instead, one critical one typed", async () => {
    const [rejected, changed, answered, wiped] = await Promise.all(
      ["pay", "pay", "pay", "wipe"].map((tool) => held(`${tool} ${randomUUID()} 50`)),
    );
    const onto = async (id: string | undefined): Promise<Page> => {
      const page = await openPage(`/review/${id}`);
      await heading(page).waitFor();
      return page;
    };
    const decisionOf = async (id: string | undefined) => {
      await expect.poll(async () => (await reviewOf(id ?? ""))?.decision?.type).toBeDefined();
      return (await reviewOf(id ?? ""))?.decision;
    };

    const first = await onto(rejected?.ids[0]);
    await first.keyboard.press("r");
    await first.keyboard.type("Paid by voucher already.");
    await first.keyboard.press("Control+Enter");
    expect(await decisionOf(rejected?.ids[0])).toMatchObject({
      type: "reject",
      reason: "Paid by voucher already.",
    });

    const second = await onto(changed?.ids[0]);
    await second.keyboard.press("e");
    await second.getByLabel(/^amount/).fill("20");
    await second.getByText("50 20").waitFor();
    await second.keyboard.press("Control+Enter");
    expect(await decisionOf(changed?.ids[0])).toMatchObject({ type: "edit", args: { amount: 20 } });

    const third = await onto(answered?.ids[0]);
    await third.keyboard.press("d");
    await third.keyboard.type("It was paid by hand.");
    await third.keyboard.press("Control+Enter");
    expect(await decisionOf(answered?.ids[0])).toMatchObject({
      type: "respond",
      message: "It was paid by hand.",
    });

    const fourth = await onto(wiped?.ids[0]);
    const target = (await reviewOf(wiped?.ids[0] ?? ""))?.args["id"];
    await fourth.keyboard.press("a");
    await fourth.keyboard.type("something else");
    await fourth.keyboard.press("Enter");
    expect((await reviewOf(wiped?.ids[0] ?? ""))?.status).toBe("open");
    await fourth.getByRole("textbox").fill(String(target));
    await fourth.keyboard.press("Enter");
    expect(await decisionOf(wiped?.ids[0])).toMatchObject({ type: "approve" });
  });

  it("Escape leaves a step, then the hold; letters that are typed are words and no keys", async () => {
    const { ids } = await held(`pay ${randomUUID()} 5`);
    const page = await openPage(`/review/${ids[0]}`);
    await heading(page).waitFor();
    await page.keyboard.press("r");
    await page.keyboard.type("jaekrd?");
    expect(await page.getByRole("textbox").inputValue()).toBe("jaekrd?");
    await page.keyboard.press("Escape");
    expect(await page.getByRole("button", { name: /^Approve/ }).isVisible()).toBe(true);
    expect(new URL(page.url()).pathname).toBe(`/review/${ids[0]}`);
    await page.keyboard.press("Escape");
    expect(new URL(page.url()).pathname).toBe("/review");
  });
});

describe("what was begun and not sent", () => {
  it("stands there again after a reload, and is gone once it was sent or left", async () => {
    const { ids } = await held(`pay ${randomUUID()} 50`);
    const page = await openPage(`/review/${ids[0]}`);
    await heading(page).waitFor();
    await page.keyboard.press("e");
    await page.getByLabel(/^amount/).fill("12");
    await page.reload();
    expect(await page.getByLabel(/^amount/).inputValue()).toBe("12");
    await page.keyboard.press("Escape");
    await page.reload();
    await page.getByRole("button", { name: /^Approve/ }).waitFor();
    expect(await page.getByLabel(/^amount/).count()).toBe(0);
    await page.keyboard.press("e");
    expect(await page.getByLabel(/^amount/).inputValue()).toBe("50");
  });

  it("is kept while the server is away, and sent once when it is back", async () => {
    const id = randomUUID();
    const { ids, threadId } = await held(`pay ${id} 50`);
    const page = await openPage(`/review/${ids[0]}`);
    await heading(page).waitFor();
    await page.keyboard.press("r");
    await page.keyboard.type("No such order.");
    await page.route("**/decision", (route) => route.abort());
    await page.keyboard.press("Control+Enter");
    await page.getByRole("alert").getByText("does not answer").waitFor();
    expect(await page.getByRole("textbox").inputValue()).toBe("No such order.");
    await page.unroute("**/decision");
    await page.keyboard.press("Control+Enter");
    await expect.poll(async () => (await reviewOf(ids[0] ?? ""))?.decision?.reason).toBe("No such order.");
    await page.getByText(/^Rejected: /).waitFor();
    await at.runtime.waitForThread("default", threadId);
    expect(paid(id)).toBe(0);
  });
});

describe("ten thousand open holds", () => {
  it("are there at once, scrolled to the last, and only a screenful of them is in the page", async () => {
    const url = await testDatabase();
    const own = await serve(url);
    const admin = new pg.Client({ connectionString: url });
    await admin.connect();
    await admin.query(`insert into holdpoint.actions (action_id, tenant_id, thread_id, graph_id, message_id, call_index, call_id, tool,
        args, args_hash, route, assessment, requested_by)
      select 'a' || n, 'default', 't' || n, 'support', 'm', 0, 'c', 'pay', '{}', 'h', 'approve', '{}', '{"id":"x","kind":"person"}'
      from generate_series(1, 10000) n`);
    // Of a host: these threads are nowhere, and what has lost its thread here is closed before long.
    await admin.query(`insert into holdpoint.reviews (review_id, tenant_id, thread_id, graph_id, action_id, kind, tool, args, args_hash,
        level, tier, roles, title, reasons, requested_by, hosted)
      select gen_random_uuid(), 'default', 't' || n, 'support', 'a' || n, 'review', 'pay', '{}', 'h', 'high', 'reviewer',
        '{reviewer}', 'Pay number ' || n, '[]', '{"id":"x","kind":"person"}', true
      from generate_series(1, 10000) n`);
    await admin.end();
    const page = await openPage("/review", own.url);
    await page.locator(".row").first().waitFor();
    await page.getByText("10,000").first().waitFor();
    const rows = "document.querySelector('.rows')";
    const heightOf = () => page.evaluate<number>(`${rows}.scrollHeight`);
    for (let height = 0; height !== (await heightOf()); ) {
      height = await heightOf();
      await page.evaluate(`${rows}.scrollTo(0, ${rows}.scrollHeight)`);
      await expect.poll(async () => (await heightOf()) > height || height >= 10_000 * 82).toBe(true);
    }
    expect(await page.locator(".row").count()).toBeLessThan(60);
    await own.stop();
  });
});

describe("for everybody", () => {
  it.each(["light", "dark"] as const)(
    "nothing serious is found by axe on any screen, %s",
    async (colorScheme) => {
      const waiting = await held(`read a; pay ${randomUUID()} 50`);
      const wiped = await held(`wipe ${randomUUID()}`);
      const over = await held(`pay ${randomUUID()} 50`);
      await decideElsewhere(over.ids[0] ?? "", "reject");
      const page = await openPage();
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.locator(".row").first().waitFor();
      const faultsOf = async (screen: string): Promise<string[]> =>
        (await barriersOn(page)).map((fault) => `${screen}: ${fault}`);
      const found = await faultsOf("queue");
      for (const [id, key] of [
        [waiting.ids[0], ""],
        [waiting.ids[0], "a"],
        [waiting.ids[0], "e"],
        [waiting.ids[0], "r"],
        [waiting.ids[0], "?"],
        [wiped.ids[0], "a"],
        [over.ids[0], ""],
        [randomUUID(), ""],
      ]) {
        await page.goto(`${at.url}/review/${id}`);
        await page.locator(".around .talk, .resting").first().waitFor();
        if (key) await page.keyboard.press(key);
        found.push(...(await faultsOf(`${id} ${key}`)));
        if (key) await page.keyboard.press("Escape");
      }
      expect(found).toEqual([]);
    },
  );
});

describe("beside others", () => {
  it("what somebody else decides leaves the queue by itself, and stays under the eyes of who reads it, with a note", async () => {
    const first = await held(`pay ${randomUUID()} 5`);
    const second = await held(`pay ${randomUUID()} 5`);
    const page = await openPage(`/review/${first.ids[0]}`);
    await heading(page).waitFor();
    const row = (id: string | undefined) => page.locator(`a.row[href="/review/${id}"]`);
    await row(second.ids[0]).waitFor();
    await decideElsewhere(second.ids[0] ?? "", "reject");
    await row(second.ids[0]).waitFor({ state: "detached" });
    await decideElsewhere(first.ids[0] ?? "", "reject");
    await page
      .locator(".decided")
      .getByText(/Rejected by local/)
      .waitFor();
    expect(await row(first.ids[0]).textContent()).toContain("no longer waits");
    expect(await page.getByRole("button", { name: /^Approve/ }).count()).toBe(0);
  });

  it("what went while it was read stays in its place; from there j and k go to what stood beside it", async () => {
    const own = await serve(await testDatabase());
    const ids = [];
    for (const name of ["a", "b", "c", "d"]) ids.push((await held(`pay ${name} 5`, own)).ids[0]);
    const page = await openPage(`/review/${ids[2]}`, own.url);
    await heading(page).waitFor();
    const order = () => page.$$eval("a.row", (rows) => rows.map((row) => row.getAttribute("href")));
    const all = ids.map((id) => `/review/${id}`);
    await expect.poll(order).toEqual(all);
    await decideElsewhere(ids[2] ?? "", "reject", own);
    await page.locator("a.row.gone").waitFor();
    expect(await order()).toEqual(all);
    await page.keyboard.press("j");
    await expect.poll(() => page.url()).toContain(ids[3]);
    await page.goto(`${own.url}/review/${ids[1]}`);
    await heading(page).waitFor();
    await expect.poll(order).toEqual([all[0], all[1], all[3]]);
    await decideElsewhere(ids[1] ?? "", "reject", own);
    await page.locator("a.row.gone").waitFor();
    await page.keyboard.press("k");
    await expect.poll(() => page.url()).toContain(ids[0]);
    await expect
      .poll(() => page.locator(".figures").innerText())
      .toMatch(/^2 wait, the oldest for .+ · 2 decided today, 100 % not as proposed$/);
    await own.stop();
  });

  it("what goes above leaves the row under the pointer where it is", async () => {
    const own = await serve(await testDatabase());
    const ids: (string | undefined)[] = [];
    for (let nth = 0; nth < 20; nth += 1) ids.push((await held(`pay ${nth} 5`, own)).ids[0]);
    const page = await openPage("/review", own.url);
    await page.locator("a.row").first().waitFor();
    await page.evaluate("document.querySelector('.rows').scrollTo(0, 400)");
    const row = page.locator(`a.row[href="/review/${ids[9]}"]`);
    await row.hover();
    const before = await row.boundingBox();
    await decideElsewhere(ids[1] ?? "", "reject", own);
    await page.getByText("19 wait").waitFor();
    await expect.poll(async () => (await row.boundingBox())?.y).toBe(before?.y);
    await own.stop();
  });

  it("whoever has decided goes on with the next hold, which has the focus, and at last with the page", async () => {
    const own = await serve(await testDatabase());
    for (const name of ["a", "b"]) await held(`pay ${name} 5`, own);
    const page = await openPage("/review", own.url);
    await page.locator("a.row").first().waitFor();
    await page.keyboard.press("j");
    for (const next of ["pay: id b", null]) {
      await page.locator("#talk-title").waitFor();
      await page.keyboard.press("a");
      await page.keyboard.press("Enter");
      if (next === null) await page.getByText("Nothing waits for you.").waitFor();
      else await heading(page).getByText(next).waitFor();
      await expect
        .poll(() => page.evaluate("document.activeElement.id || document.activeElement.tagName"))
        .toBe(next === null ? "MAIN" : "hold-title");
    }
    await own.stop();
  });

  it("who comes second is told who was first, and nothing runs twice", async () => {
    const id = randomUUID();
    const { ids, threadId } = await held(`pay ${id} 5`);
    const page = await openPage(`/review/${ids[0]}`);
    await heading(page).waitFor();
    await page.keyboard.press("a");
    // Whatever the live line says, the answer to the decision itself has to say it too.
    await page.route("**/reviews/events*", (route) => route.abort());
    await decideElsewhere(ids[0] ?? "", "approve");
    await page.keyboard.press("Enter");
    await page
      .locator(".decided")
      .getByText(/Approved by local/)
      .waitFor();
    await at.runtime.waitForThread("default", threadId);
    expect(paid(id)).toBe(1);
  });

  it("a hold that appears is in the queue at once", async () => {
    const page = await openPage();
    await page.locator(".figures strong").waitFor();
    const { ids } = await held(`pay ${randomUUID()} 5`);
    const row = page.locator(`a.row[href="/review/${ids[0]}"]`);
    await row.waitFor();
    expect(await row.textContent()).toContain("pay");
  });
});

describe("what is shown", () => {
  it("is the act, the arguments, why it is asked, what it is based on, and what was decided before", async () => {
    const id = randomUUID();
    const { threadId } = await held(`read ${id}`);
    for (const nth of [1, 2, 3, 4]) await at.client.runs.wait(threadId, "support", say(`read ${id}-${nth}`));
    await at.client.runs.wait(threadId, "support", say(`pay ${id} 50; note ${id}`));
    const { items: ids } = await at.runtime.reviews.list("default", { threadId, limit: 1 });
    const page = await openPage(`/review/${ids[0]?.id}`);
    await heading(page).waitFor();
    expect(await heading(page).textContent()).toContain(id);
    const text = () => page.locator("body").innerText();
    await page.getByText(`read ${id}-4 done`).first().waitFor();
    // What ran beside it the agent had not heard of; and of what it had, the newest stand here.
    await page.getByText(`note ${id} done`).first().waitFor();
    const evidence = page.locator("section", { has: page.locator("#evidence-title") });
    expect(await evidence.getByRole("link", { name: "what read answered" }).count()).toBe(4);
    expect(await evidence.innerText()).not.toContain(`note ${id}`);
    expect(await evidence.innerText()).toContain("1 earlier answer of its tools stands in the conversation.");
    expect(await text()).toContain("This cannot be undone, so a person has to approve it.");
    expect(await text()).toContain("never approved by itself");
    expect(await text()).toContain("On it.");
    expect(await text()).toMatch(/hash\s+[0-9a-f]{6}…[0-9a-f]{4}/);
    expect(await page.locator(".alike a").count()).toBeGreaterThan(0);

    // What a tool had answered leads to its place in the conversation.
    await page.getByRole("link", { name: "what read answered" }).last().click();
    await expect.poll(() => page.locator(".call:focus").textContent()).toContain(`read ${id}-4 done`);
    await page.keyboard.press("Escape");
    await heading(page).waitFor();
  });

  it("says of a proposal from long ago that it is not looked up, quotes nothing of what came since, and leads to the whole", async () => {
    const url = await testDatabase();
    const own = await serve(url);
    const { ids, threadId } = await held(`read before; pay ${randomUUID()} 50`, own);
    const admin = new pg.Client({ connectionString: url });
    await admin.connect();
    // A host that goes on with the thread: as many calls as are looked up, each with what came of it.
    await admin.query(
      `insert into holdpoint.actions (action_id, tenant_id, thread_id, graph_id, message_id, call_index, call_id, tool,
         args, args_hash, route, assessment, requested_by, created_at)
       select 'later' || n, 'default', $1, 'support', 'm' || n, 0, 'c' || n, 'read', '{}', 'h', 'execute', '{}',
         '{"id":"x","kind":"person"}', now() + n * interval '1 second'
       from generate_series(1, $2::int) n`,
      [threadId, lookedUp],
    );
    await admin.end();
    const page = await openPage(`/review/${ids[0]}`, own.url);
    const evidence = page.locator("section", { has: page.locator("#evidence-title") });
    await evidence.getByText("So much was called since that it is not looked up here").waitFor();
    expect(await evidence.locator("blockquote").count()).toBe(0);
    expect(await evidence.innerText()).not.toContain("read before done");
    expect(await barriersOn(page)).toEqual([]);
    await page.keyboard.press("v");
    await page.getByText("read before done").first().waitFor();
    await own.stop();
  });

  it("of hostile text is text: no markup, no image, nothing hidden, and all of a long value within reach", async () => {
    const long = "x".repeat(900_000);
    const own = await serve(await testDatabase());
    const hostile = `<img src=x onerror="document.title='owned'"><b>bold</b> ![a](https://evil.example/p.png) \u202Egnp.exe\u200B`;
    const { ids } = await held(`mail a ${hostile}`, own);
    const page = await openPage(`/review/${ids[0]}`, own.url);
    await heading(page).waitFor();
    await page.getByText("U+202E").first().waitFor();
    expect(await page.getByText("U+200B").count()).toBeGreaterThan(0);
    expect(await page.locator("article img, article b").count()).toBe(0);
    expect(await page.title()).toBe("Holdpoint");

    const second = await held(`mail b ${long}`, own);
    await page.goto(`${own.url}/review/${second.ids[0]}`);
    const all = page
      .locator("article .args")
      .first()
      .getByRole("button", { name: /^Show all 900,000 characters/ });
    await all.click();
    expect((await page.locator("article .args").first().innerText()).length).toBeGreaterThan(900_000);
    await own.stop();
  });

  it("fits a narrow screen: one hold at a time, nothing cut off at the side", async () => {
    const { ids } = await held(`pay ${randomUUID()} 5`);
    const page = await openPage(`/review/${ids[0]}`, at.url, { width: 360, height: 740 });
    await heading(page).waitFor();
    expect(await page.locator(".queue").isVisible()).toBe(false);
    const width = await page.evaluate<number>("document.documentElement.scrollWidth");
    expect(width).toBeLessThanOrEqual(360);
    await page.getByRole("button", { name: "← Queue" }).click();
    expect(await page.locator(".queue").isVisible()).toBe(true);
  });

  it("is nothing, said kindly, where nothing waits, and a clear word where there is no such hold", async () => {
    const own = await serve(await testDatabase());
    const page = await openPage("/review", own.url);
    await page.getByText("Nothing waits for you.").waitFor();
    await page.goto(`${own.url}/review/${randomUUID()}`);
    await page.getByText("There is no such hold").waitFor();
    expect(await page.locator("article").count()).toBe(0);
    await own.stop();
  });
});

describe("with an access file", () => {
  it("its reader signs in with a key, which no script can read, and signs out again", async () => {
    const { key, sha256 } = newKey();
    const guest = newKey();
    const document = loadAccess(
      `keys:\n  - { id: desk, kind: person, roles: [reviewer], sha256: "${sha256}" }\n  - { id: chat, sha256: "${guest.sha256}" }`,
      "access.yaml",
    );
    const access = createAccess(document, { now: () => new Date(), cooldownMs: 0 });
    const own = await serve(await testDatabase(), { gate: accessGate(() => access) });
    const page = await openPage("/review", own.url);
    const signIn = async (credential: string): Promise<void> => {
      await page.getByLabel("Your key or token").fill(credential);
      await page.keyboard.press("Enter");
    };
    await signIn("hp_nobody");
    await page.getByRole("alert").getByText("not known here").waitFor();
    expect(await barriersOn(page)).toEqual([]);
    await signIn(guest.key);
    await page.getByText("Nothing here is for you").waitFor();
    expect(await barriersOn(page)).toEqual([]);
    await page.getByRole("button", { name: "Sign in as somebody else" }).click();
    await signIn(key);
    await page.getByText("Nothing waits for you.").waitFor();
    expect(await page.evaluate("document.cookie")).toBe("");
    await page.reload();
    await page.getByText("key:desk").waitFor();

    // A page of another site, to which the browser would send the cookie along, acts for nobody.
    const cookies = await page.context().cookies();
    expect(cookies[0]).toMatchObject({ httpOnly: true, sameSite: "Strict" });
    const crossSite = await request(`${own.url}/reviews`, {
      headers: { cookie: `${cookies[0]?.name}=${key}`, "sec-fetch-site": "cross-site" },
    });
    expect([crossSite.status, crossSite.body["code"]]).toEqual([403, "request_forbidden"]);

    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Your key or token").waitFor();
    expect(await page.context().cookies()).toEqual([]);
    await own.stop();
  });
});

describe("the page itself", () => {
  it("loads nothing from elsewhere, runs no script of others, and is in no frame", async () => {
    const answer = await fetch(`${at.url}/review/whatever`);
    const policy = answer.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain("unsafe");
    const html = await answer.text();
    expect(html).not.toMatch(/https?:\/\//);
    const [script = ""] = /\/review\/assets\/[^"]+\.js/.exec(html) ?? [];
    const asset = await fetch(`${at.url}${script}`);
    expect(asset.headers.get("cache-control")).toContain("immutable");
    expect((await fetch(`${at.url}/review/assets/none.js`)).status).toBe(404);
    expect((await fetch(`${at.url}/review/..%2f..%2fpackage.json`)).status).toBe(404);
    expect((await fetch(at.url, { redirect: "manual" })).headers.get("location")).toBe("/review");
  });
});
