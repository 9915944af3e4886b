import { randomUUID } from "node:crypto";
import type { BenchOptions } from "./main.js";
import { median, print, spreadOf } from "./figure.js";
import { benchDatabase, type BenchDatabase } from "./postgres.js";
import { bareLangGraph, ours, type Side } from "./rival.js";

/** What one thread costs as it grows: stored bytes and time of a turn, at 120 turns against 30. */
export async function growth({ quick }: BenchOptions): Promise<void> {
  const database = await benchDatabase();
  const sides: Record<string, [Side, string]> = {
    holdpoint: [await ours(database.url), "holdpoint"],
    bare: [await bareLangGraph(database.url), "bare"],
  };
  try {
    for (const [name, [side, schema]] of Object.entries(sides)) {
      const suffix = name === "holdpoint" ? "" : `__${name}`;
      const ratios = { bytes: [] as number[], time: [] as number[] };
      for (let round = 0; round < (quick ? 1 : 3); round += 1) {
        const thread = randomUUID();
        const marks = new Map<number, number>();
        await side.talk(thread, 120, (turn) => marks.set(turn, performance.now()));
        const short = randomUUID();
        await side.talk(short, 30);
        ratios.bytes.push(
          (await bytesOf(database, schema, thread)) / (await bytesOf(database, schema, short)),
        );
        ratios.time.push(turnTime(marks, 111, 120) / turnTime(marks, 21, 30));
      }
      const n = ratios.bytes.length;
      print({
        bench: "growth",
        figure: `bytes_ratio_120_30${suffix}`,
        value: median(ratios.bytes),
        unit: "x",
        n,
        spread: spreadOf(ratios.bytes),
      });
      print({
        bench: "growth",
        figure: `turn_time_ratio_120_30${suffix}`,
        value: median(ratios.time),
        unit: "x",
        n,
        spread: spreadOf(ratios.time),
      });
    }
  } finally {
    for (const [side] of Object.values(sides)) await side.stop();
    await database.stop();
  }
}

function turnTime(marks: Map<number, number>, from: number, to: number): number {
  return ((marks.get(to) ?? 0) - (marks.get(from) ?? 0)) / (to - from);
}

async function bytesOf(database: BenchDatabase, schema: string, thread: string): Promise<number> {
  const found = await database.query<{ table_name: string }>(
    `select table_name from information_schema.columns where table_schema = $1 and column_name = 'thread_id'`,
    [schema],
  );
  let bytes = 0;
  for (const { table_name } of found) {
    const [row] = await database.query<{ bytes: string | null }>(
      `select sum(pg_column_size(t.*)) as bytes from ${schema}.${table_name} t where thread_id = $1`,
      [thread],
    );
    bytes += Number(row?.bytes ?? 0);
  }
  return bytes;
}
