// Reviews as people work through them.
import type { RiskLevel } from "../policies/words.js";
import type { ReviewStatus } from "./types.js";

export interface ReviewFilter {
  /** `open`: every undecided review, claimed ones too. Absent: all. */
  status?: "open" | ReviewStatus;
  threadId?: string;
  graphId?: string;
  tool?: string;
  tier?: string;
  level?: RiskLevel;
  /** It was opened at least so long ago. */
  olderThanMinutes?: number;
  /** The agent said that it was less sure than this; what it said nothing of is not among them. */
  confidenceBelow?: number;
  /** Who has them; null: those that nobody has. */
  claimedBy?: string | null;
  /** Somebody asks this person something about them, and waits for their words. */
  askedOf?: string;
  /** Of these decided ones, whose decision this person may still take back. */
  decidingBy?: string;
  /** `oldest` first (as it is where none is named), or the gravest first, of these what has the least time left, then the oldest. */
  order?: "oldest" | "risk";
  limit: number;
  /** A cursor of the same order. */
  after?: string;
}

/** Where the queue stands. */
export interface ReviewTally {
  open: number;
  /** Of these, those that somebody has to themselves. */
  claimed: number;
  byLevel: Record<string, number>;
  byTier: Record<string, number>;
  byTool: Record<string, number>;
  byGraph: Record<string, number>;
  /** When the oldest of those that wait was opened. */
  oldest: Date | null;
  /** Since the time that was asked for. */
  decided: number;
  /** Of these, the calls that a person changed, refused or answered instead. */
  overridden: number;
}
