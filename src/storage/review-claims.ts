// Who has a review, in Postgres. What is done with it is noted in the statement that does it.
import { isUuid } from "../kernel/ids.js";
import { holdsRole, operatorRole, type Principal } from "../kernel/principal.js";
import type { Claim, Extension, HandOn } from "../review/store.js";
import type { Review } from "../review/types.js";
import type { Database, Statement } from "./database.js";
import { storableJson } from "./execution-rows.js";
import { isFreeFor, isOverdue } from "./review-clock.js";
import { alsoOf, rowToReview, type ReviewRow } from "./review-record.js";
import { rungColumns, rungToRow, rungValues } from "./rung-columns.js";

type ClaimRow = Omit<ReviewRow, "decision">;

const noted = (kind: string, by: string, body: string): string => `noted as (
    insert into holdpoint.review_events (tenant_id, review_id, kind, by_whom, body)
    select tenant_id, review_id, ${kind}, ${by}, ${body} from changed)
  select changed.*, ${alsoOf("changed")} from changed`;

export async function claimReview(db: Database, tenant: string, claim: Claim): Promise<Review | null> {
  const { by, to, note } = claim;
  const isOwn = by.id === to.id;
  const rows = await db.once<ClaimRow>(
    { tenant },
    `/* review.claim */ with changed as (
       update holdpoint.reviews r set claimed_by = $4, claimed_until = now() + make_interval(secs => $5), handed_on_by = $6
       where review_id = $1 and status = 'open' and not ${isOverdue("r")} and version = $2 and ${isFreeFor("r", "$3")}
       returning *),
     ${noted("$7", "$8", "$9")}`,
    [
      claim.reviewId,
      claim.version,
      by.id,
      storableJson(to),
      claim.forMs / 1_000,
      isOwn ? null : storableJson(by),
      isOwn ? "claimed" : "handed_on",
      storableJson(by),
      storableJson(isOwn ? {} : { to: { person: to.id }, note }),
    ],
  );
  return reviewIn(rows);
}

/** By who has it, who gave it to them, or an operator: an account may not exist for which it would be kept. */
export async function releaseReview(
  db: Database,
  tenant: string,
  reviewId: string,
  by: Principal,
): Promise<Review | null> {
  if (!isUuid(reviewId)) return null;
  const rows = await db.once<ClaimRow>(
    { tenant },
    `/* review.release */ with changed as (
       update holdpoint.reviews set claimed_by = null, claimed_until = null, handed_on_by = null
       where review_id = $1 and status = 'open' and claimed_until > now()
         and ($4 or $2 in (claimed_by ->> 'id', handed_on_by ->> 'id'))
       returning *),
     ${noted("'released'", "$3", "'{}'")}`,
    [reviewId, by.id, storableJson(by), by.kind !== "agent" && holdsRole(by, [operatorRole])],
  );
  return reviewIn(rows);
}

export async function handReviewOn(db: Database, tenant: string, handOn: HandOn): Promise<Review | null> {
  const { by, rung, note } = handOn;
  const rows = await db.once<ClaimRow>(
    { tenant },
    `/* review.hand-on */ with changed as (
       update holdpoint.reviews r set version = version + 1, round = round + 1, claimed_by = null, claimed_until = null, handed_on_by = null,
         (${rungColumns}) = (${rungValues("$4::jsonb")})
       where review_id = $1 and status = 'open' and not ${isOverdue("r")} and version = $2 and ${isFreeFor("r", "$3")}
       returning *),
     ${noted("'handed_on'", "$5", "$6")}`,
    [
      handOn.reviewId,
      handOn.version,
      by.id,
      rungToRow(rung),
      storableJson(by),
      storableJson({ to: { tier: rung.tier }, note }),
    ],
  );
  return reviewIn(rows);
}

/** Who decided on it as it was before may still have decided: what they saw has not changed. */
export async function extendReview(
  db: Database,
  tenant: string,
  { reviewId, version, extended, by, until }: Extension,
): Promise<Review | null> {
  const rows = await db.once<ClaimRow>(
    { tenant },
    `/* review.extend */ with changed as (
       update holdpoint.reviews r set expires_at = $5, extended = extended + 1
       where review_id = $1 and status = 'open' and not ${isOverdue("r")} and version = $2 and ${isFreeFor("r", "$3")}
         and extended = $4 and expires_at < $5
       returning *),
     ${noted("'extended'", "$6", "$7")}`,
    [
      reviewId,
      version,
      by.id,
      extended,
      until.toISOString(),
      storableJson(by),
      storableJson({ until: until.toISOString() }),
    ],
  );
  return reviewIn(rows);
}

/** Who has what, in short: another text whenever a claim begins, ends or changes hands, or somebody takes more time. */
export const claimsNow = (tenant: string): Statement => ({
  text: `/* review.claims-now */ select md5(coalesce(string_agg(
       concat_ws(' ', review_id, extended, case when claimed_until > now() then claimed_by ->> 'id' || claimed_until end),
       ',' order by review_id), '')) as claims
     from holdpoint.reviews where tenant_id = $1 and status = 'open' and (claimed_until > now() or extended > 0)`,
  params: [tenant],
});

function reviewIn([row]: ClaimRow[]): Review | null {
  return row ? rowToReview({ ...row, decision: null }) : null;
}
