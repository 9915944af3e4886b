// Drafts as they are kept, beside their reviews.
import type { Draft } from "../drafting/block.js";
import type { Source } from "../drafting/sources.js";
import type { JsonObject } from "../kernel/json.js";
import type { Principal } from "../kernel/principal.js";
import type { Reason, RiskLevel } from "../policies/words.js";
import type { Rung } from "./rung.js";
import type { Review } from "./types.js";

/** What a draft becomes, and what its call is then. The arguments carry its words. */
export interface DraftRevision {
  /** As it was looked at: nothing is written where it was changed since. */
  review: Review;
  draft: Draft;
  args: JsonObject;
  argsHash: string;
  level: RiskLevel;
  rung: Rung;
  title: string;
  reasons: Reason[];
  /** Who asks for it as it is now. */
  requestedBy: Principal;
  /** Null: the agent's own, while it writes. */
  by: Principal | null;
  changes: readonly Omit<DraftChanged, "by" | "at">[];
}

/** One change of a draft, as it stays on record. */
export interface DraftChanged {
  /** Null: the whole text at once, by its agent (`written`) or an answer at a door that knows no blocks (`whole`). */
  blockId: string | null;
  /** `written`: its agent put what it had proposed into blocks. */
  kind: "written" | "accept" | "pick" | "write" | "remove" | "restore" | "take" | "whole";
  before: string;
  after: string;
  by: Principal;
  at: Date;
}

/** Somebody who has the draft before them, and the block they are in. */
export interface DraftEditor {
  person: string;
  blockId: string | null;
}

export interface DraftStore {
  /** One statement, under the review's lock; null where somebody was faster, or nobody may write it any more. */
  revise(tenant: string, revision: DraftRevision): Promise<Review | null>;
  /** What the agent proposes, or a person dismissed. The words stay as they are; null as for `revise`. */
  propose(tenant: string, review: Review, draft: Draft, by: Principal): Promise<Review | null>;
  changes(tenant: string, reviewId: string): Promise<DraftChanged[]>;
  /** Says that somebody has it before them, for a quarter of a minute from now. */
  edit(tenant: string, reviewId: string, editor: DraftEditor): Promise<void>;
  leave(tenant: string, reviewId: string, person: string): Promise<void>;
  editors(tenant: string, reviewId: string): Promise<DraftEditor[]>;
  /** What tools answered in a thread, by our own rows, the newest last. */
  results(tenant: string, threadId: string): Promise<Source[]>;
}
