import type { BenchOptions } from "./main.js";
import { print } from "./figure.js";
import { printTimeRatio, times } from "./interleaved.js";
import { benchDatabase, countStatements } from "./postgres.js";
import { bareLangGraph, ours } from "./rival.js";

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
      await printTimeRatio(
        { ours: sides.holdpoint, rival: sides.bare },
        { bench: "cycle", vs, at: { inFlight } },
        quick,
      );
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
