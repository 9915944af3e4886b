// What a client sees of a hold: one object that each front reads in its own words. The person who chats can read it,
// and checkpoints keep it for ever, so it says what waits and not why it is suspected; that is at /reviews/:id.
import type { JsonObject } from "../kernel/json.js";
import type { AfterDeadline } from "../policies/policy.js";
import { labelsIn } from "./reply.js";
import { answersByKind, answersTo, type Review, type ReviewKind } from "./types.js";

export interface HoldPayload {
  /** Ours. `parked`: nothing to decide; it met a fault and is tried again by itself. */
  holdpoint: {
    reviewId: string | null;
    kind: ReviewKind | "parked";
    title: string;
    argsHash: string;
    /** Its words are finished block by block, at `/reviews/:id/draft`; until then it cannot be approved. */
    hasDraft: boolean;
    allowedAnswers: readonly string[];
    expiresAt: string | null;
    /** What happens at `expiresAt`; not to whom it goes on, which says why it is held. */
    onSilence: AfterDeadline["kind"] | null;
  };
  [key: string]: unknown;
}

export function holdOf(review: Review, callId: string, argsSchema: JsonObject): HoldPayload {
  const expiresAt = review.expiresAt?.toISOString() ?? null;
  return {
    ...wordsFor(review, argsSchema),
    ...inBothSpellings("toolCallId", "tool_call_id", callId),
    // AG-UI takes text or nothing.
    ...(expiresAt === null ? {} : inBothSpellings("expiresAt", "expires_at", expiresAt)),
    holdpoint: {
      reviewId: review.id,
      kind: review.kind,
      title: titleForChats(review),
      // Short words could be guessed by their hash.
      argsHash: review.kind === "reply" ? "" : review.argsHash,
      hasDraft: review.kind !== "reply" && review.draft !== null,
      allowedAnswers: review.kind === "reply" ? [] : answersTo(review),
      expiresAt,
      onSilence: review.onSilence?.kind ?? null,
    },
  };
}

function wordsFor(review: Review, argsSchema: JsonObject): object {
  const { kind } = review;
  switch (kind) {
    case "review":
      return askedToRelease(review, argsSchema);
    case "settle":
      return askedToSettle(review);
    case "ask":
    case "handover":
      return askedToAnswer(review);
    case "plan":
      return askedToReleaseAll(review);
    case "reply":
      return beingRead(review);
    case "question":
      throw new Error("What a graph asks is shown as the graph asks it.");
  }
}

/** May it run? Every front has words for that. */
function askedToRelease(review: Review, argsSchema: JsonObject): object {
  const { tool, args, title } = review;
  const message = `${title} waits for approval.`;
  const allowed = answersTo(review);
  // What a schema refers to stands in its root, wherever the schema stands; and inside another it names no dialect.
  const { $schema: _dialect, $defs, definitions, ...editedArgs } = argsSchema;
  const { actionRequests, config } = asLangChain(tool, args, message, allowed);
  return {
    actionRequests,
    action_requests: actionRequests,
    reviewConfigs: [{ ...config, argsSchema }],
    review_configs: [{ ...config, args_schema: argsSchema }],
    ...asAgentInbox(tool, args, message, {
      allow_accept: true,
      allow_edit: true,
      allow_respond: allowed.includes("respond"),
      // It is no decision.
      allow_ignore: false,
    }),
    reason: "tool_call",
    message,
    ...inBothSpellings("responseSchema", "response_schema", {
      type: "object",
      properties: {
        approved: { type: "boolean" },
        // AG-UI offers an edit where it finds this name.
        editedArgs,
        reason: { type: "string", description: "Why not, or why." },
      },
      required: ["approved"],
      ...($defs === undefined ? {} : { $defs }),
      ...(definitions === undefined ? {} : { definitions }),
    }),
  };
}

/** May these calls be made? It is approved as it is, or not. */
function askedToReleaseAll({ tool, args, title, steps }: Review): object {
  const lines = (steps ?? []).map((step, index) => `${index + 1}. ${step.title}`);
  const message = [`${title}: it waits for approval.`, ...lines].join("\n");
  const { actionRequests, config } = asLangChain(tool, args, message, answersByKind.plan);
  return {
    actionRequests,
    action_requests: actionRequests,
    reviewConfigs: [{ ...config, argsSchema: {} }],
    review_configs: [{ ...config, args_schema: {} }],
    ...asAgentInbox(tool, args, message, {
      allow_accept: true,
      allow_edit: false,
      allow_respond: false,
      allow_ignore: false,
    }),
    reason: "tool_call",
    message,
    ...inBothSpellings("responseSchema", "response_schema", {
      type: "object",
      properties: {
        approved: { type: "boolean" },
        reason: { type: "string", description: "Why not, or why." },
      },
      required: ["approved"],
    }),
  };
}

/**
 * It was attempted; did it happen? Of the words that other fronts know only an answer in words cannot be taken for
 * something else, so that is the one they are offered. In snake_case nothing is asked for: Agent Inbox then goes by
 * `action_request`, which lets a person answer in words, and Agent Chat UI, which cannot, shows what is asked.
 */
function askedToSettle({ tool, args, title }: Review): object {
  const message = `${title}: the outcome is not known. Did it happen? Answer with one of: ${answersByKind.settle.join(", ")}.`;
  const { actionRequests, config } = asLangChain(tool, args, message, ["respond"]);
  return {
    actionRequests,
    reviewConfigs: [{ ...config, argsSchema: {} }],
    ...asAgentInbox(tool, args, message, {
      allow_accept: false,
      allow_edit: false,
      allow_respond: true,
      allow_ignore: false,
    }),
    reason: "confirmation",
    message,
    ...inBothSpellings("responseSchema", "response_schema", {
      type: "object",
      properties: {
        type: { enum: answersByKind.settle },
        message: { type: "string", description: "With `happened`: what came of it." },
      },
      required: ["type"],
    }),
  };
}

/**
 * The agent itself asks. Fronts that know no answer but an edit of arguments are given a field to fill in: `answer`. What
 * stands there is all that is read of such an edit.
 */
function askedToAnswer({ tool, args, title }: Review): object {
  const question = typeof args["question"] === "string" ? args["question"] : title;
  const message = [question, ...labelsIn(args).map((label) => `- ${label}`)].join("\n");
  const fields = { ...args, answer: "" };
  const { actionRequests, config } = asLangChain(tool, fields, message, ["edit", "respond"]);
  const answerSchema = {
    type: "object",
    properties: { answer: { type: "string", description: "One of the options by its words, or any other." } },
    required: ["answer"],
  };
  return {
    actionRequests,
    action_requests: actionRequests,
    reviewConfigs: [{ ...config, argsSchema: answerSchema }],
    review_configs: [{ ...config, args_schema: answerSchema }],
    ...asAgentInbox(tool, fields, message, {
      allow_accept: false,
      allow_edit: true,
      allow_respond: true,
      allow_ignore: false,
    }),
    reason: "input_required",
    message,
    ...inBothSpellings("responseSchema", "response_schema", answerSchema),
  };
}

/** What whoever chats may hear of it: the title of an answer has its words. */
export function titleForChats({ kind, title }: Pick<Review, "kind" | "title">): string {
  return kind === "reply" ? answerWaits : title;
}

const answerWaits = "An answer is written, and a person reads it before it is shown here.";

/** An answer that nobody may read yet, least of all here. There is nothing to decide where it is not shown. */
function beingRead({ tool }: Review): object {
  const { actionRequests, config } = asLangChain(tool, {}, answerWaits, []);
  return {
    actionRequests,
    reviewConfigs: [{ ...config, argsSchema: {} }],
    ...asAgentInbox(tool, {}, answerWaits, {
      allow_accept: false,
      allow_edit: false,
      allow_respond: false,
      allow_ignore: false,
    }),
    reason: "holdpoint:reply",
    message: answerWaits,
  };
}

/** What its lists hold. Clients copy the list of one spelling over that of the other, so each has the names of both. */
function asLangChain(name: string, args: JsonObject, description: string, allowed: readonly string[]) {
  return {
    actionRequests: [{ name, args, arguments: args, description }],
    config: {
      ...inBothSpellings("actionName", "action_name", name),
      ...inBothSpellings("allowedDecisions", "allowed_decisions", allowed),
    },
  };
}

function asAgentInbox(action: string, args: JsonObject, description: string, config: object): object {
  return { action_request: { action, args }, config, description };
}

function inBothSpellings<Camel extends string, Snake extends string, Value>(
  camel: Camel,
  snake: Snake,
  value: Value,
): Record<Camel | Snake, Value> {
  return { [camel]: value, [snake]: value } as Record<Camel | Snake, Value>;
}

/** For an action node that met a fault, as a lost database: it waits, its siblings go on, and it is tried again. */
export function parkedHold(tool: string, callId: string, when = "by itself"): HoldPayload {
  return parked(callId, `${tool} met a fault and will be tried again ${when}.`);
}

/** For a call that was begun before somebody stopped it: whether and how it goes on is seen when that is lifted. */
export function stoppedHold(tool: string, callId: string): HoldPayload {
  return parked(callId, `${tool} was stopped and will be tried again when that is lifted.`);
}

function parked(callId: string, message: string): HoldPayload {
  return {
    reason: "holdpoint:parked",
    message,
    ...inBothSpellings("toolCallId", "tool_call_id", callId),
    holdpoint: {
      reviewId: null,
      kind: "parked",
      title: message,
      argsHash: "",
      hasDraft: false,
      allowedAnswers: [],
      expiresAt: null,
      onSilence: null,
    },
  };
}

/** Another graph may have a field of that name in what it asks. */
export function isHold(value: unknown): value is HoldPayload {
  if (typeof value !== "object" || value === null || !("holdpoint" in value)) return false;
  const { kind, argsHash, allowedAnswers } = Object(value.holdpoint) as Partial<HoldPayload["holdpoint"]>;
  return typeof kind === "string" && typeof argsHash === "string" && Array.isArray(allowedAnswers);
}
