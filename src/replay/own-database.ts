// A database for one replay, beside the main one and never in it.
import { Client } from "pg";
import { HoldpointError, messageOf } from "../kernel/errors.js";

/** A replay leaves its database behind, to be looked at. The next one drops it, and knows it by this comment. */
const mark = "A holdpoint replay. The next one drops it.";

/**
 * Makes a fresh database on the server of `serverUrl` and gives its URL. One of an earlier replay is dropped; one that
 * was not made here, or that is in use, is left alone, and this throws `options_invalid`.
 */
export async function createOwnDatabase(serverUrl: string, name = "holdpoint_replay"): Promise<string> {
  const url = parseUrl(serverUrl);
  if (decodeURIComponent(url.pathname.slice(1)) === name) {
    throw refused(
      `The database of the given URL is itself named ${name}. A replay drops that one; give the URL of another.`,
    );
  }
  const client = new Client({ connectionString: serverUrl });
  try {
    await client.connect();
  } catch (error) {
    throw new HoldpointError("database_unavailable", `Postgres cannot be reached: ${messageOf(error)}`, {
      cause: error,
    });
  }
  try {
    await dropEarlier(client, name);
    const identifier = client.escapeIdentifier(name);
    await client.query(`create database ${identifier}`);
    await client.query(`comment on database ${identifier} is ${client.escapeLiteral(mark)}`);
    // Nobody needs a replay back after a power cut, and each write then need not wait for the disk.
    await client.query(`alter database ${identifier} set synchronous_commit = off`);
  } catch (error) {
    throw explained(error, name);
  } finally {
    await client.end();
  }
  url.pathname = `/${encodeURIComponent(name)}`;
  return url.href;
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url && /^postgres(ql)?:$/.test(url.protocol)) return url;
  // The value stays out of the message: it may hold a password.
  throw refused(
    "What was given as the database (--database, else DATABASE_DIRECT_URL or DATABASE_URL) is no Postgres URL. " +
      "Write postgres://user:password@host:5432/database.",
  );
}

async function dropEarlier(client: Client, name: string): Promise<void> {
  const { rows } = await client.query<{ comment: string | null }>(
    "select shobj_description(oid, 'pg_database') as comment from pg_database where datname = $1",
    [name],
  );
  const [earlier] = rows;
  if (!earlier) return;
  if (earlier.comment !== mark) {
    throw refused(
      `There is a database ${name}, and no replay made it. Rename or drop it by hand; a replay needs the name.`,
    );
  }
  // Without `force`: it would end another replay that is under way.
  await client.query(`drop database ${client.escapeIdentifier(name)}`);
}

function explained(error: unknown, name: string): unknown {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  switch (code) {
    case "42501":
      return refused(
        `The login may not make the database ${name} (${messageOf(error)}). A replay never touches the main database: ` +
          "grant the login CREATEDB, or name a server where it has it with --database.",
        error,
      );
    case "55006":
      return refused(
        `The database ${name} is in use: another replay is under way, or somebody looks at the last one.`,
        error,
      );
    default:
      return error;
  }
}

function refused(why: string, cause?: unknown): HoldpointError {
  return new HoldpointError("options_invalid", why, { cause });
}
