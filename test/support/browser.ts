// A real browser: the one that is named, or installed, or the one that comes with the packages. Where there is none, the
// tests that need one fail and say what to do.
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { chromium, type Browser } from "playwright-core";

export async function openBrowser(): Promise<Browser> {
  const { path, env = {} } = await findChromium();
  return chromium.launch({
    executablePath: path,
    env: { ...process.env, ...env },
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

interface Found {
  path: string;
  env?: Record<string, string>;
}

async function findChromium(): Promise<Found> {
  const named = process.env["CHROMIUM_PATH"];
  if (named) return { path: named };
  const installed = onPath(["chromium", "chromium-browser", "google-chrome"]) ?? playwrights();
  if (installed) return { path: installed };
  if (process.platform === "linux" && process.arch === "x64") return unpacked();
  throw new Error(
    "No browser was found. Run `npx playwright install chromium`, or set CHROMIUM_PATH to one.",
  );
}

function onPath(names: readonly string[]): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function playwrights(): string | undefined {
  const path = chromium.executablePath();
  return existsSync(path) ? path : undefined;
}

/** It comes compressed, is unpacked once for all who test on this machine, and appears there whole. */
async function unpacked(): Promise<Found> {
  const manifest = join(
    createRequire(import.meta.url).resolve("@sparticuz/chromium"),
    "../../../package.json",
  );
  const { version } = JSON.parse(await readFile(manifest, "utf8")) as { version: string };
  const home = join(tmpdir(), `holdpoint-chromium-${version}`);
  if (!existsSync(home)) await unpackInto(home);
  const path = join(home, "chromium");
  const lacks = spawnSync("ldd", [path], { encoding: "utf8" }).stdout.includes("not found");
  return { path, ...(lacks ? { env: { LD_LIBRARY_PATH: join(home, "al2023", "lib") } } : {}) };
}

async function unpackInto(home: string): Promise<void> {
  const { default: packed } = await import("@sparticuz/chromium");
  const own = await mkdtemp(`${home}-`);
  // Where it unpacks, and that the libraries come along, it only takes from the environment.
  const before = {
    TMPDIR: process.env["TMPDIR"],
    AWS_LAMBDA_JS_RUNTIME: process.env["AWS_LAMBDA_JS_RUNTIME"],
  };
  Object.assign(process.env, { TMPDIR: own, AWS_LAMBDA_JS_RUNTIME: "nodejs20" });
  try {
    await packed.executablePath();
  } finally {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
  try {
    await rename(own, home);
  } catch (error) {
    // Somebody else was faster.
    await rm(own, { recursive: true, force: true });
    if (!existsSync(home)) throw error;
  }
}
