// What people did with a review, beside deciding it.
import type { Principal } from "../kernel/principal.js";
import type { DecisionType } from "./types.js";

export type ReviewEvent = { by: Principal; at: Date } & (
  | { kind: "claimed" | "released" }
  | { kind: "handed_on"; to: Addressee; note: string | null }
  /** A decision was taken back. */
  | { kind: "undone"; decision: DecisionType }
  /** The agent was asked, and answered. */
  | { kind: "asked"; question: string; answer: string }
  /** A person said something about it; `to`: whom they ask. */
  | { kind: "commented"; text: string; to: string | null }
  /** Somebody who may decide it has more time, until then; ISO 8601. */
  | { kind: "extended"; until: string }
  /** Nobody decided in time: it went up the ladder, waits on without a deadline, or is refused. */
  | { kind: "escalated"; from: string; to: string }
  /** The votes were divided, and it went up the ladder. */
  | { kind: "split"; from: string; to: string }
  | { kind: "parked" | "expired" }
  /** Its hold was gone from its thread: whatever anybody decided, nothing would have come of it. */
  | { kind: "orphaned" }
);

/** To whom a review goes on. */
export type Addressee = { person: string } | { tier: string };
