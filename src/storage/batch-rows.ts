// Batches in Postgres.
import { isUuid } from "../kernel/ids.js";
import type { JsonObject } from "../kernel/json.js";
import type { Principal } from "../kernel/principal.js";
import type { Batch, BatchEnd } from "../review/batch.js";
import type { BatchStore } from "../review/batches.js";
import type { Database } from "./database.js";
import { storableJson } from "./execution-rows.js";
import { rowToReview, selectReview, type ReviewRow } from "./review-record.js";

export function createBatchStore(db: Database): BatchStore {
  return {
    async open({ id, tenant, openedBy, openedAt, members }, splitFrom) {
      await db.once(
        { tenant },
        `/* batch.open */ with opened as (
           insert into holdpoint.batches (batch_id, tenant_id, opened_by, opened_at, split_from)
           values ($1, $2, $3, $4, $5))
         insert into holdpoint.batch_members (batch_id, tenant_id, review_id, place, args_hash, in_sample)
         select $1, $2, m.review_id, m.place, m.args_hash, m.in_sample
         from jsonb_to_recordset($6) m (review_id uuid, place int, args_hash text, in_sample boolean)`,
        [
          id,
          tenant,
          storableJson(openedBy),
          openedAt,
          splitFrom,
          JSON.stringify(
            members.map(({ reviewId, argsHash, inSample }, place) => ({
              review_id: reviewId,
              place,
              args_hash: argsHash,
              in_sample: inSample,
            })),
          ),
        ],
      );
    },

    async find(by, batchId) {
      if (!isUuid(batchId)) return null;
      const rows = await db.once<BatchRow>(
        { tenant: by.tenant },
        `/* batch.find */ select b.*, m.review_id, m.args_hash, m.in_sample, m.opened_at as member_opened_at
         from holdpoint.batches b left join holdpoint.batch_members m using (batch_id)
         where b.batch_id = $1 and b.tenant_id = $2 and b.opened_by ->> 'id' = $3 order by m.place`,
        [batchId, by.tenant, by.id],
      );
      return rowsToBatch(rows);
    },

    async markOpened(by, batchId, reviewId) {
      if (!isUuid(batchId) || !isUuid(reviewId)) return;
      await db.once(
        { tenant: by.tenant },
        `/* batch.look */ update holdpoint.batch_members m set opened_at = now()
           from holdpoint.batches b where b.batch_id = m.batch_id and b.batch_id = $1 and m.review_id = $2
             and b.tenant_id = $3 and b.opened_by ->> 'id' = $4 and b.ended is null and m.opened_at is null`,
        [batchId, reviewId, by.tenant, by.id],
      );
    },

    async end(by, batchId, as) {
      const rows = await db.once(
        { tenant: by.tenant },
        `/* batch.end */ update holdpoint.batches b set ended = $2, ended_at = coalesce(ended_at, now())
         where batch_id = $1 and tenant_id = $3 and opened_by ->> 'id' = $4 and (ended is null or (ended = $2 and $2 <> 'split'))
           -- A sample that was not looked at keeps it from being decided, whatever was read before.
           and ($2 = 'split' or not exists (
             select from holdpoint.batch_members m where m.batch_id = b.batch_id and m.in_sample and m.opened_at is null))
         returning 1`,
        [batchId, as, by.tenant, by.id],
      );
      return rows.length > 0;
    },

    async alike({ tenant, graphId, tool, tier, level, actionId }, limit) {
      const rows = await db.once<ReviewRow>(
        { tenant },
        `/* batch.alike */ ${selectReview} join holdpoint.actions a on a.action_id = r.action_id
         where r.tenant_id = $1 and r.status in ('open', 'claimed') and r.kind = 'review'
           and r.graph_id = $2 and r.tool = $3 and r.tier = $4 and r.level = $5
           and a.assessment ->> 'policyVersion' = (
             select s.assessment ->> 'policyVersion' from holdpoint.actions s where s.action_id = $6)
         order by r.opened_at, r.review_id limit $7`,
        [tenant, graphId, tool, tier, level, actionId, limit],
      );
      return rows.map(rowToReview);
    },

    async precedents({ tenant, graphId, tool }, limit) {
      const rows = await db.once<{ args: string }>(
        { tenant },
        `/* batch.precedents */ select d.args from holdpoint.reviews r join holdpoint.decisions d using (review_id)
         where r.tenant_id = $1 and r.graph_id = $2 and r.tool = $3 and r.kind = 'review' and r.decided_at is not null
           and d.undone_at is null and d.type in ('approve', 'edit')
         order by r.decided_at desc limit $4`,
        [tenant, graphId, tool, limit],
      );
      return rows.map(({ args }) => JSON.parse(args) as JsonObject);
    },
  };
}

interface BatchRow {
  batch_id: string;
  tenant_id: string;
  opened_by: Principal;
  opened_at: Date;
  ended: BatchEnd | null;
  review_id: string | null;
  args_hash: string;
  in_sample: boolean;
  member_opened_at: Date | null;
}

function rowsToBatch(rows: readonly BatchRow[]): Batch | null {
  const [first] = rows;
  if (!first) return null;
  return {
    id: first.batch_id,
    tenant: first.tenant_id,
    openedBy: first.opened_by,
    openedAt: first.opened_at,
    ended: first.ended,
    members: rows.flatMap(({ review_id: reviewId, args_hash, in_sample, member_opened_at }) =>
      reviewId === null
        ? []
        : [{ reviewId, argsHash: args_hash, inSample: in_sample, openedAt: member_opened_at }],
    ),
  };
}
