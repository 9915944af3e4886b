// Votes in Postgres. A vote is written under its review's row with what it leads to: of two at once one finds the version
// that it was counted on, and the other one is counted again.
import { canonicalJson } from "../kernel/json.js";
import { authorityOf, subjectOf, type Principal } from "../kernel/principal.js";
import type { NewVote } from "../review/store.js";
import type { Vote } from "../review/types.js";
import { approvalsOf } from "./approval.js";
import type { Database, Statement } from "./database.js";
import { isStillDeputy } from "./deputy-rows.js";
import { storable, storableJson } from "./execution-rows.js";
import { lending, stepsToRow } from "./plan-rows.js";
import { isFreeFor, isOverdue, isUnfinished } from "./review-clock.js";
import { rungColumns, rungToRow, rungValues } from "./rung-columns.js";

/** Those of this round, of a review that several decide. */
export const votesOn = (r: string): string => `case when (${r}.panel ->> 'of')::int > 1 then (
    select jsonb_agg(to_jsonb(v) order by v.version) from holdpoint.votes v
    where v.review_id = ${r}.review_id and v.round = ${r}.round and v.undone_at is null) end as votes`;

export interface VoteRow {
  vote_id: string;
  type: Vote["type"];
  by_whom: Principal;
  args_hash: string;
  reason: string | null;
  message: string | null;
  at: string;
  undo_until: string | null;
}

export function rowToVote(row: VoteRow): Vote {
  return {
    id: row.vote_id,
    type: row.type,
    by: row.by_whom,
    argsHash: row.args_hash,
    reason: row.reason,
    message: row.message,
    at: new Date(row.at),
    undoUntil: row.undo_until === null ? null : new Date(row.undo_until),
  };
}

/** False where the review is not as it was when the votes were counted. */
export async function castVote(db: Database, tenant: string, vote: NewVote): Promise<boolean> {
  const { by, leadsTo } = vote;
  const [row] = await db.once(
    { tenant },
    `/* review.vote */ with stands as (
       update holdpoint.reviews r set version = version + 1, claimed_by = null, claimed_until = null, handed_on_by = null,
         ${standsThen[leadsTo.kind]}
       where review_id = $2 and status = 'open' and version = $3 and round = $4 and args_hash = $6 and not ${isOverdue("r")}
         and ${isFreeFor("r", "$8::jsonb ->> 'id'")} and not ($5 = 'approve' and ${isUnfinished("r")})
         and ${isStillDeputy("$8::jsonb")}
         and ($20::text is distinct from 'approve' or ${approvalsOf("r", "$7")} + 1 >= ($17::jsonb ->> 'quorum')::int)
       returning *),
     given as (
       insert into holdpoint.votes (vote_id, tenant_id, review_id, round, type, by_whom, subject, authority, args_hash,
         seen_hash, version, reason, message, answers, idempotency_key, undo_until)
       select $1, tenant_id, review_id, $4, $5, $8, $9, $10, $7, $6, $3, $11, $12, $13, $14,
         now() + make_interval(secs => $15)
       from stands),
     recorded as (
       insert into holdpoint.decisions (decision_id, tenant_id, review_id, action_id, type, args, args_hash, seen_hash,
         reason, message, decided_by, idempotency_key, answers, approved_by)
       select $16, tenant_id, review_id, action_id, $20, $19, $7, $6, $11, $12, $8, $14, $13, $18 from stands
       where $20 is not null),
     noted as (
       insert into holdpoint.review_events (tenant_id, review_id, kind, by_whom, body)
       select tenant_id, review_id, 'split', $8, jsonb_build_object('from', $21::text, 'to', tier) from stands
       where $21::text is not null),
     ${lending("stands", "$22", "$18::jsonb")}
     select review_id from stands`,
    [
      vote.id,
      vote.reviewId,
      vote.version,
      vote.round,
      vote.type,
      vote.seenHash,
      vote.argsHash,
      storableJson(by),
      storable(subjectOf(by)),
      storable(authorityOf(by)),
      storable(vote.reason),
      storable(vote.message),
      storableJson(vote.answers),
      storable(vote.idempotencyKey),
      vote.undoMs === null ? null : vote.undoMs / 1_000,
      leadsTo.kind === "decision" ? leadsTo.id : null,
      leadsTo.kind === "split" ? rungToRow(leadsTo.rung) : storableJson({ ...vote.panel, roles: vote.roles }),
      storableJson(leadsTo.kind === "decision" ? leadsTo.approvedBy : []),
      leadsTo.kind === "decision" ? canonicalJson(leadsTo.args) : null,
      leadsTo.kind === "decision" ? leadsTo.type : null,
      leadsTo.kind === "split" ? storable(leadsTo.from) : null,
      stepsToRow(leadsTo.kind === "decision" ? leadsTo.lends : []),
    ],
  );
  return row !== undefined;
}

/** Another text whenever somebody has voted or taken a vote back. */
export const votesNow = (tenant: string): Statement => ({
  text: `/* review.votes-now */ select concat_ws(' ',
       (select max(at) from holdpoint.votes where tenant_id = $1),
       (select max(undone_at) from holdpoint.votes where tenant_id = $1 and undone_at is not null)) as votes`,
  params: [tenant],
});

/** What changes in where the review stands: the panel may have become stricter, and the turn may be another's. */
const standsThen = {
  more: "panel = $17::jsonb - 'roles', roles = array(select jsonb_array_elements_text($17::jsonb -> 'roles'))",
  decision:
    "panel = $17::jsonb - 'roles', status = 'decided', decided_at = now(), deciding_until = now() + make_interval(secs => $15)",
  split: `round = round + 1, (${rungColumns}) = (${rungValues("$17::jsonb")})`,
} as const satisfies Record<NewVote["leadsTo"]["kind"], string>;
