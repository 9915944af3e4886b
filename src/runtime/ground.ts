// What everything stands on: a Postgres that is reached and brought up to date, and the ways to it.
import type { Log } from "../kernel/log.js";
import type { DatabaseOptions, Settings } from "../options.js";
import { openDatabase, type Database, type Listeners } from "../storage/database.js";
import { migrate } from "../storage/migrate.js";
import { embeddedPostgres, givenPostgres, type Postgres } from "../storage/reach-postgres.js";

export interface Ground {
  db: Database;
  /** Of its own: a lease must be renewed, and a stop be told, while statements of tools hang on all the others. */
  heartbeat: Database;
  postgres: Postgres;
  close(): Promise<void>;
}

export async function openGround(
  database: DatabaseOptions,
  { maxConnections }: Pick<Settings, "maxConnections">,
  log: Log,
  listeners?: Listeners,
): Promise<Ground> {
  const postgres = await reachPostgres(database, log);
  try {
    const { roles, warning } = await migrate(postgres.directUrl);
    if (warning) log.warn(warning);
    const { url, directUrl, revive } = postgres;
    const prepares = url === directUrl;
    const db = openDatabase({
      url,
      roles,
      revive,
      prepares,
      maxConnections,
      ...(listeners ? { listeners } : {}),
    });
    const heartbeat = openDatabase({ url, roles, revive, prepares, maxConnections: 1 });
    return {
      db,
      heartbeat,
      postgres,
      async close() {
        await Promise.all([db.close(), heartbeat.close()]);
        await postgres.stop();
      },
    };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

async function reachPostgres(database: DatabaseOptions, log: Log): Promise<Postgres> {
  if ("home" in database) return embeddedPostgres(database.home, log);
  return givenPostgres(database.url, database.directUrl);
}
