import type { Calendar } from "./calendar.js";
import type { Expression } from "./cel.js";
import type { Reads } from "./evidence.js";
import type { FactDefinition } from "./facts.js";
import type { Limit } from "./limits.js";
import { onePerson, type Panel } from "./panel.js";
import type { Routing } from "./routing.js";
import type { Validator } from "./validator.js";
import type { EffectClass, ReservedCategory, Reversibility, RiskLevel } from "./words.js";

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
  /** Those that a rule reads. */
  readonly facts: readonly FactDefinition[];
  /** Checks in TypeScript that an agent brings; none of a file's. */
  readonly validators: readonly Validator[];
  /** What all of these look at beyond the call itself. */
  readonly reads: Reads;
  /** The ladder, lowest first. Never empty. */
  readonly tiers: readonly Tier[];
  /** Who releases what is held without a rule. */
  readonly defaultTier: string;
  /** How calls that nothing forbids, holds or allows are routed by their score. Null: by what they can do alone. */
  readonly routing: Routing | null;
  /** Who approves what is to replace this policy. Null: whoever may change its file. */
  readonly changes: { readonly tier: string } | null;
  /** By name: when somebody is there. Tiers name them, and what is approved in advance. */
  readonly calendars: ReadonlyMap<string, Calendar>;
  /** How much each may release. None: whoever may decide releases any amount. */
  readonly limits: readonly Limit[];
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
  /** Which decision about people it makes, or that it makes none; null: its name tells. */
  readonly reserved: ReservedCategory | "never" | null;
  readonly rejectReasons: readonly string[];
}

/** May calls of a tool be decided together? `same`: the arguments that have to be the same in all of them. */
export type BatchPolicy = "never" | { readonly same: readonly string[] };

/** Are the words of a call written together? `field`: the argument that carries them. */
export type DraftPolicy = "never" | { readonly field: string };

export type Rule = HoldRule | DenyRule | AllowRule | NoteRule;
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

/** Holds nothing: whoever decides is told, and what it raises the level of is looked at earlier. */
export interface NoteRule extends RuleBase {
  readonly verdict: "note";
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
  readonly panel: Panel;
  /** Null: what waits here waits until somebody decides. */
  readonly deadline: Deadline | null;
}

/** How long a rung has to answer, and what then. Nothing is ever approved by silence. */
export interface Deadline {
  readonly ms: number;
  readonly after: AfterDeadline;
  /** Null: it is always there. */
  readonly hours: Hours | null;
  /** How often whoever may decide may give themselves more time, and how much; null: not at all. */
  readonly extend: { readonly ms: number; readonly times: number } | null;
}

/** `wait`: only time of the calendar counts. `then`: where nobody is there, what comes after silence comes at once. */
export interface Hours {
  readonly calendar: Calendar;
  readonly outside: Outside;
}

export const outsides = ["wait", "then"] as const;
export type Outside = (typeof outsides)[number];

/** Does anything in it depend on what time it is? */
export function hasHours({ tiers }: Pick<Policy, "tiers">): boolean {
  return tiers.some(({ deadline }) => deadline?.hours);
}

/** It goes on to a higher rung; or it is refused; or it waits on, without a deadline. */
export type AfterDeadline =
  | { readonly kind: "escalate"; readonly tier: string }
  | { readonly kind: "reject" }
  | { readonly kind: "park" }
  | Instead;

/**
 * It is refused, and another call is proposed in its place, which has to be one that can be undone. `args`: by name, an
 * expression over the call that was refused.
 */
export interface Instead {
  readonly kind: "instead";
  readonly tool: string;
  readonly args: Readonly<Record<string, string>>;
}

/** The policy in force. A reload that fails leaves the last good one in force and says what was wrong. */
export interface PolicySource {
  current(): Policy;
  replace(next: () => Policy): Replacement;
}

/** `proposed`: the policy in force has its changes approved, so this one waits for a person, and `policy` still rules. */
export type Replacement =
  | { ok: true; policy: Policy; proposed: Proposed | null }
  | { ok: false; error: Error };

export interface Proposed {
  version: string;
  reviewId: string;
}

/** Reasons that do not come from a rule. No rule may take one of these ids. */
export const builtInReasons = [
  "irreversible",
  "compensable",
  "possible-repeat",
  "differs-from-record",
  "not-on-record",
  "outcome-unknown",
  "stopped",
  "draft",
  "answers",
  "hijack-suspect",
  "from-nowhere",
  "new-recipient",
  "unusual-amount",
  "unusual-reach",
  "sensitive-data",
  "contact-data",
  "reserved-category",
  "prior-complaint",
  "after-refusal",
  "not-scored",
  "not-certified",
  "autonomy-withdrawn",
  "unsure",
  "sampled",
  "certified",
  "doubtful",
  "stronger-model",
  "nobody-decides",
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

export function panelOf(policy: Policy, name: string): Panel {
  return policy.tiers.find((tier) => tier.name === name)?.panel ?? onePerson;
}

export function deadlineOf(policy: Policy, name: string): Deadline | null {
  return policy.tiers.find((tier) => tier.name === name)?.deadline ?? null;
}

/** The roles of a tier. A tier that the policy no longer has is nobody's: what waits there cannot be released. */
export function rolesOf(policy: Policy, name: string): readonly string[] {
  return policy.tiers.find((tier) => tier.name === name)?.roles ?? [];
}
