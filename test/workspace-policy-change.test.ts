// A change of the policy from the file to its approval, as its people see it, in a real browser.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { silentLog } from "../src/kernel/log.js";
import { loadPolicy } from "../src/policies/load-policy.js";
import { watchPolicyFile } from "../src/server/policy-file.js";
import { testDatabase } from "./support/database.js";
import { barriersOn, visitor } from "./support/pages.js";
import { serveDesk, type Desk, type Who } from "./support/people.js";

const guarded = `changes: { tier: board }
tiers: { team: { roles: [support] }, board: { roles: [risk] } }
`;
const patient = `${guarded}undo: 60s\n`;
const stricter = `${guarded}rules: [{ id: no-pay, when: "tool == 'pay'", verdict: deny, reason: Payments are frozen. }]\n`;
const looser = `${guarded}rules: [{ id: free, when: "tool == 'pay'", verdict: note, reason: <b>Anything</b> goes. }]\n`;
const versionOf = (text: string) => loadPolicy(text, "policy.yaml").version;

const visit = visitor();
let desk: Desk;
let folder: string;
let write: (text: string) => Promise<void>;
let stopWatching = (): void => {};
const said: string[] = [];
beforeAll(async () => {
  desk = await serveDesk(await testDatabase(), { policy: guarded });
  folder = await mkdtemp(join(tmpdir(), "holdpoint-policy-"));
  const file = join(folder, "policy.yaml");
  await writeFile(file, guarded);
  const watched = watchPolicyFile(desk.at.runtime.changes, file, guarded, {
    log: silentLog,
    say: (line) => said.push(line),
  });
  stopWatching = () => watched.stop();
  write = async (text) => {
    await writeFile(file, text);
    watched.reload();
    const waits = new RegExp(`version ${versionOf(text).slice(0, 12)} waits for a person`);
    await expect.poll(() => said.at(-1), { timeout: 30_000 }).toMatch(waits);
  };
}, 120_000);
afterAll(async () => {
  stopWatching();
  await desk.at.stop();
  await rm(folder, { recursive: true });
});

const signIn = (who: Who) => (page: Page) =>
  page.request.post(`${desk.at.url}/session`, { data: { credential: desk.keys[who] } });
const versionInForce = () => desk.at.runtime.agents.get("support")?.policy().version;

describe("a change of the policy", () => {
  it("that was written into the file is found on the policy's page, read, approved by keys alone, and then in force", async () => {
    const { ids } = await desk.held("pay before 20");
    await write(stricter);
    const page = await visit(`${desk.at.url}/review`, { first: signIn("risk") });
    await page.getByText("Change the policy of support: one change").first().waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("p");
    const change = page.locator(".change");
    await change.waitFor();
    expect(await change.getByRole("heading").innerText()).toBe("A change of it waits for board");
    expect(await change.locator(".texts").first().innerText()).toBe(
      "The rule no-pay is new: verdict deny, when tool == 'pay', reason Payments are frozen.",
    );
    expect(await change.innerText()).toContain(`by ${join(folder, "policy.yaml")}`);
    expect(await page.getByText("It has no rules").count()).toBe(1);
    expect(await page.locator(".room-head .line").innerText()).toContain("a change waits");
    expect(await barriersOn(page)).toEqual([]);

    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.locator("#hold-title", { hasText: "Change the policy of support" }).waitFor();
    const hold = await page.locator(".hold article").innerText();
    expect(hold).toContain("The rule no-pay is new: verdict deny");
    expect(hold).toContain("Held for a person: 0 instead of 1.");
    expect(await page.locator(".decide .acts button").allInnerTexts()).toEqual([
      expect.stringMatching(/^Approve/),
      expect.stringMatching(/^Reject/),
    ]);
    expect(await page.getByRole("button", { name: /Ask the agent|approve this kind/ }).count()).toBe(0);
    expect(await barriersOn(page)).toEqual([]);
    expect(versionInForce()).toBe(versionOf(guarded));

    await page.keyboard.press("a");
    await page.keyboard.press("Enter");
    await expect.poll(versionInForce, { timeout: 30_000 }).toBe(versionOf(stricter));
    await page.keyboard.press("g");
    await page.keyboard.press("p");
    await page.locator(".rule", { hasText: "Payments are frozen." }).waitFor();
    expect(await change.count()).toBe(0);
    expect(await page.locator(".terms li").first().innerText()).toMatch(/by key:risk · support · in force/s);
    // What waited under the old one cannot be approved any more, and what comes now is refused.
    expect((await desk.held("pay after 20")).ids).toEqual([]);
    const review = (await desk.as.risk(`/reviews/${ids[0] ?? ""}`)).body;
    const late = await desk.as.risk(`/reviews/${ids[0] ?? ""}/decision`, {
      type: "approve",
      argsHash: review["argsHash"],
    });
    expect([late.status, late.body["code"]]).toEqual([422, "policy_forbids"]);
  });

  it("is read by who may not decide it, is no markup, and is gone from the page once it is rejected", async () => {
    await write(looser);
    const page = await visit(`${desk.at.url}/review/policy`, {
      first: signIn("ada"),
      viewport: { width: 390, height: 844 },
      colorScheme: "dark",
    });
    const change = page.locator(".change");
    await change.waitFor();
    expect(await change.innerText()).toContain("reason <b>Anything</b> goes.");
    expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBeLessThanOrEqual(390);
    expect(await barriersOn(page)).toEqual([]);
    await change.getByText("What it would have made of the calls on record").click();
    await change.getByText(/of the last 30 days/).waitFor();

    const theirs = await visit(`${desk.at.url}/review/policy`, { first: signIn("risk") });
    await theirs.getByRole("link", { name: "To the hold, where it is decided" }).click();
    await theirs.locator("#hold-title").waitFor();
    await theirs.getByRole("button", { name: "Approve" }).waitFor();
    await theirs.keyboard.press("r");
    await theirs.getByLabel("Why, for the agent").fill("Not before the audit.");
    await theirs.keyboard.press("Control+Enter");
    await expect
      .poll(async () => (await desk.at.runtime.changes.waiting("default")).length, { timeout: 30_000 })
      .toBe(0);
    await page.evaluate("window.dispatchEvent(new Event('focus'))");
    await change.waitFor({ state: "detached" });
    await page.locator(".rule", { hasText: "Payments are frozen." }).waitFor();
    expect(versionInForce()).toBe(versionOf(stricter));
  });

  it("that comes into force while the page asks stands there with who approved it", async () => {
    const { at, as, keys } = await serveDesk(await testDatabase(), { policy: guarded });
    const reloaded = await at.runtime.changes.reload(stricter, "policy.yaml");
    const id = (reloaded.ok && reloaded.proposed?.reviewId) || "";
    const change = async () => {
      const { argsHash } = (await as.risk(`/reviews/${id}`)).body;
      await as.risk(`/reviews/${id}/decision`, { type: "approve", argsHash });
      await expect.poll(() => at.runtime.agents.get("support")?.policy().version).toBe(versionOf(stricter));
    };
    const page = await visit(`${at.url}/review/policy`, {
      async first(on) {
        await on.request.post(`${at.url}/session`, { data: { credential: keys.ada } });
        await on.route("**/policies/in-force", (route) => change().then(() => route.continue()));
      },
    });
    await page.locator(".rule", { hasText: "Payments are frozen." }).waitFor();
    expect(await page.locator(".terms li").first().innerText()).toMatch(/by key:risk · support · in force/s);
    await page.unrouteAll();
    await at.stop();
  });

  it("that is approved and may be taken back says so, by whom and for how long, until it is in force or waits again", async () => {
    const url = await testDatabase();
    const patiently = await serveDesk(url, { policy: patient });
    const { at, as } = patiently;
    const reloaded = await at.runtime.changes.reload(`${patient}rules: []\n`, "policy.yaml");
    const id = (reloaded.ok && reloaded.proposed?.reviewId) || "";
    const decide = async (type: "approve" | "reject") => {
      const { argsHash } = (await as.risk(`/reviews/${id}`)).body;
      const decided = await as.risk(`/reviews/${id}/decision`, { type, argsHash, undo: true });
      expect(decided.status).toBe(200);
    };
    const takeBack = () => as.risk(`/reviews/${id}/decision`, undefined, { method: "DELETE" });
    const said = async () => {
      const { body } = await as.ada("/policies/in-force");
      return (body["items"] as { waiting: { decided: unknown } | null }[])[0]?.waiting?.decided;
    };
    await decide("approve");
    const page = await visit(`${at.url}/review/policy`, {
      first: (one) => one.request.post(`${at.url}/session`, { data: { credential: patiently.keys.ada } }),
    });
    const change = page.locator(".change");
    const heading = change.getByRole("heading");
    await heading.waitFor();
    expect(await heading.innerText()).toBe("A change of it is approved, and not in force yet");
    expect(await change.innerText()).toMatch(/By key:risk, who may take it back for \d\d s\./);
    expect(await said()).toMatchObject({
      type: "approve",
      by: { id: "key:risk", kind: "person" },
      until: expect.stringMatching(/Z$/) as string,
    });
    expect(await page.locator(".room-head .line").innerText()).not.toContain("waits");
    expect(await barriersOn(page)).toEqual([]);
    // The page asks anew by itself.
    await takeBack();
    await change.getByText("A change of it waits for board").waitFor();
    expect(await said()).toBeNull();

    const back = () => page.evaluate("window.dispatchEvent(new Event('focus'))");
    await decide("reject");
    await back();
    await change.getByText("A change of it is rejected").waitFor();
    await takeBack();
    await decide("approve");
    await back();
    await change.getByText("A change of it is approved").waitFor();
    const owner = new pg.Client({ connectionString: url });
    await owner.connect();
    await owner.query("update holdpoint.reviews set deciding_until = now() where review_id = $1", [id]);
    await owner.end();
    await change.waitFor({ state: "detached" });
    expect(await page.locator(".terms li").first().innerText()).toMatch(/by key:risk · support · in force/s);
    await at.stop();
  });
});
