// What a client sees of a hold: one object that each front reads in its own words. The person who chats can read it,
// and checkpoints keep it for ever, so it says what waits and not why it is suspected; that is at /reviews/:id.
import type { JsonObject } from "../kernel/json.js";
import { answersByKind, type Review, type ReviewKind } from "./types.js";

export interface HoldPayload {
  /** Ours. `parked`: nothing to decide; it met a fault and is tried again by itself. */
  holdpoint: {
    reviewId: string | null;
    kind: ReviewKind | "parked";
    title: string;
    argsHash: string;
    allowedAnswers: readonly string[];
    expiresAt: string | null;
  };
  [key: string]: unknown;
}

export function holdOf(review: Review, callId: string, argsSchema: JsonObject): HoldPayload {
  const { tool: name, args, title } = review;
  const allowedAnswers = answersByKind[review.kind];
  const expiresAt = review.expiresAt?.toISOString() ?? null;
  const message =
    review.kind === "review" ? `${title} waits for approval.` : `${title}: the outcome is not known.`;
  const canReview = review.kind === "review";
  return {
    // LangChain, in both spellings.
    actionRequests: [{ name, args, description: message }],
    reviewConfigs: [{ actionName: name, allowedDecisions: allowedAnswers, argsSchema }],
    action_requests: [{ name, args, arguments: args, description: message }],
    review_configs: [{ action_name: name, allowed_decisions: allowedAnswers, args_schema: argsSchema }],
    // Agent Inbox.
    action_request: { action: name, args },
    config: {
      allow_accept: canReview,
      allow_edit: canReview,
      allow_respond: canReview,
      allow_ignore: canReview,
    },
    description: message,
    // AG-UI.
    reason: canReview ? "tool_call" : "confirmation",
    message,
    toolCallId: callId,
    expiresAt,
    holdpoint: {
      reviewId: review.id,
      kind: review.kind,
      title,
      argsHash: review.argsHash,
      allowedAnswers,
      expiresAt,
    },
  };
}

/** For an action node that met a fault, as a lost database: it waits, its siblings go on, and it is tried again. */
export function parkedHold(tool: string, callId: string, fault: string, when = "by itself"): HoldPayload {
  const message = `${tool} met a fault and will be tried again ${when}: ${fault}`;
  return {
    reason: "holdpoint:parked",
    message,
    toolCallId: callId,
    holdpoint: {
      reviewId: null,
      kind: "parked",
      title: message,
      argsHash: "",
      allowedAnswers: [],
      expiresAt: null,
    },
  };
}

/** Another graph may have a field of that name in what it asks. */
export function isHold(value: unknown): value is HoldPayload {
  if (typeof value !== "object" || value === null || !("holdpoint" in value)) return false;
  const { kind, argsHash, allowedAnswers } = Object(value.holdpoint) as Partial<HoldPayload["holdpoint"]>;
  return typeof kind === "string" && typeof argsHash === "string" && Array.isArray(allowedAnswers);
}
