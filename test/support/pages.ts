// Pages of a browser, each as of a new visitor. After every test they are closed, and none may have had a fault.
import axe, { type AxeResults } from "axe-core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { openBrowser } from "./browser.js";

export interface Visit extends BrowserContextOptions {
  /** Before the address is opened: to sign in, say. */
  first?(page: Page): Promise<unknown>;
}

/** A function that opens pages, for the tests of a file. */
export function visitor(): (url: string, visit?: Visit) => Promise<Page> {
  let browser: Browser;
  const opened: Page[] = [];
  const faults: string[] = [];
  beforeAll(async () => {
    browser = await openBrowser();
  }, 120_000);
  afterAll(() => browser.close());
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((page) => page.context().close()));
    expect(faults.splice(0)).toEqual([]);
  });
  return async (url, { first, ...options } = {}) => {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
    const page = await context.newPage();
    opened.push(page);
    page.on("pageerror", (error) => faults.push(error.message));
    page.on("console", (message) => {
      // A refusal is told by the page; that there was one is told here by the browser. 503: a server that is starting.
      if (
        message.type() === "error" &&
        !/status of (401|403|404|409|413|422|503)|net::ERR_/.test(message.text())
      )
        faults.push(message.text());
    });
    await first?.(page);
    await page.goto(url);
    return page;
  };
}

/** What axe finds that keeps somebody from using the page, by rule and place. */
export async function barriersOn(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = (await page.evaluate("axe.run()")) as AxeResults;
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}
