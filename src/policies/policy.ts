import type { Expression } from "./cel.js";
import type { EffectClass, Reversibility, RiskLevel } from "./words.js";

/**
 * A policy as the rest of Holdpoint sees it: checked, compiled and frozen. Only `load-policy.ts` makes one, so whoever
 * holds a `Policy` need not ask again whether its tiers exist or its rules compile.
 */
export interface Policy {
  /** Hash of the file's content: comments, spacing and the order of keys do not change it; the order of tiers does. */
  readonly version: string;
  readonly tools: ReadonlyMap<string, ToolPolicy>;
  /** In the order of the file, which is the order of the reasons a reviewer reads. */
  readonly rules: readonly Rule[];
  /** The ladder, lowest first. Never empty. */
  readonly tiers: readonly Tier[];
  /** Who releases what is held without a rule. */
  readonly defaultTier: string;
  /** How long a decision may be taken back by who made it; nothing of it happens before. Null: not at all. */
  readonly undoMs: number | null;
  /** Words to reject any call with; those of a tool stand with the tool. */
  readonly rejectReasons: readonly string[];
}

/** What the company says of a tool. Each word that is given wins over what the tool's author declared. */
export interface ToolPolicy {
  readonly reversibility: Reversibility | null;
  readonly effect: EffectClass | null;
  /** May only raise the level that follows from the reversibility. */
  readonly level: RiskLevel | null;
  readonly amount: Expression<number> | null;
  readonly currency: string | null;
  readonly batch: BatchPolicy | null;
  readonly draft: DraftPolicy | null;
  readonly rejectReasons: readonly string[];
}

/** May calls of a tool be decided together? `same`: the arguments that have to be the same in all of them. */
export type BatchPolicy = "never" | { readonly same: readonly string[] };

/** Are the words of a call written together? `field`: the argument that carries them. */
export type DraftPolicy = "never" | { readonly field: string };

export type Rule = HoldRule | DenyRule | AllowRule;
export type Verdict = Rule["verdict"];

export interface HoldRule extends RuleBase {
  readonly verdict: "hold";
  readonly tier: string;
  readonly guideline: Guideline | null;
  /** Have to be answered before a call that this rule holds is released. */
  readonly questions: readonly string[];
}

/** How a case of this kind is decided well: in words, or where they stand. Never without both. */
export interface Guideline {
  readonly text: string | null;
  readonly link: string | null;
}

export interface DenyRule extends RuleBase {
  readonly verdict: "deny";
}

/** Lets a compensable call run without a person. It never outweighs a hold, and never releases what is irreversible. */
export interface AllowRule extends RuleBase {
  readonly verdict: "allow";
}

interface RuleBase {
  readonly id: string;
  readonly when: Expression<boolean>;
  /** May only raise. */
  readonly level: RiskLevel | null;
  readonly reason: string;
}

/** One rung of the ladder: whoever holds one of the roles may decide what waits here. */
export interface Tier {
  readonly name: string;
  readonly roles: readonly string[];
  /** Null: what waits here waits until somebody decides. */
  readonly deadline: Deadline | null;
}

/** How long a rung has to answer, and what then. Nothing is ever approved by silence. */
export interface Deadline {
  readonly ms: number;
  readonly after: AfterDeadline;
}

/** It goes on to a higher rung; or it is refused; or it waits on, without a deadline. */
export type AfterDeadline =
  | { readonly kind: "escalate"; readonly tier: string }
  | { readonly kind: "reject" }
  | { readonly kind: "park" };

/** The policy in force. A reload that fails leaves the last good one in force and says what was wrong. */
export interface PolicySource {
  current(): Policy;
  replace(next: () => Policy): Replacement;
}

export type Replacement = { ok: true; policy: Policy } | { ok: false; error: Error };

/** Reasons that do not come from a rule. No rule may take one of these ids. */
export const builtInReasons = [
  "irreversible",
  "compensable",
  "possible-repeat",
  "differs-from-record",
  "not-on-record",
  "outcome-unknown",
  "draft",
  "answers",
] as const;

/** The highest of the tiers asked for. Where none is asked for, or an unknown one, nobody below the default decides. */
export function highestTier(policy: Policy, asked: readonly string[]): string {
  const ranks = asked.map((name) => rankOf(policy, name));
  const highest = policy.tiers[Math.max(...ranks)];
  return highest?.name ?? policy.defaultTier;
}

/** The tiers from this one up. None where the policy does not have it: nothing is known to be above it. */
export function ladderFrom(policy: Policy, name: string): string[] {
  const rank = rankOf(policy, name);
  return rank < 0 ? [] : policy.tiers.slice(rank).map((tier) => tier.name);
}

function rankOf(policy: Policy, name: string): number {
  return policy.tiers.findIndex((tier) => tier.name === name);
}

/** The roles of a tier. A tier that the policy no longer has is nobody's: what waits there cannot be released. */
export function deadlineOf(policy: Policy, name: string): Deadline | null {
  return policy.tiers.find((tier) => tier.name === name)?.deadline ?? null;
}

export function rolesOf(policy: Policy, name: string): readonly string[] {
  return policy.tiers.find((tier) => tier.name === name)?.roles ?? [];
}
