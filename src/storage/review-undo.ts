// Taking a decision back, in Postgres.
import { isUuid } from "../kernel/ids.js";
import type { Principal } from "../kernel/principal.js";
import type { Review } from "../review/types.js";
import type { Database } from "./database.js";
import { storableJson } from "./execution-rows.js";
import { alsoOf, rowToReview, type ReviewRow } from "./review-record.js";

/**
 * Whatever a decision leads to begins with a statement that leaves no review `decided` behind: it or this one is first,
 * since both write the review's row.
 */
export async function undoDecision(
  db: Database,
  tenant: string,
  reviewId: string,
  by: Principal,
): Promise<Review | null> {
  if (!isUuid(reviewId)) return null;
  const [row] = await db.once<Omit<ReviewRow, "decision">>(
    { tenant },
    `/* review.undo */ with undone as (
       update holdpoint.reviews r set status = 'open', version = version + 1, decided_at = null, deciding_until = null
       where review_id = $1 and status = 'decided' and deciding_until > now()
         and exists (select from holdpoint.decisions d
           where d.review_id = r.review_id and d.undone_at is null and d.decided_by ->> 'id' = $2)
       returning *),
     taken_back as (
       update holdpoint.decisions d set undone_at = now() from undone
       where d.review_id = undone.review_id and d.undone_at is null
       returning d.tenant_id, d.review_id, d.type),
     noted as (
       insert into holdpoint.review_events (tenant_id, review_id, kind, by_whom, body)
       select tenant_id, review_id, 'undone', $3, jsonb_build_object('decision', type) from taken_back)
     select undone.*, ${alsoOf("undone")} from undone`,
    [reviewId, by.id, storableJson(by)],
  );
  return row ? rowToReview({ ...row, decision: null }) : null;
}
