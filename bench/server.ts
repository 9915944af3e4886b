import type { BenchOptions } from "./main.js";
import { joinAfterKill } from "./join-after-kill.js";
import { benchDatabase, type BenchDatabase } from "./postgres.js";
import { restart } from "./restart.js";
import { scale } from "./scale.js";
import { throughput } from "./throughput.js";

/** The server as a program: how fast, on how many processes, and how soon after a death. */
export async function server(options: BenchOptions): Promise<void> {
  for (const part of [throughput, scale, joinAfterKill, restart]) {
    const database = await benchDatabase();
    try {
      await part(database, options);
    } finally {
      await database.stop();
    }
  }
}

export type ServerBench = (database: BenchDatabase, options: BenchOptions) => Promise<void>;
