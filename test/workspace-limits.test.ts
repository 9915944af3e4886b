// The page where people decide, at its limits: a whole shift, a server that goes and comes, values without end, words that
// would harm, and a queue longer than anybody reads.
import { isHumanMessage, isToolMessage } from "@langchain/core/messages";
import { randomUUID } from "node:crypto";
import { gzipSync } from "node:zlib";
import pg from "pg";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { openPort } from "../src/http/listen.js";
import { defineTool, scriptedModel, type Script } from "../src/index.js";
import type { JsonObject } from "../src/kernel/json.js";
import type { Principal } from "../src/kernel/principal.js";
import { obedient } from "./support/agent.js";
import { testDatabase } from "./support/database.js";
import { freePort } from "./support/free-port.js";
import { say, serve, type Served } from "./support/http.js";
import { barriersOn, visitor } from "./support/pages.js";
import { serveDesk } from "./support/people.js";

const visit = visitor();
const title = (page: Page, text: string) => page.locator("#hold-title", { hasText: text });

async function press(page: Page, ...keys: string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

/** The review that these words open. */
async function held(at: Served, words: string): Promise<string> {
  const { thread_id: threadId } = await at.client.threads.create();
  await at.client.runs.wait(threadId, "support", say(words));
  const { items } = await at.runtime.reviews.list("default", { threadId, limit: 1 });
  return items[0]?.id ?? "";
}

describe("a whole shift", () => {
  const policy = `
undo: 6s
reject_reasons: [Not covered by our terms., Asked for twice.]
tiers: { support: { roles: [support] } }
`;
  const asking: Script = (messages) => {
    const begin = messages.findLastIndex((message) => isHumanMessage(message));
    const words = messages[begin]?.text ?? "";
    if (!words.startsWith("ask ")) return obedient(messages);
    const answer = messages.slice(begin + 1).find((message) => isToolMessage(message));
    if (answer) return { text: `Heard: ${answer.text}` };
    const options = [{ label: "All of it" }, { label: "Half of it" }];
    return { text: "I ask.", calls: [{ tool: "ask_human", args: { question: words, options } }] };
  };

  it("is worked by the keyboard alone, from the key of the access file to the empty queue", async () => {
    const desk = await serveDesk(await testDatabase(), {
      policy,
      model: scriptedModel("asking", asking),
      builtIns: ["ask_human"],
    });
    const names = ["approved", "changed", "rejected", "answered", "taken"] as const;
    const threads = new Map<string, { threadId: string; ids: string[] }>();
    for (const name of names) threads.set(name, await desk.held(`pay ${name} 50`));
    threads.set("asked", await desk.held("ask what shall be refunded"));
    const decisionOf = async (name: string) =>
      (await desk.at.runtime.reviews.find("default", threads.get(name)?.ids[0] ?? ""))?.decision;

    const page = await visit(`${desk.at.url}/review`);
    await page.getByLabel("Your key or token").waitFor();
    await page.keyboard.type(desk.keys.ada);
    await press(page, "Enter");
    await page.locator(".row").first().waitFor();

    await press(page, "j");
    await title(page, "approved").waitFor();
    await press(page, "a", "Enter");

    await title(page, "changed").waitFor();
    await page.locator("#talk-title").waitFor();
    await press(page, "e", "Tab");
    await expect.poll(() => page.evaluate("document.activeElement.value")).toBe("50");
    await press(page, "Control+a");
    await page.keyboard.type("20");
    await page.getByRole("button", { name: /^Approve with 1 change/, disabled: false }).waitFor();
    await press(page, "Control+Enter");

    await title(page, "rejected").waitFor();
    await page.locator("#talk-title").waitFor();
    await press(page, "r");
    await page.getByText("Asked for twice.").waitFor();
    await press(page, "2", "Control+Enter");

    await title(page, "answered").waitFor();
    await press(page, "d");
    await page.keyboard.type("It was paid by hand.");
    await press(page, "Control+Enter");

    await title(page, "taken").waitFor();
    await press(page, "m");
    await page.getByText(/^You have it until/).waitFor();
    await press(page, "m");
    await page.getByText(/^You have it until/).waitFor({ state: "detached" });
    await press(page, "a");
    await page.getByRole("button", { name: /^Confirm/ }).waitFor();
    await press(page, "Enter");
    await title(page, "what shall be refunded").waitFor();
    await press(page, "u");
    await title(page, "taken").waitFor();
    await page.getByRole("button", { name: /^Approve/ }).waitFor();
    expect(await decisionOf("taken")).toBeNull();
    await press(page, "a");
    await page.getByRole("button", { name: /^Confirm/ }).waitFor();
    await press(page, "Enter");

    await title(page, "what shall be refunded").waitFor();
    await press(page, "2");
    await page.getByRole("button", { name: /^Send option 2/ }).waitFor();
    await press(page, "Enter");
    await page.getByText("Nothing waits for you.").waitFor();

    for (const { threadId } of threads.values()) await desk.at.runtime.waitForThread("default", threadId);
    await expect
      .poll(() => desk.at.effects.of("pay"))
      .toEqual(
        expect.arrayContaining([
          { id: "approved", amount: 50 },
          { id: "changed", amount: 20 },
          { id: "taken", amount: 50 },
        ]),
      );
    expect(desk.at.effects.of("pay")).toHaveLength(3);
    expect(await decisionOf("rejected")).toMatchObject({ type: "reject", reason: "Asked for twice." });
    expect(await decisionOf("answered")).toMatchObject({ message: "It was paid by hand." });
    expect(await decisionOf("asked")).toMatchObject({ args: { picked: "Half of it" } });
    await desk.at.stop();
  });
});

describe("a server that goes and comes back", () => {
  it("is told in the one line, loses no word, and has the decision once", async () => {
    const database = await testDatabase();
    const port = await freePort();
    const first = await serve(database, { port });
    const name = randomUUID();
    const id = await held(first, `pay ${name} 5`);
    const page = await visit(`${first.url}/review/${id}`);
    const sent: string[] = [];
    page.on("request", (one) => {
      if (one.url().endsWith("/decision")) sent.push(one.method());
    });
    await title(page, name).waitFor();
    await press(page, "r");
    await page.keyboard.type("No such ");
    await first.stop();
    const line = page.locator(".queue").getByText("Not connected.");
    await line.waitFor();
    // All of it, and on a phone beside the hold.
    const said = page.getByText("what you type is kept.").filter({ visible: true });
    const isCut = (one: { scrollWidth?: number; clientWidth?: number }) =>
      (one.scrollWidth ?? 0) > (one.clientWidth ?? 0);
    expect(await said.evaluate(isCut)).toBe(false);
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await said.evaluate(isCut)).toBe(false);
    await page.setViewportSize({ width: 1280, height: 720 });
    await page.keyboard.type("order.");

    // As the program does: its port answers that it is starting, before it can be asked anything.
    const starting = await openPort({ host: "127.0.0.1", port });
    await page.waitForResponse((answer) => answer.status() === 503);
    await starting.close();
    const second = await serve(database, { port });
    await line.waitFor({ state: "detached" });
    expect(await page.getByRole("textbox").inputValue()).toBe("No such order.");
    await press(page, "Control+Enter");
    await page.getByText(`Rejected: pay: id ${name}`).waitFor();
    expect((await second.runtime.reviews.find("default", id))?.decision).toMatchObject({
      type: "reject",
      reason: "No such order.",
    });
    expect(sent).toEqual(["POST"]);
    // It hears again what happens elsewhere.
    const other = randomUUID();
    await held(second, `pay ${other} 5`);
    await page.locator(".row", { hasText: other }).waitFor();
    await second.stop();
  });
});

const args = z.object({ id: z.string(), words: z.string() });
const ran: JsonObject[] = [];
const tools = [
  defineTool({
    name: "publish",
    description: "Publishes.",
    args,
    title: ({ id }) => `Publish ${id}`,
    run: (given) => {
      ran.push(given);
      return `published ${given.id}, ${given.words.slice(0, 500)}`;
    },
  }),
];
/** Makes the calls that a message spells out as JSON, or that are kept under its words. */
const prepared = new Map<string, JsonObject[]>();
const literal = scriptedModel("literal", (messages) => {
  const begin = messages.findLastIndex((message) => isHumanMessage(message));
  const answer = messages.slice(begin + 1).find((message) => isToolMessage(message));
  if (answer) return { text: `Heard: ${answer.text.slice(0, 500)}` };
  const calls = prepared.get(messages[begin]?.text ?? "") ?? [];
  return { text: hostile("the agent"), calls: calls as { tool: string; args: JsonObject }[] };
});

describe("a value of a megabyte", () => {
  it("is shown in part, says how much is hidden, opens whole, and the page goes on", async () => {
    const at = await serve(await testDatabase(), { tools, model: literal });
    const words = `${"word ".repeat(209_715)}\u202Eend`;
    prepared.set("long", [{ tool: "publish", args: { id: "long", words } }]);
    const id = await held(at, "long");
    const page = await visit(`${at.url}/review/${id}`);
    await title(page, "Publish long").waitFor();
    const value = page.locator("article .args").first();
    const hidden = (words.length - 2_000).toLocaleString("en-US");
    const all = value.getByRole("button", { name: `(${hidden} hidden)` });
    await all.waitFor();
    expect((await value.innerText()).length).toBeLessThan(3_000);
    await all.focus();
    await press(page, "Enter");
    // The last of it, with what hides there.
    await value.getByText("U+202E").waitFor();
    expect((await value.innerText()).length).toBeGreaterThan(1_000_000);

    // Its fields open and close, with what was typed in them.
    await page.locator("#talk-title").waitFor();
    await press(page, "e");
    await page.getByLabel(/^id/).fill("longer");
    await page.locator(".changes").getByText("longer").waitFor();
    await press(page, "Escape");
    await press(page, "a");
    await page.getByRole("button", { name: /^Confirm/ }).waitFor();
    await press(page, "Enter");
    await page.getByText("Nothing waits for you.").waitFor();
    await expect.poll(() => ran.filter((given) => given["id"] === "long")).toEqual([{ id: "long", words }]);
    await at.stop();
  });
});

/** What would run, load, draw, turn around or hide, if it were taken for more than text; found again by its name. */
function hostile(name: string): string {
  return (
    `${name} <img src=x onerror="document.title='owned'"><b>b</b><script>document.title='owned'</script>` +
    "![p](https://evil.example/p.png) [l](javascript:alert(1)) \u202Egnp.exe\u202C \u200B\u2066end"
  );
}

describe("words that would harm", () => {
  const somebody: Principal = { id: hostile("somebody"), kind: "person", roles: ["*"], tenant: "default" };

  async function look(page: Page, where: string, names: readonly string[]): Promise<void> {
    for (const name of names)
      await expect
        .poll(() => page.locator("body").innerText(), { message: `${where}: ${name}` })
        .toContain(name);
    const found = await page.evaluate<Record<string, unknown>>(`({
      made: [...document.querySelectorAll("body img, body b, body script, body iframe, body a[href^='javascript']")].map((one) => one.outerHTML),
      raw: /.{0,60}[\\u202A-\\u202E\\u2066-\\u2069\\u200B]/.exec(document.body.innerText)?.[0] ?? null,
      title: document.title,
    })`);
    expect({ where, ...found }).toEqual({ where, made: [], raw: null, title: "Holdpoint" });
    expect(await page.getByText("U+202E").count(), where).toBeGreaterThan(0);
    expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth"), where).toBe(0);
  }

  it("are words, wherever somebody could have put them", async () => {
    const at = await serve(await testDatabase(), {
      tools,
      model: literal,
      builtIns: ["ask_human", "hand_over"],
      settings: { maxConnections: 8 },
    });
    const rationale = {
      why: hostile("why"),
      alternatives: [{ instead: hostile("instead"), why_not: hostile("why not") }],
      confidence: 0.5,
    };
    const call = (id: string): JsonObject[] => [
      { tool: "publish", args: { id: hostile(id), words: hostile(`words of ${id}`) }, rationale },
    ];
    prepared.set("ask", [
      {
        tool: "ask_human",
        args: {
          question: hostile("question"),
          why: hostile("why asked"),
          options: ["one", "two"].map((one) => ({
            label: hostile(`label ${one}`).slice(0, 200),
            rationale: hostile(`for ${one}`),
            cost: hostile(`cost ${one}`),
            evidence: hostile(`evidence ${one}`),
          })),
        },
      },
    ]);
    prepared.set("over", [
      {
        tool: "hand_over",
        args: {
          reason: "other",
          summary: hostile("summary"),
          tried: [hostile("tried")],
          open: [hostile("open")],
        },
      },
    ]);
    prepared.set(hostile("first"), call("first"));
    prepared.set(hostile("second"), call("second"));
    const decide = async (id: string, type: "approve" | "reject" | "edit", more: object = {}) => {
      const argsHash = (await at.runtime.reviews.find("default", id))?.argsHash ?? "";
      expect(await at.runtime.decide(somebody, id, { type, argsHash, ...more })).toMatchObject({ ok: true });
    };

    // Before it: one that was let through, by somebody whose name is no better than their reason.
    const before = await held(at, hostile("first"));
    await decide(before, "approve", { reason: hostile("reason") });
    const threadId = (await at.runtime.reviews.find("default", before))?.threadId ?? "";
    await at.runtime.waitForThread("default", threadId);
    const id = await held(at, hostile("first"));
    await held(at, hostile("second"));
    const note = hostile("note");
    const to = hostile("addressee").slice(0, 200);
    await at.runtime.reviews.claim("default", {
      reviewId: id,
      version: 1,
      by: somebody,
      to: { ...somebody, id: to },
      forMs: 600_000,
      note,
    });

    const asked: string[] = [];
    const page = await visit(`${at.url}/review/${id}`);
    page.on("request", (one) => asked.push(new URL(one.url()).host));
    await page.locator("#talk-title").waitFor();
    await look(page, "hold", [
      "Publish first",
      "words of first",
      "the agent",
      "why",
      "instead",
      "why not",
      "reason",
      "somebody",
      "note",
      "addressee",
    ]);
    expect(await barriersOn(page)).toEqual([]);
    await page.goto(`${at.url}/review/${before}`);
    await page.locator(".decided").waitFor();
    await look(page, "decided", ["somebody", "reason"]);
    await page.goto(`${at.url}/review/threads/${threadId}`);
    await look(page, "conversation", ["first", "the agent", "somebody", "reason", "published", "Heard: "]);
    prepared.set("stray", [{ tool: "str\u202Eay\u200B", args: { ["na\u200Bme"]: hostile("stray value") } }]);
    await held(at, "stray");
    const strays = await at.runtime.db.once<{ thread_id: string }>(
      { tenant: "default" },
      "select thread_id from holdpoint.actions where tool like 'str%'",
    );
    await page.goto(`${at.url}/review/threads/${strays[0]?.thread_id}`);
    await page.locator(".call summary").click();
    await look(page, "an unknown tool", ["strU+202EayU+200B", "naU+200Bme", "stray value"]);
    await page.goto(`${at.url}/review/board`);
    await look(page, "board", ["Publish first", "somebody", "addressee"]);

    const second = await page.context().newPage();
    await second.goto(`${at.url}/review`);
    await second.locator(".row", { hasText: "Publish second" }).click();
    await second.locator("#talk-title").waitFor();
    await press(second, "e");
    await second.getByLabel(/^words/).fill(hostile("changed"));
    await second.locator(".changes").getByText("changed").waitFor();
    await look(second, "changing", ["words of second", "changed"]);
    await press(second, "Escape");
    await second.close();

    await page.goto(`${at.url}/review/${await held(at, "ask")}`);
    await page.locator("#talk-title").waitFor();
    const about = ["one", "two"].flatMap((one) =>
      ["label", "for", "cost", "evidence"].map((of) => `${of} ${one}`),
    );
    await look(page, "question", ["question", "why asked", ...about]);
    await page.goto(`${at.url}/review/${await held(at, "over")}`);
    await page.locator("#talk-title").waitFor();
    await look(page, "case", ["summary", "tried", "open"]);
    await page.goto(`${at.url}/review/board`);
    await look(page, "board", ["the agent asks", "the agent hands over"]);

    // A third of its kind, so that there is something to decide together.
    prepared.set("third", call("third"));
    const third = await held(at, "third");
    await page.goto(`${at.url}/review/${third}`);
    await page.getByRole("button", { name: /Decide those/ }).waitFor();
    await press(page, "s");
    await page.locator("tbody tr").first().waitFor();
    await press(page, "Enter");
    await page.locator("tr.detail").waitFor();
    await look(page, "batch", ["third", "words of third"]);
    expect(await barriersOn(page)).toEqual([]);
    expect(new Set(asked)).toEqual(new Set([new URL(at.url).host]));
    await at.stop();
  });
});

describe("the page at first", () => {
  it("loads at most 200 kB of script, as it is compressed on its way", async () => {
    const at = await serve(await testDatabase());
    const scripts = new Map<string, Promise<Buffer>>();
    const page = await visit(`${at.url}/review`, {
      first: (opened) =>
        Promise.resolve(
          opened.on("response", (answer) => {
            if (answer.request().resourceType() === "script") scripts.set(answer.url(), answer.body());
          }),
        ),
    });
    await page.getByText("Nothing waits for you.").waitFor();
    const bodies = await Promise.all(scripts.values());
    expect(bodies.length).toBeGreaterThan(0);
    const compressed = bodies.reduce((sum, body) => sum + gzipSync(body).length, 0);
    expect(compressed).toBeLessThanOrEqual(200_000);
    await at.stop();
  });
});

describe("what is critical", () => {
  it("is released by typing what can be read of its target, in which nothing acts unseen", async () => {
    const at = await serve(await testDatabase(), {
      tools,
      model: literal,
      policy: "tools: { publish: { level: critical } }",
    });
    const target = " ACCT\u200B-\u202E19 ";
    prepared.set("critical", [{ tool: "publish", args: { id: target, words: "w" } }]);
    const id = await held(at, "critical");
    const page = await visit(`${at.url}/review/${id}`);
    await page.locator("#talk-title").waitFor();
    await press(page, "a");
    const asked = page.locator("form .target");
    expect((await asked.innerText()).trim()).toBe("ACCTU+200B-U+202E19");
    const confirm = page.getByRole("button", { name: /^Confirm/ });
    await page.keyboard.type("ACCT -18");
    expect(await confirm.isDisabled()).toBe(true);
    await press(page, "Backspace");
    await page.keyboard.type("9");
    expect(await confirm.isDisabled()).toBe(true);
    await press(page, "Control+a");
    await page.keyboard.type("ACCT - 19");
    await press(page, "Control+Enter");
    await page.getByText("Nothing waits for you.").waitFor();
    await expect.poll(() => ran.filter((given) => given["id"] === target)).toHaveLength(1);
    await at.stop();
  });
});

describe("ten thousand open holds", () => {
  it("are scrolled through from end to end again and again, and the page holds no more than before", async () => {
    const url = await testDatabase();
    const at = await serve(url);
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
    const page = await visit(`${at.url}/review`);
    await page.locator(".row").first().waitFor();
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("Performance.enable");
    const held = async (): Promise<{ heap: number; nodes: number }> => {
      await devtools.send("HeapProfiler.collectGarbage");
      const { metrics } = await devtools.send("Performance.getMetrics");
      const of = (wanted: string) => metrics.find(({ name }) => name === wanted)?.value ?? NaN;
      return { heap: of("JSHeapUsedSize"), nodes: of("Nodes") };
    };
    const rows = "document.querySelector('.rows')";
    const toTheEnd = async (): Promise<void> => {
      for (let height = 0; height < 10_000 * 82; ) {
        height = await page.evaluate<number>(`${rows}.scrollHeight`);
        await page.evaluate(`${rows}.scrollTo(0, ${rows}.scrollHeight)`);
        await expect
          .poll(() => page.evaluate<number>(`${rows}.scrollHeight`))
          .toBeGreaterThanOrEqual(Math.min(height + 1, 10_000 * 82));
      }
    };
    /** Back to the first and down again, a few screens at a time. */
    const through = () =>
      page.evaluate(`(async () => {
        const rows = ${rows};
        const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
        for (const by of [-9000, 9000])
          for (let moves = 0; moves < 95; moves += 1) {
            rows.scrollBy(0, by);
            await frame();
          }
      })()`);
    await toTheEnd();
    await through();
    const before = await held();
    for (let times = 0; times < 2; times += 1) await through();
    const after = await held();
    expect(before.heap).toBeLessThan(120_000_000);
    expect(after.heap - before.heap).toBeLessThan(8_000_000);
    expect(after.nodes).toBeLessThan(before.nodes + 2_000);
    expect(await page.locator(".row").count()).toBeLessThan(60);
    await at.stop();
  }, 180_000);
});
