import { randomUUID } from "node:crypto";
import type { BenchOptions } from "./main.js";
import { median, print, spreadOf } from "./figure.js";
import { benchDatabase, countStatements } from "./postgres.js";
import { bareLangGraph, ours, type Side } from "./rival.js";

const vs = "langgraph+PostgresSaver sync";

/** The full cycle: propose, classify, hold, decide, execute, report. One interleaved run against bare LangGraph. */
export async function cycle({ quick }: BenchOptions): Promise<void> {
  const database = await benchDatabase();
  const statements = countStatements();
  const sides = { holdpoint: await ours(database.url), bare: await bareLangGraph(database.url) };
  try {
    await times(sides.holdpoint, 20, 4);
    await times(sides.bare, 20, 4);

    for (const inFlight of [1, 8, 32]) {
      const cycles = (quick ? 2 : 4) * Math.max(inFlight, 4);
      const ratios: number[] = [];
      for (let round = 0; round < (quick ? 3 : 9); round += 1) {
        // Whoever goes second finds warmer caches; so they take turns at it.
        const first = round % 2 === 0;
        const a = first ? await times(sides.holdpoint, cycles, inFlight) : 0;
        const bare = await times(sides.bare, cycles, inFlight);
        const holdpoint = first ? a : await times(sides.holdpoint, cycles, inFlight);
        ratios.push(holdpoint / bare);
      }
      print({
        bench: "cycle",
        figure: "time_ratio",
        value: median(ratios),
        unit: "x",
        n: ratios.length * cycles,
        spread: spreadOf(ratios),
        at: { inFlight },
        vs,
      });
    }

    for (const [name, side] of Object.entries(sides)) {
      const suffix = name === "holdpoint" ? "" : `__${name}`;
      const n = quick ? 4 : 40;
      statements.taken();
      const before = await database.walBytes();
      await times(side, n, 1);
      const taken = statements.taken() - 1;
      const wal = (await database.walBytes()) - before;
      print({ bench: "cycle", figure: `statements${suffix}`, value: taken / n, unit: "statements", n });
      print({ bench: "cycle", figure: `wal_bytes${suffix}`, value: wal / n, unit: "bytes", n });
    }
  } finally {
    await sides.holdpoint.stop();
    await sides.bare.stop();
    await database.stop();
  }
}

/** Milliseconds for `count` cycles with `inFlight` of them at the same time. */
async function times(side: Side, count: number, inFlight: number): Promise<number> {
  const before = side.effects();
  const startedAt = performance.now();
  let begun = 0;
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (begun < count) {
        begun += 1;
        await side.cycle(randomUUID());
      }
    }),
  );
  const took = performance.now() - startedAt;
  if (side.effects() - before !== count)
    throw new Error(`${count} cycles had ${side.effects() - before} effects.`);
  return took;
}
