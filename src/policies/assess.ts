import type { JsonObject } from "../kernel/json.js";
import { highestTier, type AllowRule, type Policy, type Rule } from "./policy.js";
import { readFacts } from "./readable-facts.js";
import { effectOf, type DeclaredEffect } from "./tool-policy.js";
import { worseLevel, type Reason, type Reversibility, type RiskAssessment, type RiskLevel } from "./words.js";

/** All that is known of a call when it is judged. Nothing here is the model's opinion of itself. */
export interface CallFacts {
  tool: string;
  args: JsonObject;
  argsHash: string;
  declared: DeclaredEffect;
  context: JsonObject;
  /** Reasons from outside that hold this call whatever the rules say: a possible repeat, a difference from the record. */
  flags: readonly Reason[];
}

/**
 * Judges one call: deny, then hold, then allow. A rule can only tighten, but for `allow`, which lets a compensable call
 * run that nothing else holds. What cannot be undone waits for a person, whatever the rules say.
 */
export function assess(policy: Policy, facts: CallFacts): RiskAssessment {
  const { reversibility } = effectOf(policy, facts.tool, facts.declared);
  const findings = findingsOf(policy, facts);
  const judged = {
    level: levelOf(policy, facts.tool, reversibility, findings),
    policyVersion: policy.version,
    argsHash: facts.argsHash,
  };

  const denials = findings.filter(({ kind, rule }) => kind === "matched" && rule.verdict === "deny");
  if (denials.length > 0) {
    return { ...judged, route: "refuse", tier: null, reasons: denials.map(({ rule }) => reasonOf(rule)) };
  }

  const concerns = [
    ...facts.flags.map((reason): Concern => ({ reason, tier: policy.defaultTier })),
    ...findings.flatMap((finding) => concernsFrom(finding, policy)),
  ];
  const allowing = findings.flatMap(({ kind, rule }) =>
    kind === "matched" && rule.verdict === "allow" ? [rule] : [],
  );
  const holds = holdsFor(reversibility, concerns, allowing, policy);
  if (holds.length === 0) return { ...judged, route: "execute", tier: null, reasons: allowing.map(reasonOf) };

  return {
    ...judged,
    route: reversibility === "irreversible" ? "approve" : "review",
    tier: highestTier(
      policy,
      holds.map(({ tier }) => tier),
    ),
    reasons: [
      ...holds.map(({ reason }) => reason),
      ...(reversibility === "irreversible" ? allowing.map(outweighedReason) : []),
    ],
  };
}

/** Something that holds the call, and who it asks for. */
interface Concern {
  reason: Reason;
  tier: string;
}

function holdsFor(
  reversibility: Reversibility,
  concerns: readonly Concern[],
  allowing: readonly AllowRule[],
  { defaultTier }: Policy,
): readonly Concern[] {
  switch (reversibility) {
    case "irreversible":
      return [{ reason: irreversible, tier: defaultTier }, ...concerns];
    case "compensable":
      if (concerns.length === 0 && allowing.length > 0) return [];
      return [{ reason: compensable, tier: defaultTier }, ...concerns];
    case "reversible":
      return concerns;
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

type Finding = { kind: "matched"; rule: Rule } | { kind: "failed"; rule: Rule; why: string };

function findingsOf(policy: Policy, facts: CallFacts): Finding[] {
  const readable = readFacts(facts);
  return policy.rules.flatMap((rule): Finding[] => {
    const matches = rule.when(readable);
    if (!matches.ok) return [{ kind: "failed", rule, why: matches.why }];
    return matches.value ? [{ kind: "matched", rule }] : [];
  });
}

function concernsFrom(finding: Finding, policy: Policy): Concern[] {
  const { rule } = finding;
  switch (finding.kind) {
    case "matched":
      return rule.verdict === "hold" ? [{ reason: reasonOf(rule), tier: rule.tier }] : [];
    case "failed": {
      // What the rule would have said is unknown, so it is taken for a hold, with the higher of the tiers in question.
      const asked = rule.verdict === "hold" ? [rule.tier, policy.defaultTier] : [policy.defaultTier];
      const text = `The rule "${rule.id}" could not be decided (${finding.why}), so a person has to look.`;
      return [{ reason: { rule: rule.id, text }, tier: highestTier(policy, asked) }];
    }
  }
}

const levelByReversibility: Readonly<Record<Reversibility, RiskLevel>> = {
  reversible: "low",
  compensable: "medium",
  irreversible: "high",
};

function levelOf(
  policy: Policy,
  tool: string,
  reversibility: Reversibility,
  findings: readonly Finding[],
): RiskLevel {
  const raising = [policy.tools.get(tool)?.level, ...findings.map(({ rule }) => rule.level)];
  return raising.reduce<RiskLevel>(
    (level, raised) => (raised ? worseLevel(level, raised) : level),
    levelByReversibility[reversibility],
  );
}

function reasonOf({ id, reason }: Rule): Reason {
  return { rule: id, text: reason };
}

function outweighedReason({ id }: AllowRule): Reason {
  return {
    rule: id,
    text: `The rule "${id}" would let this call run, but no rule releases what cannot be undone.`,
  };
}
