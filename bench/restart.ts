import { execFileSync } from "node:child_process";
import { localPerson } from "../src/kernel/principal.js";
import { createRuntime } from "../src/runtime.js";
import type { BenchOptions } from "./main.js";
import { median, print, spreadOf } from "./figure.js";
import { each } from "./load.js";
import { payingAgent } from "./paying-agent.js";
import type { BenchDatabase } from "./postgres.js";
import { startOurs } from "./served.js";

/** A fresh process on a database in which many threads wait for people: how soon it serves, and what it takes. */
export async function restart({ url }: BenchDatabase, { quick }: BenchOptions): Promise<void> {
  const paused = quick ? 200 : 10_000;
  await pauseThreads(url, paused);
  const ready: number[] = [];
  const resident: number[] = [];
  for (let round = 0; round < (quick ? 1 : 5); round += 1) {
    const served = await startOurs(url, { paying: "./paying-agent.js:paying" });
    ready.push(served.readyMs);
    resident.push(residentMb(served.pid));
    await served.kill();
  }
  for (const [figure, values, unit] of [
    ["restart_ready_ms", ready, "ms"],
    ["restart_rss_mb", resident, "MB"],
  ] as const) {
    // `n` says in how many threads something waits.
    print({ bench: "server", figure, value: median(values), unit, n: paused, spread: spreadOf(values) });
  }
}

async function pauseThreads(url: string, count: number): Promise<void> {
  const runtime = await createRuntime({ agents: [payingAgent], database: { url } });
  const { tenant } = localPerson;
  const input = { messages: [{ role: "user", content: "Pay order 8841." }] };
  await each(16, count, async (index) => {
    const threadId = `paused-${index}`;
    const run = await runtime.submit({ principal: localPerson, threadId, graphId: "paying", input });
    const { run: ended } = await runtime.waitForRun(tenant, run);
    if (ended.status !== "interrupted") throw new Error(`${threadId} is ${ended.status}.`);
  });
  await runtime.stop();
}

function residentMb(pid: number): number {
  return Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" })) / 1024;
}
