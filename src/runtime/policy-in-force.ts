// The policy of an agent: what was given, and what replaces it while it runs.
import type { AgentOptions } from "../options.js";
import { emptyPolicy, loadPolicy } from "../policies/load-policy.js";
import { createPolicySource } from "../policies/policy-source.js";
import type { Policy, Replacement } from "../policies/policy.js";
import type { Database } from "../storage/database.js";
import { recordPolicy } from "../storage/policy-rows.js";

export interface GivenPolicy {
  policy: Policy;
  policyText: string;
}

export function compilePolicy(given: AgentOptions["policy"]): GivenPolicy {
  if (given === undefined) return { policy: emptyPolicy(), policyText: "" };
  return typeof given === "string"
    ? { policy: loadPolicy(given, "policy.yaml"), policyText: given }
    : { policy: given, policyText: "" };
}

export interface PolicyInForce {
  policy(): Policy;
  reloadPolicy(text: string, file?: string): Promise<Replacement>;
}

export function policyInForce(initial: Policy, db: Database, tenant: string): PolicyInForce {
  const source = createPolicySource(initial);
  return {
    policy: () => source.current(),
    async reloadPolicy(text, file = "policy.yaml") {
      let next: Policy;
      try {
        next = loadPolicy(text, file);
      } catch (error) {
        return source.replace(() => {
          throw error;
        });
      }
      // On record before it is in force: what an action was judged by can then always be looked up.
      await recordPolicy(db, tenant, next, text);
      return source.replace(() => next);
    },
  };
}
