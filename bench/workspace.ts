// The page at /review in a real browser: what a decision costs the person who makes it, and what the page costs the browser.
import { randomUUID } from "node:crypto";
import { gzipSync } from "node:zlib";
import type { Browser, Page } from "playwright-core";
import { openBrowser } from "../test/support/browser.js";
import { listen } from "../src/http/listen.js";
import { localPerson } from "../src/kernel/principal.js";
import { createRuntime, type Runtime } from "../src/runtime.js";
import { median, print, spreadOf } from "./figure.js";
import type { BenchOptions } from "./main.js";
import { benchDatabase, type BenchDatabase } from "./postgres.js";
import { deskAgent, waysToDecide, type Way } from "./desk-agent.js";

interface Bench {
  browser: Browser;
  database: BenchDatabase;
  runtime: Runtime;
  url: string;
  quick: boolean;
}

const bench = "workspace";

export async function workspace({ quick }: BenchOptions): Promise<void> {
  const database = await benchDatabase();
  const runtime = await createRuntime({ agents: [deskAgent], database: { url: database.url } });
  const port = await listen(runtime);
  const browser = await openBrowser();
  const sides: Bench = { browser, database, runtime, url: port.url, quick };
  try {
    await firstLoad(sides);
    await deciding(sides);
    await longQueue(sides);
  } finally {
    await browser.close();
    await port.close();
    await runtime.stop();
    await database.stop();
  }
}

async function openPage({ browser, url }: Bench, path = "/review"): Promise<Page> {
  const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
  await page.goto(`${url}${path}`);
  return page;
}

/** What is fetched before the page can be used, and how soon it hears keys: from a browser that has nothing of it. */
async function firstLoad(sides: Bench): Promise<void> {
  await hold(sides.runtime, "approve");
  const html = await (await fetch(`${sides.url}/review`)).text();
  const scripts = new Set(html.match(/\/review\/assets\/[^"]+\.js/g));
  let bytes = 0;
  for (const script of scripts)
    bytes += gzipSync(await (await fetch(`${sides.url}${script}`)).text()).byteLength;
  print({ bench, figure: "script_kb_gzipped", value: bytes / 1_024, unit: "kB", n: scripts.size });

  const interactive: number[] = [];
  for (let round = 0; round < (sides.quick ? 3 : 15); round += 1) {
    const page = await openPage(sides, "/favicon.ico");
    await page.goto(`${sides.url}/review`);
    // It can be used when the key that begins is heard.
    await page.locator(".row").first().waitFor();
    await page.keyboard.press("j");
    await page.locator("#hold-title").waitFor();
    interactive.push(await page.evaluate<number>("performance.now()"));
    await page.context().close();
  }
  const spread = spreadOf(interactive);
  print({
    bench,
    figure: "time_to_interactive_ms",
    value: median(interactive),
    unit: "ms",
    n: interactive.length,
    spread,
  });
}

/** From the opened hold to the decision that is on its way, as somebody would who knows the keys and needs no time to think. */
async function deciding(sides: Bench): Promise<void> {
  const { runtime, quick } = sides;
  await decideAll(sides);
  const count = quick ? 10 : 50;
  const ways = Array.from({ length: count }, (_, n) => waysToDecide[n % waysToDecide.length] as Way);
  const wanted = new Map<string, Way>();
  for (const way of ways) wanted.set(await hold(runtime, way), way);

  const page = await openPage(sides);
  await page.locator(".row").first().waitFor();
  const strokes: number[] = [];
  const seconds: number[] = [];
  let pressed = 1;
  let startedAt = performance.now();
  await page.keyboard.press("j");
  while (wanted.size > 0) {
    await page.locator("#talk-title").waitFor();
    await page.locator(".decide .act, .reply .act").first().waitFor();
    const id = new URL(page.url()).pathname.split("/").at(-1) ?? "";
    const way = wanted.get(id);
    if (!way) throw new Error(`${id} was decided already, or is not of this bench.`);
    pressed += await decide(page, way);
    wanted.delete(id);
    await page.waitForURL((url) => !url.pathname.endsWith(id));
    const now = performance.now();
    strokes.push(pressed);
    seconds.push((now - startedAt) / 1_000);
    [pressed, startedAt] = [0, now];
  }
  await page.context().close();
  const n = count;
  const mean = strokes.reduce((sum, one) => sum + one, 0) / n;
  print({ bench, figure: "keystrokes_per_hold", value: mean, unit: "keys", n, spread: spreadOf(strokes) });
  print({
    bench,
    figure: "seconds_per_hold",
    value: median(seconds),
    unit: "s",
    n,
    spread: spreadOf(seconds),
  });
}

/** @returns how many keys it took. */
async function decide(page: Page, way: Way): Promise<number> {
  const press = async (...keys: string[]): Promise<number> => {
    for (const key of keys) await page.keyboard.press(key);
    return keys.length;
  };
  const type = async (words: string): Promise<number> => {
    await page.keyboard.type(words);
    return words.length;
  };
  const ready = (name: RegExp) => page.getByRole("button", { name, disabled: false }).waitFor();
  switch (way) {
    case "approve":
      return press("a", "Enter");
    case "reject": {
      const keys = await press("r");
      await page.locator(".step .option").first().waitFor();
      return keys + (await press("1", "Control+Enter"));
    }
    case "change": {
      // Its first field has the focus; the amount is the one after.
      const keys = (await press("e", "Tab", "Control+a")) + (await type("25"));
      await ready(/^Approve with 1 change/);
      return keys + (await press("Control+Enter"));
    }
    case "answer":
      return (await press("d")) + (await type("Paid by hand.")) + (await press("Control+Enter"));
    case "critical": {
      const keys = await press("a");
      const target = (await page.locator(".target").innerText()).trim();
      return keys + (await type(target)) + (await press("Enter"));
    }
    case "option": {
      const keys = await press("2");
      await ready(/^Send option 2/);
      return keys + (await press("Enter"));
    }
  }
}

/** Ten thousand that wait: the first of them, all of them, and what the browser then has. */
async function longQueue(sides: Bench): Promise<void> {
  await decideAll(sides);
  const count = 10_000;
  await fillOpen(sides.database, count);
  const first: number[] = [];
  for (let round = 0; round < (sides.quick ? 2 : 7); round += 1) {
    const page = await openPage(sides, "/review");
    await page.locator(".row").first().waitFor();
    first.push(await page.evaluate<number>("performance.now()"));
    await page.context().close();
  }
  print({
    bench,
    figure: "first_row_ms_10000_open",
    value: median(first),
    unit: "ms",
    n: first.length,
    spread: spreadOf(first),
  });

  const page = await openPage(sides);
  await page.locator(".row").first().waitFor();
  const frames = await page.evaluate<number[]>(scrollThrough);
  const slow = frames.filter((ms) => ms > 50).length / frames.length;
  print({ bench, figure: "frames_over_50ms_share", value: slow, unit: "share", n: frames.length });
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Performance.enable");
  await devtools.send("HeapProfiler.collectGarbage");
  const { metrics } = await devtools.send("Performance.getMetrics");
  const heap = metrics.find(({ name }) => name === "JSHeapUsedSize")?.value ?? NaN;
  print({ bench, figure: "heap_mb_after_scrolling", value: heap / 1_048_576, unit: "MB", n: 1 });
  await page.context().close();
}

/** To the last row, half a screen a frame, waiting where rows are still on their way. Answers with the length of each frame. */
const scrollThrough = `(async () => {
  const rows = document.querySelector(".rows");
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const took = [];
  let last = await frame();
  while (rows.scrollTop + rows.clientHeight < 10000 * 82 - 1) {
    rows.scrollBy(0, rows.clientHeight / 2);
    const now = await frame();
    took.push(now - last);
    last = now;
  }
  return took;
})()`;

async function hold(runtime: Runtime, way: Way): Promise<string> {
  const threadId = randomUUID();
  const input = { messages: [{ role: "user", content: way }] };
  const run = await runtime.submit({ principal: localPerson, threadId, graphId: deskAgent.name, input });
  await runtime.waitForRun(localPerson.tenant, run);
  const { items } = await runtime.reviews.list(localPerson.tenant, { threadId, status: "open", limit: 1 });
  if (!items[0]) throw new Error(`Nothing was held for "${way}".`);
  return items[0].id;
}

/** So that nothing of an earlier part waits. */
async function decideAll({ runtime }: Bench): Promise<void> {
  const { items } = await runtime.reviews.list(localPerson.tenant, { status: "open", limit: 200 });
  for (const { id, argsHash } of items) {
    const decided = await runtime.decide(localPerson, id, { type: "respond", argsHash, message: "Done." });
    if (!decided.ok) throw decided.error;
  }
}

async function fillOpen({ query }: BenchDatabase, count: number): Promise<void> {
  await query(
    `insert into holdpoint.actions (action_id, tenant_id, thread_id, graph_id, message_id, call_index, call_id, tool, args,
       args_hash, route, assessment, requested_by)
     select 'many ' || n, $2, 'many ' || n, $3, 'm', 0, 'c', 'refund', '{"order":"' || n || '","amount":50}', 'h', 'approve',
       '{}', '{"id":"x","kind":"person"}' from generate_series(1, $1::int) n`,
    [count, localPerson.tenant, deskAgent.name],
  );
  await query(
    `insert into holdpoint.reviews (review_id, tenant_id, thread_id, graph_id, action_id, kind, tool, args, args_hash, level, tier,
       roles, title, reasons, requested_by, hosted)
     select gen_random_uuid(), $2, 'many ' || n, $3, 'many ' || n, 'review', 'refund', '{"order":"' || n || '","amount":50}', 'h',
       'high', 'reviewer', '{reviewer}', 'Refund 50.00 EUR for order ' || n, '[]', '{"id":"x","kind":"person"}', true
     from generate_series(1, $1::int) n`,
    [count, localPerson.tenant, deskAgent.name],
  );
}
