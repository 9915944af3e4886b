import type { JsonObject } from "../kernel/json.js";
import type { Evidence } from "./evidence.js";
import { scoreOf } from "./composite.js";
import { heardOf } from "./heard.js";
import { highestTier, type Policy, type Rule, type Verdict } from "./policy.js";
import { readableOf } from "./readable-call.js";
import { notScored, passageOf, type Gate } from "./routing.js";
import { effectOf, type DeclaredEffect } from "./tool-policy.js";
import { runValidator, type Validator } from "./validator.js";
import { worseLevel, type Reason, type Reversibility, type RiskAssessment, type RiskLevel } from "./words.js";

/** All that is known of a call when it is judged. Nothing here is the model's opinion of itself. */
export interface CallFacts {
  tool: string;
  args: JsonObject;
  argsHash: string;
  declared: DeclaredEffect;
  context: JsonObject;
  /** What came before the call in its conversation, as far as the policy reads it. */
  evidence: Evidence;
  /** Reasons from outside, whatever the rules say: a possible repeat, a difference from the record, what the call's values show. */
  flags: readonly Flag[];
  /**
   * What its score is made of, where the policy routes by scores. `settled`: it went through before, or waits for a person
   * anyway. Absent: that could not be found out, so a person looks.
   */
  gate?: Gate | "settled";
}

/** What was seen of a call from outside. It holds the call. */
export interface Flag extends Reason {
  /** The least level of such a call. */
  readonly level?: RiskLevel;
  /** False: whoever decides is told, no `allow` outweighs it, and what can be taken back free of charge runs none the less. */
  readonly holds?: boolean;
}

/**
 * Judges one call: deny, then hold, then allow, then its score. A rule or a validator can only tighten, but for `allow`,
 * which lets a compensable call run that nothing else holds. What cannot be undone waits for a person, whatever they say.
 */
export function assess(policy: Policy, facts: CallFacts): RiskAssessment {
  const { reversibility } = effectOf(policy, facts.tool, facts.declared);
  const findings = findingsOf(policy, facts);
  const judged = {
    level: levelOf(policy, facts, reversibility, findings),
    policyVersion: policy.version,
    argsHash: facts.argsHash,
    ...(findings.some(({ isUndecided }) => isUndecided) ? { isUndecided: true as const } : {}),
  };

  const saying = (verdict: Verdict) => findings.filter((finding) => finding.verdict === verdict);
  const reasonsOf = (those: readonly Concern[]) => those.map(({ reason }) => reason);
  const denials = saying("deny");
  if (denials.length > 0) return { ...judged, route: "refuse", tier: null, reasons: reasonsOf(denials) };

  const concerns: Concern[] = [
    ...facts.flags.map(
      ({ rule, text, holds }): Concern => ({
        reason: { rule, text },
        tier: policy.defaultTier,
        ...(holds === false ? { isAside: true } : {}),
      }),
    ),
    ...saying("hold"),
  ];
  const allowing = saying("allow");
  const noting = reasonsOf(saying("note"));
  const scored =
    allowing.length === 0 ? routedByScore(policy, facts, reversibility, concerns, findings) : null;
  // What was seen of the call is for whoever decides; its agent hears of a refusal, and whoever chats may read it.
  if (scored?.route === "refuse") return { ...judged, ...scored };
  if (scored)
    return { ...judged, ...scored, reasons: [...scored.reasons, ...reasonsOf(concerns), ...noting] };
  const holds = holdsFor(reversibility, concerns, allowing, policy);
  if (holds.length === 0)
    return { ...judged, route: "execute", tier: null, reasons: [...reasonsOf(allowing), ...noting] };

  return {
    ...judged,
    route: reversibility === "irreversible" ? "approve" : "review",
    tier: highestTier(
      policy,
      holds.map(({ tier }) => tier),
    ),
    reasons: [
      ...reasonsOf(holds),
      ...(reversibility === "irreversible" ? reasonsOf(allowing).map(outweighed) : []),
      ...noting,
    ],
  };
}

type RoutedCall = Pick<RiskAssessment, "route" | "tier" | "reasons" | "score" | "isUndecided">;

/**
 * What only reads has no score, and what cannot be undone waits whatever it scores, as does what something holds. Null:
 * the score has no say.
 */
function routedByScore(
  policy: Policy,
  { tool, declared, flags, gate }: CallFacts,
  reversibility: Reversibility,
  concerns: readonly Concern[],
  findings: readonly Finding[],
): RoutedCall | null {
  const { routing, defaultTier } = policy;
  if (!routing || !isOpenToScore(reversibility, declared, concerns)) return null;
  if (gate === "settled") return { route: "execute", tier: null, reasons: [] };
  if (!gate) return { route: "review", tier: defaultTier, reasons: [notScored], isUndecided: true };
  const validators = heardOf(policy, tool, findings, flags);
  const { score, parts } = scoreOf({ ...gate.values, validators }, routing.weights);
  const passage = passageOf(routing, { score, parts }, gate);
  return {
    route: passage.kind,
    tier: passage.kind === "review" ? (passage.tier ?? defaultTier) : null,
    reasons: passage.kind === "refuse" ? [passage.reason] : [passage.reason, ...(gate.said ?? [])],
    score: {
      stratum: gate.stratum,
      score,
      parts: parts.map(({ signal, value, weight }) => ({ signal, value, weight })),
      lookedAt: passage.lookedAt,
      leastLookedAt: passage.leastLookedAt,
    },
  };
}

function isOpenToScore(
  reversibility: Reversibility,
  { readOnly }: DeclaredEffect,
  concerns: readonly Concern[],
): boolean {
  switch (reversibility) {
    case "irreversible":
      return false;
    case "compensable":
      return concerns.length === 0;
    case "reversible":
      return !readOnly && concerns.every(({ isAside }) => isAside);
  }
}

/** Something that holds the call, and who it asks for. */
interface Concern {
  reason: Reason;
  tier: string;
  /** Alone it holds nothing that is reversible. */
  isAside?: true;
}

function holdsFor(
  reversibility: Reversibility,
  concerns: readonly Concern[],
  allowing: readonly Finding[],
  { defaultTier }: Policy,
): readonly Concern[] {
  switch (reversibility) {
    case "irreversible":
      return [{ reason: irreversible, tier: defaultTier }, ...concerns];
    case "compensable":
      if (concerns.length === 0 && allowing.length > 0) return [];
      return [{ reason: compensable, tier: defaultTier }, ...concerns];
    case "reversible":
      return concerns.every(({ isAside }) => isAside) ? [] : concerns;
  }
}

const irreversible: Reason = {
  rule: "irreversible",
  text: "This cannot be undone, so a person has to approve it.",
};

const compensable: Reason = {
  rule: "compensable",
  text: "This can be put right only by another act that has a cost, and no rule lets it run without a look.",
};

/** What a rule or a validator says of the call. */
interface Finding extends Concern {
  verdict: Verdict;
  level: RiskLevel | null;
  /** What it would have said is not known. */
  isUndecided?: true;
}

function findingsOf(policy: Policy, facts: CallFacts): Finding[] {
  const readable = readableOf(policy, facts);
  return [
    ...policy.rules.flatMap((rule): Finding[] => {
      const matches = rule.when(readable);
      if (!matches.ok) return [undecided(policy, "rule", rule, matches.why)];
      return matches.value ? [spoken(policy, rule)] : [];
    }),
    ...policy.validators.flatMap((validator) => findingsBy(policy, validator, facts)),
  ];
}

function spoken(policy: Policy, rule: Rule): Finding {
  const { id, verdict, level, reason } = rule;
  return { verdict, level, reason: { rule: id, text: reason }, tier: tierOf(policy, rule) };
}

function findingsBy(policy: Policy, validator: Validator, { tool, args, evidence }: CallFacts): Finding[] {
  if (!validator.tools.includes(tool)) return [];
  const { name } = validator;
  const checked = runValidator(validator, { tool, args }, evidence);
  if (!checked.ok) return [undecided(policy, "validator", { id: name, level: null }, checked.why)];
  if (checked.objection === null) return [];
  const { verdict, reason, tier = policy.defaultTier, level = null } = checked.objection;
  return [{ verdict, level, reason: { rule: name, text: reason }, tier }];
}

/**
 * What it would have said is unknown, so it is taken for a hold, with the higher of the tiers in question; a note, which
 * could not have held it, only tells.
 */
function undecided(
  policy: Policy,
  what: "rule" | "validator",
  by: Rule | { id: string; level: null },
  why: string,
): Finding {
  const notDecided = `The ${what} "${by.id}" could not be decided (${why})`;
  if ("verdict" in by && by.verdict === "note")
    return { ...spoken(policy, by), reason: { rule: by.id, text: `${notDecided}.` } };
  const tier =
    "verdict" in by ? highestTier(policy, [tierOf(policy, by), policy.defaultTier]) : policy.defaultTier;
  const text = `${notDecided}, so a person has to look.`;
  return { verdict: "hold", level: by.level, reason: { rule: by.id, text }, tier, isUndecided: true };
}

function tierOf({ defaultTier }: Policy, rule: Rule): string {
  return rule.verdict === "hold" ? rule.tier : defaultTier;
}

const levelByReversibility: Readonly<Record<Reversibility, RiskLevel>> = {
  reversible: "low",
  compensable: "medium",
  irreversible: "high",
};

function levelOf(
  policy: Policy,
  { tool, flags }: CallFacts,
  reversibility: Reversibility,
  findings: readonly Finding[],
): RiskLevel {
  const raising = [policy.tools.get(tool)?.level, ...[...findings, ...flags].map(({ level }) => level)];
  return raising.reduce<RiskLevel>(
    (level, raised) => (raised ? worseLevel(level, raised) : level),
    levelByReversibility[reversibility],
  );
}

function outweighed({ rule }: Reason): Reason {
  return {
    rule,
    text: `The rule "${rule}" would let this call run, but no rule releases what cannot be undone.`,
  };
}
