// Actions, reviews and decisions as they stand in their rows.
import { openIn, type Draft } from "../drafting/block.js";
import { canonicalJson, type JsonObject } from "../kernel/json.js";
import type { Principal } from "../kernel/principal.js";
import { onePerson, type Panel } from "../policies/panel.js";
import type { AfterDeadline } from "../policies/policy.js";
import type { Reason, RiskAssessment, RiskLevel } from "../policies/words.js";
import type { Judged } from "../review/judged.js";
import type { NewQuestion, Proposal, Standing } from "../review/store.js";
import {
  isToRelease,
  type Action,
  type Decision,
  type DecisionType,
  type GivenAnswer,
  type PlanStep,
  type Review,
  type ReviewKind,
  type ReviewStatus,
} from "../review/types.js";
import type { Rationale } from "../tools/rationale.js";
import { byTheClock } from "./review-clock.js";
import { rowToVote, votesOn, type VoteRow } from "./vote-rows.js";
import { rungToRow } from "./rung-columns.js";
import { rowToExecution, storable, storableJson, type ExecutionRow } from "./execution-rows.js";

/** Of the decisions on a review, the one that was not taken back; of one that waits, none is looked for. */
const standingDecision = `case when r.decided_at is not null then (select to_jsonb(d) from holdpoint.decisions d
    where d.review_id = r.review_id and d.undone_at is null) end as decision`;

/** Beside the columns of a review: what is so of it now, the votes that count, and its draft. */
export const alsoOf = (r: string): string =>
  `${byTheClock(r)}, ${votesOn(r)}, case when ${r}.is_drafted then (select to_jsonb(f) from holdpoint.drafts f
    where f.review_id = ${r}.review_id) end as draft`;

export const selectReview = `select r.*, ${alsoOf("r")}, ${standingDecision} from holdpoint.reviews r`;

/** The latest review of the action `a` of which `which` is true. */
export const latestReview = (which: string): string => `(
    select to_jsonb(v) from (${selectReview}
      where r.action_id = a.action_id and ${which} order by r.opened_at desc limit 1) v)`;

export function proposalToRow({ action, review, judged, asOf }: Proposal): Record<string, unknown> {
  const reasons = action.assessment.reasons.map(({ rule, text }) => ({
    rule: storable(rule),
    text: storable(text),
  }));
  const { score } = action.assessment;
  return {
    action_id: action.id,
    tenant_id: action.tenant,
    thread_id: action.threadId,
    graph_id: action.graphId,
    run_id: action.runId,
    message_id: action.messageId,
    call_index: action.callIndex,
    call_id: action.callId,
    tool: storable(action.tool),
    args: canonicalJson(action.args),
    args_hash: action.argsHash,
    route: action.assessment.route,
    assessment: { ...action.assessment, reasons },
    rationale: action.rationale && (JSON.parse(storableJson(action.rationale)) as Rationale),
    kind: review?.kind ?? null,
    requested_by: action.requestedBy,
    review_id: review?.id ?? null,
    level: action.assessment.level,
    rung: review && (JSON.parse(rungToRow(review.rung)) as object),
    title: storable(review?.title ?? ""),
    reasons,
    ...(review?.draft ? draftToRow(review.draft) : {}),
    is_drafted: review?.draft != null,
    steps: review?.steps ? (JSON.parse(storableJson(review.steps)) as object) : null,
    stratum: score?.stratum ?? null,
    score: score?.score ?? null,
    looked_at: score?.lookedAt ?? null,
    least_looked_at: score?.leastLookedAt ?? null,
    judged: JSON.parse(storableJson(judged)) as Judged,
    judged_at: asOf?.at ?? null,
    judged_in: asOf?.snapshot ?? null,
    judged_by: asOf?.by ?? null,
  };
}

export function draftToRow({ field, blocks, proposals, isWriting, model }: Draft): Omit<DraftRow, "version"> {
  return {
    field,
    blocks: JSON.stringify(blocks),
    proposals: JSON.stringify(proposals),
    open_blocks: openIn(blocks).length,
    is_writing: isWriting,
    model,
  };
}

function rowToDraft(row: DraftRow): Draft {
  return {
    field: row.field,
    blocks: JSON.parse(row.blocks) as Draft["blocks"],
    proposals: JSON.parse(row.proposals) as Draft["proposals"],
    isWriting: row.is_writing,
    model: row.model,
    version: row.version,
  };
}

export function questionToRow(question: NewQuestion): Record<string, unknown> {
  const { interrupt, requestedBy, threadId, graphId, args, argsHash, ...rest } = question;
  return {
    ...rest,
    thread_id: threadId,
    graph_id: graphId,
    interrupt_id: interrupt.id,
    nth: interrupt.nth,
    answer_schema: interrupt.answerSchema,
    args: canonicalJson(args),
    args_hash: argsHash,
    requested_by: requestedBy,
  };
}

export interface ActionRow {
  action_id: string;
  tenant_id: string;
  thread_id: string;
  graph_id: string;
  run_id: string | null;
  message_id: string;
  call_index: number;
  call_id: string;
  tool: string;
  args: string;
  args_hash: string;
  assessment: RiskAssessment;
  rationale: Rationale | null;
  requested_by: Principal;
}

/** Times are Dates from a plain column and text from `to_jsonb`. */
type Time = Date | string;

export interface DecisionRow {
  decision_id: string;
  type: DecisionType;
  args: string;
  args_hash: string;
  seen_hash: string;
  reason: string | null;
  message: string | null;
  answers: GivenAnswer[];
  decided_by: Principal;
  approved_by: Principal[];
  decided_at: Time;
  approval_id: string | null;
}

export interface ReviewRow {
  review_id: string;
  tenant_id: string;
  thread_id: string;
  graph_id: string;
  hosted: boolean;
  action_id: string | null;
  interrupt_id: string | null;
  interrupt_nth: number | null;
  answer_schema: JsonObject | null;
  kind: ReviewKind;
  status: ReviewStatus;
  version: number;
  tool: string;
  args: string;
  args_hash: string;
  level: RiskLevel;
  tier: string;
  roles: string[];
  panel: Panel;
  round: number;
  votes?: VoteRow[] | null;
  title: string;
  reasons: Reason[];
  requested_by: Principal;
  claimed_by: Principal | null;
  claimed_until: Time | null;
  is_claimed: boolean | null;
  is_overdue: boolean | null;
  opened_at: Time;
  expires_at: Time | null;
  on_silence: AfterDeadline | null;
  extended: number;
  decided_at: Time | null;
  deciding_until: Time | null;
  is_deciding: boolean | null;
  resumed_at: Time | null;
  decision: DecisionRow | null;
  draft: DraftRow | null;
  steps: PlanStep[] | null;
}

export interface DraftRow {
  field: string;
  blocks: string;
  proposals: string;
  open_blocks: number;
  is_writing: boolean;
  model: string | null;
  version: number;
}

export interface StandingRow {
  action: ActionRow;
  review: ReviewRow | null;
  settle: ReviewRow | null;
  execution: ExecutionRow | null;
}

export function rowToStanding(row: StandingRow): Standing {
  return {
    action: rowToAction(row.action),
    review: row.review && rowToReview(row.review),
    settle: row.settle && rowToReview(row.settle),
    execution: row.execution && rowToExecution(row.execution),
  };
}

export function rowToAction(row: ActionRow): Action {
  return {
    id: row.action_id,
    tenant: row.tenant_id,
    threadId: row.thread_id,
    graphId: row.graph_id,
    runId: row.run_id,
    messageId: row.message_id,
    callIndex: row.call_index,
    callId: row.call_id,
    tool: row.tool,
    args: JSON.parse(row.args) as JsonObject,
    argsHash: row.args_hash,
    assessment: row.assessment,
    rationale: row.rationale,
    requestedBy: row.requested_by,
  };
}

export function rowToReview(row: ReviewRow): Review {
  // A claim is a lease beside the status: once it has run out there is none.
  const isClaimed = row.is_claimed === true;
  return {
    id: row.review_id,
    tenant: row.tenant_id,
    threadId: row.thread_id,
    graphId: row.graph_id,
    hosted: row.hosted,
    actionId: row.action_id,
    interrupt:
      row.interrupt_id === null
        ? null
        : { id: row.interrupt_id, nth: row.interrupt_nth ?? 0, answerSchema: row.answer_schema },
    kind: row.kind,
    status: isClaimed ? "claimed" : row.status,
    version: row.version,
    tool: row.tool,
    args: JSON.parse(row.args) as JsonObject,
    argsHash: row.args_hash,
    level: row.level,
    tier: row.tier,
    roles: row.roles,
    panel: panelIn(row),
    round: row.round,
    votes: (row.votes ?? []).map(rowToVote),
    title: row.title,
    reasons: row.reasons,
    requestedBy: row.requested_by,
    claimedBy: isClaimed ? row.claimed_by : null,
    claimedUntil: isClaimed && row.claimed_until !== null ? new Date(row.claimed_until) : null,
    openedAt: new Date(row.opened_at),
    expiresAt: row.expires_at === null ? null : new Date(row.expires_at),
    onSilence: row.on_silence,
    extended: row.extended,
    isOverdue: row.is_overdue === true,
    decidedAt: row.decided_at === null ? null : new Date(row.decided_at),
    decidingUntil: row.is_deciding && row.deciding_until !== null ? new Date(row.deciding_until) : null,
    resumedAt: row.resumed_at === null ? null : new Date(row.resumed_at),
    decision: row.decision && rowToDecision(row.decision),
    draft: row.draft && rowToDraft(row.draft),
    steps: row.steps,
  };
}

/** What is not to be released is answered, and by one; what became of a call, not by who asked for it where others released it. */
function panelIn(row: Pick<ReviewRow, "kind" | "panel">): Panel {
  if (isToRelease(row)) return row.panel;
  return row.kind === "settle" ? { ...onePerson, fourEyes: row.panel.fourEyes } : onePerson;
}

export function rowToDecision(row: DecisionRow): Decision {
  return {
    id: row.decision_id,
    type: row.type,
    args: JSON.parse(row.args) as JsonObject,
    argsHash: row.args_hash,
    seenHash: row.seen_hash,
    reason: row.reason,
    message: row.message,
    answers: row.answers,
    decidedBy: row.decided_by,
    approvedBy: row.approved_by,
    decidedAt: new Date(row.decided_at),
    byApproval: row.approval_id,
  };
}
