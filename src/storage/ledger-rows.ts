// The ledger in Postgres. Triggers write its entries, with what they tell of (migration 0040); here they are read and sealed.
import { hashOfSeal, sealOf, type Leaf, type Seal, type SignedSeal } from "../ledger/seal.js";
import type { LedgerKey } from "../ledger/signature.js";
import type { LedgerEntry } from "../ledger/chain.js";
import type { LedgerView } from "../ledger/export.js";
import type { Database, Sql } from "./database.js";

export interface LedgerStore {
  /** Signs what came to be since the last seal, of every tenant. Nothing where another process is at it. */
  seal(key: LedgerKey, now: () => Date): Promise<void>;
  newestSeal(tenant: string): Promise<SignedSeal | null>;
  /** The whole as it stands at this moment, in the order of the file, whatever is written meanwhile. */
  view(tenant: string): Promise<LedgerView>;
}

const page = 1_000;

export function createLedgerStore(db: Database): LedgerStore {
  return {
    async seal(key, now) {
      await db.transaction("worker", async (sql) => {
        const [state] = await sql.query<{ before: string; moved: boolean; oldest: string }>(
          // A transaction that is at work now may write an entry after this look: the next one looks from it on. On another
          // server numbers mean something else, and all is looked at once more.
          `/* ledger.unsealed-from */ select case when here then before_xid else '0' end::text as before, not here as moved,
             pg_snapshot_xmin(pg_current_snapshot())::text as oldest
           from holdpoint.ledger_sealed s, pg_control_system() c, lateral (select s.of_server = c.system_identifier as here) h
           for update of s skip locked`,
        );
        if (!state) return;
        const grown = await sql.query<LeafRow>(grownSince, [state.before]);
        if (grown.length === 0 && !state.moved) return;
        for (const [tenant, leaves] of byTenant(grown)) await writeSeal(sql, tenant, leaves, key, now());
        await sql.query(
          `/* ledger.sealed */ update holdpoint.ledger_sealed
           set before_xid = $1::text::xid8, of_server = (select system_identifier from pg_control_system())`,
          [state.oldest],
        );
      });
    },

    async newestSeal(tenant) {
      const [row] = await db.once<SealRow>({ tenant }, selectNewestSeal, [tenant]);
      return row ? rowToSeal(row) : null;
    },

    async view(tenant) {
      const heads = await db.once<{ stream: string; n: string; unsealed: string; seals: string }>(
        { tenant },
        `/* ledger.look */ select head.stream, head.n::text,
           (head.n - coalesce((select max(f.n) from holdpoint.ledger_seal_leaves f
             where f.tenant_id = $1 and f.stream = head.stream), 0))::text as unsealed,
           (select coalesce(max(s.n), 0) from holdpoint.ledger_seals s where s.tenant_id = $1)::text as seals
         from (select stream, max(n) as n from holdpoint.ledger where tenant_id = $1 group by stream) head`,
        [tenant],
      );
      const ends = new Map(heads.map(({ stream, n }) => [stream, Number(n)]));
      return {
        entries: () => entriesUpTo(ends, db, tenant),
        seals: () => sealsIn(db, tenant, Number(heads[0]?.seals ?? 0)),
        unsealed: heads.reduce((sum, { unsealed }) => sum + Number(unsealed), 0),
      };
    },
  };
}

/** The last entry of each stream that grew in a transaction of that number or a later one, unless it is sealed. */
const grownSince = `/* ledger.grown */ select g.tenant_id, g.stream, head.n::text, head.hash
  from (select distinct tenant_id, stream from holdpoint.ledger where xid >= $1::text::xid8) g,
    lateral (select n, hash from holdpoint.ledger l where l.tenant_id = g.tenant_id and l.stream = g.stream
      order by n desc limit 1) head
  where not exists (select from holdpoint.ledger_seal_leaves f
    where f.tenant_id = g.tenant_id and f.stream = g.stream and f.n >= head.n)`;

const selectNewestSeal = `/* ledger.newest-seal */ select n::text, seal, signature, hash from holdpoint.ledger_seals s
  where tenant_id = $1 order by s.n desc limit 1`;

async function writeSeal(
  sql: Sql,
  tenant: string,
  leaves: readonly Leaf[],
  key: LedgerKey,
  at: Date,
): Promise<void> {
  const [last] = await sql.query<SealRow>(selectNewestSeal, [tenant]);
  const before = last ? { n: Number(last.n), hash: last.hash } : null;
  const { seal, signature } = sealOf(key, leaves, { tenant, at, before });
  await sql.query(
    `/* ledger.seal */ with sealed as (
       insert into holdpoint.ledger_seals (tenant_id, n, seal, hash, signature) values ($1, $2, $3, $4, $5))
     insert into holdpoint.ledger_seal_leaves (tenant_id, seal_n, stream, n, hash)
     select $1, $2, stream, n, hash from jsonb_to_recordset($6::jsonb) f (stream text, n bigint, hash text)`,
    [tenant, seal.n, JSON.stringify(seal), hashOfSeal(seal), signature, JSON.stringify(leaves)],
  );
}

/** Of each stream that had entries at that moment those that it had. */
async function* entriesUpTo(
  ends: ReadonlyMap<string, number>,
  db: Database,
  tenant: string,
): AsyncGenerator<LedgerEntry> {
  let after: { stream: string; n: number } = { stream: "", n: 0 };
  for (;;) {
    const rows = await db.once<EntryRow>(
      { tenant },
      `/* ledger.entries */ select stream, n::text, entry, prev, hash from holdpoint.ledger l
       where tenant_id = $1 and (stream, n) > ($2, $3) order by stream, l.n limit ${page}`,
      [tenant, after.stream, after.n],
    );
    for (const row of rows) {
      const entry = rowToEntry(row);
      after = entry;
      if (entry.n <= (ends.get(entry.stream) ?? 0)) yield entry;
    }
    if (rows.length < page) return;
  }
}

async function* sealsIn(
  db: Database,
  tenant: string,
  upTo: number,
): AsyncGenerator<SignedSeal & { leaves: Leaf[] }> {
  for (let after = 0; after < upTo; ) {
    const rows = await db.once<SealRow & { leaves: Leaf[] }>(
      { tenant },
      `/* ledger.seals */ select s.n::text, s.seal, s.signature, s.hash, (
           select json_agg(json_build_object('stream', f.stream, 'n', f.n, 'hash', f.hash) order by f.stream)
           from holdpoint.ledger_seal_leaves f where f.tenant_id = $1 and f.seal_n = s.n) as leaves
       from holdpoint.ledger_seals s where s.tenant_id = $1 and s.n > $2 and s.n <= $3 order by s.n limit 100`,
      [tenant, after, upTo],
    );
    for (const row of rows) yield { ...rowToSeal(row), leaves: row.leaves };
    const last = rows.at(-1);
    if (!last) throw new Error(`Seals after ${after} of ${upTo} are missing.`);
    after = Number(last.n);
  }
}

interface LeafRow {
  tenant_id: string;
  stream: string;
  n: string;
  hash: string;
}

function byTenant(rows: readonly LeafRow[]): Map<string, Leaf[]> {
  const leaves = new Map<string, Leaf[]>();
  for (const { tenant_id: tenant, stream, n, hash } of rows) {
    const own = leaves.get(tenant) ?? [];
    own.push({ stream, n: Number(n), hash });
    leaves.set(tenant, own);
  }
  return leaves;
}

interface SealRow {
  n: string;
  seal: string;
  signature: string;
  hash: string;
}

function rowToSeal({ seal, signature }: SealRow): SignedSeal {
  return { seal: JSON.parse(seal) as Seal, signature };
}

interface EntryRow {
  stream: string;
  n: string;
  entry: string;
  prev: string;
  hash: string;
}

function rowToEntry({ n, entry, ...row }: EntryRow): LedgerEntry {
  return { ...row, n: Number(n), entry: JSON.parse(entry) as LedgerEntry["entry"] };
}
