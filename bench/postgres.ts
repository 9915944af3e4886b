import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { startEmbeddedPostgres } from "../src/storage/embedded-postgres.js";

export interface BenchDatabase {
  url: string;
  /** Bytes of write-ahead log since the server began. */
  walBytes(): Promise<number>;
  query<Row extends object>(text: string, params?: unknown[]): Promise<Row[]>;
  stop(): Promise<void>;
}

/** DATABASE_URL, or an embedded server of its own with its usual durability, gone afterwards. */
export async function benchDatabase(): Promise<BenchDatabase> {
  const given = process.env["DATABASE_URL"];
  const home = given ? null : await mkdtemp(join(tmpdir(), "holdpoint-bench-"));
  const embedded = home ? await startEmbeddedPostgres({ home }) : null;
  const url = given ?? embedded?.url ?? "";
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const query = async <Row extends object>(text: string, params: unknown[] = []): Promise<Row[]> =>
    (await client.query<Row>(text, params)).rows;
  return {
    url,
    query,
    walBytes: async () =>
      Number(
        (await query<{ bytes: string }>("select pg_current_wal_insert_lsn() - '0/0'::pg_lsn as bytes"))[0]
          ?.bytes,
      ),
    async stop() {
      await client.end();
      await embedded?.stop();
      if (home) await rm(home, { recursive: true, force: true });
    },
  };
}

/** Counts the statements that reach any server from this process, but `begin` and `commit`. */
export function countStatements(): { taken(): number } {
  let count = 0;
  const prototype = pg.Client.prototype as { query: (...args: unknown[]) => unknown };
  const { query } = prototype;
  prototype.query = function counting(this: unknown, ...args: unknown[]) {
    const [text] = args;
    const words = typeof text === "string" ? text : ((text as { text?: string } | null)?.text ?? "");
    if (!/^\s*(begin|commit|rollback)/i.test(words)) count += 1;
    return query.apply(this, args);
  };
  return {
    taken() {
      const since = count;
      count = 0;
      return since;
    },
  };
}
