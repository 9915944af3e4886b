// Did only run what was released, on exactly what was decided, and once? Told by the entries of each thread, in their order.
import type { LedgerEntry } from "./chain.js";
import { nameOf } from "./verify-chain.js";
import type { Report } from "./verify.js";

export interface ReleaseCheck {
  take(entry: LedgerEntry, line: number): void;
  /** How many calls were attempted. */
  attempted(): number;
}

/** What is known of one thread, so far. */
interface Thread {
  stream: string;
  calls: Map<string, Call>;
  /** The decision that stands on each review. */
  decided: Map<string, { actionId: string; decision: string; argsHash: string; quorum: number }>;
  /** The votes that count, by review. */
  votes: Map<string, Votes>;
}

type Votes = Map<string, { vote: string; subject: string; argsHash: string }>;

interface Call {
  /** As it was proposed; null: before the ledger began. */
  proposed: { route: string; argsHash: string } | null;
  attempts: number;
  hasSucceeded: boolean;
}

export function createReleaseCheck(report: Report): ReleaseCheck {
  let thread = newThread("");
  let attempted = 0;

  return {
    take(one, line) {
      if (one.stream !== thread.stream) thread = newThread(one.stream);
      const facts = factsOf(one);
      const faults = faultsIn(thread, facts);
      if (facts.event === "execution.claimed" && facts.attempt === 1) attempted += 1;
      note(thread, facts);
      for (const fault of faults) report(line, `${nameOf(one)}: ${fault}`);
    },
    attempted: () => attempted,
  };
}

function newThread(stream: string): Thread {
  return { stream, calls: new Map(), decided: new Map(), votes: new Map() };
}

/** What must not have happened after what went before. */
function faultsIn({ calls, decided, votes }: Thread, facts: Facts): string[] {
  const { event, actionId, reviewId, argsHash } = facts;
  switch (event) {
    case "action.proposed":
      return calls.has(actionId) ? [`the call ${actionId} was proposed twice.`] : [];
    case "review.decided":
      return decided.has(reviewId) ? [`the review ${reviewId} was decided twice.`] : [];
    case "execution.claimed":
    case "execution.succeeded":
    case "execution.failed":
    case "execution.unknown": {
      const call = calls.get(actionId);
      if (!call?.proposed) return [];
      if (call.hasSucceeded) return [`the call ${actionId} had succeeded, and that was not the end of it.`];
      if (facts.attempt <= call.attempts) return [];
      const { proposed } = call;
      if (proposed.route === "execute" && proposed.argsHash === argsHash) return [];
      const words = [...decided].filter(
        ([, word]) => word.actionId === actionId && isYes(word.decision) && word.argsHash === argsHash,
      );
      if (words.length === 0)
        return [`the call ${actionId} was attempted, and nobody had released it on these arguments.`];
      // The last vote and what it leads to are written in one statement, in either order.
      const [short] = words.flatMap(([id, word]) => {
        const people = approversOf(votes.get(id), argsHash);
        return word.quorum > 1 && people < word.quorum
          ? [`${word.quorum} people, and ${people} had approved it`]
          : [];
      });
      return short === undefined ? [] : [`the call ${actionId} was attempted: it takes ${short}.`];
    }
    default:
      return [];
  }
}

function approversOf(cast: Votes | undefined, argsHash: string): number {
  const approvals = [...(cast?.values() ?? [])].filter(
    (one) => one.vote === "approve" && one.argsHash === argsHash,
  );
  return new Set(approvals.map(({ subject }) => subject)).size;
}

function note({ calls, decided, votes }: Thread, facts: Facts): void {
  const { event, actionId, reviewId, voteId, argsHash, decision } = facts;
  switch (event) {
    case "action.proposed":
      calls.set(actionId, { proposed: { route: facts.route, argsHash }, attempts: 0, hasSucceeded: false });
      return;
    case "review.voted": {
      const cast: Votes = votes.get(reviewId) ?? new Map();
      votes.set(reviewId, cast.set(voteId, { vote: facts.vote, subject: facts.subject, argsHash }));
      return;
    }
    case "review.vote_undone":
      votes.get(reviewId)?.delete(voteId);
      return;
    case "review.decided":
      // Who signed a standing approval approved it before, all of them.
      decided.set(reviewId, { actionId, decision, argsHash, quorum: facts.isStanding ? 1 : facts.quorum });
      return;
    case "review.undone":
      decided.delete(reviewId);
      return;
    case "execution.claimed":
    case "execution.succeeded":
    case "execution.failed":
    case "execution.unknown": {
      const call = calls.get(actionId) ?? { proposed: null, attempts: 0, hasSucceeded: false };
      const attempts = Math.max(call.attempts, facts.attempt);
      calls.set(actionId, { ...call, attempts, hasSucceeded: event === "execution.succeeded" });
      return;
    }
    default:
      return;
  }
}

function isYes(decision: string): boolean {
  return decision === "approve" || decision === "edit";
}

type Facts = ReturnType<typeof factsOf>;

/** An entry is what somebody else wrote: what it lacks is empty, and fits nothing. */
function factsOf({ entry }: LedgerEntry) {
  const text = (name: string): string => {
    const value = entry[name];
    return typeof value === "string" ? value : "";
  };
  const count = (name: string): number => {
    const value = entry[name];
    return typeof value === "number" ? value : 1;
  };
  return {
    event: text("event"),
    actionId: text("actionId"),
    reviewId: text("reviewId"),
    voteId: text("voteId"),
    argsHash: text("argsHash"),
    route: text("route"),
    decision: text("decision"),
    vote: text("vote"),
    subject: text("bySubject"),
    isStanding: entry["approvalId"] !== undefined,
    quorum: count("quorum"),
    attempt: count("attempt"),
  };
}
