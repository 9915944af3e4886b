// The parts as the package has them, in a page that is not ours: at another address, with a key of its reader's, in a
// real browser.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Page, Request } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { build, preview, type PreviewServer } from "vite";
import { supportAgent } from "../examples/support/agent.js";
import { openDesk } from "../examples/support/desk.js";
import { testDatabase } from "./support/database.js";
import { barriersOn, visitor } from "./support/pages.js";
import { serveDesk, type Desk, type Who } from "./support/people.js";

const visit = visitor();
const support = openDesk();
const packed = (file: string) => fileURLToPath(new URL(`../dist/react/${file}`, import.meta.url));
let outDir: string;
let served: PreviewServer;
let own: string;
let desk: Desk;
beforeAll(async () => {
  outDir = await mkdtemp(join(tmpdir(), "holdpoint-parts-"));
  const options = {
    root: fileURLToPath(new URL("support/parts-page", import.meta.url)),
    configFile: false,
    logLevel: "silent",
    resolve: {
      alias: { "holdpoint/react/style.css": packed("style.css"), "holdpoint/react": packed("index.js") },
    },
    build: { outDir },
  } as const;
  await build(options);
  served = await preview({ ...options, preview: { host: "127.0.0.1", port: 0 } });
  own = `http://127.0.0.1:${(served.httpServer.address() as AddressInfo).port}`;
  const { model, tools, policy } = await supportAgent({}, support);
  desk = await serveDesk(await testDatabase(), {
    model,
    tools,
    origins: [own],
    ...(policy ? { policy } : {}),
  });
}, 120_000);
afterAll(async () => {
  await served.close();
  await desk.at.stop();
  await rm(outDir, { recursive: true, force: true });
});

const open = (who: Who | null) =>
  visit(`${own}/#server=${encodeURIComponent(desk.at.url)}&key=${who === null ? "none" : desk.keys[who]}`);
const style = (page: Page, of: string, property: string) =>
  page.evaluate<string>(`getComputedStyle(document.querySelector("${of}")).getPropertyValue("${property}")`);

describe("the parts in a page of one's own", () => {
  it("list what waits, live, and decide in the card, under the reader's name", async () => {
    const page = await open("risk");
    await page.getByText("ready, 0 wait").waitFor();
    const { ids } = await desk.held("refund 420 EUR for order 8841");
    await page.getByRole("button", { name: "Refund 420.00 EUR for order 8841" }).click();
    const card = page.getByRole("region", { name: "Refund 420.00 EUR for order 8841" });
    await card.getByRole("button", { name: "Edit" }).click();
    await card.getByLabel("Amount").fill("20");
    await card.getByRole("button", { name: "Approve with changes" }).click();
    await page.getByText("edit by key:risk").waitFor();
    await page.getByText("ready, 0 wait").waitFor();
    await expect.poll(() => [...support.refunds.values()].map(({ amount }) => amount)).toEqual([20]);
    expect(await desk.at.runtime.reviews.find("default", ids[0] ?? "")).toMatchObject({
      decision: { type: "edit", decidedBy: { id: "key:risk" } },
    });
  });

  it("show at once what somebody else decided", async () => {
    const page = await open("risk");
    const { ids } = await desk.held("refund 30 EUR for order 8841");
    await page.getByRole("button", { name: "Refund 30.00 EUR for order 8841" }).click();
    await page.getByRole("button", { name: "Reject" }).waitFor();
    const { body } = await desk.as.risk(`/reviews/${ids[0]}`);
    await desk.as.risk(`/reviews/${ids[0]}/decision`, { type: "reject", argsHash: body["argsHash"] });
    await page.getByText("reject by key:risk").waitFor();
    expect(await page.getByRole("region").count()).toBe(0);
  });

  it("finish words there too, and say of a refusal what the server said", async () => {
    const page = await open("risk");
    await desk.held("e-mail the customer of order 8841");
    await page.getByRole("button", { name: /^E-mail the customer/ }).click();
    const card = page.getByRole("region", { name: /^E-mail the customer/ });
    await card.getByText("2 of 4 wait for you").waitFor();
    expect(await barriersOn(page)).toEqual([]);
    await card.getByRole("textbox").fill("It is on its way.");
    await page.keyboard.press("Enter");
    await card.getByText("1 of 4 wait for you").first().waitFor();
    await page.keyboard.press("1");
    await card.getByRole("button", { name: "Approve" }).click();
    await expect
      .poll(() => support.outbox.map(({ body }) => body))
      .toEqual([expect.stringContaining("It is on its way.")]);
    const stranger = await open(null);
    await stranger.getByText("credentials_invalid").waitFor();
  });

  it("give back words that were typed and dropped", async () => {
    const page = await open("risk");
    await desk.held("e-mail the customer of order 8843");
    await page.getByRole("button", { name: /^E-mail the customer of order 8843/ }).click();
    const card = page.getByRole("region", { name: /^E-mail the customer of order 8843/ });
    await card.getByRole("textbox").focus();
    await page.keyboard.type("It is on its way.");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    expect(await card.getByRole("textbox").inputValue()).toBe("");
    await page.keyboard.press("ControlOrMeta+z");
    await expect.poll(() => card.getByRole("textbox").inputValue()).toBe("It is on its way.");
    await page.keyboard.press("Enter");
    await card.getByText("1 of 4 wait for you").waitFor();
  });

  it("leave the page as it is, and take its colours", async () => {
    const page = await open("risk");
    await desk.held("refund 31 EUR for order 8841");
    await page.getByRole("button", { name: "Refund 31.00 EUR for order 8841" }).click();
    await page.getByRole("button", { name: "Approve" }).waitFor();
    const reached = await page.evaluate<string[]>(
      `[...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]).flatMap(function all(rule) {
         return rule.selectorText ? [rule.selectorText] : [...(rule.cssRules ?? [])].flatMap(all);
       }).flatMap((text) => text.split(/,(?![^(]*\\))/)).map((one) => one.trim())`,
    );
    expect(reached.length).toBeGreaterThan(50);
    expect(reached.filter((one) => !one.startsWith(".hp") && one !== ":root")).toEqual([]);
    expect(await style(page, ".hp-primary", "background-color")).toBe("rgb(120, 40, 160)");
    expect(await style(page, "#mine", "border-radius")).toBe("0px");
  });

  it("ask once for what is done once, and leave nothing open behind them, under StrictMode, too", async () => {
    const page = await open("risk");
    const sent: string[] = [];
    const streams = new Set<Request>();
    page.on("request", (one) => {
      if (one.url().includes("/events")) streams.add(one);
      else if (!["GET", "OPTIONS"].includes(one.method()))
        sent.push(`${one.method()} ${new URL(one.url()).pathname.split("/").slice(3).join("/")}`);
    });
    page.on("requestfailed", (one) => streams.delete(one));
    await page.reload();
    await desk.held("e-mail the customer of order 8842");
    await page.getByRole("button", { name: /order 8842/ }).click();
    const card = page.getByRole("region", { name: /^E-mail the customer of order 8842/ });
    await card.getByText("2 of 4 wait for you").waitFor();
    await card.getByRole("textbox").fill("It is on its way.");
    await page.keyboard.press("Enter");
    await card.getByText("1 of 4 wait for you").waitFor();
    expect(sent).toEqual(["POST draft/editors", "POST draft/changes", "POST draft/editors"]);
    // The queue's, for whoever looks at it, and the draft's.
    expect(streams.size).toBe(2);
    await page.locator("#mine").click();
    await expect.poll(() => streams.size).toBe(0);
    expect(sent.slice(3)).toEqual(["POST draft/editors", "DELETE draft/editors"]);
  });

  it("stand twice in one page, each before a server of its own, under its own name", async () => {
    const { model, tools, policy } = await supportAgent({}, support);
    const there = await serveDesk(await testDatabase(), {
      model,
      tools,
      origins: [own],
      ...(policy ? { policy } : {}),
    });
    const [, here] = await Promise.all([
      there.held("refund 33 EUR for order 8841"),
      desk.held("refund 32 EUR for order 8841"),
    ]);
    const both = new URLSearchParams({
      server: desk.at.url,
      key: desk.keys.risk,
      otherServer: there.at.url,
      otherKey: there.keys.ben,
    });
    const page = await visit(`${own}/#${both.toString()}`);
    const other = page.getByRole("region", { name: "Other" });
    const offered = (amount: string) =>
      page.getByRole("button", { name: `Refund ${amount} EUR for order 8841` });
    await other.getByText("ready, 1 wait").waitFor();
    expect(await other.getByRole("listitem").count()).toBe(1);
    expect(await offered("32.00").count()).toBe(1);
    await offered("33.00").click();
    await other.getByRole("button", { name: "Reject" }).click();
    await other.getByLabel("Why not?").fill("Not here.");
    await other.getByRole("button", { name: "Reject" }).click();
    await other.getByText("reject by key:ben").waitFor();
    await other.getByText("ready, 0 wait").waitFor();
    expect(await desk.at.runtime.reviews.find("default", here.ids[0] ?? "")).toMatchObject({
      status: "open",
    });
    await there.at.stop();
    await offered("32.00").click();
    await page.getByRole("button", { name: "Reject" }).click();
    await page.getByRole("button", { name: "Reject" }).click();
    await page.getByText("reject by key:risk").waitFor();
  });

  it("are rendered on a server, where there is no page", async () => {
    const script = fileURLToPath(new URL("support/parts-on-a-server.mjs", import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [script]);
    expect(stdout).toContain("1 of 1 wait for you");
    expect(stdout).toContain("&lt;b&gt;it comes&lt;/b&gt;");
    expect(stdout).toContain("Waits for your decision");
  });
});
