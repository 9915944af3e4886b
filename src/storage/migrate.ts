// Brings a database to the newest form: numbered migrations, forward only, each in a transaction with its version
// row, all under one advisory lock, so that any number of processes may start at once.
import { PostgresSaver } from "@langchain/langgraph-checkpoint-postgres";
import { readFile, readdir } from "node:fs/promises";
import type pg from "pg";
import { HoldpointError, messageOf } from "../kernel/errors.js";
import { appRole } from "./database.js";
import { connectTo } from "./reach-postgres.js";

export interface Migrated {
  applied: string[];
  /** False where the app role could not be created: row-level security then rests on the tenant setting alone. */
  roles: boolean;
  warning: string | null;
}

// Any fixed number of our own; two databases of one cluster do not share advisory locks.
const migrationLock = 7_403_921_188;

/** @param url of a login that may create tables, and roles where it can: DATABASE_DIRECT_URL behind a pooler. */
export async function migrate(url: string): Promise<Migrated> {
  const client = await connectTo(url);
  try {
    await client.query("select pg_advisory_lock($1)", [migrationLock]);
    await client.query("create schema if not exists holdpoint");
    await client.query(
      `create table if not exists holdpoint.migrations (
         name text primary key, applied_at timestamptz not null default now())`,
    );
    const applied: string[] = [];
    for (const migration of await listMigrations()) {
      if (await applyOnce(client, migration)) applied.push(migration.name);
    }
    return { applied, ...(await grantAppRole(client)) };
  } catch (error) {
    throw lacksRights(error) ? mayNot(error, client) : error;
  } finally {
    await client.end();
  }
}

function lacksRights(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  return ("code" in error && error.code === "42501") || lacksRights(error.cause);
}

function mayNot(error: Error, { user, database }: pg.Client): HoldpointError {
  return new HoldpointError(
    "options_invalid",
    `The login "${user}" may not set up Holdpoint's tables in the database "${database}": ${messageOf(error)}. ` +
      `It needs the right to create a schema there, and to own the schema holdpoint where that is there already. ` +
      `Have an administrator run: grant create on database "${database}" to "${user}"; ` +
      "or name a login that has these rights in DATABASE_URL (or DATABASE_DIRECT_URL, for this step alone).",
    { cause: error },
  );
}

interface Migration {
  name: string;
  run(client: pg.Client): Promise<unknown>;
}

async function listMigrations(): Promise<Migration[]> {
  const folder = new URL("./migrations/", import.meta.url);
  const files = (await readdir(folder)).filter((name) => name.endsWith(".sql"));
  const fromFiles = files.map(
    (file): Migration => ({
      name: file.replace(/\.sql$/, ""),
      run: async (client) => client.query(await readFile(new URL(file, folder), "utf8")),
    }),
  );
  const saver: Migration = { name: "0001_langgraph_checkpoints", run: setUpPostgresSaver };
  return [saver, ...fromFiles].sort((a, b) => a.name.localeCompare(b.name));
}

async function applyOnce(client: pg.Client, migration: Migration): Promise<boolean> {
  await client.query("begin");
  try {
    const inserted = await client.query(
      "insert into holdpoint.migrations (name) values ($1) on conflict do nothing",
      [migration.name],
    );
    if (inserted.rowCount === 1) await migration.run(client);
    await client.query("commit");
    return inserted.rowCount === 1;
  } catch (error) {
    await client.query("rollback");
    throw new Error(`Migration ${migration.name} failed and was undone: ${String(error)}`, { cause: error });
  }
}

/**
 * The library's own `setup()` on our connection, inside our transaction and lock: four concurrent calls of it race.
 * It asks for its version table first and takes an error for "none", which would end our transaction; so we make it.
 */
async function setUpPostgresSaver(client: pg.Client): Promise<void> {
  await client.query("create table if not exists holdpoint.checkpoint_migrations (v integer primary key)");
  const borrowed = {
    connect: async () => ({ query: client.query.bind(client), release: () => {} }),
  } as unknown as pg.Pool;
  await new PostgresSaver(borrowed, undefined, { schema: "holdpoint" }).setup();
}

/**
 * What the app may do with each table. It owns none, and cannot get round row-level security; which tenant, thread and
 * action a row belongs to is written once.
 */
const grants: Record<string, string> = {
  saved_views: "select, insert, delete, update (filter)",
  batches: "select, insert, update (ended, ended_at)",
  batch_members: "select, insert, update (opened_at)",
  processes: "select, insert, update, delete",
  threads: "select, insert, update, delete",
  runs: "select, insert, delete, update (status, epoch, process_id, payload, error, cancel, webhooks, run_after, started_at, ended_at)",
  run_events: "select, insert, delete",
  checkpoints: "select, insert, update, delete",
  checkpoint_blobs: "select, insert, update, delete",
  checkpoint_writes: "select, insert, update, delete",
  checkpoint_items: "select, insert, update, delete",
  actions: "select, insert",
  reviews:
    "select, insert, update (status, version, args, args_hash, level, tier, roles, panel, round, title, reasons, requested_by, " +
    "claimed_by, claimed_until, handed_on_by, expires_at, on_silence, extended, decided_at, deciding_until, resumed_at)",
  decisions: "select, insert, update (undone_at)",
  deputies: "select, insert, update (revoked_at, revoked_by)",
  votes: "select, insert, update (undone_at)",
  review_events: "select, insert",
  drafts: "select, insert, update (blocks, proposals, open_blocks, is_writing, model, version)",
  draft_changes: "select, insert",
  draft_editors: "select, insert, delete, update (block_id, seen_at)",
  words: "select, insert, delete",
  executions:
    "select, insert, update (state, epoch, process_id, result, error, evidence, started_at, settled_at)",
  policies: "select, insert",
  strata: "select, insert, update (certificate, target, knows_until, withdrawn_at)",
  policy_terms: "select, insert",
  policy_shadows: "select, insert",
  shadow_verdicts: "select, insert",
  assistants:
    "select, insert, delete, update (graph_id, name, description, config, context, metadata, version, versions, updated_at)",
  assistant_versions: "select, insert",
  store_items: "select, insert, delete, update (value, ttl_minutes, expires_at, created_at, updated_at)",
  crons:
    "select, insert, delete, update (graph_id, schedule, timezone, end_time, on_run_completed, enabled, payload, metadata, " +
    "principal, next_run_date, updated_at)",
  takeovers: "select, insert, update (handed_back_at, back_after, taken_from_by, note)",
  letters: "select, insert, update (placed_at)",
  standing_approvals: "select, insert, update (used_count, used_amount, revoked_by, revoked_why, revoked_at)",
  standing_signatures: "select, insert",
  standing_uses: "select, insert",
  complaints: "select, insert",
  stops: "select, insert, update (lifted_by, lifted_why, lifted_at)",
  ledger: "select",
  ledger_seals: "select, insert",
  ledger_seal_leaves: "select, insert",
  ledger_sealed: "select, update (before_xid, of_server)",
  webhooks: "select, insert, delete, update (state, attempts, next_attempt_at, last_error, failed_at)",
};

async function grantAppRole(client: pg.Client): Promise<{ roles: boolean; warning: string | null }> {
  try {
    await client.query(`do $$ begin
      if not exists (select from pg_roles where rolname = '${appRole}') then create role ${appRole} nologin; end if;
    exception when duplicate_object or unique_violation then null; end $$`);
    await client.query("begin");
    await client.query(`grant usage on schema holdpoint to ${appRole}`);
    for (const [table, rights] of Object.entries(grants)) {
      await client.query(`grant ${rights} on holdpoint.${table} to ${appRole}`);
    }
    await client.query(`do $$ begin
      if not pg_has_role(current_user, '${appRole}', 'member') then execute 'grant ${appRole} to ' || quote_ident(current_user); end if;
    end $$`);
    await client.query("commit");
    // Proves that the role can be entered; membership alone may lack the SET option.
    await client.query(`set role ${appRole}`);
    await client.query("reset role");
    return { roles: true, warning: null };
  } catch (error) {
    await client.query("rollback");
    return {
      roles: false,
      warning:
        `The role ${appRole} could not be created or entered (${error instanceof Error ? error.message : String(error)}). ` +
        "The server works, but as the owner of its tables: tenants are kept apart by the tenant setting of each " +
        `transaction, and decisions are not append-only for it. Have an administrator run: create role ${appRole} nologin; ` +
        `grant ${appRole} to <login>;`,
    };
  }
}
