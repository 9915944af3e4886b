import type { BenchOptions } from "./main.js";
import { median, print, spreadOf } from "./figure.js";
import { load, type Load } from "./load.js";
import type { BenchDatabase } from "./postgres.js";
import { startLangGraph, startOurs, type Served } from "./served.js";

const vs = "langgraphjs dev (in memory)";
const graphs = { constant: "./graphs.js:constant" };

/** Runs of a trivial graph a second, ours on Postgres against LangGraph's development server. */
export async function throughput(database: BenchDatabase, { quick }: BenchOptions): Promise<void> {
  const sides = { ours: await startOurs(database.url, graphs), theirs: await startLangGraph(graphs) };
  const roundMs = quick ? 500 : 1_500;
  try {
    for (const inFlight of [1, 8, 32]) {
      const count = {
        ours: await countFor(roundMs, sides.ours, inFlight),
        theirs: await countFor(roundMs, sides.theirs, inFlight),
      };
      const loads: Record<keyof typeof sides, Load[]> = { ours: [], theirs: [] };
      for (let round = 0; round < (quick ? 3 : 7); round += 1) {
        // Whoever goes second finds a warmer machine; so they take turns at it.
        const order = round % 2 === 0 ? (["ours", "theirs"] as const) : (["theirs", "ours"] as const);
        for (const side of order) loads[side].push(await load([sides[side].url], count[side], inFlight));
      }
      report(inFlight, loads);
    }
  } finally {
    await sides.ours.kill();
    await sides.theirs.kill();
  }
}

/** Warms a server up, and finds how many requests take it about so long. */
async function countFor(roundMs: number, { url }: Served, inFlight: number): Promise<number> {
  let warm = await load([url], inFlight * 3, inFlight);
  const enough = (warm.requestsPerSecond * roundMs) / 2_000;
  if (enough > inFlight * 3) warm = await load([url], Math.ceil(enough), inFlight);
  return Math.max(inFlight, Math.ceil((warm.requestsPerSecond * roundMs) / 1_000));
}

function report(inFlight: number, { ours, theirs }: { ours: Load[]; theirs: Load[] }): void {
  const ratios = ours.map(
    ({ requestsPerSecond }, round) => requestsPerSecond / (theirs[round]?.requestsPerSecond ?? NaN),
  );
  const of = { bench: "server", at: { inFlight } };
  const value = median(ratios);
  const n = ours.flatMap(({ latenciesMs }) => latenciesMs).length;
  print({ ...of, figure: "throughput_ratio", value, unit: "x", n, spread: spreadOf(ratios), vs });
  for (const [side, loads] of [
    ["", ours],
    ["__langgraphjs", theirs],
  ] as const) {
    const speeds = loads.map(({ requestsPerSecond }) => requestsPerSecond);
    const latencies = loads.flatMap(({ latenciesMs }) => latenciesMs);
    print({
      ...of,
      figure: `requests_per_second${side}`,
      value: median(speeds),
      unit: "1/s",
      n: latencies.length,
      spread: spreadOf(speeds),
    });
    print({
      ...of,
      figure: `p50_ms${side}`,
      value: median(latencies),
      unit: "ms",
      n: latencies.length,
      spread: spreadOf(loads.map(({ latenciesMs }) => median(latenciesMs))),
    });
  }
}
