// What the approval of a plan lets go, in Postgres: a standing approval for each step, written with the decision.
import type { LentStep } from "../review/store.js";
import { isFinal } from "./review-clock.js";

/**
 * Two more parts of a statement whose part `decided` has the review as it is decided now: each step may be called once
 * within a day, in its conversation.
 * @param steps `stepsToRow`, as a parameter
 * @param signers all who approved, as JSON
 */
export const lending = (decided: string, steps: string, signers: string): string => `
  lent as (
    insert into holdpoint.standing_approvals (approval_id, tenant_id, tool, agent, thread_id, args_hash, max_count, until,
      tier, reason, plan_review_id)
    select l.id, d.tenant_id, l.tool, d.graph_id, d.thread_id, l."argsHash", 1, now() + interval '24 hours', d.tier, l.reason,
      d.review_id
    from ${decided} d, jsonb_to_recordset(${steps}::jsonb) l (id uuid, tool text, "argsHash" text, reason text)
    where d.kind = 'plan' and d.status = 'decided'
    returning tenant_id, approval_id),
  lent_by as (
    insert into holdpoint.standing_signatures (tenant_id, approval_id, person_id, person)
    select lent.tenant_id, lent.approval_id, s.person ->> 'id', s.person
    from lent, jsonb_array_elements(${signers}) s (person))`;

export function stepsToRow(steps: readonly LentStep[] = []): string {
  return JSON.stringify(steps);
}

/** A step is not lent before its plan's decision is final, nor once the plan was withdrawn. */
export const isLent = (
  s: string,
): string => `(${s}.plan_review_id is null or exists (select from holdpoint.reviews p
    where p.review_id = ${s}.plan_review_id and (p.status = 'resumed' or ${isFinal("p")})))`;

/** One more part: what the decisions in `undone` had lent. */
export const takingBack = (undone: string, by: string): string => `
  lent_back as (
    update holdpoint.standing_approvals s set revoked_at = now(), revoked_by = ${by},
      revoked_why = 'The decision on its plan was taken back.'
    from ${undone} where s.plan_review_id = ${undone}.review_id and s.revoked_at is null)`;
