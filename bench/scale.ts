import type { BenchOptions } from "./main.js";
import { median, print, spreadOf } from "./figure.js";
import { load } from "./load.js";
import type { BenchDatabase } from "./postgres.js";
import { startOurs, type Served } from "./served.js";

const graphs = { constant: "./graphs.js:constant" };
const inFlight = 32;

/** Runs a second of two processes on one database against those of one that has its database alone. */
export async function scale(database: BenchDatabase, { quick }: BenchOptions): Promise<void> {
  const shared = await secondDatabase(database);
  const started: Served[] = [];
  try {
    const start = async (url: string): Promise<string> => {
      const served = await startOurs(url, graphs);
      started.push(served);
      return served.url;
    };
    const one = [await start(database.url)];
    const two = [await start(shared), await start(shared)];
    for (const urls of [one, two]) await load(urls, quick ? 50 : 400, inFlight);

    const count = quick ? 100 : 400;
    const ratios: number[] = [];
    const speedsOf = { 1: [] as number[], 2: [] as number[] };
    const latenciesOf = { 1: [] as number[], 2: [] as number[] };
    for (let round = 0; round < (quick ? 3 : 7); round += 1) {
      for (const processes of round % 2 === 0 ? ([1, 2] as const) : ([2, 1] as const)) {
        const { requestsPerSecond, latenciesMs } = await load(processes === 1 ? one : two, count, inFlight);
        speedsOf[processes].push(requestsPerSecond);
        latenciesOf[processes].push(...latenciesMs);
      }
      ratios.push((speedsOf[2][round] ?? NaN) / (speedsOf[1][round] ?? NaN));
    }
    print({
      bench: "server",
      figure: "scale_ratio_2_processes",
      value: median(ratios),
      unit: "x",
      n: ratios.length * count,
      spread: spreadOf(ratios),
      at: { inFlight },
      vs: "one process",
    });
    for (const processes of [1, 2] as const) {
      const of = { bench: "server", at: { inFlight, processes }, n: latenciesOf[processes].length };
      const [speeds, latencies] = [speedsOf[processes], latenciesOf[processes]];
      print({
        ...of,
        figure: "requests_per_second",
        value: median(speeds),
        unit: "1/s",
        spread: spreadOf(speeds),
      });
      print({ ...of, figure: "p50_ms", value: median(latencies), unit: "ms" });
    }
  } finally {
    for (const served of started) await served.kill();
  }
}

async function secondDatabase({ url, query }: BenchDatabase): Promise<string> {
  const second = new URL(url);
  second.pathname = "/bench_shared";
  await query("create database bench_shared");
  return second.href;
}
