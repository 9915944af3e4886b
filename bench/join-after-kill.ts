import { Client } from "@langchain/langgraph-sdk";
import type { BenchOptions } from "./main.js";
import { median, print, spreadOf } from "./figure.js";
import type { BenchDatabase } from "./postgres.js";
import { startOurs } from "./served.js";

const graphs = { ticking: "./graphs.js:ticking" };

/** A process is killed with a run at work, whose client goes on at another one: how long it hears nothing new. */
export async function joinAfterKill({ url }: BenchDatabase, { quick }: BenchOptions): Promise<void> {
  const survivor = await startOurs(url, graphs);
  const gaps: number[] = [];
  try {
    for (let round = 0; round < (quick ? 1 : 3); round += 1) {
      const victim = await startOurs(url, graphs);
      const client = new Client({ apiUrl: victim.url });
      const { thread_id: threadId } = await client.threads.create();
      const { run_id: runId } = await client.runs.create(threadId, "ticking", {
        input: {},
        streamMode: "custom",
      });
      await firstTick(victim.url, threadId, runId, 1);
      const killedAt = performance.now();
      await victim.kill();
      await firstTick(survivor.url, threadId, runId, 2);
      gaps.push(performance.now() - killedAt);
      await new Client({ apiUrl: survivor.url }).runs.cancel(threadId, runId, true);
    }
  } finally {
    await survivor.kill();
  }
  print({
    bench: "server",
    figure: "join_after_kill_ms",
    value: median(gaps),
    unit: "ms",
    n: gaps.length,
    spread: spreadOf(gaps),
    at: { leaseMs: 10_000 },
  });
}

/** Resolves when the run's stream has shown what this attempt emits. */
async function firstTick(apiUrl: string, threadId: string, runId: string, attempt: number): Promise<void> {
  const stop = new AbortController();
  const client = new Client({ apiUrl });
  for await (const event of client.runs.joinStream(threadId, runId, {
    streamMode: "custom",
    signal: stop.signal,
  })) {
    if (event.event !== "custom" || !event.id?.startsWith(`${attempt}-`)) continue;
    stop.abort();
    return;
  }
  throw new Error(`Run ${runId} ended without attempt ${attempt}.`);
}
