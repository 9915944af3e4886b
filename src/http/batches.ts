// Batches: what is alike, looked at as one table and decided in one go.
import { silentLog } from "../kernel/log.js";
import type { Principal } from "../kernel/principal.js";
import type { BatchView } from "../review/batches.js";
import type { batchRoutes } from "./contract/batch-routes.js";
import type { Batch } from "./contract.js";
import type { HttpDeps } from "./deps.js";
import type { HandlersOf } from "./mount.js";
import { problemOf } from "./problem.js";
import { reviewToWire } from "./wire/reviews.js";

export function batchHandlers({
  runtime: { batches },
}: Pick<HttpDeps, "runtime">): HandlersOf<typeof batchRoutes> {
  return {
    openBatch: async ({ principal, body }) => batchToWire(await batches.open(principal, body), principal),

    getBatch: async ({ principal, params: { batchId } }) =>
      batchToWire(await batches.view(principal, batchId), principal),

    openMember: async ({ principal, params: { batchId }, body: { reviewId } }) =>
      batchToWire(await batches.markOpened(principal, batchId, reviewId), principal),

    objectToMember: async ({ principal, params: { batchId }, body: { reviewId } }) =>
      batchToWire(await batches.object(principal, batchId, reviewId), principal),

    async decideBatch({ principal, params: { batchId }, body: { type, reason } }) {
      const outcomes = await batches.decide(
        principal,
        batchId,
        reason === undefined ? { type } : { type, reason },
      );
      return {
        items: outcomes.map((outcome) => ({
          reviewId: outcome.reviewId,
          review: outcome.ok ? reviewToWire(outcome.review, principal) : null,
          problem: outcome.ok ? null : problemOf(outcome.error, silentLog),
        })),
      };
    },
  };
}

function batchToWire(
  { batch: { id, openedAt, ended, members }, reviews, odd }: BatchView,
  viewer: Principal,
): Batch {
  return {
    id,
    openedAt: openedAt.toISOString(),
    ended,
    members: reviews.flatMap((review) => {
      const member = members.find(({ reviewId }) => reviewId === review.id);
      if (!member) return [];
      return {
        review: reviewToWire(review, viewer),
        inSample: member.inSample,
        openedAt: member.openedAt?.toISOString() ?? null,
      };
    }),
    odd: odd.map(({ at, field, why, given = null, before = null }) => ({
      reviewId: reviews[at]?.id ?? "",
      field,
      why,
      given,
      before,
    })),
  };
}
