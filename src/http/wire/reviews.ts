import type { Principal } from "../../kernel/principal.js";
import {
  answersByKind,
  isToRelease,
  type Decision,
  type Execution,
  type Review,
} from "../../review/types.js";
import { guidelinesFor, rejectReasonsFor } from "../../policies/asks.js";
import { ladderFrom, type Policy } from "../../policies/policy.js";
import type { HoldpointTool } from "../../tools/tool.js";
import { termsFor } from "../../review/terms.js";
import { afterDeadline, type Passed } from "../../review/deadlines.js";
import type { ReviewEvent } from "../../review/events.js";
import type { ReviewTally } from "../../review/queue.js";
import type { ThreadAction } from "../../storage/review-context.js";
import type * as wire from "../contract.js";
import { draftToWire } from "./drafts.js";

export function reviewToWire(review: Review): wire.Review {
  const {
    id,
    threadId,
    graphId,
    actionId,
    kind,
    status,
    version,
    tool,
    args,
    argsHash,
    level,
    tier,
    roles,
    title,
    reasons,
  } = review;
  return {
    id,
    threadId,
    graphId,
    actionId,
    kind,
    status,
    version,
    tool,
    args,
    argsHash,
    level,
    tier,
    roles,
    title,
    answerSchema: review.interrupt?.answerSchema ?? null,
    reasons: reasons.map(({ rule, text }) => ({ rule, text })),
    allowedAnswers: [...answersByKind[kind]],
    requestedBy: personToWire(review.requestedBy),
    claimedBy: review.claimedBy && personToWire(review.claimedBy),
    claimedUntil: review.claimedUntil?.toISOString() ?? null,
    openedAt: review.openedAt.toISOString(),
    expiresAt: review.expiresAt?.toISOString() ?? null,
    decidedAt: review.decidedAt?.toISOString() ?? null,
    decidingUntil: review.decidingUntil?.toISOString() ?? null,
    resumedAt: review.resumedAt?.toISOString() ?? null,
    decision: review.decision && decisionToWire(review.decision),
    ...(review.draft ? { draft: draftToWire(review.draft) } : {}),
  };
}

/** What the policy in force says to whoever decides on it. */
export function instructionsToWire(
  policy: Policy,
  review: Review,
  tool: HoldpointTool | undefined,
): wire.ReviewInstructions {
  const { reasons, questions } =
    tool && isToRelease(review)
      ? termsFor(policy, review, tool, review.args)
      : { reasons: review.reasons, questions: [] };
  return {
    guidelines: guidelinesFor(policy, reasons).map(({ rule, guideline }) => ({ rule, ...guideline })),
    questions,
    tiers: review.kind === "question" ? [] : ladderFrom(policy, review.tier),
    rejectReasons: rejectReasonsFor(policy, review.tool),
    onSilence: silenceToWire(afterDeadline(policy, review)),
  };
}

function silenceToWire(passed: Passed): wire.ReviewInstructions["onSilence"] {
  return passed.kind === "escalated" ? { kind: passed.kind, tier: passed.tier } : { kind: passed.kind };
}

export function eventToWire({ by, at, ...event }: ReviewEvent): wire.ReviewEvent {
  return { ...event, by: personToWire(by), at: at.toISOString() };
}

export function tallyToWire({ oldest, ...rest }: ReviewTally): wire.ReviewTally {
  return { ...rest, oldest: oldest?.toISOString() ?? null };
}

export function threadActionToWire({ createdAt, ...rest }: ThreadAction): wire.ThreadAction {
  return { ...rest, createdAt: createdAt.toISOString() };
}

function decisionToWire(decision: Decision): wire.Decision {
  const { id, type, args, argsHash, seenHash, reason, message, answers, decidedBy, decidedAt } = decision;
  return {
    id,
    type,
    args,
    argsHash,
    seenHash,
    reason,
    message,
    answers: answers.map(({ question, text }) => ({ question, text })),
    decidedBy: personToWire(decidedBy),
    decidedAt: decidedAt.toISOString(),
  };
}

/** Who it was; their roles and tenant are nobody's business outside. */
function personToWire({ id, kind }: Principal): wire.Person {
  return { id, kind };
}

/** Without the idempotency key: whoever has it could take our place at the other system. */
export function executionToWire(execution: Execution): wire.Execution {
  const { id, actionId, reviewId, threadId, tool, args, argsHash, effect, state, epoch, result, error } =
    execution;
  return {
    id,
    actionId,
    reviewId,
    threadId,
    tool,
    args,
    argsHash,
    effect,
    state,
    epoch,
    result,
    error,
    startedAt: execution.startedAt.toISOString(),
    settledAt: execution.settledAt?.toISOString() ?? null,
  };
}
