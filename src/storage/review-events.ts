// What was done with a review, in Postgres.
import type { Principal } from "../kernel/principal.js";
import type { ReviewEvent } from "../review/events.js";
import type { Review } from "../review/types.js";
import type { Database } from "./database.js";
import { storableJson } from "./execution-rows.js";

/** The newest `limit`, in their order. */
export async function eventsOfReview(
  db: Database,
  tenant: string,
  reviewId: string,
  limit: number,
): Promise<ReviewEvent[]> {
  const rows = await db.once<EventRow>(
    { tenant },
    `/* review.events */ select kind, by_whom, at, body from holdpoint.review_events
     where review_id = $1 order by event_id desc limit $2`,
    [reviewId, limit],
  );
  // Each was written whole, in the form of its kind.
  return rows
    .toReversed()
    .map(({ kind, by_whom: by, at, body }) => ({ ...body, kind, by, at }) as ReviewEvent);
}

export async function noteAsked(
  db: Database,
  { tenant, id }: Review,
  by: Principal,
  said: { question: string; answer: string },
): Promise<ReviewEvent> {
  const [row] = await db.once<{ at: Date }>(
    { tenant },
    `/* review.asked */ insert into holdpoint.review_events (tenant_id, review_id, kind, by_whom, body)
     values ($1, $2, 'asked', $3, $4) returning at`,
    [tenant, id, storableJson(by), storableJson(said)],
  );
  if (!row) throw new Error(`Nothing was noted on review ${id}.`);
  return { kind: "asked", by, at: row.at, ...said };
}

interface EventRow {
  kind: ReviewEvent["kind"];
  by_whom: Principal;
  at: Date;
  body: object;
}
