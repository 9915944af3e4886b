// What keeps somebody from deciding a review, before anything is said of the answer.
import { authorityOf, holdsRole, subjectOf, type Principal } from "../kernel/principal.js";
import type { Review, Vote } from "./types.js";

export type Bar =
  /** Agents decide nothing. */
  | { kind: "agent" }
  | { kind: "role" }
  /** They have a role of this tier, and it is another one's turn. */
  | { kind: "turn" }
  /** They asked for it themselves, whichever account it was by. */
  | { kind: "asked" }
  /** They have voted, or somebody by the same right. */
  | { kind: "voted"; vote: Vote };

/** What of a review says who may decide it. */
export type Decided = Pick<Review, "roles" | "panel" | "requestedBy" | "votes">;

export function barOf(by: Principal, review: Decided): Bar | null {
  const { panel, requestedBy, votes, roles } = review;
  if (by.kind === "agent") return { kind: "agent" };
  const vote = votes.find((one) => isOneWith(by, one.by));
  if (vote) return { kind: "voted", vote };
  const isInAnyTurn = holdsRole(by, panel.turns ?? roles);
  if (panel.fourEyes && isInAnyTurn && isOneWith(by, requestedBy)) return { kind: "asked" };
  if (holdsRole(by, roles)) return null;
  return isInAnyTurn ? { kind: "turn" } : { kind: "role" };
}

/** Is it one person's word, by whatever account, or one's and that of who has it in their stead? */
export function isOneWith(by: Principal, other: Principal): boolean {
  const others = [subjectOf(other), authorityOf(other)];
  return others.includes(subjectOf(by)) || others.includes(authorityOf(by));
}
