// What the rules and validators said of a call, as a signal: that somebody looked and found nothing is worth something, and
// that nobody looked is worth nothing.
import type { Policy, Verdict } from "./policy.js";

/** What one of them said: a verdict, or that it could not be decided, which is taken for a hold. */
export interface Spoken {
  verdict: Verdict;
}

/** Something that was seen of the call and told, and held nothing. */
export interface Aside {
  rule: string;
}

/**
 * 1 where at least one rule or validator of this tool looked and none objected; 0 where one objected, or could not be decided;
 * half where none did and something else was seen that speaks against the call, or noted. Null: nobody looks at this tool. A rule that
 * lets a call run has looked where it spoke.
 */
export function heardOf(
  policy: Policy,
  tool: string,
  spoken: readonly Spoken[],
  asides: readonly Aside[] = [],
): number | null {
  if (spoken.some(({ verdict }) => verdict === "hold" || verdict === "deny")) return 0;
  if (!spoken.some(({ verdict }) => verdict === "allow") && !isLookedAt(policy, tool)) return null;
  return asides.length > 0 || spoken.some(({ verdict }) => verdict === "note") ? 0.5 : 1;
}

const looked = new WeakMap<Policy, Map<string, boolean>>();

/** By a rule that could have objected, or a validator. It is the same for all calls of a tool. */
export function isLookedAt(policy: Policy, tool: string): boolean {
  const known = looked.get(policy) ?? new Map<string, boolean>();
  looked.set(policy, known);
  const found =
    known.get(tool) ??
    (policy.validators.some(({ tools }) => tools.includes(tool)) ||
      policy.rules.some(
        ({ verdict, when }) =>
          (verdict === "hold" || verdict === "deny") &&
          (when.uses.tools === null || when.uses.tools.includes(tool)),
      ));
  if (known.size < mostTools) known.set(tool, found);
  return found;
}

/** A model may call tools that do not exist, of as many names as it likes. */
const mostTools = 1_000;
