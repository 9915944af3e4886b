// The queue of a desk with a million reviews behind it: what our list and our claim cost beside the bare SQL of the same,
// and how long the reader waits for what stands around them.
import pg from "pg";
import type { Principal } from "../src/kernel/principal.js";
import { reviewToWire } from "../src/http/wire/reviews.js";
import { claim } from "../src/review/claim.js";
import { createRuntime, type Runtime } from "../src/runtime.js";
import { readBoard } from "../src/storage/board-rows.js";
import { decidedOf } from "../src/storage/review-context.js";
import { tallyReviews } from "../src/storage/review-queue.js";
import { median, print, spreadOf } from "./figure.js";
import { each } from "./load.js";
import type { BenchOptions } from "./main.js";
import { fillReviews, tenant } from "./many-reviews.js";
import { payingAgent } from "./paying-agent.js";
import { benchDatabase } from "./postgres.js";

const pageSize = 50;
const newestCards = 20;
// As many as the page has ranked.
const mostDecided = 300;
const dayMs = 86_400_000;
const by: Principal = { id: "person-0", kind: "person", roles: ["support"], tenant };

interface Sides {
  runtime: Runtime;
  /** A pool as ours, without the role, the tenant and the transaction. */
  bare: pg.Pool;
  /** How many reviews there are. */
  reviews: number;
  quick: boolean;
}

export async function queue({ quick }: BenchOptions): Promise<void> {
  const database = await benchDatabase();
  const runtime = await createRuntime({ agents: [payingAgent], database: { url: database.url } });
  const bare = new pg.Pool({ connectionString: database.url, max: 20 });
  bare.on("error", () => {});
  const reviews = quick ? 100_000 : 1_000_000;
  try {
    await fillReviews(database, reviews);
    const sides = { runtime, bare, reviews, quick };
    await list(sides);
    await around(sides);
    await claiming(sides);
  } finally {
    await bare.end();
    await runtime.stop();
    await database.stop();
  }
}

/** Page after page of what waits, the gravest first, each as the page at /review gets it. */
async function list({ runtime, bare, reviews, quick }: Sides): Promise<void> {
  const ours = async (): Promise<void> => {
    let after: string | undefined;
    for (let page = 0; page < pages; page += 1) {
      const { items, next } = await runtime.reviews.list(tenant, {
        status: "open",
        order: "risk",
        limit: pageSize,
        ...(after === undefined ? {} : { after }),
      });
      if (items.map((review) => reviewToWire(review, null)).length !== pageSize || next === null)
        throw new Error("A page is not full.");
      after = next;
    }
  };
  const theirs = async (): Promise<void> => {
    let after: unknown[] = [-1, "infinity", new Date(0), "00000000-0000-0000-0000-000000000000"];
    for (let page = 0; page < pages; page += 1) {
      const { rows } = await bare.query<{
        rank: number;
        time_left: string;
        opened_at: Date;
        review_id: string;
      }>({
        name: "bare page",
        text: barePage,
        values: [tenant, ...after],
      });
      const last = rows[pageSize - 1];
      if (!last) throw new Error("A page is not full.");
      after = [last.rank, last.time_left, last.opened_at, last.review_id];
    }
  };
  const pages = 20;
  const ratios: number[] = [];
  const oursMs: number[] = [];
  for (let round = -2; round < (quick ? 5 : 15); round += 1) {
    const [a, b] = await inTurns(round, ours, theirs);
    // The first rounds warm both up.
    if (round < 0) continue;
    ratios.push(a / b);
    oursMs.push(a / pages);
  }
  const of = { bench: "queue", n: ratios.length * pages, at: { reviews, open: reviews / 20 } };
  const vs = "the same page in SQL alone";
  print({ ...of, figure: "list_ratio", value: median(ratios), unit: "x", spread: spreadOf(ratios), vs });
  print({ ...of, figure: "list_ms", value: median(oursMs), unit: "ms", spread: spreadOf(oursMs) });
}

const rank = "(case level when 'critical' then 0 when 'high' then 1 when 'medium' then 2 else 3 end)";
const left = "(coalesce(expires_at, 'infinity'::timestamptz(3)))";
const barePage = `select *, ${rank} as rank, ${left}::text as time_left from holdpoint.reviews
  where tenant_id = $1 and status in ('open', 'claimed')
    and (${rank}, ${left}, opened_at, review_id) > ($2, $3::timestamptz, $4, $5)
  order by ${rank}, ${left}, opened_at, review_id limit ${pageSize + 1}`;

/** What stands beside the queue, as it is read for each who looks. */
async function around({ runtime: { db, reviews: store }, reviews, quick }: Sides): Promise<void> {
  const since = new Date(Date.now() - dayMs);
  const { items } = await store.list(tenant, { status: "open", order: "risk", limit: 1 });
  const [review] = items;
  if (!review) throw new Error("Nothing waits.");
  const reads = {
    tally_ms: () => tallyReviews(db, tenant, since),
    board_ms: () => readBoard(db, tenant, since, newestCards),
    alike_ms: () => decidedOf(db, review, mostDecided),
  };
  for (const [figure, read] of Object.entries(reads)) {
    const took: number[] = [];
    for (let round = -2; round < (quick ? 10 : 30); round += 1) {
      const ms = await timed(read);
      if (round >= 0) took.push(ms);
    }
    const of = { bench: "queue", figure, n: took.length, at: { reviews, open: reviews / 20 } };
    print({ ...of, value: median(took), unit: "ms", spread: spreadOf(took) });
  }
}

/** A review for oneself, as the route does it, against one row changed by its key: both on disk before they are told. */
async function claiming({ runtime, bare, reviews, quick }: Sides): Promise<void> {
  const deps = {
    store: runtime.reviews,
    agentOf: (graphId: string) => runtime.agents.get(graphId) ?? null,
  };
  const { rows } = await bare.query<{ review_id: string }>(
    "select review_id from holdpoint.reviews where status = 'open' order by md5(review_id::text)",
  );
  const ids = rows.map(({ review_id: id }) => id);
  const taken = (count: number): string[] => ids.splice(0, count);
  const count = quick ? 200 : 1_000;
  for (const inFlight of [1, 8]) {
    const ours = async (): Promise<void> => {
      const own = taken(count);
      await each(inFlight, count, async (index) => {
        const result = await claim(deps, by, own[index] ?? "");
        if (!result.ok) throw result.error;
      });
    };
    const theirs = async (): Promise<void> => {
      const own = taken(count);
      await each(inFlight, count, async (index) => {
        const { rowCount } = await bare.query({
          name: "bare claim",
          text: bareClaim,
          values: [own[index], by],
        });
        if (rowCount !== 1) throw new Error("There is no such review.");
      });
    };
    const ratios: number[] = [];
    for (let round = -1; round < (quick ? 3 : 9); round += 1) {
      const [a, b] = await inTurns(round, ours, theirs);
      if (round >= 0) ratios.push(b / a);
    }
    print({
      bench: "queue",
      figure: "claim_ratio",
      value: median(ratios),
      unit: "x throughput (higher is better)",
      n: ratios.length * count,
      spread: spreadOf(ratios),
      at: { inFlight, reviews },
      vs: "one row changed by its primary key",
    });
  }
}

const bareClaim = `update holdpoint.reviews set claimed_by = $2, claimed_until = now() + interval '10 minutes'
  where review_id = $1`;

/** Whoever goes second finds warmer caches; so they take turns at it. */
async function inTurns(
  round: number,
  ours: () => Promise<void>,
  theirs: () => Promise<void>,
): Promise<[number, number]> {
  if (round % 2 === 0) return [await timed(ours), await timed(theirs)];
  const b = await timed(theirs);
  return [await timed(ours), b];
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}
