// Which of the rules are about what an agent says, and not about what it does. A rule about arguments of tools cannot be
// decided of an answer, and would hold every one: so only those that name the tool `reply` are asked.
import type { Policy, Rule } from "./policy.js";

/** The tool that an answer of an agent is a call of. */
export const replyName = "reply";

/** Does the policy say anything about answers? */
export function isAboutAnswers(policy: Policy): boolean {
  return (
    policy.tools.has(replyName) ||
    policy.rules.some(isRuleAboutAnswers) ||
    policy.validators.some(({ tools }) => tools.includes(replyName))
  );
}

/** The policy as far as it is about answers. They have no score: what is said is held by a rule, or not. */
export function aboutAnswers(policy: Policy): Policy {
  return { ...policy, rules: policy.rules.filter(isRuleAboutAnswers), routing: null };
}

function isRuleAboutAnswers({ when }: Rule): boolean {
  return /(["'])reply\1/.test(when.source);
}
