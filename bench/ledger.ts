// What it costs that things which happen are on record. Ours: a remark on a review, under the trigger that hashes an entry into
// the stream of its thread. Beside it, in a transaction like it and in one statement: the same remark in a copy of the table
// that has no trigger, and an entry of as many bytes in a copy of the ledger, its text and its hash at hand and nothing looked
// up. Then what reading all of it costs, and checking it.
import { ledgerHandlers } from "../src/http/ledger.js";
import type { Principal } from "../src/kernel/principal.js";
import { newKeyPem, readKey } from "../src/ledger/signature.js";
import { verifyLedger } from "../src/ledger/verify.js";
import { createRuntime, type Runtime } from "../src/runtime.js";
import { appRole, openDatabase, type Database } from "../src/storage/database.js";
import { createLedgerStore } from "../src/storage/ledger-rows.js";
import { median, print, spreadOf } from "./figure.js";
import { each } from "./load.js";
import type { BenchOptions } from "./main.js";
import { fillHolds, tenant } from "./many-reviews.js";
import { payingAgent } from "./paying-agent.js";
import { benchDatabase, type BenchDatabase } from "./postgres.js";

const bench = "ledger";
const by: Principal = { id: "person-0", kind: "person", roles: ["support"], tenant };
const key = readKey(newKeyPem(), "the bench's key");

export async function ledger({ quick }: BenchOptions): Promise<void> {
  const database = await benchDatabase();
  const runtime = await createRuntime({ agents: [payingAgent], database: { url: database.url } });
  const db = openDatabase({ url: database.url, roles: true, maxConnections: 40 });
  try {
    await fillHolds(database, quick ? 3_000 : 30_000);
    await copyTables(database);
    await appending(database, db, quick);
    await reading(database, runtime, quick ? 10_000 : 100_000);
  } finally {
    await db.close();
    await runtime.stop();
    await database.stop();
  }
}

/** With all that stands in the way of a row of the product, but the trigger. */
async function copyTables({ query }: BenchDatabase): Promise<void> {
  await query("create schema plain");
  await query(`grant usage on schema plain to ${appRole}`);
  for (const table of ["review_events", "ledger"]) {
    await query(`create table plain.${table} (like holdpoint.${table} including all)`);
    await query(`alter table plain.${table} enable row level security`);
    await query(
      `create policy tenant on plain.${table} using (tenant_id = current_setting('holdpoint.tenant', true))`,
    );
    await query(`grant select, insert on plain.${table} to ${appRole}`);
  }
  await query(
    "alter table plain.review_events add foreign key (tenant_id, review_id) references holdpoint.reviews (tenant_id, review_id)",
  );
}

async function appending({ query }: BenchDatabase, db: Database, quick: boolean): Promise<void> {
  const reviews = await query<{ id: string; stream: string }>(
    "select review_id as id, 'thread:' || thread_id as stream from holdpoint.reviews order by md5(review_id::text)",
  );
  let taken = 0;
  const next = () => {
    const review = reviews[taken % reviews.length];
    if (!review) throw new Error("There is no review.");
    taken += 1;
    return { ...review, n: taken };
  };
  const recorded = async (): Promise<void> => {
    await db.once({ tenant }, remark, [tenant, next().id, by, body]);
  };
  await recorded();
  const [sample] = await query<{ entry: string; hash: string }>(
    "select entry, hash from holdpoint.ledger where entry like '%review.commented%' limit 1",
  );
  if (!sample) throw new Error("The remark is not on record.");
  const plain = async (): Promise<void> => {
    const { id, stream, n } = next();
    await db.once({ tenant }, plainRemark, [tenant, id, by, body, stream, n, sample.entry, sample.hash]);
  };

  // Short rounds and many: whatever else the machine does meanwhile meets both.
  const count = quick ? 200 : 400;
  for (const writers of [1, 8, 32]) {
    const ratios: number[] = [];
    const ms: number[] = [];
    for (let round = -2; round < (quick ? 5 : 31); round += 1) {
      // Whoever goes second finds warmer caches; so they take turns at it.
      const first = round % 2 === 0;
      const a = first ? await timed(writers, count, recorded) : 0;
      const theirs = await timed(writers, count, plain);
      const ours = first ? a : await timed(writers, count, recorded);
      // The first rounds warm both up.
      if (round < 0) continue;
      ratios.push(ours / theirs);
      ms.push(ours / count);
    }
    const of = { bench, n: ratios.length * count, at: { writers } };
    const vs = "the same row and an entry of as many bytes, without a trigger";
    print({ ...of, figure: "append_ratio", value: median(ratios), unit: "x", spread: spreadOf(ratios), vs });
    print({ ...of, figure: "append_ms", value: median(ms), unit: "ms", spread: spreadOf(ms) });
  }
}

const body = { text: "Looked at, and waits for the warehouse." };
const remark = `/* bench.remark */ insert into holdpoint.review_events (tenant_id, review_id, kind, by_whom, body)
  values ($1, $2, 'commented', $3::jsonb, $4::jsonb)`;
const plainRemark = `/* bench.plain-remark */ with remark as (
    insert into plain.review_events (tenant_id, review_id, kind, by_whom, body)
    values ($1, $2, 'commented', $3::jsonb, $4::jsonb))
  insert into plain.ledger (tenant_id, stream, n, entry, prev, hash) values ($1, $5, $6, $7, $8, $8)`;

/** The whole of it, as the route sends it, and as the command checks it. */
async function reading(database: BenchDatabase, { db }: Pick<Runtime, "db">, atLeast: number): Promise<void> {
  const [had] = await database.query<{ n: number }>("select count(*)::int as n from holdpoint.ledger");
  await database.query(
    `insert into holdpoint.review_events (tenant_id, review_id, kind, by_whom, body)
     select tenant_id, review_id, 'commented', $1, $2 from holdpoint.reviews, generate_series(1, 40)
     limit greatest(0, $3::int)`,
    [by, body, atLeast - (had?.n ?? 0)],
  );
  await createLedgerStore(db).seal(key, () => new Date());
  await database.query("vacuum analyze holdpoint.ledger");
  const [{ entries, bytes } = { entries: 0, bytes: 0 }] = await database.query<{
    entries: number;
    bytes: number;
  }>(
    "select count(*)::int as entries, pg_total_relation_size('holdpoint.ledger')::float8 as bytes from holdpoint.ledger",
  );

  const handlers = ledgerHandlers({ runtime: { db } as Runtime, ledgerKey: key, now: () => new Date() });
  const exportMs: number[] = [];
  const verifyMs: number[] = [];
  let text = "";
  for (let round = 0; round < 3; round += 1) {
    const startedAt = performance.now();
    const answer = await handlers.exportLedger({ principal: by } as Parameters<
      typeof handlers.exportLedger
    >[0]);
    if (!(answer instanceof Response)) throw new Error("The export is no stream.");
    text = await answer.text();
    const readAt = performance.now();
    const { faults } = await verifyLedger(linesOf(text), { keys: new Set([key.id]), anchors: [] });
    if (faults[0]) throw new Error(faults[0].says);
    exportMs.push(readAt - startedAt);
    verifyMs.push(performance.now() - readAt);
  }
  const perSecond = (figure: string, ms: readonly number[]): void => {
    const rates = ms.map((one) => (entries * 1_000) / one);
    const of = { bench, figure, n: rates.length, at: { entries } };
    print({ ...of, value: median(rates), unit: "entries/s (higher is better)", spread: spreadOf(rates) });
  };
  perSecond("export_entries_per_second", exportMs);
  perSecond("verify_entries_per_second", verifyMs);
  const bytesOf = { bench, unit: "bytes", n: entries };
  print({ ...bytesOf, figure: "entry_bytes_in_file", value: Buffer.byteLength(text) / entries });
  print({ ...bytesOf, figure: "entry_bytes_in_postgres", value: bytes / entries });
}

async function* linesOf(text: string): AsyncGenerator<string> {
  yield* text.trimEnd().split("\n");
}

async function timed(writers: number, count: number, append: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await each(writers, count, append);
  return performance.now() - startedAt;
}
