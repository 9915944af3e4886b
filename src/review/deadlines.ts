// What happens where nobody answers in time: a review goes up the ladder, is refused, or waits on. Never approved.
import { deadlineOf, rolesOf, type Policy } from "../policies/policy.js";
import type { Resumption } from "./resumption.js";
import type { Review } from "./types.js";

/** What a deadline that passed leads to. */
export type Passed =
  | { kind: "escalated"; tier: string; roles: string[]; respondMs: number | null }
  | { kind: "parked" }
  | { kind: "expired" };

/** In whatever holds the reviews. The clock is the database's, and so is the judgement that it is time. */
export interface DeadlineStore {
  /** Of these agents, those whose time is over, the longest ago first. */
  due(graphIds: readonly string[], limit: number): Promise<Review[]>;
  /** Null where somebody decided it, or changed it, since it was looked at. */
  pass(review: Review, to: Passed): Promise<Review | null>;
}

export interface DeadlineDeps {
  deadlines: DeadlineStore;
  resumption: Resumption;
  /** The agents served here, with the policy in force. */
  policies: ReadonlyMap<string, () => Policy>;
}

const atOnce = 200;

/** Looks once, and does what is due. May run in every process, at any time, and as often as it likes. */
export async function passDeadlines({ deadlines, resumption, policies }: DeadlineDeps): Promise<void> {
  for (const review of await deadlines.due([...policies.keys()], atOnce)) {
    const policy = policies.get(review.graphId)?.();
    const passed = policy && (await deadlines.pass(review, afterDeadline(policy, review)));
    // It waits for somebody else now, or its agent is to be told; where this is lost, the sweep makes up for it.
    if (passed) await resumption.resume(passed);
  }
}

/** By the policy in force: a tier that it no longer has leads nowhere, and silence refuses. */
export function afterDeadline(policy: Policy, { tier }: Pick<Review, "tier">): Passed {
  const after = deadlineOf(policy, tier)?.after ?? { kind: "reject" };
  switch (after.kind) {
    case "reject":
      return { kind: "expired" };
    case "park":
      return { kind: "parked" };
    case "escalate":
      return {
        kind: "escalated",
        tier: after.tier,
        roles: [...rolesOf(policy, after.tier)],
        respondMs: deadlineOf(policy, after.tier)?.ms ?? null,
      };
  }
}
