// Deadlines of reviews, in Postgres. The column is the truth: whoever comes late finds what it says.
import type { Principal } from "../kernel/principal.js";
import type { DeadlineStore, Passed } from "../review/deadlines.js";
import type { Review } from "../review/types.js";
import type { Database } from "./database.js";
import { storable, storableJson } from "./execution-rows.js";
import { isOverdue } from "./review-clock.js";
import { alsoOf, rowToReview, selectReview, type ReviewRow } from "./review-record.js";

/** @param tell a word that the queue of a tenant has changed; it may be lost. */
export function createDeadlineStore(db: Database, tell: (tenant: string) => void): DeadlineStore {
  return {
    async due(graphIds, limit) {
      const rows = await db.once<ReviewRow>(
        "worker",
        `/* review.due */ ${selectReview} where ${isOverdue("r")} and r.graph_id = any ($1)
         order by r.expires_at limit $2`,
        [graphIds, limit],
      );
      return rows.map(rowToReview);
    },

    async pass(review, to) {
      const { tier, roles, respondMs } = standingAfter(review, to);
      const [row] = await db.once<Omit<ReviewRow, "decision">>(
        { tenant: review.tenant },
        // A decision asks for a time that is not over yet, and this for one that is: of the two, one finds the row.
        `/* review.pass-deadline */ with passed as (
           update holdpoint.reviews r set version = version + 1, status = $3, tier = $4, roles = $5,
             expires_at = case when $3 = 'expired' then expires_at else now() + make_interval(secs => $6) end,
             claimed_by = null, claimed_until = null, handed_on_by = null
           where review_id = $1 and version = $2 and ${isOverdue("r")}
           returning *),
         noted as (
           insert into holdpoint.review_events (tenant_id, review_id, kind, by_whom, body)
           select tenant_id, review_id, $7, $8, $9 from passed)
         select passed.*, ${alsoOf("passed")} from passed`,
        [
          review.id,
          review.version,
          to.kind === "expired" ? "expired" : "open",
          storable(tier),
          roles,
          respondMs === null ? null : respondMs / 1_000,
          to.kind,
          storableJson({ ...nobody, tenant: review.tenant }),
          storableJson(to.kind === "escalated" ? { from: review.tier, to: tier } : {}),
        ],
      );
      if (!row) return null;
      tell(review.tenant);
      return rowToReview({ ...row, decision: null });
    },
  };
}

/** A deadline is nobody's doing. */
const nobody: Omit<Principal, "tenant"> = { id: "deadline", kind: "service", roles: [] };

function standingAfter(
  { tier, roles }: Review,
  to: Passed,
): { tier: string; roles: string[]; respondMs: number | null } {
  switch (to.kind) {
    case "escalated":
      return to;
    case "parked":
    case "expired":
      return { tier, roles, respondMs: null };
  }
}
