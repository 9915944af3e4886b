// Calls that were approved in advance: each review is opened as always, and then decided by the approval that fits.
import type { Principal } from "../kernel/principal.js";
import type { Policy } from "../policies/policy.js";
import { fits, isOfAClass, type Candidate, type Fit, type StandingApproval } from "./standing-approval.js";
import type { TaskScope } from "./types.js";

export interface Approvals {
  /** Those that may still be used on calls of these tools by this agent in this thread. */
  live(scope: TaskScope, of: { graphId: string; tools: readonly string[] }): Promise<Live>;
  /**
   * Takes from its budget and decides the review, in one statement. False, and nothing done, where it was used up, revoked
   * or is over, where it is not for this run or this hour any more, or where the review is not open as it was judged.
   */
  use(scope: TaskScope, approval: StandingApproval, call: Candidate, fit: Fit): Promise<boolean>;
}

export interface Live {
  /** That which ends first before the others. */
  approvals: readonly StandingApproval[];
  /** Who asked for the calls: whoever began, where the run only goes on with what waited. */
  asker: Principal;
  /** By the database's clock. */
  now: Date;
}

/** Looks for what fits these calls; what it gives back uses it, once their rows are written. */
export async function approvalsFor(
  approvals: Approvals,
  policy: Policy,
  scope: TaskScope,
  proposed: readonly Candidate[],
): Promise<() => Promise<void>> {
  const calls = proposed.filter((call) => isOfAClass(policy, call));
  const [first] = calls;
  const tools = [...new Set(calls.map(({ tool }) => tool))];
  const live = first && (await approvals.live(scope, { graphId: first.graphId, tools }));
  return async () => {
    if (!live) return;
    for (const call of calls)
      await useOne(approvals, policy, scope, live, { ...call, requestedBy: live.asker });
  };
}

async function useOne(
  approvals: Approvals,
  policy: Policy,
  scope: TaskScope,
  live: Live,
  call: Candidate,
): Promise<void> {
  for (const approval of live.approvals) {
    const fit = fits(policy, approval, call, live.now);
    if (fit && (await approvals.use(scope, approval, call, fit))) return;
  }
}
