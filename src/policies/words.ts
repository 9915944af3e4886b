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

/** What was found out about a call that no rule settles. */
export interface RoutedScore {
  /** The kind of call whose decisions it counts among. */
  stratum: string;
  /** 0 … 1: how little speaks against it. */
  score: number;
  /** What it is made of, that first which takes most from it; null: not known. */
  parts: { signal: string; value: number | null; weight: number }[];
  /** With which probability a person sees a call that stands as this one does. */
  lookedAt: number;
  /** The smallest such probability of any call of its kind at that time. */
  leastLookedAt: number;
}

/** Decisions about people that law wants a person to make. */
export const reservedCategories = [
  "employment",
  "credit",
  "insurance",
  "benefits",
  "education",
  "housing",
  "health",
  "migration",
  "justice",
] as const;
export type ReservedCategory = (typeof reservedCategories)[number];
/** What a plan's approval means for one of its steps. */
export type StepPasses =
  /** It runs at once, whatever becomes of the plan. */
  | "unasked"
  /** Once the plan is approved. */
  | "with-plan"
  /** Somebody is asked about it by itself when it is called. */
  | "by-itself";

export interface AssessedStep {
  tool: string;
  argsHash: string;
  level: RiskLevel;
  /** Null where nobody has to release it. */
  tier: string | null;
  passes: StepPasses;
  reasons: Reason[];
}

export interface RiskAssessment {
  level: RiskLevel;
  route: Route;
  /** Who releases it; null where nobody has to. */
  tier: string | null;
  reasons: Reason[];
  /** Absent where it was not asked for, or not known. */
  score?: RoutedScore;
  /** A rule, a validator or the score has a say, and it is not known which. Absent: all are known. */
  isUndecided?: true;
  /** Of a plan: its steps, in their order. */
  steps?: AssessedStep[];
  policyVersion: string;
  argsHash: string;
}

export function worseLevel(a: RiskLevel, b: RiskLevel): RiskLevel {
  return riskLevels.indexOf(a) >= riskLevels.indexOf(b) ? a : b;
}
