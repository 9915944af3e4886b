import { compileCondition } from "./cel.js";
import { outlineSchema, type Misreference } from "./outline.js";
import { wrongLimits } from "./wrong-limits.js";
import { wrongInTier } from "./wrong-tier.js";

/** What one part of a policy says of another: tiers that must exist, ids that must differ. */
export function misreferencesIn(data: unknown, defaultTiers: readonly string[]): Misreference[] {
  const {
    tiers,
    calendars,
    tools,
    limits,
    facts,
    rules,
    routing,
    changes,
    default: fallback,
  } = outlineSchema.parse(data);
  const known = Object.keys(tiers ?? {});
  const names = known.length > 0 ? known : defaultTiers;
  const around = { ladder: known, tools: tools ?? {}, calendars: Object.keys(calendars ?? {}) };
  return [
    ...unknownTier(fallback?.tier, names, ["default", "tier"]),
    ...unknownTier(changes?.tier, names, ["changes", "tier"]),
    ...rules.flatMap(({ tier }, index) => unknownTier(tier, names, ["rules", index, "tier"])),
    ...(routing?.bands ?? []).flatMap(({ tier }, index) =>
      unknownTier(tier, names, ["routing", "bands", index, "tier"]),
    ),
    ...wrongLimits(limits ?? [], tools ?? {}),
    ...rules.flatMap(({ when }, index) => unknownFacts(when, Object.keys(facts ?? {}), index)),
    ...rules.flatMap(({ verdict, ...said }, index) => askingNobody(said, verdict, index)),
    ...rules.flatMap(({ id }, index) => doubledId(id, rules.slice(0, index), index)),
    ...Object.entries(tiers ?? {}).flatMap(([name, tier]) => wrongInTier(name, tier, around)),
  ];
}

function unknownTier(
  tier: string | undefined,
  names: readonly string[],
  path: PropertyKey[],
): Misreference[] {
  if (tier === undefined || names.includes(tier)) return [];
  const message = `There is no tier "${tier}". The tiers are ${names.join(", ")}.`;
  return [{ spot: { path, aim: "value" }, message }];
}

function unknownFacts(when: string | undefined, defined: readonly string[], index: number): Misreference[] {
  const compiled = compileCondition(when ?? "");
  // What is wrong with an expression itself is said where it is read.
  if (!compiled.ok) return [];
  const unknown = compiled.expression.uses.facts.filter(({ name }) => !defined.includes(name));
  const known =
    defined.length > 0
      ? `Defined are ${defined.join(", ")}.`
      : "This file defines none: write them under `facts:`.";
  return unknown.map(({ name, offset }) => ({
    spot: { path: ["rules", index, "when"], aim: "value", offset },
    message: `There is no fact "${name}". ${known}`,
  }));
}

/** What a rule says to whoever decides, where nobody does. */
const saidToDeciders = {
  tier: "it has no tier",
  guideline: "nobody reads its guideline",
  questions: "nobody answers its questions",
} as const;

function askingNobody(
  said: { [Key in keyof typeof saidToDeciders]?: unknown },
  verdict: string | undefined,
  index: number,
): Misreference[] {
  if (verdict !== "deny" && verdict !== "allow" && verdict !== "note") return [];
  return Object.entries(saidToDeciders).flatMap(([key, so]): Misreference[] => {
    if (said[key as keyof typeof saidToDeciders] === undefined) return [];
    const message = `A rule that says ${verdict} asks nobody, so ${so}.`;
    return [{ spot: { path: ["rules", index, key], aim: "key" }, message }];
  });
}

function doubledId(
  id: string | undefined,
  before: readonly { id?: string | undefined }[],
  index: number,
): Misreference[] {
  if (id === undefined || !before.some((rule) => rule.id === id)) return [];
  const message = `There are two rules "${id}". A reviewer could not tell which one spoke.`;
  return [{ spot: { path: ["rules", index, "id"], aim: "value" }, message }];
}
