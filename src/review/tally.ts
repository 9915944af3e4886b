// What the votes on a review come to. The rule that one person is one vote stands here, whatever the rows say.
import type { Panel } from "../policies/panel.js";

/** One vote, as far as it counts. */
export interface Ballot {
  type: "approve" | "reject";
  /** The person behind the account. */
  subject: string;
  /** The person whose right it is: another one where it was given in their stead. */
  authority: string;
  /** Does who gave it hold a role whose no is enough? */
  isVeto: boolean;
}

export type Outcome =
  | { kind: "open" }
  | { kind: "approved" }
  | { kind: "rejected" }
  | { kind: "split"; tier: string };

export interface Tally {
  approvals: number;
  rejections: number;
  outcome: Outcome;
}

/**
 * @param requester the person who asked.
 * @param ballots on the arguments that wait, in the order in which they were given. Nothing that comes after the outcome counts.
 */
export function tallyOf(panel: Panel, requester: string, ballots: readonly Ballot[]): Tally {
  let [approvals, rejections] = [0, 0];
  let outcome: Outcome = { kind: "open" };
  const counted = new Set<string>();
  for (const ballot of ballots) {
    if (outcome.kind !== "open") break;
    const people = [ballot.subject, ballot.authority];
    if (people.some((person) => counted.has(person))) continue;
    if (panel.fourEyes && people.includes(requester)) continue;
    for (const person of people) counted.add(person);
    if (ballot.type === "approve") approvals += 1;
    else rejections += 1;
    outcome = outcomeOf(panel, {
      approvals,
      rejections,
      isVetoed: ballot.type === "reject" && ballot.isVeto,
    });
  }
  return { approvals, rejections, outcome };
}

function outcomeOf(
  { quorum, of, split }: Panel,
  { approvals, rejections, isVetoed }: { approvals: number; rejections: number; isVetoed: boolean },
): Outcome {
  if (isVetoed) return { kind: "rejected" };
  if (approvals >= quorum) return { kind: "approved" };
  if (of - rejections >= quorum) return { kind: "open" };
  return split !== null && approvals > 0 ? { kind: "split", tier: split } : { kind: "rejected" };
}
