// What was done with a review, in Postgres.
import type { Principal } from "../kernel/principal.js";
import type { Comment } from "../review/comment.js";
import type { ReviewEvent } from "../review/events.js";
import type { Review } from "../review/types.js";
import type { Database, Statement } from "./database.js";
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
  review: Review,
  by: Principal,
  said: { question: string; answer: string },
): Promise<ReviewEvent> {
  return { kind: "asked", by, at: await note(db, review, by, "asked", said), ...said };
}

export async function noteComment(
  db: Database,
  review: Review,
  by: Principal,
  said: Comment,
): Promise<ReviewEvent> {
  return { kind: "commented", by, at: await note(db, review, by, "commented", said), ...said };
}

async function note(
  db: Database,
  { tenant, id }: Review,
  by: Principal,
  kind: ReviewEvent["kind"],
  body: object,
): Promise<Date> {
  const [row] = await db.once<{ at: Date }>(
    { tenant },
    `/* review.note */ insert into holdpoint.review_events (tenant_id, review_id, kind, by_whom, body)
     values ($1, $2, $3, $4, $5) returning at`,
    [tenant, id, kind, storableJson(by), storableJson(body)],
  );
  if (!row) throw new Error(`Nothing was noted on review ${id}.`);
  return row.at;
}

/** The newest comment of a tenant: another text whenever somebody said something. */
export const wordsNow = (tenant: string): Statement => ({
  text: `/* review.words-now */ select max(event_id)::text as last from holdpoint.review_events
     where tenant_id = $1 and kind = 'commented'`,
  params: [tenant],
});

/** Somebody asks this person something about the review `r`, and they have said nothing since. */
export const isAskedOf = (r: string, person: string): string =>
  `exists (select from holdpoint.review_events q
    where q.tenant_id = ${r}.tenant_id and q.review_id = ${r}.review_id and q.kind = 'commented'
      and q.body ->> 'to' = ${person} and not exists (select from holdpoint.review_events said
        where said.tenant_id = q.tenant_id and said.review_id = q.review_id and said.kind = 'commented'
          and said.event_id > q.event_id and said.by_whom ->> 'id' = ${person}))`;

interface EventRow {
  kind: ReviewEvent["kind"];
  by_whom: Principal;
  at: Date;
  body: object;
}
