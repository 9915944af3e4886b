// The rows of deciding, as the rest of the house sees them.
import type { Draft } from "../drafting/block.js";
import type { JsonObject } from "../kernel/json.js";
import type { Principal } from "../kernel/principal.js";
import type { AskKind } from "../tools/tool.js";
import type { Rationale } from "../tools/rationale.js";
import type { EffectClass, Reason, RiskAssessment, RiskLevel } from "../policies/words.js";

/** Who acts where: the tenant and thread of the running task, and the caller it runs for. */
export interface TaskScope {
  tenant: string;
  threadId: string;
  checkpointNs: string;
  principal: Principal;
  runId: string | null;
}

/** One tool call of one model message, as the graph carries it. Nothing in it is believed; it is compared with the row. */
export interface ProposedCall {
  messageId: string;
  callIndex: number;
  callId: string;
  tool: string;
  args: JsonObject;
  /** What was wrong with arguments that are not JSON. */
  unreadable?: string;
  /** What the model said of it, for people. No part of the call: never parsed, hashed, run or believed. */
  rationale?: Rationale | null;
}

/** The row that stands for a proposed call. */
export interface Action {
  id: string;
  tenant: string;
  threadId: string;
  /** The agent that proposed it. */
  graphId: string;
  runId: string | null;
  messageId: string;
  callIndex: number;
  callId: string;
  tool: string;
  args: JsonObject;
  argsHash: string;
  assessment: RiskAssessment;
  /** The model's claim. It releases nothing. */
  rationale: Rationale | null;
  requestedBy: Principal;
}

/**
 * `review`: may it run? `settle`: it was attempted; did it happen? `question`: a graph that knows nothing of Holdpoint
 * interrupted, and what a person answers is what its `interrupt()` returns. `ask`, `handover`: the agent itself asks, by a
 * call of `ask_human` or `hand_over`, and what a person answers is what that call returns. `reply`: an answer of the
 * agent; may whoever asked read it?
 */
export type ReviewKind = "review" | "settle" | "question" | "reply" | AskKind;
export type ReviewStatus = "open" | "claimed" | "decided" | "resumed" | "expired" | "superseded";

export interface Review {
  id: string;
  tenant: string;
  threadId: string;
  graphId: string;
  /** Its hold stands in the checkpoints of a host, not in ours. */
  hosted: boolean;
  /** Null for a question of a graph. */
  actionId: string | null;
  kind: ReviewKind;
  status: ReviewStatus;
  version: number;
  tool: string;
  /** Of a question: what the graph asked, under `value`. */
  args: JsonObject;
  argsHash: string;
  /** Of a question: the interrupt, and which answer in turn its task waits for. */
  interrupt: Interrupted | null;
  level: RiskLevel;
  tier: string;
  /** Roles of which a decider needs one. */
  roles: string[];
  title: string;
  reasons: Reason[];
  requestedBy: Principal;
  /** Who has it to themselves, for as long as they do, by the database's clock. */
  claimedBy: Principal | null;
  claimedUntil: Date | null;
  openedAt: Date;
  expiresAt: Date | null;
  /** Its time is over, and nobody has done yet what follows from that. */
  isOverdue: boolean;
  decidedAt: Date | null;
  /** Until then who decided may take it back; null, by the database's clock, where that is over. */
  decidingUntil: Date | null;
  resumedAt: Date | null;
  decision: Decision | null;
  /** Its words, where they are written together. They are those of the arguments, under the draft's `field`. */
  draft: Draft | null;
}

/** LangGraph gives all interrupts of a task one id; they are told apart by how many were answered before. */
export interface Interrupted {
  id: string;
  nth: number;
  /** JSON Schema that an answer has to fit, where the graph named one. */
  answerSchema: JsonObject | null;
}

/**
 * What a person answered. A `review` takes approve, edit, reject or respond (an answer in the tool's stead);
 * a `settle` takes happened (with what came of it), not_happened, or retry.
 */
export const decisionTypes = [
  "approve",
  "edit",
  "reject",
  "respond",
  "happened",
  "not_happened",
  "retry",
] as const;
export type DecisionType = (typeof decisionTypes)[number];

export const answersByKind = {
  review: ["approve", "edit", "reject", "respond"],
  reply: ["approve", "edit", "reject"],
  settle: ["happened", "not_happened", "retry"],
  question: ["respond"],
  ask: ["respond"],
  handover: ["respond"],
} as const satisfies Record<ReviewKind, readonly DecisionType[]>;

/** Does it wait for somebody to let something go: a call, or an answer? */
export function isToRelease({ kind }: Pick<Review, "kind">): boolean {
  return kind === "review" || kind === "reply";
}

export interface Decision {
  id: string;
  type: DecisionType;
  /**
   * The arguments decided on: the edited ones after an edit. To a question: the answer, under `value`. To one of an
   * agent: the option that was picked, under `picked`.
   */
  args: JsonObject;
  argsHash: string;
  /** The hash the reviewer had before them. */
  seenHash: string;
  reason: string | null;
  message: string | null;
  /** To what the rules ask before they let a call go. */
  answers: readonly GivenAnswer[];
  decidedBy: Principal;
  decidedAt: Date;
}

export interface GivenAnswer {
  question: string;
  text: string;
}

export type ExecutionState = "claimed" | "succeeded" | "failed" | "unknown";

export interface Execution {
  id: string;
  actionId: string;
  reviewId: string | null;
  threadId: string;
  tool: string;
  args: JsonObject;
  argsHash: string;
  key: string;
  effect: EffectClass;
  state: ExecutionState;
  epoch: number;
  /** Claimed by nobody: its tool stopped to ask something itself, and is called again. */
  paused: boolean;
  /** What the model is told: the tool's result as text. */
  result: string | null;
  error: string | null;
  startedAt: Date;
  settledAt: Date | null;
}
