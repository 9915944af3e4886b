import type { Draft } from "../drafting/block.js";
import type { JsonObject } from "../kernel/json.js";
import type { Principal } from "../kernel/principal.js";
import type { RiskAssessment } from "../policies/words.js";
import type { ReviewFilter } from "./queue.js";
import type {
  Action,
  Decision,
  DecisionType,
  Execution,
  GivenAnswer,
  Interrupted,
  Review,
  ReviewKind,
  TaskScope,
} from "./types.js";

/** A review to be opened with an action's row. */
export interface NewReview {
  id: string;
  kind: Exclude<ReviewKind, "settle" | "question">;
  tier: string;
  roles: string[];
  /** How long they have; null: as long as they need. */
  respondMs: number | null;
  title: string;
  /** Its words, where they are written together. */
  draft: Draft | null;
}

export interface Proposal {
  action: Action;
  /** Null where nobody has to decide. */
  review: NewReview | null;
}

/** An interrupt of a graph that knows nothing of Holdpoint, as a review to be opened. */
export interface NewQuestion {
  id: string;
  threadId: string;
  graphId: string;
  interrupt: Interrupted;
  /** The node that asks. */
  tool: string;
  args: JsonObject;
  argsHash: string;
  tier: string;
  roles: string[];
  title: string;
  requestedBy: Principal;
}

/** All that is on record about one action. */
export interface Standing {
  action: Action;
  /** The latest review that comes before anything runs (of any kind but `settle`), with its decision. */
  review: Review | null;
  /** The latest review of kind `settle`, with its decision. */
  settle: Review | null;
  execution: Execution | null;
}

/** An answer that passed every check, on its way into the record. */
export interface NewDecision {
  id: string;
  reviewId: string;
  type: DecisionType;
  args: JsonObject;
  argsHash: string;
  seenHash: string;
  /** The version the decider's right was checked on: a change since may ask for more. */
  version: number;
  reason: string | null;
  message: string | null;
  answers: readonly GivenAnswer[];
  /** Words of a draft that were written anew as a whole, past its blocks. */
  rewritten: Rewritten | null;
  /** How long it may be taken back; null: it is final. */
  undoMs: number | null;
  decidedBy: Principal;
  idempotencyKey: string | null;
}

export interface Rewritten {
  before: string;
  after: string;
}

/** The arguments a reviewer changed without being allowed to release them: a new proposal on the same review. */
export interface Amendment {
  reviewId: string;
  seenHash: string;
  version: number;
  args: JsonObject;
  argsHash: string;
  level: Review["level"];
  tier: string;
  roles: string[];
  respondMs: number | null;
  title: string;
  reasons: Review["reasons"];
  requestedBy: Principal;
  by: Principal;
}

/** Somebody takes a review for a while, or is given it. */
export interface Claim {
  reviewId: string;
  version: number;
  by: Principal;
  to: Principal;
  forMs: number;
  note: string | null;
}

export interface HandOn {
  reviewId: string;
  version: number;
  by: Principal;
  tier: string;
  roles: string[];
  respondMs: number | null;
  note: string | null;
}

/** Actions and reviews, in whatever holds them. Every write is idempotent or guarded; none overwrites a decision. */
export interface ReviewStore {
  /** Writes rows that are not there yet, with their reviews; leaves those that are as they are. */
  propose(tenant: string, proposals: readonly Proposal[]): Promise<void>;
  standing(tenant: string, actionId: string): Promise<Standing | null>;
  /** Of these calls, those that were already claimed for execution in this thread, as `tool argsHash`. */
  claimedBefore(scope: TaskScope, calls: readonly { tool: string; argsHash: string }[]): Promise<Set<string>>;
  /** Opens a review for an action that needed none when it was proposed, and has not been claimed yet. */
  reopen(tenant: string, actionId: string, assessment: RiskAssessment, review: NewReview): Promise<void>;
  /** Takes the release back that a decision gave an action, before it was used. False where there is none to take. */
  withdraw(tenant: string, actionId: string): Promise<boolean>;
  /** Opens reviews for interrupts that have none yet. */
  ask(tenant: string, questions: readonly NewQuestion[]): Promise<void>;
  /** The reviews of a thread that wait for a person, or whose decision waits to be delivered. */
  unclosedOf(tenant: string, threadId: string): Promise<Review[]>;
  /** Closes reviews: `resumed` those whose decision was acted on, `superseded` whatever still waits. */
  close(tenant: string, reviewIds: readonly string[], as: "resumed" | "superseded"): Promise<void>;
  /** The decided reviews of an action are acted on. False where there is none: the decision was taken back, or used before. */
  markResumed(tenant: string, actionId: string): Promise<boolean>;

  find(tenant: string, reviewId: string): Promise<Review | null>;
  findMany(tenant: string, reviewIds: readonly string[]): Promise<Review[]>;
  list(tenant: string, filter: ReviewFilter): Promise<{ items: Review[]; next: string | null }>;
  /**
   * Decides, if the review is undecided and its arguments are still those that were seen. Null otherwise:
   * somebody was faster, or the proposal changed. The answer to a settle review settles its execution with it.
   */
  decide(tenant: string, decision: NewDecision): Promise<Review | null>;
  /** Takes back what this person decided, while that may be; null otherwise. */
  undo(tenant: string, reviewId: string, by: Principal): Promise<Review | null>;
  /** Null for each where it is not open, was changed, or somebody else has it. */
  claim(tenant: string, claim: Claim): Promise<Review | null>;
  release(tenant: string, reviewId: string, by: Principal): Promise<Review | null>;
  handOn(tenant: string, handOn: HandOn): Promise<Review | null>;
  /** Puts changed arguments before the next reviewer; null as for `decide`. */
  amend(tenant: string, amendment: Amendment): Promise<Review | null>;
  decisionByKey(tenant: string, reviewId: string, idempotencyKey: string): Promise<Decision | null>;
}
