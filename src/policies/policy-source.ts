import { messageOf } from "../kernel/errors.js";
import type { Policy, PolicySource, Replacement } from "./policy.js";

/** Holds the policy in force. Who watches the file, and when, is not its business. */
export function createPolicySource(initial: Policy): PolicySource {
  let inForce = initial;
  return {
    current: () => inForce,
    replace(next: () => Policy): Replacement {
      try {
        inForce = next();
        return { ok: true, policy: inForce, proposed: null };
      } catch (error) {
        return { ok: false, error: error instanceof Error ? error : new Error(messageOf(error)) };
      }
    },
  };
}
