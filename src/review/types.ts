// The rows of deciding, as the rest of the house sees them.
import type { Draft } from "../drafting/block.js";
import type { JsonObject } from "../kernel/json.js";
import type { Principal } from "../kernel/principal.js";
import type { AskKind } from "../tools/tool.js";
import type { Rationale } from "../tools/rationale.js";
import { isTogether, type Panel } from "../policies/panel.js";
import type { AfterDeadline } from "../policies/policy.js";
import type { AssessedStep, EffectClass, Reason, RiskAssessment, RiskLevel } from "../policies/words.js";
import { answersToChange, isNameOfChanges } from "./change-names.js";

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
  /** How likely the model found its arguments, from 0 to 1, where its provider tells. As little believed. */
  certainty?: number | null;
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
 * call of `ask_human` or `hand_over`, and what a person answers is what that call returns. `plan`: may these calls be made,
 * each on exactly its arguments? `reply`: an answer of the agent; may whoever asked read it?
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
  /** Roles of which a decider needs one; where roles decide in turn, the one whose turn it is. */
  roles: string[];
  /** How many have to agree, and how. */
  panel: Panel;
  /** Rises when the votes that were given count no more: with other arguments, or at another tier. */
  round: number;
  /** Those of this round that were not taken back, in their order. None where one person decides. */
  votes: Vote[];
  title: string;
  reasons: Reason[];
  requestedBy: Principal;
  /** Who has it to themselves, for as long as they do, by the database's clock. */
  claimedBy: Principal | null;
  claimedUntil: Date | null;
  openedAt: Date;
  expiresAt: Date | null;
  /** What happens at `expiresAt`. Null: it has no deadline, or it was opened before this was kept, and the policy in force says so. */
  onSilence: AfterDeadline | null;
  /** How often whoever had it gave themselves more time, on this rung. */
  extended: number;
  /** Its time is over, and nobody has done yet what follows from that. */
  isOverdue: boolean;
  decidedAt: Date | null;
  /** Until then who decided may take it back; null, by the database's clock, where that is over. */
  decidingUntil: Date | null;
  resumedAt: Date | null;
  decision: Decision | null;
  /** Its words, where they are written together. They are those of the arguments, under the draft's `field`. */
  draft: Draft | null;
  /** Of a plan: what was found of each step when it was proposed. Its arguments are in `args`. */
  steps: PlanStep[] | null;
}

export interface PlanStep extends AssessedStep {
  /** In its tool's words. */
  title: string;
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
 * a `plan` approve or reject; a `settle` takes happened (with what came of it), not_happened, or retry.
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
  // Whoever wants it otherwise says so, and the agent proposes another one.
  plan: ["approve", "reject"],
} as const satisfies Record<ReviewKind, readonly DecisionType[]>;

/** Which answers a review takes. In the tool's stead answers one person alone. */
export function answersTo({
  kind,
  panel,
  graphId,
}: Pick<Review, "kind" | "panel" | "graphId">): DecisionType[] {
  if (kind === "review" && isNameOfChanges(graphId)) return [...answersToChange];
  return answersByKind[kind].filter((type) => type !== "respond" || !isTogether(panel));
}

/** One person's word among several. */
export interface Vote {
  id: string;
  type: "approve" | "reject";
  by: Principal;
  argsHash: string;
  reason: string | null;
  message: string | null;
  at: Date;
  /** Until then who gave it may take it back; null: it is final. */
  undoUntil: Date | null;
}

/** Does it wait for somebody to let something go: a call, several, or an answer? */
export function isToRelease({ kind }: Pick<Review, "kind">): boolean {
  return kind === "review" || kind === "reply" || kind === "plan";
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
  /** Who was the last to say so, where several decide. */
  decidedBy: Principal;
  /** All who approved, where several decide. */
  approvedBy: Principal[];
  decidedAt: Date;
  /** The standing approval that made it in their name; null: they looked at this very call. */
  byApproval: string | null;
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
