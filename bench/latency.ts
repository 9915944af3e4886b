// From a person's decision to the start of the tool: two servers on one database, and beside it, in turns, what a bare
// `update` and NOTIFY take to be heard in another connection.
import { once } from "node:events";
import pg from "pg";
import { median, print, spreadOf } from "./figure.js";
import { each, post } from "./load.js";
import type { BenchOptions } from "./main.js";
import { benchDatabase } from "./postgres.js";
import { startOurs, type Served } from "./served.js";
import { wallClock } from "./timed-agent.js";

const bench = "latency";

export async function latency({ quick }: BenchOptions): Promise<void> {
  const database = await benchDatabase();
  const servers = [await startOurs(database.url, graphs), await startOurs(database.url, graphs)];
  const bare = await bareNotify(database.url);
  try {
    for (const inFlight of [1, 8]) {
      const rounds = quick ? 2 : 12;
      const perRound = quick ? 8 : 48;
      const ours: number[] = [];
      const notified: number[] = [];
      const holds = await open(servers, 8, perRound * rounds + inFlight);
      // Whatever is loaded at the first call of all is no one's figure.
      await Promise.all(holds.splice(0, inFlight).map((hold) => decide(hold)));
      for (let round = 0; round < rounds; round += 1) {
        const those = holds.splice(0, perRound);
        await each(inFlight, those.length, async (index) => {
          ours.push(await decide(those[index] as Hold));
        });
        await each(1, perRound, async () => {
          notified.push(await bare.hear());
        });
      }
      const at = { inFlight };
      const line = (figure: string, value: number, of: readonly number[]): void =>
        print({ bench, figure, value, unit: "ms", n: of.length, spread: spreadOf(of), at });
      line("decision_to_start_p50_ms", median(ours), ours);
      line("decision_to_start_p99_ms", percentile(ours, 0.99), ours);
      line("decision_to_start_p50_ms__bare_notify", median(notified), notified);
      line("decision_to_start_p99_ms__bare_notify", percentile(notified, 0.99), notified);
    }
  } finally {
    await bare.stop();
    for (const server of servers) await server.kill();
    await database.stop();
  }
}

const graphs = { timed: "./timed-agent.js:timed" };

interface Hold {
  url: string;
  threadId: string;
  reviewId: string;
  argsHash: string;
}

/** Threads that rest at a hold. Whoever decides asks the other server than the one that the thread was begun at. */
async function open(servers: readonly Served[], inFlight: number, count: number): Promise<Hold[]> {
  const holds: Hold[] = [];
  await each(inFlight, count, async (index) => {
    const [begun, decided] = [servers[index % 2], servers[(index + 1) % 2]] as [Served, Served];
    const { thread_id: threadId } = await post<{ thread_id: string }>(`${begun.url}/threads`, {});
    await post(`${begun.url}/threads/${threadId}/runs/wait`, {
      assistant_id: "timed",
      input: { messages: [{ role: "user", content: "Act." }] },
    });
    const { items } = await get<Page<{ id: string; argsHash: string }>>(
      `${decided.url}/reviews?status=open&thread_id=${threadId}`,
    );
    const [review] = items;
    if (!review) throw new Error(`Nothing waits in ${threadId}.`);
    holds.push({ url: decided.url, threadId, reviewId: review.id, argsHash: review.argsHash });
  });
  return holds;
}

/** Milliseconds from the moment the decision is sent until its tool is started. */
async function decide({ url, threadId, reviewId, argsHash }: Hold): Promise<number> {
  const sentAt = wallClock();
  await post(`${url}/reviews/${reviewId}/decision`, { type: "approve", argsHash });
  const [run] = await get<{ run_id: string }[]>(`${url}/threads/${threadId}/runs?limit=1`);
  await get(`${url}/threads/${threadId}/runs/${run?.run_id}/join`);
  const { items } = await get<Page<{ state: string; result: string }>>(
    `${url}/executions?thread_id=${threadId}`,
  );
  const [execution] = items;
  if (execution?.state !== "succeeded") throw new Error(`The tool of ${threadId} did not run.`);
  return Number(execution.result) - sentAt;
}

interface Page<Item> {
  items: Item[];
}

async function get<Answer>(url: string): Promise<Answer> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}.`);
  return (await response.json()) as Answer;
}

/** One row that is updated, with a word to whoever listens, in one transaction. */
async function bareNotify(url: string): Promise<{ hear(): Promise<number>; stop(): Promise<void> }> {
  const [writer, listener] = [new pg.Client(url), new pg.Client(url)];
  await Promise.all([writer.connect(), listener.connect()]);
  await writer.query("create table bare_decisions (id int primary key, n int)");
  await writer.query("insert into bare_decisions values (1, 0)");
  await listener.query("listen bare_decisions");
  return {
    async hear() {
      const heard = once(listener, "notification");
      const sentAt = wallClock();
      await writer.query("begin");
      await writer.query("update bare_decisions set n = n + 1 where id = 1");
      await writer.query("select pg_notify('bare_decisions', '1')");
      await writer.query("commit");
      await heard;
      return wallClock() - sentAt;
    },
    async stop() {
      await Promise.all([writer.end(), listener.end()]);
    },
  };
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] as number;
}
