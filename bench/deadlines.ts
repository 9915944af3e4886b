// Deadlines by the thousand in the same second: how late the last of them is, when the last agent has heard of it, what
// passing them costs beside one bare UPDATE of the same rows, and what it costs to look where nothing is due.
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { createHoldpoint, loadPolicy, type Holdpoint } from "../src/index.js";
import { passDeadlines, type DeadlineDeps, type DeadlineStore } from "../src/review/deadlines.js";
import { createRuntime } from "../src/runtime.js";
import { openDatabase } from "../src/storage/database.js";
import { createDeadlineStore } from "../src/storage/review-deadlines.js";
import { median, print, spreadOf } from "./figure.js";
import type { BenchOptions } from "./main.js";
import { each } from "./load.js";
import { fillHolds, tenant } from "./many-reviews.js";
import { payingAgent } from "./paying-agent.js";
import { benchDatabase } from "./postgres.js";

const bench = "deadlines";
const graph = "bench";
const sweepMs = 1_000;
const policy = loadPolicy(
  "tiers: { desk: { roles: [desk], respond: 1h, then: leads }, leads: { roles: [lead], respond: 1h } }",
  "policy.yaml",
);

/** Threads are woken by others: what is measured is what deadlines themselves cost. */
const sweeping = (deadlines: DeadlineStore): DeadlineDeps => ({
  deadlines,
  resumption: { resume: () => Promise.resolve() },
  policies: new Map([[graph, () => policy]]),
});

export async function deadlines({ quick }: BenchOptions): Promise<void> {
  const database = await benchDatabase();
  // It brings the tables up to date, and serves another agent than the one whose deadlines pass.
  const runtime = await createRuntime({ agents: [payingAgent], database: { url: database.url } });
  await runtime.stop();
  const url = database.url;
  const db = openDatabase({ url, roles: true, maxConnections: 8 });
  const bare = new pg.Pool({ connectionString: url, max: 1 });
  bare.on("error", () => {});
  const store = createDeadlineStore(db, () => {});
  try {
    const empty = await lookingCosts(store, quick);
    const due = quick ? 2_000 : 10_000;
    await passing({ store, bare, due, rounds: quick ? 3 : 9 });
    await inTheSameSecond({ store, bare, due, rounds: quick ? 2 : 5 });
    await bare.query("truncate holdpoint.reviews, holdpoint.actions cascade");
    await untilTold({ url, bare, due: quick ? 200 : 10_000 });
    const reviews = quick ? 100_000 : 1_000_000;
    await bare.query("truncate holdpoint.reviews, holdpoint.actions cascade");
    await fillHolds(database, reviews);
    await bare.query(
      `update holdpoint.reviews set graph_id = $1, expires_at = now() + interval '1 hour' + random() * interval '10 days'
       where status = 'open'`,
      [graph],
    );
    await bare.query("vacuum analyze holdpoint.reviews");
    const full = await lookingCosts(store, quick);
    await isByIndex(bare);
    print({
      bench,
      figure: "sweep_ratio",
      value: median(full) / median(empty),
      unit: "x",
      n: full.length,
      at: { reviews, open: reviews / 20 },
      vs: "the same look at an empty table",
    });
    print({
      bench,
      figure: "sweep_ms",
      value: median(full),
      unit: "ms",
      n: full.length,
      spread: spreadOf(full),
    });
  } finally {
    await bare.end();
    await db.close();
    await database.stop();
  }
}

interface Passing {
  store: DeadlineStore;
  bare: pg.Pool;
  due: number;
  rounds: number;
}

/** Half of them go up the ladder and half are refused, each with its event, against one UPDATE that does neither. */
async function passing({ store, bare, due, rounds }: Passing): Promise<void> {
  const ours: number[] = [];
  const ratios: number[] = [];
  for (let round = -1; round < rounds; round += 1) {
    const sides = [
      () => passDeadlines(sweeping(store)),
      () =>
        bare.query(
          "update holdpoint.reviews set status = 'expired', version = version + 1 where status = 'open' and expires_at <= now()",
        ),
    ] as const;
    const took = [0, 0];
    // Whoever goes second finds warmer caches; so they take turns at it.
    for (const side of round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
      await refill(bare, due, 0);
      const startedAt = performance.now();
      await sides[side]();
      took[side] = performance.now() - startedAt;
      await allFired(bare, due);
    }
    const [a = 0, b = 0] = took;
    // The first round warms both up.
    if (round < 0) continue;
    ours.push(a / 1_000);
    ratios.push(a / b);
  }
  const of = { bench, n: rounds, at: { due } };
  const vs = "one bare UPDATE of the same rows";
  print({ ...of, figure: "passing_s", value: median(ours), unit: "s", spread: spreadOf(ours) });
  print({ ...of, figure: "passing_ratio", value: median(ratios), unit: "x", spread: spreadOf(ratios), vs });
}

/** By a sweep once a second, as a server does it; whoever looks first after the moment has them all. */
async function inTheSameSecond({ store, bare, due, rounds }: Passing): Promise<void> {
  const last: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await refill(bare, due, 3_000);
    let left = due;
    while (left > 0) {
      await delay(sweepMs);
      await passDeadlines(sweeping(store));
      left = await leftOver(bare);
    }
    const { rows } = await bare.query<{ late: number }>(
      `select extract(epoch from max(e.at) - $1::timestamptz)::float8 as late from holdpoint.review_events e`,
      [dueAt],
    );
    last.push(rows[0]?.late ?? Number.NaN);
  }
  const of = { bench, n: last.length, at: { due } };
  print({ ...of, figure: "last_fired_s", value: median(last), unit: "s", spread: spreadOf(last) });
}

/** Of one process, which sweeps and resumes as a served one does: until the last run was resumed and has ended, expired. */
async function untilTold({ url, bare, due }: { url: string; bare: pg.Pool; due: number }): Promise<void> {
  const holdpoint = await createHoldpoint({
    ...payingAgent,
    policy: "tiers: { desk: { roles: [desk], respond: 10h } }",
    database: { url },
  });
  try {
    await heldThreads(holdpoint, due);
    await bare.query("update holdpoint.reviews set expires_at = now() + interval '2 s'");
    const { rows: moments } = await bare.query<{ at: Date }>(
      "select min(expires_at) as at from holdpoint.reviews",
    );
    await whenNone(bare, "select from holdpoint.reviews where resumed_at is null");
    await whenNone(bare, "select from holdpoint.runs where status in ('pending', 'running')");
    const { rows } = await bare.query<{ told: number; expired: number; resumed: number; ended: number }>(
      `select count(*)::int as told, count(*) filter (where status = 'expired')::int as expired,
         extract(epoch from max(resumed_at) - $1::timestamptz)::float8 as resumed,
         extract(epoch from (select max(ended_at) from holdpoint.runs) - $1::timestamptz)::float8 as ended
       from holdpoint.reviews`,
      [moments[0]?.at],
    );
    const [last] = rows;
    if (last?.told !== due || last.expired !== due)
      throw new Error(`Of ${due} agents ${last?.expired ?? 0} were told that nobody decided.`);
    const of = { bench, n: 1, unit: "s", at: { due, processes: 1 } };
    print({ ...of, figure: "last_told_s", value: last.resumed });
    print({ ...of, figure: "last_run_ended_s", value: last.ended });
  } finally {
    await holdpoint.stop();
  }
}

/** Threads that rest at a hold, made as they always are. */
async function heldThreads(holdpoint: Holdpoint, count: number): Promise<void> {
  await each(8, count, async () => {
    const { holds } = await holdpoint.send(randomUUID(), "Pay it.");
    if (holds.length !== 1) throw new Error("Nothing waits.");
  });
}

async function whenNone(bare: pg.Pool, left: string): Promise<void> {
  while (((await bare.query(`${left} limit 1`)).rowCount ?? 0) > 0) await delay(100);
}

let dueAt = new Date(0);

async function refill(bare: pg.Pool, count: number, inMs: number): Promise<void> {
  await bare.query("truncate holdpoint.reviews, holdpoint.actions cascade");
  const { rows } = await bare.query<{ at: Date }>("select now() + make_interval(secs => $1) as at", [
    inMs / 1_000,
  ]);
  dueAt = rows[0]?.at ?? dueAt;
  await bare.query(
    `with actions as (
       insert into holdpoint.actions (action_id, tenant_id, thread_id, graph_id, message_id, call_index, call_id, tool, args,
         args_hash, route, assessment, requested_by)
       select 'action ' || n, $2, 'thread ' || n, $3, 'm', 0, 'c', 'pay', '{}', 'hash', 'approve', '{}', '{}'
       from generate_series(1, $1::int) n returning action_id, thread_id)
     insert into holdpoint.reviews (review_id, tenant_id, thread_id, graph_id, action_id, kind, tool, args, args_hash, level,
       tier, roles, title, reasons, requested_by, expires_at, on_silence)
     select gen_random_uuid(), $2, thread_id, $3, action_id, 'review', 'pay', '{}', 'hash', 'high', 'desk', '{desk}', 'Pay',
       '[]', '{}', $4, case when random() < 0.5 then '{"kind":"reject"}'::jsonb
         else '{"kind":"escalate","tier":"leads"}'::jsonb end
     from actions`,
    [count, tenant, graph, dueAt],
  );
  await bare.query("analyze holdpoint.reviews");
}

async function leftOver(bare: pg.Pool): Promise<number> {
  const { rows } = await bare.query<{ left: number }>(
    "select count(*)::int as left from holdpoint.reviews where status = 'open' and tier = 'desk'",
  );
  return rows[0]?.left ?? 0;
}

async function allFired(bare: pg.Pool, due: number): Promise<void> {
  const { rows } = await bare.query<{ fired: number }>(
    "select count(*)::int as fired from holdpoint.reviews where version = 2",
  );
  if (rows[0]?.fired !== due) throw new Error(`Of ${due} deadlines ${rows[0]?.fired ?? 0} were passed once.`);
}

/** Milliseconds of one look at what is due, where nothing is. */
async function lookingCosts(store: DeadlineStore, quick: boolean): Promise<number[]> {
  const took: number[] = [];
  for (let round = -20; round < (quick ? 50 : 300); round += 1) {
    const startedAt = performance.now();
    await passDeadlines(sweeping(store));
    if (round >= 0) took.push(performance.now() - startedAt);
  }
  return took;
}

async function isByIndex(bare: pg.Pool): Promise<void> {
  const { rows } = await bare.query<{ "QUERY PLAN": string }>(
    `explain select review_id from holdpoint.reviews r where r.status = 'open' and r.expires_at is not null
       and r.expires_at <= now() and r.graph_id = any ($1) order by r.expires_at limit 1000`,
    [[graph]],
  );
  const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
  if (!plan.includes("reviews_due")) throw new Error(`What is due is not found by its index:\n${plan}`);
}
