// Actions, reviews and decisions in Postgres.
import { canonicalJson } from "../kernel/json.js";
import { isUuid } from "../kernel/ids.js";
import type { ReviewStore } from "../review/store.js";
import type { Database } from "./database.js";
import { readDone } from "./done-rows.js";
import { readEvidence } from "./evidence-rows.js";
import { storable, storableJson } from "./execution-rows.js";
import {
  alsoOf,
  draftToRow,
  proposalToRow,
  questionToRow,
  rowToReview,
  latestReview,
  rowToStanding,
  selectReview,
  type DecisionRow,
  type ReviewRow,
  type StandingRow,
} from "./review-record.js";
import { noteComment } from "./review-events.js";
import { claimReview, extendReview, handReviewOn, releaseReview } from "./review-claims.js";
import { isExpiredUntold, isFinal, isFreeFor, isOverdue, isUnfinished } from "./review-clock.js";
import { isStillDeputy } from "./deputy-rows.js";
import { lending, stepsToRow } from "./plan-rows.js";
import { castVote } from "./vote-rows.js";
import { undoDecision } from "./review-undo.js";
import { reopenUnagreed } from "./unagreed.js";
import { rungColumns, rungToRow, rungValues } from "./rung-columns.js";
import { askerOf } from "./run-statements.js";
import { listReviews } from "./review-queue.js";

export function createReviewStore(db: Database): ReviewStore {
  return {
    async propose(tenant, proposals) {
      if (proposals.length === 0) return;
      const rows = JSON.stringify(proposals.map(proposalToRow));
      await db.once(
        { tenant },
        `/* action.propose */ with given as (
           select g.*, coalesce(${askerOf("g.run_id")}, g.requested_by) as asked_by from jsonb_to_recordset($1) as g (action_id text, tenant_id text, thread_id text, graph_id text, run_id uuid,
             message_id text, call_index int, call_id text, tool text, args text, args_hash text, route text,
             assessment jsonb, requested_by jsonb, review_id uuid, level text, rung jsonb, title text,
             reasons jsonb, kind text, rationale jsonb, is_drafted boolean, field text, blocks text,
             open_blocks int, is_writing boolean, judged jsonb, judged_at timestamptz, judged_in pg_snapshot,
             judged_by xid8, stratum text, score float8, looked_at float8, least_looked_at float8, steps jsonb)),
         proposed as (
           insert into holdpoint.actions (action_id, tenant_id, thread_id, graph_id, run_id, message_id, call_index, call_id,
             tool, args, args_hash, route, assessment, rationale, requested_by, judged, judged_at, judged_in, judged_by,
             stratum, score)
           select action_id, tenant_id, thread_id, graph_id, run_id, message_id, call_index, call_id, tool,
             args, args_hash, route, assessment, rationale, asked_by, judged, coalesce(judged_at, now()),
             coalesce(judged_in, pg_current_snapshot()), judged_by, stratum, score from given
           on conflict do nothing
           returning action_id),
         reviewed as (
           insert into holdpoint.reviews (review_id, tenant_id, thread_id, graph_id, action_id, kind, tool, args, args_hash,
             level, title, reasons, requested_by, hosted, confidence, is_drafted, stratum, score, looked_at,
             least_looked_at, steps, ${rungColumns})
           select review_id, tenant_id, thread_id, graph_id, action_id, kind, tool, args, args_hash, level, title,
             reasons, asked_by, run_id is null, (rationale ->> 'confidence')::real, is_drafted, stratum, score,
             looked_at, least_looked_at, steps, ${rungValues("rung")}
           from given join proposed using (action_id) where review_id is not null
           returning review_id)
         insert into holdpoint.drafts (review_id, tenant_id, field, blocks, open_blocks, is_writing)
         select review_id, tenant_id, field, blocks, open_blocks, is_writing
         from given join reviewed using (review_id) where is_drafted`,
        [rows],
        "later",
      );
    },

    async standing(tenant, actionId) {
      const [row] = await db.once<StandingRow>(
        { tenant },
        `/* action.standing */ select to_jsonb(a) as action,
           ${latestReview("r.kind <> 'settle'")} as review, ${latestReview("r.kind = 'settle'")} as settle,
           (select to_jsonb(e) from holdpoint.executions e where e.action_id = a.action_id) as execution
         from holdpoint.actions a where a.action_id = $1`,
        [actionId],
      );
      return row ? rowToStanding(row) : null;
    },

    before: (scope, asked) => readDone(db, scope, asked),

    evidence: (tenant, wanted) => readEvidence(db, tenant, wanted),

    async reopen(tenant, actionId, assessment, review) {
      const draft = review.draft && draftToRow(review.draft);
      await db.once(
        { tenant },
        `/* review.reopen */ with opened as (
           insert into holdpoint.reviews (review_id, tenant_id, thread_id, graph_id, action_id, kind, tool, args,
             args_hash, level, title, reasons, requested_by, hosted, confidence, is_drafted, ${rungColumns})
           select $2, tenant_id, thread_id, graph_id, action_id, $7, tool, args, args_hash, $3, $5, $6, requested_by,
             run_id is null, (rationale ->> 'confidence')::real, $8::text is not null, ${rungValues("$4::jsonb")}
           from holdpoint.actions a
           where action_id = $1 and not exists (select from holdpoint.executions e where e.action_id = a.action_id)
           on conflict do nothing
           returning review_id, tenant_id)
         insert into holdpoint.drafts (review_id, tenant_id, field, blocks, open_blocks, is_writing)
         select review_id, tenant_id, $8, $9, $10, false from opened where $8 is not null`,
        [
          actionId,
          review.id,
          assessment.level,
          rungToRow(review.rung),
          storable(review.title),
          storableJson(assessment.reasons),
          review.kind,
          draft?.field ?? null,
          draft?.blocks ?? null,
          draft?.open_blocks ?? null,
        ],
      );
    },

    async withdraw(tenant, actionId) {
      const withdrawn = await db.once(
        { tenant },
        `/* review.withdraw */ update holdpoint.reviews r set status = 'superseded', resumed_at = now()
         where action_id = $1 and kind in ('review', 'reply') and (${isFinal("r")} or status = 'resumed')
           and not exists (select from holdpoint.executions e where e.action_id = $1)
         returning review_id`,
        [actionId],
      );
      return withdrawn.length > 0;
    },

    reopenUnagreed: (tenant, actionId) => reopenUnagreed(db, tenant, actionId),

    async ask(tenant, questions) {
      if (questions.length === 0) return;
      await db.once(
        { tenant },
        `/* review.ask */ insert into holdpoint.reviews (review_id, tenant_id, thread_id, graph_id, kind, interrupt_id,
           interrupt_nth, answer_schema, tool, args, args_hash, level, tier, roles, title, reasons, requested_by)
         select q.id, $2, q.thread_id, q.graph_id, 'question', q.interrupt_id, q.nth, q.answer_schema, q.tool, q.args,
           q.args_hash, 'medium', q.tier, q.roles, q.title, '[]', q.requested_by
         from jsonb_to_recordset($1) q (id uuid, thread_id text, graph_id text, interrupt_id text, nth int,
           answer_schema jsonb, tool text, args text, args_hash text, tier text, roles text[], title text,
           requested_by jsonb)
         on conflict do nothing`,
        [storableJson(questions.map(questionToRow)), tenant],
      );
    },

    async unclosedOf(tenant, threadId) {
      const rows = await db.once<ReviewRow>(
        { tenant },
        `/* review.unclosed */ ${selectReview}
         where r.thread_id = $1 and not r.hosted and r.status in ('open', 'claimed', 'decided')`,
        [threadId],
      );
      return rows.map(rowToReview);
    },

    async close(tenant, reviewIds, as) {
      if (reviewIds.length === 0) return;
      await db.once(
        { tenant },
        `/* review.close */ update holdpoint.reviews set status = $2, resumed_at = now(), version = version + 1
         where review_id = any ($1::uuid[]) and status in ('open', 'claimed', 'decided')
           and ($2 <> 'resumed' or status = 'decided')`,
        [reviewIds, as],
      );
    },

    async markResumed(tenant, actionId) {
      const resumed = await db.once(
        { tenant },
        `/* review.resumed */ update holdpoint.reviews r set resumed_at = now(),
           status = case r.status when 'decided' then 'resumed' else r.status end
         where action_id = $1 and (${isFinal("r")} or ${isExpiredUntold("r")}) returning review_id`,
        [actionId],
      );
      return resumed.length > 0;
    },

    async find(tenant, reviewId) {
      // Cast the other way round, no index would be used.
      if (!isUuid(reviewId)) return null;
      const [row] = await db.once<ReviewRow>(
        { tenant },
        `/* review.find */ ${selectReview} where review_id = $1`,
        [reviewId],
      );
      return row ? rowToReview(row) : null;
    },

    async findMany(tenant, reviewIds) {
      if (reviewIds.length === 0) return [];
      const rows = await db.once<ReviewRow>(
        { tenant },
        `/* review.find-many */ ${selectReview} where review_id = any ($1::uuid[])`,
        [reviewIds],
      );
      return rows.map(rowToReview);
    },

    list: (tenant, filter) => listReviews(db, tenant, filter),

    async decide(tenant, decision) {
      const [row] = await db.once<ReviewRow>(
        { tenant },
        `/* review.decide */ with decided as (
           update holdpoint.reviews r set status = 'decided', version = version + 1, decided_at = now(),
             deciding_until = now() + make_interval(secs => $13)
           where review_id = $2 and status in ('open', 'claimed') and args_hash = $6 and version = $11
             and (expires_at is null or expires_at > now()) and ${isFreeFor("r", "$9::jsonb ->> 'id'")}
             and not ($3 in ('approve', 'edit') and ${isUnfinished("r")}) and ${isStillDeputy("$9::jsonb")}
           returning *),
         settled as (
           update holdpoint.executions e set settled_at = now(),
             state = case when $3 = 'happened' then 'succeeded' else 'failed' end,
             result = case when $3 = 'happened' then coalesce($8, 'A person confirmed that it happened.') end,
             error = case when $3 = 'not_happened' then coalesce($7, 'A person confirmed that it did not happen.') end
           from decided where e.action_id = decided.action_id and decided.kind = 'settle' and e.state = 'unknown'
             and $3 in ('happened', 'not_happened')),
         rewritten as (
           insert into holdpoint.draft_changes (tenant_id, review_id, kind, before, after, by_whom)
           select tenant_id, review_id, 'whole', $14, $15, $9 from decided where $14::text is not null),
         recorded as (
           insert into holdpoint.decisions (decision_id, tenant_id, review_id, action_id, type, args, args_hash, seen_hash,
             reason, message, decided_by, idempotency_key, answers)
           select $1, tenant_id, review_id, action_id, $3, $4, $5, $6, $7, $8, $9, $10, $12 from decided
           returning *),
         ${lending("decided", "$16", "jsonb_build_array($9::jsonb)")}
         select decided.*, ${alsoOf("decided")}, to_jsonb(recorded) as decision from decided, recorded`,
        [
          decision.id,
          decision.reviewId,
          decision.type,
          canonicalJson(decision.args),
          decision.argsHash,
          decision.seenHash,
          storable(decision.reason),
          storable(decision.message),
          storableJson(decision.decidedBy),
          storable(decision.idempotencyKey),
          decision.version,
          storableJson(decision.answers),
          decision.undoMs === null ? null : decision.undoMs / 1_000,
          storable(decision.rewritten?.before ?? null),
          storable(decision.rewritten?.after ?? null),
          stepsToRow(decision.lends),
        ],
      );
      return row ? rowToReview(row) : null;
    },

    async vote(tenant, vote) {
      return (await castVote(db, tenant, vote)) ? this.find(tenant, vote.reviewId) : null;
    },

    undo: (tenant, reviewId, by) => undoDecision(db, tenant, reviewId, by),

    claim: (tenant, claim) => claimReview(db, tenant, claim),
    release: (tenant, reviewId, by) => releaseReview(db, tenant, reviewId, by),
    comment: (review, by, said) => noteComment(db, review, by, said),
    handOn: (tenant, handOn) => handReviewOn(db, tenant, handOn),
    extend: (tenant, extension) => extendReview(db, tenant, extension),

    async amend(tenant, amendment) {
      const [row] = await db.once<Omit<ReviewRow, "decision">>(
        { tenant },
        `/* review.amend */ with amended as (
         update holdpoint.reviews r set version = version + 1, round = round + 1, args = $3, args_hash = $4, level = $5,
           title = $7, reasons = $8, requested_by = $9, claimed_by = null, claimed_until = null, handed_on_by = null,
           (${rungColumns}) = (${rungValues("$6::jsonb")})
         where review_id = $1 and status = 'open' and not ${isOverdue("r")} and args_hash = $2 and version = $10
           and ${isFreeFor("r", "$11::jsonb ->> 'id'")} and ${isStillDeputy("$11::jsonb")}
         returning *)
         select amended.*, ${alsoOf("amended")} from amended`,
        [
          amendment.reviewId,
          amendment.seenHash,
          canonicalJson(amendment.args),
          amendment.argsHash,
          amendment.level,
          rungToRow(amendment.rung),
          storable(amendment.title),
          JSON.stringify(amendment.reasons),
          storableJson(amendment.requestedBy),
          amendment.version,
          storableJson(amendment.by),
        ],
      );
      return row ? rowToReview({ ...row, decision: null }) : null;
    },

    async givenBefore(tenant, reviewId, idempotencyKey) {
      const [row] = await db.once<Pick<DecisionRow, "type" | "seen_hash" | "decided_by">>(
        { tenant },
        // One that was taken back is still the answer to its key, unless somebody else has decided since.
        `/* decision.find */ select g.* from holdpoint.reviews r, lateral (
           select type, seen_hash, decided_by, idempotency_key, undone_at from holdpoint.decisions d where d.review_id = r.review_id
           union all
           select type, seen_hash, by_whom, idempotency_key, undone_at from holdpoint.votes v where v.review_id = r.review_id) g
         where r.review_id = $1 and g.idempotency_key = $2 and (g.undone_at is null or r.status = 'open')`,
        [reviewId, storable(idempotencyKey)],
      );
      return row ? { type: row.type, seenHash: row.seen_hash, decidedBy: row.decided_by } : null;
    },
  };
}
