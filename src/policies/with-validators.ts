import { HoldpointError } from "../kernel/errors.js";
import type { Policy } from "./policy.js";
import type { Validator } from "./validator.js";

/** A policy with the checks that an agent brings. Throws `policy_invalid` where a rule has the name of one. */
export function withValidators(policy: Policy, validators: readonly Validator[]): Policy {
  if (validators.length === 0) return policy;
  const doubled = policy.rules.find(({ id }) => validators.some(({ name }) => name === id));
  if (doubled) {
    throw new HoldpointError(
      "policy_invalid",
      `The rule "${doubled.id}" has the name of a validator of this agent. A reviewer could not tell which one spoke.`,
    );
  }
  const tools = new Set([...policy.reads.tools, ...validators.flatMap(({ reads }) => reads)]);
  return Object.freeze({
    ...policy,
    validators,
    reads: Object.freeze({ tools: [...tools], words: true, now: true }),
  });
}
