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
  /** Nobody decided in time: it went up the ladder, waits on without a deadline, or is refused. */
  | { kind: "escalated"; from: string; to: string }
  | { kind: "parked" | "expired" }
);

/** To whom a review goes on. */
export type Addressee = { person: string } | { tier: string };
