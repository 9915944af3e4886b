// The room that shows what agents may do alone, in a real browser, on a real server.
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AutonomyAdvice } from "../src/http/contract.js";
import { scriptedModel } from "../src/index.js";
import { silentLog } from "../src/kernel/log.js";
import { neededFor } from "../src/policies/certify.js";
import { obedient } from "./support/agent.js";
import { testDatabase } from "./support/database.js";
import { decideMany } from "./support/decided-calls.js";
import { request, say, serve, type Served } from "./support/http.js";
import { barriersOn, visitor } from "./support/pages.js";

const rules = `
tools: { wipe: { level: critical } }
default: { tier: team }
rules:
  - { id: small, when: "tool == 'pay' && args.amount < 10", verdict: allow, reason: Small sums are paid. }
  - { id: big, when: "tool == 'pay' && args.amount > 1000", tier: lead, level: high, reason: Much money is at stake. }
  - { id: no-tests, when: "tool == 'pay' && args.id.startsWith('test-')", verdict: deny, reason: Tests are not paid. }
tiers:
  team: { roles: [support], respond: 30m, then: lead }
  lead: { roles: [lead] }
`;
const several = `
tools: { pay: { amount: args.amount, currency: EUR }, note: { reversibility: reversible } }
calendars: { office: { zone: Europe/Berlin, days: mon-fri, from: "09:00", to: "17:00" } }
tiers:
  desk:
    { roles: [support], respond: 30m, hours: office, extend: { by: 1h, times: 2 }, then: { instead: note, args: { id: args.id } } }
  eyes: { roles: [lead], four_eyes: true }
  payments: { roles: [support, risk], quorum: 2, of: 3, veto: [risk], split: board }
  contracts: { roles: [legal, finance], in_turn: true }
  board: { roles: [director], quorum: 2, blind: true }
limits:
  - { roles: [support], currency: EUR, up_to: 500 }
  - { person: anna, currency: EUR, up_to: unlimited, tools: [pay] }
`;
const told = `
tools: { pay: { reversibility: compensable }, note: { reversibility: reversible } }
facts:
  order: { tool: [read, note], key: args.id }
  slip: { tool: read, key: args.id, as: text }
default: { tier: team }
rules:
  - id: big
    when: tool == 'pay' && args.amount > 1000 && facts.order[args.id].total > 0 && facts.slip[args.id] != ''
    tier: lead
    guideline: { text: "Compare it with the invoice.", link: "https://example.com/refunds" }
    questions: [Who asked for it?, Was it <i>paid</i>?]
  - { id: linked, when: "tool == 'pay' && args.amount > 500", guideline: { link: "https://example.com/how" } }
tiers: { team: { roles: [support] }, lead: { roles: [lead] }, board: { roles: [risk] } }
routing: { refuseBelow: 0.2, sample: 0.2, bands: [{ below: 0.1, tier: board }, { below: 0.4, tier: lead }] }
changes: { tier: board }
`;
const target = { maxError: 0.1, confidence: 0.75 };
const needed = neededFor(target);
const routing = "routing: { maxError: 0.1, confidence: 0.75, sample: 0.2, signals: { similarity: 1 } }\n";

const visit = visitor();
let url: string;
let at: Served;
beforeAll(async () => {
  url = await testDatabase();
  at = await serve(url, { policy: rules + routing });
}, 120_000);
afterAll(() => at.stop());

const policyPage = (path = "", size = { width: 1440, height: 900 }) =>
  visit(`${at.url}/review/policy${path}`, { viewport: size });
const kindCard = (page: Page, tool: string) =>
  page.locator(".kind", { has: page.getByText(tool, { exact: true }) });

/** One note that waits, and is decided as a person would. */
async function decidedNote(on: Served): Promise<string> {
  const { thread_id: threadId } = await on.client.threads.create();
  await on.client.runs.wait(threadId, "support", say("note a"));
  const [review] = (await on.runtime.reviews.list("default", { threadId, limit: 1 })).items;
  if (!review) throw new Error("It did not wait.");
  const body = { type: "approve", argsHash: review.argsHash };
  expect((await request(`${on.url}/reviews/${review.id}/decision`, { body })).status).toBe(200);
  await on.runtime.waitForThread("default", threadId);
  return review.id;
}

describe("the rules", () => {
  it("stand there in words, with what they make of a call, who decides, and since when and by whom", async () => {
    const page = await policyPage();
    const rule = (id: string) => page.locator(".rule", { has: page.getByText(id, { exact: true }) });
    await rule("small").waitFor();
    // Payments cannot be undone here.
    expect(await rule("small").innerText()).toMatch(
      /Small sums are paid\.\s+lets nothing run: such a call cannot be undone\s+small/,
    );
    const big = await rule("big").innerText();
    expect(big).toContain("held for lead");
    expect(big).toContain("at least high");
    expect(big).toContain("tool == 'pay' && args.amount > 1000");
    expect(await rule("no-tests").innerText()).toContain("refused");
    const tiers = page.locator(".tiers li");
    expect(await tiers.first().innerText()).toMatch(
      /team\s+where no rule says who\s+support · 30 min, then it goes to lead/,
    );
    const rest = page.locator(".rest li");
    expect(await rest.filter({ hasText: "cannot be undone" }).locator("code").allInnerTexts()).toEqual(
      expect.arrayContaining(["pay", "wipe"]),
    );
    expect(await rest.filter({ hasText: "earned it" }).innerText()).toContain("note");
    expect(await page.locator("#rules-0-title + .kicker").innerText()).toMatch(
      /support.*put in force \d.* ago by start/s,
    );
  });

  it("that let calls run are said to do so only of what can be put right", async () => {
    const own = await serve(await testDatabase(), {
      policy: `tools: { pay: { reversibility: compensable } }
rules:
  - { id: small, when: "tool == 'pay' && args.amount < 10", verdict: allow }
  - { id: either, when: "tool in ['pay', 'wipe']", verdict: allow }
  - { id: gone, when: "tool == 'wipe'", verdict: allow }
  - { id: any, when: "tool.startsWith('w')", verdict: allow }`,
    });
    const page = await visit(`${own.url}/review/policy`);
    await page.locator(".rule").first().waitFor();
    expect(await page.locator(".rule .verdict").allInnerTexts()).toEqual([
      "may run, where it can be put right",
      "may run, where it can be put right",
      "lets nothing run: such a call cannot be undone",
      "may run, where it can be put right",
    ]);
    await page.getByText("No rule lets run what cannot be undone.").waitFor();
    await own.stop();
  });

  it("by the hundred, on a phone, leave the way to what stands below them to one key or one touch", async () => {
    const many = Array.from({ length: 100 }, (_, n) => `  - { id: rule-${n}, when: "args.n == ${n}" }`);
    const own = await serve(await testDatabase(), { policy: `rules:\n${many.join("\n")}\n${routing}` });
    const page = await visit(`${own.url}/review/policy`, { viewport: { width: 390, height: 844 } });
    const links = page.getByRole("navigation", { name: "Further down" }).getByRole("link");
    const earned = page.getByRole("heading", { name: "What calls have earned" });
    await earned.waitFor();
    const isSeen = () => earned.boundingBox().then((box) => box !== null && box.y < 844);
    expect([await isSeen(), await links.allInnerTexts()]).toEqual([
      false,
      ["What calls have earned", "Versions"],
    ]);
    expect(await barriersOn(page)).toEqual([]);
    await links.first().focus();
    await page.keyboard.press("Enter");
    await expect.poll(isSeen).toBe(true);
    await page.emulateMedia({ colorScheme: "dark" });
    expect(await barriersOn(page)).toEqual([]);
    await page.goBack();
    await expect.poll(isSeen).toBe(false);
    await links.last().click();
    await page.locator(".terms li").first().waitFor();
    expect(new URL(page.url()).pathname).toBe("/review/policy");
    await page.setViewportSize({ width: 1440, height: 900 });
    expect(await links.count()).toBe(0);
    await own.stop();
  });

  it("say of each tier how many decide and how, by which hours, and what comes of silence; and who may release how much", async () => {
    const own = await serve(await testDatabase(), { policy: several });
    const page = await visit(`${own.url}/review/policy`);
    const tier = (name: string) =>
      page.locator(".tiers li", { has: page.getByText(name, { exact: true }) }).innerText();
    await page.locator(".tiers").first().waitFor();
    const desk = await tier("desk");
    expect(desk).toMatch(
      /support · 30 min of office \(mon tue wed thu fri 09:00–17:00 Europe\/Berlin\), then it is refused, and note is done instead \(id: args\.id\); may be put off twice, by 1 h/,
    );
    expect(desk).not.toMatch(/approve|asked/);
    expect(await tier("eyes")).toContain("not who asked for it");
    expect(await tier("payments")).toContain(
      "2 of 3 have to approve · not who asked for it · a no of risk ends it · where they do not agree it goes to board",
    );
    expect(await tier("contracts")).toContain("in turn: legal, then finance · not who asked for it");
    expect(await tier("board")).toMatch(
      /2 have to approve · not who asked for it · votes are hidden until one has voted/,
    );
    expect(await tier("support")).toContain("up to 500 EUR");
    expect(await tier("anna")).toContain("any amount of EUR, by pay");
    expect(await barriersOn(page)).toEqual([]);
    await own.stop();
  });

  it("tell what whoever decides is told and asked, what they read, what a score leads to, and who may change them", async () => {
    const own = await serve(await testDatabase(), { policy: told });
    const page = await visit(`${own.url}/review/policy`);
    const rule = (id: string) => page.locator(".rule", { has: page.getByText(id, { exact: true }) });
    await rule("big").waitFor();
    expect(await rule("big").locator(".guideline").innerText()).toBe(
      "Compare it with the invoice. More at example.com",
    );
    expect(await rule("big").getByRole("link").getAttribute("href")).toBe("https://example.com/refunds");
    expect(await rule("big").locator(".asks li").allInnerTexts()).toEqual([
      "Who asked for it?",
      "Was it <i>paid</i>?",
    ]);
    expect(await rule("linked").locator(".guideline").innerText()).toBe(
      "How such cases are decided at example.com",
    );
    expect(await rule("linked").locator(".asks").count()).toBe(0);
    expect(await page.locator(".facts li").allInnerTexts()).toEqual([
      expect.stringMatching(/facts\.order\s+the newest result of read or note, found by its args\.id$/),
      expect.stringMatching(/facts\.slip\s+the newest result of read, found by its args\.id · as text$/),
    ]);
    const said = (await page.locator(".scored li").allInnerTexts()).map((text) => text.replace(/\s+/g, " "));
    expect(said).toEqual([
      "as earned runs; 20 % of it is shown to a person all the same, by chance",
      ".40 and more team looks",
      ".20 to .40 lead looks",
      ".10 to .20 is refused, and its agent told; 20 % of it is shown to lead, by chance",
      "below .10 is refused, and its agent told; 20 % of it is shown to board, by chance",
    ]);
    expect(await page.locator(".scored + .beside").innerText()).toMatch(
      /at most 5 % of what runs may be wrong, shown with 90 % confidence.*Of all decisions 5 % to 15 % are to be looked at/,
    );
    expect(await page.locator(".changes").innerText()).toContain("waits until board has approved it");
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      expect(await barriersOn(page)).toEqual([]);
    }
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await barriersOn(page)).toEqual([]);
    expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBeLessThanOrEqual(390);
    await own.stop();
  });

  it("that anybody may change who may write their file say so, and nothing of scores and facts that they have none of", async () => {
    const page = await policyPage();
    await page.locator(".changes").waitFor();
    expect(await page.locator(".changes").innerText()).toContain("Whoever may write its file");
    expect(await page.locator(".facts, .asks, .guideline, .change").count()).toBe(0);
    expect(await page.locator(".scored li").allInnerTexts()).toEqual([
      expect.stringMatching(/as earned\s+runs/),
      expect.stringMatching(/less\s+team looks/),
    ]);
  });

  it("of a policy that comes into force are there once the reader is back, with their version", async () => {
    const own = await serve(await testDatabase(), { policy: rules });
    const page = await visit(`${own.url}/review/policy`);
    await page.locator(".rule").first().waitFor();
    expect(await page.locator(".terms li").count()).toBe(1);
    await own.runtime.changes.reload("rules: []", "policy.yaml");
    await page.evaluate("window.dispatchEvent(new Event('focus'))");
    await page.getByText("It has no rules").waitFor();
    expect(await page.locator(".terms li").allInnerTexts()).toEqual([
      expect.stringContaining("in force"),
      expect.not.stringContaining("in force"),
    ]);
    await own.stop();
  });

  it("have a shadow beside them, with what it would do otherwise and where", async () => {
    const own = await serve(await testDatabase(), { policy: "rules: []" });
    const page = await visit(`${own.url}/review/policy`);
    await page.getByText("It has no rules").waitFor();
    expect(await page.getByText("Judging beside it").count()).toBe(0);
    await own.runtime.shadow.replace("rules: [{ id: no-notes, when: \"tool == 'note'\" }]", "shadow.yaml");
    const { thread_id: threadId } = await own.client.threads.create();
    await own.client.runs.wait(threadId, "support", say("note a; read b"));
    await own.runtime.shadow.follow();
    await page.evaluate("window.dispatchEvent(new Event('focus'))");
    const shadow = page.locator("#shadow-title + .kicker ~ *");
    await page.getByText("Judging beside it").waitFor();
    expect((await shadow.allInnerTexts()).join("\n")).toMatch(
      /Of 2 calls it says the same of 1, and something else of 1/,
    );
    await page.getByText("The newest that differ").click();
    await page.locator(".cases").getByText("runs → waits for reviewer").waitFor();
    await page.locator(".cases a").first().click();
    await page.locator(".call.selected, .call:focus, [data-entry]:focus").first().waitFor();
    expect(page.url()).toContain(`/review/threads/${threadId}`);
    await own.stop();
  });
});

describe("the kinds of calls", () => {
  it("where no policy routes by score, are not there, but what one would write is", async () => {
    const own = await serve(await testDatabase(), { policy: rules });
    const page = await visit(`${own.url}/review/policy`);
    const lines = page.getByLabel("Lines for the policy file");
    await lines.waitFor();
    const written = await lines.innerText();
    expect(written.split("\n")).toHaveLength(3);
    // What it says to write is taken as it stands.
    const reloaded = await own.runtime.changes.reload(written);
    expect(reloaded.ok).toBe(true);
    await page.evaluate("window.dispatchEvent(new Event('focus'))");
    await page.getByText("No call was scored yet").waitFor();
    await own.stop();
  });

  it("are told by how far they are, by what they have earned, and by what is withdrawn from them", async () => {
    const url = await testDatabase();
    const warned: unknown[] = [];
    const log = { ...silentLog, warn: (...what: unknown[]) => void warned.push(what) };
    const own = await serve(url, { policy: rules + routing, log });
    const seed = await decidedNote(own);
    const page = await visit(`${own.url}/review/policy`);
    const card = kindCard(page, "note");
    await card.getByText(`1 of at least ${needed} conversations decided`).waitFor();
    const bar = card.getByRole("progressbar");
    expect([await bar.getAttribute("value"), await bar.getAttribute("max")]).toEqual(["1", String(needed)]);

    await decideMany(
      url,
      seed,
      [...Array(20).keys()].map(() => ({ score: 0.9 })),
    );
    await page.evaluate("window.dispatchEvent(new Event('focus'))");
    await card.getByText("Runs by itself from .90 on").waitFor();
    expect(await card.innerText()).toContain("21 shown to a person · 0 of 21 decided were wrong");
    await page.getByText("1 of 1 kind of calls runs by itself").waitFor();

    await decideMany(
      url,
      seed,
      [...Array(40).keys()].map(() => ({ score: 0.9, isWrong: true, lookedAt: 0.2 })),
    );
    await page.evaluate("window.dispatchEvent(new Event('focus'))");
    await card.getByText(/^Withdrawn .* ago: more was wrong than may be$/).waitFor();
    expect(await card.innerText()).toContain(`0 of at least ${needed} conversations decided since`);
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await card.getByText(/^Nobody has decided such a call since it was withdrawn/).waitFor();
    expect(warned).toEqual([
      [
        expect.stringMatching(/^Calls of note no longer run by themselves/),
        expect.objectContaining({ agent: "support", tool: "note" }),
      ],
    ]);
    await own.stop();
  });

  it("are held to what is promised of their tool, where that is something else", async () => {
    const url = await testDatabase();
    const own = await serve(url, {
      policy:
        "routing: { maxError: 0.02, signals: { similarity: 1 }, tools: { note: { maxError: 0.2, confidence: 0.75 } } }",
    });
    const seed = await decidedNote(own);
    const needs = neededFor({ maxError: 0.2, confidence: 0.75 });
    const page = await visit(`${own.url}/review/policy`);
    const card = kindCard(page, "note");
    await card.getByText(`1 of at least ${needs} conversations decided`).waitFor();
    expect(await page.locator(".promised li").innerText()).toMatch(
      /note\s+at most 20 % wrong, with 75 % confidence/,
    );
    await decideMany(
      url,
      seed,
      Array.from({ length: needs }, () => ({ score: 0.9 })),
    );
    await page.evaluate("window.dispatchEvent(new Event('focus'))");
    await card.getByText("Runs by itself from .90 on").waitFor();
    expect(await card.innerText()).toContain(
      "At most 20 % of what runs is wrong, shown with 75 % confidence",
    );
    const kind = (await card.getAttribute("data-kind")) ?? "";
    const { body } = await request(`${own.url}/autonomy/${kind}/advice`);
    expect(body).toMatchObject({ inForce: { maxError: 0.2, confidence: 0.75, needed: needs } });
    await own.stop();
  });

  it("of another model than now are folded away", async () => {
    const url = await testDatabase();
    const before = await serve(url, { policy: rules + routing });
    await decidedNote(before);
    await before.stop();
    const own = await serve(url, { policy: rules + routing, model: scriptedModel("newer", obedient) });
    const page = await visit(`${own.url}/review/policy`);
    await page.getByText("1 earlier kind").waitFor();
    expect(await kindCard(page, "note").isVisible()).toBe(false);
    await page.getByText("1 earlier kind").click();
    await kindCard(page, "note").waitFor();
    await own.stop();
  });
});

describe("another threshold", () => {
  /** 60 right ones that score high, and below them 20 of which every second was wrong; a high one was wrong. */
  const month = [
    ...Array.from({ length: 60 }, (_, n) => ({
      score: 0.8 + (n % 20) / 100,
      lookedAt: n % 3 === 0 ? 0.5 : 1,
    })),
    { score: 0.85, isWrong: true },
    ...Array.from({ length: 20 }, (_, n) => ({ score: 0.3 + n / 100, isWrong: n % 2 === 0 })),
  ];
  let ids: string[] = [];
  let kind = "";
  let advice: Extract<AutonomyAdvice, { kind: "advised" }>;
  beforeAll(async () => {
    ids = await decideMany(url, await decidedNote(at), month);
    const { body } = await request(`${at.url}/autonomy`);
    kind = (body["items"] as { id: string }[])[0]?.id ?? "";
    advice = (await request(`${at.url}/autonomy/${kind}/advice`)).body as typeof advice;
  });

  it("is tried by keys alone: what people would look at, what would slip through, and which calls are on the other side", async () => {
    const page = await visit(`${at.url}/review`);
    await page.getByRole("link", { name: /^Policy/ }).waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("p");
    await kindCard(page, "note").waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    const slider = page.getByRole("slider", { name: "Threshold" });
    await slider.waitFor();
    expect(new URL(page.url()).pathname).toBe(`/review/policy/${kind}`);
    const output = page.locator("output");
    const share = Math.round(advice.inForce.review.share * 100);
    expect(share).toBeGreaterThan(20);
    expect(await output.innerText()).toContain(
      `${share} % looked at by a person, with the 20 % by chance of what would not wait`,
    );
    expect(await output.innerText()).toContain("the policy wants 5 % to 15 % looked at");
    expect(await page.locator(".threshold-mark").first().innerText()).toBe("in force");

    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.type")).toBe("range");
    await page.keyboard.press("Home");
    await expect.poll(() => output.innerText()).toMatch(/Runs by itself from \.01 on\s+21 % looked at/);
    expect(await output.innerText()).not.toContain("nobody stays in practice");
    expect(await slider.getAttribute("aria-valuetext")).toBe("Runs by itself from .01 on");
    const turned = page.locator(".what-if .cases li");
    const below = month.filter(({ score }) => score < (advice.inForce.threshold ?? 0));
    await page.getByText(new RegExp(`^${below.length} decided calls would be on the other side`)).waitFor();
    expect(await turned.first().innerText()).toMatch(/wrong, \.30\s+would run/);
    expect(await turned.first().getByRole("link").first().getAttribute("href")).toBe(`/review/${ids[61]}`);

    await page.keyboard.press("End");
    await expect
      .poll(() => output.innerText())
      .toMatch(/All are looked at\s+100 % looked at by a person\s+0 % would run and be wrong/);
    expect(await output.innerText()).toContain("Nobody reads more than 30 %");
    expect(await turned.first().innerText()).toMatch(/wrong, \.85\s+would wait/);
    await page.keyboard.press("ArrowLeft");
    await expect.poll(() => slider.getAttribute("aria-valuetext")).toBe("Runs by itself from 1.00 on");
    await page.getByRole("button", { name: "Show what is in force" }).click();
    await turned.first().waitFor({ state: "detached" });

    await page.keyboard.press("Escape");
    await slider.waitFor({ state: "detached" });
    expect(await page.locator(":focus").textContent()).toBe("What if…");
    await page.keyboard.press("Escape");
    await page.getByText("Nothing waits for you.").waitFor();
  });

  it("is advised on: which promise to ask for, what comes of it, and what stricter and looser ones would mean", async () => {
    const page = await policyPage(`/${kind}`);
    await page.getByRole("slider").waitFor();
    const { inForce, others, proposal } = advice;
    if (proposal.kind !== "promise") throw new Error(`It is ${proposal.kind}.`);
    const advised = page.locator(".advised");
    expect(await advised.innerText()).toContain(
      `Advised: maxError: ${proposal.to.maxError}, confidence: ${proposal.to.confidence}.`,
    );
    expect(await advised.innerText()).toContain(`${proposal.changes.length} would be on the other side`);
    await page.getByText("What other promises would mean").click();
    const rows = page.locator(".promises tbody tr");
    expect(await rows.count()).toBe(others.length + 1);
    expect(await rows.filter({ hasText: "in force" }).innerText()).toMatch(/^10 %, 75 % in force/);
    expect(await rows.first().innerText()).toMatch(/^1 %, 75 %\s+\d+ conversations more, all right/);
    const to = rows.filter({ hasText: `${proposal.to.maxError * 100} %, ${proposal.to.confidence * 100} %` });
    await to.getByRole("button").click();
    const turned = proposal.changes.length;
    await page.getByText(new RegExp(`^${turned} decided calls? would be on the other side`)).waitFor();
    await page.getByRole("button", { name: "Show what is in force" }).click();
    await page.locator(".what-if .cases").waitFor({ state: "detached" });
    expect(inForce.threshold).not.toBe(proposal.to.threshold);
  });

  it("is open where the address says so, and leads to the decisions and conversations behind it", async () => {
    const page = await policyPage(`/${kind}`);
    await page.getByRole("slider").focus();
    await page.keyboard.press("End");
    const call = page.locator(".what-if .cases li").first();
    await call.getByRole("link").first().click();
    await page.locator("#hold-title", { hasText: "note" }).waitFor();
    const review = await at.runtime.reviews.find("default", page.url().split("/").at(-1) ?? "");
    expect(review?.decision?.type).toBe("reject");
    await page.goBack();
    await page.getByRole("slider").focus();
    await page.keyboard.press("End");
    await call.getByRole("link", { name: "conversation" }).click();
    await page.locator(".thread-room").waitFor();
    expect(new URL(page.url()).pathname).toBe(`/review/threads/${review?.threadId}`);
  });

  it("changes nothing", async () => {
    const before = await request(`${at.url}/autonomy`);
    const page = await policyPage(`/${kind}`);
    const sent: string[] = [];
    page.on("request", (one) => {
      if (one.method() !== "GET") sent.push(one.url());
    });
    await page.getByRole("slider").focus();
    await page.keyboard.press("Home");
    await page.getByText("Nothing is changed here.").waitFor();
    expect(sent).toEqual([]);
    const after = await request(`${at.url}/autonomy`);
    const earnedIn = ({ body }: typeof before) =>
      (body["items"] as { earned: unknown }[]).map(({ earned }) => earned);
    expect(earnedIn(after)).toEqual(earnedIn(before));
  });

  it("is not offered for what cannot be undone", async () => {
    const database = await testDatabase();
    const own = await serve(database, { policy: rules + routing });
    await decideMany(database, await decidedNote(own), month);
    const gated = `tools: { note: { reversibility: irreversible } }\n${routing}`;
    await own.runtime.changes.reload(gated, "policy.yaml");
    const { body } = await request(`${own.url}/autonomy`);
    const page = await visit(`${own.url}/review/policy/${(body["items"] as { id: string }[])[0]?.id}`);
    await page.getByText("Such calls cannot be undone").waitFor();
    expect(await page.getByRole("slider").count()).toBe(0);
    await own.stop();
  });

  it("says so where the server is away, keeps what is there, and goes on by itself", async () => {
    const page = await policyPage(`/${kind}`, undefined);
    await page.getByRole("slider").waitFor();
    await page.route("**/autonomy", (route) => route.abort());
    await page.evaluate("window.dispatchEvent(new Event('focus'))");
    await page.getByText("What stands here may be old.").waitFor();
    expect(await page.getByRole("slider").count()).toBe(1);
    await page.unroute("**/autonomy");
    await page.getByText("What stands here may be old.").waitFor({ state: "detached" });

    const late = await visit(`${at.url}/review/policy`, {
      first: (on) => on.route("**/policies/in-force", (route) => route.abort()),
    });
    await late.getByText("The policy cannot be shown").waitFor();
    expect(await barriersOn(late)).toEqual([]);
    await late.unroute("**/policies/in-force");
    await late.getByRole("button", { name: "Try again" }).click();
    await late.locator(".rule").first().waitFor();
  });

  it.each(["light", "dark"] as const)("shuts nobody out, by axe, %s", async (colorScheme) => {
    const page = await policyPage(`/${kind}`);
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.getByRole("slider").focus();
    await page.keyboard.press("Home");
    await page.getByText("What other promises would mean").click();
    expect(await barriersOn(page)).toEqual([]);
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await barriersOn(page)).toEqual([]);
  });

  it("fits a phone", async () => {
    const page = await policyPage(`/${kind}`, { width: 390, height: 844 });
    await page.getByRole("slider").waitFor();
    expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBeLessThanOrEqual(390);
  });
});
