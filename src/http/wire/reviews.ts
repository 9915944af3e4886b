import type { JsonObject } from "../../kernel/json.js";
import type { Principal } from "../../kernel/principal.js";
import {
  answersTo,
  isToRelease,
  type Decision,
  type Execution,
  type PlanStep,
  type Review,
} from "../../review/types.js";
import { guidelinesFor, rejectReasonsFor } from "../../policies/asks.js";
import { opensNext } from "../../policies/calendar.js";
import {
  deadlineOf,
  ladderFrom,
  type AfterDeadline,
  type Hours,
  type Policy,
} from "../../policies/policy.js";
import { termsFor, type JudgedBy } from "../../review/terms.js";
import { insteadOf } from "../../policies/instead.js";
import { onSilence } from "../../review/deadlines.js";
import { stepsIn } from "../../review/parse-call.js";
import { titleOf } from "../../review/propose.js";
import { extensionOf } from "../../review/extend.js";
import type { ReviewEvent } from "../../review/events.js";
import type { ReviewTally } from "../../review/queue.js";
import type { ThreadAction } from "../../storage/review-context.js";
import type * as wire from "../contract.js";
import { draftToWire } from "./drafts.js";
import { personToWire } from "./person.js";
import { panelToWire, votesToWire } from "./votes.js";

export function reviewToWire(review: Review, viewer: Principal | null): wire.Review {
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
    panel: panelToWire(review.panel),
    votes: votesToWire(review, viewer),
    title,
    answerSchema: review.interrupt?.answerSchema ?? null,
    reasons: reasons.map(({ rule, text }) => ({ rule, text })),
    allowedAnswers: answersTo(review),
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
    ...(review.steps ? { steps: stepsToWire(review.steps, args) } : {}),
  };
}

function stepsToWire(steps: readonly PlanStep[], args: JsonObject): wire.PlanStep[] {
  const calls = stepsIn(args);
  return steps.map(({ tool, title, argsHash, level, tier, passes, reasons }, index) => ({
    tool,
    title,
    args: calls[index]?.args ?? {},
    argsHash,
    level,
    tier,
    passes,
    reasons: reasons.map(({ rule, text }) => ({ rule, text })),
  }));
}

/** What the policy in force says to whoever decides on it. */
export function instructionsToWire(judged: JudgedBy, review: Review): wire.ReviewInstructions {
  const { policy, tools, unstaffed } = judged;
  const tool = tools.get(review.tool);
  const { reasons, questions } =
    tool && isToRelease(review)
      ? termsFor(judged, review, tool, review.args)
      : { reasons: review.reasons, questions: [] };
  return {
    guidelines: guidelinesFor(policy, reasons).map(({ rule, guideline }) => ({ rule, ...guideline })),
    questions,
    tiers: review.kind === "question" ? [] : tiersFrom(policy, review.tier, unstaffed),
    rejectReasons: rejectReasonsFor(policy, review.tool),
    onSilence: silenceToWire(onSilence(policy, review), review, judged),
    extension: extensionOf(policy, review),
    hours: hoursToWire(deadlineOf(policy, review.tier)?.hours ?? null, judged.evidence.now),
  };
}

/** Where it may be handed on to, after the one that it waits at. */
function tiersFrom(policy: Policy, own: string, unstaffed: readonly string[]): string[] {
  return ladderFrom(policy, own).filter((tier) => tier === own || !unstaffed.includes(tier));
}

function hoursToWire(hours: Hours | null, now: Date | null): wire.ReviewInstructions["hours"] {
  if (!hours || !now) return null;
  const { calendar, outside } = hours;
  const opensAt = opensNext(calendar, now)?.toISOString() ?? null;
  return { zone: calendar.zone, opensAt, outside };
}

function silenceToWire(
  after: AfterDeadline,
  review: Review,
  { tools, unstaffed }: JudgedBy,
): wire.ReviewInstructions["onSilence"] {
  switch (after.kind) {
    case "escalate":
      return unstaffed.includes(after.tier) ? { kind: "expired" } : { kind: "escalated", tier: after.tier };
    case "park":
      return { kind: "parked" };
    case "reject":
      return { kind: "expired" };
    case "instead": {
      if (review.kind !== "review") return { kind: "expired" };
      const { kind, tool } = after;
      const made = insteadOf(after, review);
      if (!made.ok) return { kind, tool, title: tool, args: null };
      return { kind, tool, title: titleOf(tools.get(tool), { tool, args: made.args }), args: made.args };
    }
  }
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
  const {
    id,
    type,
    args,
    argsHash,
    seenHash,
    reason,
    message,
    answers,
    decidedBy,
    approvedBy,
    decidedAt,
    byApproval,
  } = decision;
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
    approvedBy: approvedBy.map(personToWire),
    decidedAt: decidedAt.toISOString(),
    byApproval,
  };
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
