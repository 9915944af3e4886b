// What happens where nobody answers in time: a review goes up the ladder, is refused, or waits on. Never approved.
import { deadlineOf, type AfterDeadline, type Policy } from "../policies/policy.js";
import type { Resumed, Resumption } from "./resumption.js";
import { rungOf, type Rung } from "./rung.js";
import type { Review } from "./types.js";

/** What a deadline that passed leads to. */
export type Passed = { kind: "escalated"; rung: Rung } | { kind: "parked" } | { kind: "expired" };

/** A review whose time is over. */
export type Due = Resumed &
  Pick<Review, "id" | "version" | "tier" | "onSilence"> & {
    /** When it was found to be over, by the database's clock. */
    seenAt: Date;
  };

export interface Passing {
  due: Due;
  to: Passed;
}

/** In whatever holds the reviews. The clock is the database's, and so is the judgement that it is time. */
export interface DeadlineStore {
  /** Of these agents, those whose time is over, the longest ago first. */
  due(graphIds: readonly string[], limit: number): Promise<Due[]>;
  /** Gives those back that nobody decided, changed or passed since they were looked at; the others stay as they are. */
  pass(passings: readonly Passing[]): Promise<Due[]>;
}

export interface DeadlineDeps {
  deadlines: DeadlineStore;
  resumption: Resumption;
  /** The agents served here, with the policy in force. */
  policies: ReadonlyMap<string, () => Policy>;
  /** Can nobody there release anything? Absent: not known. */
  isUnstaffed?: (policy: Policy, tier: string, tenant: string) => boolean;
}

const atOnce = 1_000;
/** A look ends, whatever a policy makes of it; the next one goes on. */
const mostPages = 1_000;
const resumedAtOnce = 8;

/** Does what is due, until nothing more is. May run in every process, at any time, and as often as it likes. */
export async function passDeadlines({ deadlines, resumption, ...ruling }: DeadlineDeps): Promise<void> {
  const goingOn = new Map<string, Resumed>();
  try {
    for (let page = 0; page < mostPages; page += 1) {
      const due = await deadlines.due([...ruling.policies.keys()], atOnce);
      const passed = await deadlines.pass(due.flatMap((one) => passingOf(ruling, one)));
      for (const { tenant, threadId, graphId, hosted } of passed)
        goingOn.set(JSON.stringify([tenant, threadId]), { tenant, threadId, graphId, hosted });
      // What somebody else has in hand would be found again and again.
      if (passed.length === 0) break;
    }
  } finally {
    // They wait for somebody else now, or their agents are to be told; where this is lost, the sweep makes up for it.
    await resumeAll(resumption, goingOn.values());
  }
}

type Ruling = Pick<DeadlineDeps, "policies" | "isUnstaffed">;

function passingOf({ policies, isUnstaffed }: Ruling, due: Due): Passing[] {
  const policy = policies.get(due.graphId)?.();
  if (!policy) return [];
  const to = afterDeadline(policy, due);
  const isForNobody = to.kind === "escalated" && isUnstaffed?.(policy, to.rung.tier, due.tenant) === true;
  return [{ due, to: isForNobody ? { kind: "expired" } : to }];
}

async function resumeAll(resumption: Resumption, all: IterableIterator<Resumed>): Promise<void> {
  // They share the iterator: each takes what none has taken.
  const one = async (): Promise<void> => {
    for (const of of all) await resumption.resume(of);
  };
  await Promise.all(Array.from({ length: resumedAtOnce }, one));
}

function afterDeadline(policy: Policy, due: Due): Passed {
  const after = onSilence(policy, due);
  switch (after.kind) {
    case "reject":
    case "instead":
      // What is made in its place is its agent's to propose.
      return { kind: "expired" };
    case "park":
      return { kind: "parked" };
    case "escalate":
      return { kind: "escalated", rung: rungOf(policy, after.tier, due.seenAt) };
  }
}

/**
 * As it was fixed when the review came to its rung. Who the next rung is for and how long they have is the policy's in
 * force; a tier that it no longer has leads nowhere, and silence refuses.
 */
export function onSilence(policy: Policy, review: Pick<Review, "tier" | "onSilence">): AfterDeadline {
  const after = review.onSilence ?? deadlineOf(policy, review.tier)?.after ?? refused;
  if (after.kind !== "escalate") return after;
  return policy.tiers.some(({ name }) => name === after.tier) ? after : refused;
}

const refused: AfterDeadline = { kind: "reject" };
