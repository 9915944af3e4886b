// A real browser: the machine's own, one that Playwright installed, or the one that comes as a package.
import { existsSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import chromium from "@sparticuz/chromium";
import { chromium as playwright, type Browser } from "playwright-core";

// Its own arguments (`--single-process`) end it on a machine like ours.
const args = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Fails where there is none: a test of a page that skips itself proves nothing. */
export async function openBrowser(): Promise<Browser> {
  const executablePath = await findBrowser();
  return playwright.launch({ executablePath, args });
}

async function findBrowser(): Promise<string> {
  const given = process.env["CHROMIUM_PATH"];
  if (given) return given;
  const installed = [...usual, playwright.executablePath()].find((path) => existsSync(path));
  if (installed) return installed;
  if (process.platform !== "linux" || process.arch !== "x64")
    throw new Error("There is no browser to test with. Install one: npx playwright install chromium");
  return unpacked();
}

/** Of its own version and user: two that unpack to one place at once break each other's. */
async function unpacked(): Promise<string> {
  const folder = join(tmpdir(), `holdpoint-chromium-${process.getuid?.() ?? 0}`);
  mkdirSync(folder, { recursive: true });
  const before = process.env["TMPDIR"];
  process.env["TMPDIR"] = folder;
  try {
    return await chromium.executablePath();
  } finally {
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
  }
}
