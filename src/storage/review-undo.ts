// Taking a decision back, or one's vote among several, in Postgres.
import { isUuid } from "../kernel/ids.js";
import type { Principal } from "../kernel/principal.js";
import type { Review } from "../review/types.js";
import type { Database } from "./database.js";
import { storableJson } from "./execution-rows.js";
import { takingBack } from "./plan-rows.js";
import { rowToReview, selectReview, type ReviewRow } from "./review-record.js";

/** As often as people vote on one review at the same moment. */
const mostTries = 20;

/**
 * Whatever a decision leads to begins with a statement that leaves no review `decided` behind: it or this one is first,
 * since both write the review's row. Of this and a vote at the same moment one finds the version that it looked at.
 */
export async function undoDecision(
  db: Database,
  tenant: string,
  reviewId: string,
  by: Principal,
): Promise<Review | null> {
  if (!isUuid(reviewId)) return null;
  for (let tries = 0; tries < mostTries; tries += 1) {
    const [seen] = await db.once<{ version: number; mine: boolean }>(
      { tenant },
      `/* review.undoable */ select version, ${isMine} as mine from holdpoint.reviews r where review_id = $1`,
      [reviewId, by.id],
    );
    if (!seen?.mine) return null;
    const undone = await undoOf(db, tenant, { reviewId, version: seen.version, by });
    if (undone) return undone;
  }
  return null;
}

async function undoOf(
  db: Database,
  tenant: string,
  { reviewId, version, by }: { reviewId: string; version: number; by: Principal },
): Promise<Review | null> {
  const [undone] = await db.once(
    { tenant },
    `/* review.undo */ with undone as (
       update holdpoint.reviews r set status = 'open', version = version + 1, decided_at = null, deciding_until = null,
         roles = case when r.status = 'open' and ${isInTurn} then array[panel -> 'turns' ->> (${approvals} - 1)] else roles end
       where review_id = $1 and version = $4 and ${isMine}
       returning *),
     ${decisionTakenBack("undone", "$3")},
     votes_back as (
       update holdpoint.votes v set undone_at = now() from undone
       where v.review_id = undone.review_id and v.round = undone.round and v.undone_at is null and v.by_whom ->> 'id' = $2),
     ${takingBack("taken_back", "$3")}
     select review_id from undone`,
    [reviewId, by.id, storableJson(by), version],
  );
  if (!undone) return null;
  // The votes that stand are as they are after the statement.
  const [row] = await db.once<ReviewRow>(
    { tenant },
    `/* review.undone */ ${selectReview} where review_id = $1`,
    [reviewId],
  );
  return row ? rowToReview(row) : null;
}

/**
 * Two more parts of a statement whose part `reopened` has the reviews that are open again: what was decided on them is taken
 * back, and by whom is noted.
 */
export const decisionTakenBack = (reopened: string, by: string): string => `
  taken_back as (
    update holdpoint.decisions d set undone_at = now() from ${reopened}
    where d.review_id = ${reopened}.review_id and d.undone_at is null
    returning d.tenant_id, d.review_id, d.type),
  taking_noted as (
    insert into holdpoint.review_events (tenant_id, review_id, kind, by_whom, body)
    select tenant_id, review_id, 'undone', ${by}, jsonb_build_object('decision', type) from taken_back)`;

const isInTurn = "jsonb_typeof(r.panel -> 'turns') = 'array'";

const standing = (v: string): string =>
  `${v}.review_id = r.review_id and ${v}.round = r.round and ${v}.undone_at is null`;

const approvals = `(select count(*)::int from holdpoint.votes n where ${standing("n")} and n.type = 'approve')`;

/** A vote of this person that they may take back. In turn those who came later went by it, so only the last one may. */
const isVote = `exists (select from holdpoint.votes v where ${standing("v")} and v.by_whom ->> 'id' = $2
    and v.undo_until > now()
    and not (${isInTurn} and exists (select from holdpoint.votes l where ${standing("l")} and l.version > v.version)))`;

const isDecision = `exists (select from holdpoint.decisions d
    where d.review_id = r.review_id and d.undone_at is null and d.decided_by ->> 'id' = $2)`;

/** Theirs to take back now: the decision; or their vote, whether or not it has led to one that is not final. */
const isMine = `((r.status = 'decided' and r.deciding_until > now() and (${isDecision} or ${isVote}))
    or (r.status = 'open' and ${isVote}))`;
