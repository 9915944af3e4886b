// One Postgres for a process: a server that is given, or an embedded one that is kept alive. An embedded server stops
// with the process that started it; whoever had adopted it then starts one on the same data.
import pg from "pg";
import { HoldpointError, messageOf } from "../kernel/errors.js";
import type { Log } from "../kernel/log.js";
import { startEmbeddedPostgres } from "./embedded-postgres.js";

export interface Postgres {
  readonly url: string;
  /** For migrations, where `url` goes through a transaction pooler. */
  readonly directUrl: string;
  /** Called when the server does not answer; gives the URL it is to be found at now, or null where nothing can be done. */
  revive(): Promise<string | null>;
  stop(): Promise<void>;
}

export async function givenPostgres(url: string, directUrl: string = url): Promise<Postgres> {
  // Migrations try the direct way; a mistake in the other one would be found by the first statement, without a word why.
  if (url !== directUrl) await (await connectTo(url)).end();
  return { url, directUrl, revive: async () => null, stop: async () => {} };
}

export async function embeddedPostgres(home: string, log: Log): Promise<Postgres> {
  let server = await startEmbeddedPostgres({ home });
  let reviving: Promise<string | null> | null = null;
  let stopped = false;
  return {
    url: server.url,
    directUrl: server.url,
    // Many find out at the same time; one goes and looks.
    revive: () => (reviving ??= revive().finally(() => (reviving = null))),
    async stop() {
      stopped = true;
      await reviving;
      await server.stop();
    },
  };

  async function revive(): Promise<string | null> {
    if (stopped) return null;
    try {
      const next = await startEmbeddedPostgres({ home });
      if (next.url !== server.url)
        log.warn("the embedded Postgres was gone; another one serves its data now", { home });
      // What we started ourselves stays ours to stop, also when it is found again.
      server = next.adopted && next.url === server.url ? server : next;
      return next.url;
    } catch (error) {
      log.error("the embedded Postgres is gone and cannot be started", { home, error: messageOf(error) });
      return null;
    }
  }
}

const oldest = 13;
const patienceMs = 10_000;

/** A connection to a server that may be given wrongly: where there is none, the error says which part to mend. */
export async function connectTo(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: patienceMs });
  // A connection that breaks emits an error beside rejecting the query; without a listener that ends the process.
  client.on("error", () => {});
  try {
    await client.connect();
    await refuseOld(client);
    return client;
  } catch (error) {
    await client.end().catch(() => {});
    throw error instanceof HoldpointError ? error : noConnection(error, client);
  }
}

async function refuseOld(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ server_version_num: string }>("show server_version_num");
  const version = Math.floor(Number(rows[0]?.server_version_num) / 10_000);
  if (version >= oldest) return;
  throw new HoldpointError(
    "options_invalid",
    `The Postgres at ${client.host}:${client.port} is of version ${version}, and lacks what Holdpoint's tables are made of. ` +
      `Name a server from version ${oldest} in DATABASE_URL.`,
  );
}

/** Neither the URL nor its password is said: this goes to terminals and logs. */
function noConnection(error: unknown, client: pg.Client): HoldpointError {
  // One error for each address of a name such as localhost; the first says enough.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return new HoldpointError("database_unavailable", whyNoConnection(first, client), { cause: error });
}

function whyNoConnection(error: unknown, { host, port, user, database }: pg.Client): string {
  const said = messageOf(error);
  const server = `The Postgres at ${host}:${port}`;
  switch (error instanceof Error && "code" in error ? error.code : undefined) {
    case "28P01":
      return `${server} refused the login: ${said}. Mend the user or the password in DATABASE_URL; signs such as @ and # are written %40 and %23 there.`;
    case "28000":
      return `${server} does not let this login in: ${said}. Name another in DATABASE_URL, or allow it in the server's pg_hba.conf.`;
    case "3D000":
      return `${server} has no database "${database}". Make it, with createdb -h ${host} -p ${port} -U ${user} ${database}, or name another in DATABASE_URL.`;
    case "42501":
      return `${server} does not let "${user}" into the database "${database}". Have its owner run: grant connect on database "${database}" to "${user}".`;
    case undefined:
      return whyNoAnswer(said, `${host}:${port}`, user);
    default:
      return `The database cannot be reached: ${said}. Check that the server is up, and that DATABASE_URL names it.`;
  }
}

/** What `pg` itself says of an answer has no code. */
function whyNoAnswer(said: string, at: string, user: string | undefined): string {
  if (/password must be a/.test(said))
    return `The Postgres at ${at} asks "${user}" for a password, and DATABASE_URL has none.`;
  if (/terminated unexpectedly|invalid response/.test(said))
    return `What answers at ${at} is no Postgres, or one that is just stopping (${said}). Check the port in DATABASE_URL.`;
  if (/timeout expired/.test(said))
    return `Nothing at ${at} answered as Postgres does, for ${patienceMs / 1000} s. Check the host and the port in DATABASE_URL, and the firewall in between.`;
  return `The database cannot be reached: ${said}. Check DATABASE_URL.`;
}
