// The one way to Postgres: every statement runs in a transaction that has taken the app role and named its tenant,
// so that row-level security stands behind each query. Nothing here knows a table.
import type { Socket } from "node:net";
import pg from "pg";
import { HoldpointError } from "../kernel/errors.js";
import type { EventName } from "../kernel/event-names.js";

/** Statements inside one transaction. Parameters only; each text begins with its name in a comment, as `review.decide`. */
export interface Sql {
  query<Row extends object>(text: string, params?: readonly unknown[]): Promise<Row[]>;
}

export interface Statement {
  text: string;
  params: readonly unknown[];
}

/** Whose rows a transaction may see: one tenant's, or (the worker, while it claims) every tenant's runs. */
export type Scope = { tenant: string } | "worker";

/** Who is told what happens in our transactions, and of what: migration 0041 writes it, with what makes it so. */
export interface Listeners {
  /** Addresses, none of which has a space in it. */
  urls: readonly string[];
  events: readonly EventName[];
}

/**
 * When a commit has to be on disk. `now`: before it is told, as for all that somebody is promised. `later`: with the next
 * one that is `now`, of any connection, because the log is written in order; a server that crashes before may lose it,
 * a process that does loses nothing.
 */
export type Flush = "now" | "later";

export interface Database {
  /** Runs `work` in one transaction; it is retried as a whole after a deadlock, so it must do nothing but SQL. */
  transaction<T>(scope: Scope, work: (sql: Sql) => Promise<T>): Promise<T>;
  /** One statement in a transaction of its own, in a single round trip. */
  once<Row extends object>(
    scope: Scope,
    text: string,
    params?: readonly unknown[],
    flush?: Flush,
  ): Promise<Row[]>;
  /** Several statements in one transaction and one round trip, where none needs another's result. */
  batch(scope: Scope, statements: readonly Statement[], flush?: Flush): Promise<object[][]>;
  /** A transaction that starts in the login role, for a transactional tool's own tables; `settle` continues in ours. */
  toolTransaction<T>(
    tenant: string,
    tool: (sql: Sql) => Promise<T>,
    settle: (sql: Sql, result: T) => Promise<void>,
  ): Promise<T>;
  readonly pool: pg.Pool;
  close(): Promise<void>;
}

export const appRole = "holdpoint_app";

/**
 * @param url of the server; `roles: false` where the app role could not be created (see `migrate`), and
 * row-level security then rests on the tenant setting alone.
 */
export function openDatabase(options: {
  url: string;
  roles: boolean;
  maxConnections?: number;
  /** Statements are parsed once for each connection; not where a transaction pooler stands in between. */
  prepares?: boolean;
  listeners?: Listeners;
  /** Asked when the server does not answer: the URL it is to be found at now, where somebody knows. */
  revive?: () => Promise<string | null>;
}): Database {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.maxConnections ?? 20,
    connectionTimeoutMillis: 10_000,
    // begin, statement and commit leave in one packet instead of three round trips.
    pipeline: true,
    allowExitOnIdle: true,
  });
  // An idle connection that breaks is dropped by the pool; without a listener it would end the process.
  pool.on("error", () => {});

  const revive = options.revive ?? (() => Promise.resolve(null));
  const prepared = options.prepares === false ? unnamed : named;
  const enterApp = (options.roles ? `set local role ${appRole};` : "") + naming(options.listeners);
  const enter = (scope: Scope): string => {
    if (scope === "worker") return `${enterApp} set local holdpoint.worker = 'on'`;
    // The text would end at a NUL, the transaction would not begin, and what follows would run without one. The empty
    // tenant is what the setting reads as where nobody has set it.
    if (scope.tenant === "" || scope.tenant.includes("\0"))
      throw new HoldpointError(
        "request_invalid",
        "A tenant is named by a text that is not empty and has no NUL.",
      );
    return `${enterApp} set local holdpoint.tenant = ${pg.escapeLiteral(scope.tenant)}`;
  };

  return {
    pool,
    close: () => pool.end(),

    async once<Row extends object>(
      scope: Scope,
      text: string,
      params: readonly unknown[] = [],
      flush: Flush = "now",
    ) {
      const [rows = []] = await this.batch(scope, [{ text, params }], flush);
      return rows as Row[];
    },

    async batch(scope, statements, flush = "now") {
      const lazily = flush === "later" ? "set local synchronous_commit = off; " : "";
      return withRetry(async () => {
        const client = await connect(pool, revive);
        return finish(client, async () => {
          const [, ...results] = await allOrFirstError(
            inOnePacket(client, () => [
              client.query(`begin; ${lazily}${enter(scope)}`),
              ...statements.map(({ text, params }) => client.query<object>(prepared(text, params))),
              client.query("commit"),
            ]),
          );
          return results.slice(0, -1).map(({ rows }) => rows);
        });
      });
    },

    async transaction<T>(scope: Scope, work: (sql: Sql) => Promise<T>) {
      return withRetry(async () => {
        const client = await connect(pool, revive);
        return finish(client, async () => {
          const [, result] = await allOrFirstError([
            client.query(`begin; ${enter(scope)}`),
            inTransaction(client, work),
          ] as const);
          return result;
        });
      });
    },

    async toolTransaction<T>(
      tenant: string,
      tool: (sql: Sql) => Promise<T>,
      settle: (sql: Sql, result: T) => Promise<void>,
    ) {
      const client = await connect(pool, revive);
      const ignore = (): void => {};
      client.on("error", ignore);
      let committed = false;
      try {
        await ofDatabase(client.query("begin"));
        const result = await lend(client, tool);
        await ofDatabase(
          inTransaction(client, async (sql) => {
            await client.query(enter({ tenant }));
            await settle(sql, result);
          }),
        );
        committed = true;
        return result;
      } finally {
        client.off("error", ignore);
        // A connection on which a tool failed is not used again: a statement of its may still hang there, and would
        // make the rollback wait. Without a commit the server undoes all of it.
        client.release(!committed);
      }
    },
  };
}

/** A connection in a tool's hands, for as long as its call lasts; it may ignore its time limit and go on. */
async function lend<T>(client: pg.PoolClient, tool: (sql: Sql) => Promise<T>): Promise<T> {
  let isOver = false;
  try {
    return await tool({
      query: async <Row extends object>(text: string, params: readonly unknown[] = []) => {
        if (isOver) throw new Error("The call is over, and its transaction with it: this was not executed.");
        return (await ofDatabase(client.query<Row>(text, [...params]))).rows;
      },
    });
  } finally {
    isOver = true;
  }
}

/** What our own statements throw, as against the faults of a tool's own connections. */
async function ofDatabase<T>(statement: Promise<T>): Promise<T> {
  try {
    return await statement;
  } catch (error) {
    throw isConnectionFault(error) ? unavailable(error) : error;
  }
}

function naming(listeners: Listeners | undefined): string {
  if (!listeners || listeners.urls.length === 0) return "";
  const list = (of: readonly string[]): string => pg.escapeLiteral(of.join(" "));
  return ` set local holdpoint.told_at = ${list(listeners.urls)}; set local holdpoint.told_of = ${list(listeners.events)};`;
}

const names = new Map<string, string>();
const mostNames = 200;

/** A statement that comes again and again is parsed and planned once for each connection, under its own name. */
function named(text: string, params: readonly unknown[]): pg.QueryConfig {
  const known = names.get(text);
  if (known === undefined && names.size >= mostNames) return unnamed(text, params);
  const [, label = "statement"] = /^\/\* ([\w.-]+) \*\//.exec(text) ?? [];
  const name = known ?? `${label} ${names.size}`;
  names.set(text, name);
  return { name, text, values: [...params] };
}

function unnamed(text: string, params: readonly unknown[]): pg.QueryConfig {
  return { text, values: [...params] };
}

/** The faults of a connection or server, as against those of a statement. */
export function isConnectionFault(error: unknown): boolean {
  if (error instanceof HoldpointError) return error.code === "database_unavailable";
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  // 08: connection exception. 57P: the server is stopping. 53: out of connections, disk or memory.
  if (/^(08|57P|53)/.test(code)) return true;
  if (/^(ECONN|EPIPE|ERR_STREAM|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND)/.test(code)) return true;
  return (
    error instanceof Error &&
    /connection (terminated|ended|timeout)|not queryable|timeout exceeded/i.test(error.message)
  );
}

/** Sends what `send` queries in one write to the socket; each write of its own costs more than the statement in it. */
function inOnePacket<T>(client: pg.PoolClient, send: () => T): T {
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
  stream.cork();
  try {
    return send();
  } finally {
    stream.uncork();
  }
}

async function inTransaction<T>(client: pg.PoolClient, work: (sql: Sql) => Promise<T>): Promise<T> {
  const sql: Sql = {
    query: async <Row extends object>(text: string, params: readonly unknown[] = []) =>
      (await client.query<Row>(text, [...params])).rows,
  };
  try {
    const result = await work(sql);
    const { command } = await client.query("commit");
    if (command !== "COMMIT") throw new Error("The transaction was rolled back by an earlier error in it.");
    return result;
  } catch (error) {
    await client.query("rollback").catch(() => {});
    throw error;
  }
}

async function connect(pool: pg.Pool, revive: () => Promise<string | null>): Promise<pg.PoolClient> {
  try {
    return await pool.connect();
  } catch (error) {
    if (!isConnectionFault(error)) throw error;
    // Not waited for: this statement has failed, and the next one finds the server wherever it then is.
    void revive().then((url) => {
      if (url !== null) pool.options.connectionString = url;
    });
    throw unavailable(error);
  }
}

/** Gives the connection back; one that broke is thrown away. */
async function finish<T>(client: pg.PoolClient, work: () => Promise<T>): Promise<T> {
  // A connection that breaks while it is ours emits an error beside rejecting the query.
  const ignore = (): void => {};
  client.on("error", ignore);
  try {
    const result = await work();
    client.off("error", ignore);
    client.release();
    return result;
  } catch (error) {
    client.off("error", ignore);
    const broken = isConnectionFault(error);
    client.release(broken || isStalePlan(error));
    throw broken ? unavailable(error) : error;
  }
}

/** The one error for a server that cannot be reached or will not let us in. */
export function unavailable(cause: unknown): HoldpointError {
  if (cause instanceof HoldpointError) return cause;
  return new HoldpointError(
    "database_unavailable",
    `Postgres cannot be reached: ${cause instanceof Error ? cause.message : String(cause)}. ` +
      "Check that the server is up and that DATABASE_URL is right.",
    { cause },
  );
}

/** Waits for all, then throws the first error in order: a pipelined connection is not free before its last answer. */
async function allOrFirstError<const T extends readonly Promise<unknown>[]>(
  promises: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const settled = await Promise.allSettled(promises);
  const failed = settled.find((one) => one.status === "rejected");
  if (failed) throw failed.reason;
  return settled.map((one) => (one.status === "fulfilled" ? one.value : undefined)) as {
    -readonly [K in keyof T]: Awaited<T[K]>;
  };
}

/** A statement was prepared before its table changed (a newer version migrated it), or is not known to the connection. */
function isStalePlan(error: unknown): boolean {
  const { code, message = "" } = Object(error) as { code?: string; message?: string };
  return code === "26000" || (code === "0A000" && message.includes("cached plan"));
}

// 40001: serialization failure. 40P01: deadlock. Postgres has undone the transaction; it may simply run again.
async function withRetry<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if ((code !== "40001" && code !== "40P01" && !isStalePlan(error)) || tries === 4) throw error;
    }
  }
}
