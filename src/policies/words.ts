/** The words of risk, from mild to severe. Pure data: every part of Holdpoint speaks with these. */

/** Can it be taken back? `compensable`: only by another act that costs something (a counter-booking, a correction). */
export const reversibilities = ["reversible", "compensable", "irreversible"] as const;
export type Reversibility = (typeof reversibilities)[number];

/**
 * What can be known after a crash in mid-call, as the tool's author declares it.
 * `transactional`: effect and record commit together in our Postgres. `keyed`: the remote honours an idempotency key.
 * `queryable`: the remote can be asked by key. `blind`: nothing can be known, a person has to look. The default.
 */
export const effectClasses = ["transactional", "keyed", "queryable", "blind"] as const;
export type EffectClass = (typeof effectClasses)[number];

export const riskLevels = ["low", "medium", "high", "critical"] as const;
export type RiskLevel = (typeof riskLevels)[number];

/**
 * `execute`: runs at once. `review`: unsure, one person looks. `approve`: cannot be undone, the ladder decides.
 * `draft`: carries words for people and is written together first. `refuse`: forbidden, nobody is asked.
 */
export const routes = ["execute", "review", "approve", "draft", "refuse"] as const;
export type Route = (typeof routes)[number];

/** Why a call was routed as it was: the id of the rule or built-in check, and a sentence for the reviewer. */
export interface Reason {
  rule: string;
  text: string;
}

export interface RiskAssessment {
  level: RiskLevel;
  route: Route;
  /** Who releases it; null where nobody has to. */
  tier: string | null;
  reasons: Reason[];
  policyVersion: string;
  argsHash: string;
}

export function worseLevel(a: RiskLevel, b: RiskLevel): RiskLevel {
  return riskLevels.indexOf(a) >= riskLevels.indexOf(b) ? a : b;
}
