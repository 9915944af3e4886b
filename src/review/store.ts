import type { Draft } from "../drafting/block.js";
import type { Source } from "../drafting/sources.js";
import type { JsonObject } from "../kernel/json.js";
import type { Principal } from "../kernel/principal.js";
import type { Panel } from "../policies/panel.js";
import type { Complained } from "../risk/complaints.js";
import type { RefusedBefore } from "../risk/signals.js";
import type { RiskAssessment } from "../policies/words.js";
import type { Comment } from "./comment.js";
import type { ReviewEvent } from "./events.js";
import type { EvidenceRead, EvidenceWanted } from "./evidence.js";
import type { AsOf, Judged } from "./judged.js";
import type { ReviewFilter } from "./queue.js";
import type { Rung } from "./rung.js";
import type {
  Action,
  Decision,
  DecisionType,
  Execution,
  GivenAnswer,
  Interrupted,
  PlanStep,
  Review,
  ReviewKind,
  TaskScope,
  Vote,
} from "./types.js";

/** A review to be opened with an action's row. */
export interface NewReview {
  id: string;
  kind: Exclude<ReviewKind, "settle" | "question">;
  rung: Rung;
  title: string;
  /** Its words, where they are written together. */
  draft: Draft | null;
  /** Of a plan. */
  steps: PlanStep[] | null;
}

export interface Proposal {
  action: Action;
  /** Null where nobody has to decide. */
  review: NewReview | null;
  judged: Judged;
  /** What the judgement could see; null: nothing was looked up for it. */
  asOf: AsOf | null;
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
  /** Of a plan: the steps that it lets go. */
  lends?: readonly LentStep[];
  decidedBy: Principal;
  idempotencyKey: string | null;
}

/** A step of a plan that is approved: a standing approval of one call, on exactly its arguments. */
export interface LentStep {
  id: string;
  tool: string;
  argsHash: string;
  reason: string;
}

/** One vote that passed every check, and what all of them together lead to. */
export interface NewVote {
  id: string;
  reviewId: string;
  type: Vote["type"];
  by: Principal;
  argsHash: string;
  seenHash: string;
  /** The version that the votes were counted on. */
  version: number;
  round: number;
  reason: string | null;
  message: string | null;
  answers: readonly GivenAnswer[];
  /** How long it may be taken back; null: it is final. */
  undoMs: number | null;
  idempotencyKey: string | null;
  /** What the review waits for from now on, and the roles whose turn it then is. */
  panel: Panel;
  roles: readonly string[];
  leadsTo:
    | { kind: "more" }
    | {
        kind: "decision";
        id: string;
        type: Vote["type"];
        args: JsonObject;
        approvedBy: readonly Principal[];
        lends: readonly LentStep[];
      }
    /** They are divided: another tier decides, and these votes count no more. */
    | { kind: "split"; from: string; rung: Rung };
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
  rung: Rung;
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
  rung: Rung;
  note: string | null;
}

/** Somebody takes more time for it. */
export interface Extension {
  reviewId: string;
  version: number;
  /** How often that was done before. */
  extended: number;
  by: Principal;
  until: Date;
}

export interface AskedBefore {
  calls: readonly { tool: string; argsHash: string }[];
  tools: readonly string[];
  /** Also for what tools answered in this thread. */
  answers: boolean;
}

export interface DoneBefore {
  /** Of these calls, those that were already claimed for execution in this thread, as `tool argsHash`. */
  claimed: ReadonlySet<string>;
  /** Arguments of the last calls of these tools that were carried out, in any conversation: a hundred of each. */
  carriedOut: ReadonlyMap<string, readonly JsonObject[]>;
  /** What was complained about of what these tools did, in any conversation: the newest hundred of each, the newest first. */
  complaints: ReadonlyMap<string, readonly Complained[]>;
  /** The last call of this thread that was judged, where it was not let through as it was; null: nothing was, or it was. */
  refused: RefusedBefore | null;
  /** What tools answered in this thread, by our own rows, the newest last; none where that was not asked for. */
  answers: readonly Source[];
}

/** Actions and reviews, in whatever holds them. Every write is idempotent or guarded; none overwrites a decision. */
export interface ReviewStore {
  /** Writes rows that are not there yet, with their reviews; leaves those that are as they are. */
  propose(tenant: string, proposals: readonly Proposal[]): Promise<void>;
  standing(tenant: string, actionId: string): Promise<Standing | null>;
  /** What was done before, in one round trip. */
  before(scope: Pick<TaskScope, "tenant" | "threadId">, asked: AskedBefore): Promise<DoneBefore>;
  /** What is known of a thread beyond a call: one statement, which keeps what was said. */
  evidence(tenant: string, wanted: EvidenceWanted): Promise<EvidenceRead>;
  /** Opens a review for an action that needed none when it was proposed, and has not been claimed yet. */
  reopen(tenant: string, actionId: string, assessment: RiskAssessment, review: NewReview): Promise<void>;
  /** Takes the release back that a decision gave an action, before it was used. False where there is none to take. */
  withdraw(tenant: string, actionId: string): Promise<boolean>;
  /** Opens a review again that was decided to release by a decision that lets nothing go. False where there is none. */
  reopenUnagreed(tenant: string, actionId: string): Promise<boolean>;
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
  /** Writes a vote and what it leads to; null where the review is not as it was when the votes were counted. */
  vote(tenant: string, vote: NewVote): Promise<Review | null>;
  /** Takes back what this person decided, while that may be; null otherwise. */
  undo(tenant: string, reviewId: string, by: Principal): Promise<Review | null>;
  /** Null for each where it is not open, was changed, or somebody else has it. */
  claim(tenant: string, claim: Claim): Promise<Review | null>;
  release(tenant: string, reviewId: string, by: Principal): Promise<Review | null>;
  handOn(tenant: string, handOn: HandOn): Promise<Review | null>;
  comment(review: Review, by: Principal, said: Comment): Promise<ReviewEvent>;
  extend(tenant: string, extension: Extension): Promise<Review | null>;
  /** Puts changed arguments before the next reviewer; null as for `decide`. */
  amend(tenant: string, amendment: Amendment): Promise<Review | null>;
  givenBefore(tenant: string, reviewId: string, idempotencyKey: string): Promise<GivenBefore | null>;
}

/** An answer that came under the same key: a decision, or a vote. */
export type GivenBefore = Pick<Decision, "type" | "seenHash" | "decidedBy">;
