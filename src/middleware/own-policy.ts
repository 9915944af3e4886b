// The policy of an agent in the developer's own graph. Nothing here could carry a change out that a person has approved, so
// a policy that asks for it is refused, and none is replaced that does.
import { HoldpointError, messageOf } from "../kernel/errors.js";
import type { Policy, Replacement } from "../policies/policy.js";
import { comeUp, policyInForce, type GivenPolicy } from "../runtime/policy-in-force.js";
import type { Database } from "../storage/database.js";

export interface OwnPolicy {
  policy(): Policy;
  reloadPolicy(text: string, file?: string): Promise<Replacement>;
}

/** Throws `unsupported` where the policy given, or the one in force, has its changes approved. */
export async function policyWithoutChanges(
  given: GivenPolicy,
  at: { db: Database; tenant: string; graphId: string },
): Promise<OwnPolicy> {
  refuseChanges(given.policy);
  const { isHeldBack } = await comeUp(given, at);
  if (isHeldBack) throw guarded(at.graphId);
  const inForce = policyInForce(given, at);
  return {
    policy: inForce.policy,
    async reloadPolicy(text, file = "policy.yaml") {
      try {
        const policy = inForce.read(text, file);
        refuseChanges(policy);
        const standing = await inForce.put(policy, text, { id: file, kind: "service" });
        if (standing) throw guarded(at.graphId);
        return { ok: true, policy, proposed: null };
      } catch (error) {
        return { ok: false, error: error instanceof Error ? error : new Error(messageOf(error)) };
      }
    },
  };
}

function refuseChanges({ changes, tiers }: Policy): void {
  if (tiers.some(({ deadline }) => deadline?.after.kind === "instead"))
    throw new HoldpointError(
      "unsupported",
      "This policy has `instead` after a deadline, and in your own graph Holdpoint has a tool in hand only while it is called. Write another `then`, or serve the agent with createHoldpoint() or the server.",
    );
  if (changes === null) return;
  throw new HoldpointError(
    "unsupported",
    "This policy has `changes`, and holdpointMiddleware() carries none out that a person has approved. Remove it, or serve the agent with createHoldpoint() or the server.",
  );
}

function guarded(graphId: string): HoldpointError {
  return new HoldpointError(
    "unsupported",
    `The policy in force for "${graphId}" has \`changes\`: another is put in force by a review, at a server of that agent, and not by holdpointMiddleware().`,
  );
}
