// The queue of reviews: page after page in either order, and in figures.
import { HoldpointError } from "../kernel/errors.js";
import type { RiskLevel } from "../policies/words.js";
import type { ReviewFilter, ReviewTally } from "../review/queue.js";
import type { Review } from "../review/types.js";
import type { Database } from "./database.js";
import { isAskedOf } from "./review-events.js";
import { rowToReview, selectReview, type ReviewRow } from "./review-record.js";

// As in the index.
const rankOfLevel = "(case level when 'critical' then 0 when 'high' then 1 when 'medium' then 2 else 3 end)";
const timeLeft = "(coalesce(expires_at, 'infinity'::timestamptz(3)))";
const byRisk = `${rankOfLevel}, ${timeLeft}, r.opened_at, r.review_id`;
const ranks: Readonly<Record<RiskLevel, number>> = { critical: 0, high: 1, medium: 2, low: 3 };

export async function listReviews(
  db: Database,
  tenant: string,
  filter: ReviewFilter,
): Promise<{ items: Review[]; next: string | null }> {
  const { where, params } = conditionsOf(tenant, filter);
  const order = filter.order === "risk" ? byRisk : "r.opened_at, r.review_id";
  const rows = await db.once<ReviewRow>(
    { tenant },
    `/* review.list */ ${selectReview} ${where} order by ${order} limit ${sizeFor(filter.limit) + 1}`,
    params,
  );
  const items = rows.slice(0, filter.limit).map(rowToReview);
  const last = items.at(-1);
  return { items, next: rows.length > filter.limit && last ? cursorOf(last, filter.order) : null };
}

// A limit that is bound has the page planned anew each time, which takes as long as to read it; one of a few in the text
// does not.
const sizes = [1, 20, 50, 100, 200, 1_000];
const sizeFor = (limit: number): number => sizes.find((size) => size >= limit) ?? limit;

/**
 * @param since from when on decisions are counted. A decision and its review have the same time, which is said of both, so
 * that each is found by its index.
 */
export async function tallyReviews(db: Database, tenant: string, since: Date): Promise<ReviewTally> {
  const [open, [claimed], [decided]] = (await db.batch({ tenant }, [
    {
      text: `/* review.tally-open */ select level, tier, tool, graph_id as graph, count(*)::int as count, min(opened_at) as oldest
             from holdpoint.reviews where tenant_id = $1 and status in ('open', 'claimed')
             group by level, tier, tool, graph_id`,
      params: [tenant],
    },
    {
      text: `/* review.tally-claimed */ select count(*)::int as count
             from holdpoint.reviews where tenant_id = $1 and status = 'open' and claimed_until > now()`,
      params: [tenant],
    },
    {
      text: `/* review.tally-decided */ select count(*)::int as decided,
               count(*) filter (where d.type in ('edit', 'reject', 'respond') and r.kind in ('review', 'reply'))::int as overridden
             from holdpoint.reviews r join holdpoint.decisions d using (review_id)
             where d.undone_at is null and r.tenant_id = $1 and r.decided_at >= $2
               and d.tenant_id = $1 and d.decided_at >= $2`,
      params: [tenant, since],
    },
  ])) as [OpenGroup[], { count: number }[], { decided: number; overridden: number }[]];
  const by = (key: "level" | "tier" | "tool" | "graph"): Record<string, number> => {
    const counts = new Map<string, number>();
    for (const group of open) counts.set(group[key], (counts.get(group[key]) ?? 0) + group.count);
    return Object.fromEntries(counts);
  };
  const oldest = open.map(({ oldest: at }) => at).toSorted((a, b) => a.getTime() - b.getTime())[0] ?? null;
  return {
    open: open.reduce((sum, { count }) => sum + count, 0),
    claimed: claimed?.count ?? 0,
    byLevel: by("level"),
    byTier: by("tier"),
    byTool: by("tool"),
    byGraph: by("graph"),
    oldest,
    decided: decided?.decided ?? 0,
    overridden: decided?.overridden ?? 0,
  };
}

interface OpenGroup {
  level: string;
  tier: string;
  tool: string;
  graph: string;
  count: number;
  oldest: Date;
}

/** The tenant is named beside row-level security, whose two policies are an `or` that no index serves. */
function conditionsOf(tenant: string, filter: ReviewFilter): { where: string; params: unknown[] } {
  const conditions = ["r.tenant_id = $1"];
  const params: unknown[] = [tenant];
  const bind = (value: unknown): string => `$${params.push(value)}`;
  if (filter.status === "open") conditions.push("r.status in ('open', 'claimed')");
  else if (filter.status === "claimed") conditions.push("r.status = 'open' and r.claimed_until > now()");
  else if (filter.status !== undefined) conditions.push(`r.status = ${bind(filter.status)}`);
  if (filter.threadId !== undefined) conditions.push(`r.thread_id = ${bind(filter.threadId)}`);
  if (filter.graphId !== undefined) conditions.push(`r.graph_id = ${bind(filter.graphId)}`);
  if (filter.tool !== undefined) conditions.push(`r.tool = ${bind(filter.tool)}`);
  if (filter.tier !== undefined) conditions.push(`r.tier = ${bind(filter.tier)}`);
  if (filter.level !== undefined) conditions.push(`r.level = ${bind(filter.level)}`);
  if (filter.olderThanMinutes !== undefined)
    conditions.push(`r.opened_at <= now() - make_interval(mins => ${bind(filter.olderThanMinutes)})`);
  if (filter.confidenceBelow !== undefined) conditions.push(`r.confidence < ${bind(filter.confidenceBelow)}`);
  if (filter.claimedBy === null) conditions.push("(r.claimed_until is null or r.claimed_until <= now())");
  else if (filter.claimedBy !== undefined)
    conditions.push(`r.claimed_until > now() and r.claimed_by ->> 'id' = ${bind(filter.claimedBy)}`);
  if (filter.askedOf !== undefined) conditions.push(isAskedOf("r", bind(filter.askedOf)));
  if (filter.decidingBy !== undefined) {
    conditions.push(`r.status = 'decided' and r.deciding_until > now() and exists (
      select from holdpoint.decisions d
      where d.review_id = r.review_id and d.undone_at is null and d.decided_by ->> 'id' = ${bind(filter.decidingBy)})`);
  }
  if (filter.after !== undefined) {
    const { rank, expiresAt, openedAt, id } = readCursor(filter.after, filter.order);
    const place = `${bind(openedAt)}::timestamptz, ${bind(id)}::uuid`;
    conditions.push(
      filter.order === "risk"
        ? `(${byRisk}) > (${bind(rank)}::int, ${bind(expiresAt)}::timestamptz, ${place})`
        : `(r.opened_at, r.review_id) > (${place})`,
    );
  }
  return { where: `where ${conditions.join(" and ")}`, params };
}

const time = String.raw`[1-9]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`;
const uuid = "[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}";
const cursorText = new RegExp(
  `^(?:risk (?<rank>[0-3]) (?<expiresAt>infinity|${time}) )?(?<openedAt>${time}) (?<id>${uuid})$`,
);

function readCursor(
  cursor: string,
  order: ReviewFilter["order"],
): { rank: string | null; expiresAt: string; openedAt: string; id: string } {
  const groups = cursorText.exec(Buffer.from(cursor, "base64url").toString())?.groups;
  const { rank = null, expiresAt = "infinity", openedAt = "", id = "" } = groups ?? {};
  const isOfThisOrder = (rank !== null) === (order === "risk");
  const isTime = (text: string): boolean =>
    new Date(text).getTime() > 0 && new Date(text).toISOString() === text;
  if (isOfThisOrder && isTime(openedAt) && (expiresAt === "infinity" || isTime(expiresAt)))
    return { rank, expiresAt, openedAt, id };
  throw new HoldpointError(
    "request_invalid",
    "This is no cursor of this list. Pass what `next` of the page before said.",
  );
}

/** Opaque to callers. Exact, because its times are kept to the millisecond, as Date is. */
function cursorOf({ level, expiresAt, openedAt, id }: Review, order: ReviewFilter["order"]): string {
  const rank = order === "risk" ? `risk ${ranks[level]} ${expiresAt?.toISOString() ?? "infinity"} ` : "";
  return Buffer.from(`${rank}${openedAt.toISOString()} ${id}`).toString("base64url");
}
