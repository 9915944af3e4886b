// What the policy says to whoever decides on a call: how such cases are decided, what has to be answered first, and
// words to refuse it with.
import type { Guideline, HoldRule, Policy } from "./policy.js";
import type { Reason } from "./words.js";

/** The guidelines of the rules among these reasons, in the policy's order. */
export function guidelinesFor(
  policy: Policy,
  reasons: readonly Reason[],
): { rule: string; guideline: Guideline }[] {
  return holdingRules(policy, reasons).flatMap(({ id, guideline }) =>
    guideline ? [{ rule: id, guideline }] : [],
  );
}

/** What the rules among these reasons ask before they let a call go; each question once. */
export function questionsFor(policy: Policy, reasons: readonly Reason[]): string[] {
  return [...new Set(holdingRules(policy, reasons).flatMap(({ questions }) => questions))];
}

/** Words to reject a call of this tool with: the tool's own come first. */
export function rejectReasonsFor(policy: Policy, tool: string): string[] {
  return [...new Set([...(policy.tools.get(tool)?.rejectReasons ?? []), ...policy.rejectReasons])];
}

function holdingRules({ rules }: Policy, reasons: readonly Reason[]): HoldRule[] {
  const spoke = new Set(reasons.map(({ rule }) => rule));
  return rules.flatMap((rule) => (rule.verdict === "hold" && spoke.has(rule.id) ? [rule] : []));
}
