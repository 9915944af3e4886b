// Did only run what was released, on exactly what was decided, and once? Told by the entries of each thread, in their order.
import type { LedgerEntry } from "./chain.js";
import { nameOf } from "./verify-chain.js";
import type { Report } from "./verify.js";

export interface ReleaseCheck {
  take(entry: LedgerEntry, line: number): void;
  /** How many calls were attempted; and how many of them that nobody had proposed, so that they are not judged. */
  counted(): { attempted: number; unproposed: number };
}

/** What is known of one thread, so far. */
interface Thread {
  stream: string;
  calls: Map<string, Call>;
  /** As each was opened, or changed since. */
  reviews: Map<string, { actionId: string; kind: string; argsHash: string }>;
  /** The decision that stands on each review. */
  decided: Map<string, Decided>;
  /** The votes that count, by review. */
  votes: Map<string, Votes>;
}

interface Decided {
  actionId: string;
  decision: string;
  argsHash: string;
  /** What who decided had before them. */
  seenHash: string;
  quorum: number;
}

type Votes = Map<string, { vote: string; subject: string; authority: string; argsHash: string }>;

interface Call {
  /** As it was proposed; null: before the ledger began. */
  proposed: { route: string; argsHash: string } | null;
  attempts: number;
  /** On which arguments; empty: not attempted. */
  argsHash: string;
  state: "" | "claimed" | "unknown" | "succeeded" | "failed";
}

export function createReleaseCheck(report: Report): ReleaseCheck {
  let thread = newThread("");
  let attempted = 0;
  let unproposed = 0;

  return {
    take(one, line) {
      if (one.stream !== thread.stream) thread = newThread(one.stream);
      const facts = factsOf(one);
      const faults = faultsIn(thread, facts);
      if (facts.event === "execution.claimed" && facts.attempt === 1) {
        attempted += 1;
        if (!thread.calls.has(facts.actionId)) unproposed += 1;
      }
      note(thread, facts);
      for (const fault of faults) report(line, `${nameOf(one)}: ${fault}`);
    },
    counted: () => ({ attempted, unproposed }),
  };
}

function newThread(stream: string): Thread {
  return { stream, calls: new Map(), reviews: new Map(), decided: new Map(), votes: new Map() };
}

/** What must not have happened after what went before. */
function faultsIn(thread: Thread, facts: Facts): string[] {
  const { calls, decided } = thread;
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
      if (call.state === "succeeded" || call.state === "failed")
        return [`the call ${actionId} had ${call.state}, and that was not the end of it.`];
      const isClaim = event === "execution.claimed";
      const attempt = isClaim ? call.attempts + 1 : call.attempts;
      if (call.attempts > 0 && facts.attempt !== attempt)
        return [`attempt ${facts.attempt} of the call ${actionId} comes after attempt ${call.attempts}.`];
      const whyNot =
        isClaim && call.state === "unknown" && !isSentBack(thread, actionId)
          ? "nobody knew whether it had happened, and nobody had sent it back"
          : facts.attempt > call.attempts || argsHash !== call.argsHash
            ? whyUnreleased(thread, call.proposed, facts)
            : null;
      return whyNot === null ? [] : [`the call ${actionId} was attempted, and ${whyNot}.`];
    }
    default:
      return [];
  }
}

/** What `lets` asks for in `storage/approval.ts`, as far as the entries tell it. */
function whyUnreleased(
  thread: Thread,
  proposed: NonNullable<Call["proposed"]>,
  { actionId, argsHash }: Facts,
): string | null {
  if (proposed.route === "execute" && proposed.argsHash === argsHash) return null;
  const words = [...thread.decided].filter(
    ([id, word]) => word.argsHash === argsHash && isYesTo(actionId, thread.reviews.get(id), word),
  );
  if (words.length === 0) return "nobody had released it on these arguments";
  // The last vote and what it leads to are written in one statement, in either order.
  const [short] = words.flatMap(([id, word]) => {
    const people = approversOf(thread.votes.get(id), argsHash);
    return word.quorum > 1 && people < word.quorum
      ? [`it takes ${word.quorum} people, of whom ${people} had approved it`]
      : [];
  });
  return short ?? null;
}

/** Given on a review of the call, which asks for its release and says what was seen. */
function isYesTo(
  actionId: string,
  review: { actionId: string; kind: string; argsHash: string } | undefined,
  word: Decided,
): boolean {
  const isYes = word.decision === "edit" || (word.decision === "approve" && word.argsHash === word.seenHash);
  if (!isYes || word.actionId !== actionId) return false;
  // One that was opened before the ledger began is not known.
  if (!review) return true;
  const isOfCall = review.actionId === actionId && (review.kind === "review" || review.kind === "reply");
  return isOfCall && review.argsHash === word.seenHash;
}

function isSentBack({ decided }: Thread, actionId: string): boolean {
  return [...decided.values()].some((word) => word.actionId === actionId && word.decision === "retry");
}

/** As many as the people, and as those whose rights they have. */
function approversOf(cast: Votes | undefined, argsHash: string): number {
  const approvals = [...(cast?.values() ?? [])].filter(
    (one) => one.vote === "approve" && one.argsHash === argsHash,
  );
  return Math.min(
    new Set(approvals.map(({ subject }) => subject)).size,
    new Set(approvals.map(({ authority }) => authority)).size,
  );
}

function note({ calls, reviews, decided, votes }: Thread, facts: Facts): void {
  const { event, actionId, reviewId, voteId, argsHash, seenHash, decision, kind } = facts;
  switch (event) {
    case "action.proposed":
      calls.set(actionId, { ...newCall, proposed: { route: facts.route, argsHash } });
      return;
    case "review.opened":
    case "review.changed":
      reviews.set(reviewId, { actionId, kind, argsHash });
      return;
    case "review.superseded":
      decided.delete(reviewId);
      return;
    case "review.escalated":
    case "review.split":
    case "review.handed_on":
      // Others are asked, and all of them anew.
      votes.delete(reviewId);
      return;
    case "review.voted": {
      const { vote, subject, authority } = facts;
      const cast: Votes = votes.get(reviewId) ?? new Map();
      votes.set(reviewId, cast.set(voteId, { vote, subject, authority, argsHash }));
      return;
    }
    case "review.vote_undone":
      votes.get(reviewId)?.delete(voteId);
      return;
    case "review.decided": {
      // Who signed a standing approval approved it before, all of them.
      const quorum = facts.isStanding ? 1 : facts.quorum;
      decided.set(reviewId, { actionId, decision, argsHash, seenHash, quorum });
      return;
    }
    case "review.undone":
      decided.delete(reviewId);
      return;
    case "execution.claimed":
    case "execution.succeeded":
    case "execution.failed":
    case "execution.unknown": {
      const { proposed, attempts } = calls.get(actionId) ?? newCall;
      const state = event.slice("execution.".length) as Call["state"];
      calls.set(actionId, { proposed, attempts: Math.max(attempts, facts.attempt), argsHash, state });
      // It is sent back once.
      if (state === "claimed")
        for (const word of decided.values())
          if (word.actionId === actionId && word.decision === "retry") word.decision = "retried";
      return;
    }
    default:
      return;
  }
}

const newCall: Call = { proposed: null, attempts: 0, argsHash: "", state: "" };

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
    seenHash: text("seenHash"),
    kind: text("kind"),
    route: text("route"),
    decision: text("decision"),
    vote: text("vote"),
    subject: text("bySubject"),
    authority: text("authority"),
    isStanding: entry["approvalId"] !== undefined,
    quorum: count("quorum"),
    attempt: count("attempt"),
  };
}
