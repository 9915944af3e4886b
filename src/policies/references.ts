import { z } from "zod";
import type { Spot } from "../yaml/source.js";

/**
 * What one part of a policy says of another: tiers that must exist, ids that must differ. It reads the names out of a
 * document however wrong the rest of it is, so that one look at the messages shows all that is to be repaired.
 */
export interface Misreference {
  spot: Spot;
  message: string;
}

export function misreferencesIn(data: unknown, defaultTiers: readonly string[]): Misreference[] {
  const { tiers, rules, default: fallback } = outlineSchema.parse(data);
  const known = Object.keys(tiers ?? {});
  const names = known.length > 0 ? known : defaultTiers;
  return [
    ...unknownTier(fallback?.tier, names, ["default", "tier"]),
    ...rules.flatMap(({ tier }, index) => unknownTier(tier, names, ["rules", index, "tier"])),
    ...rules.flatMap(({ tier, verdict }, index) => misplacedTier(tier, verdict, index)),
    ...rules.flatMap(({ id }, index) => doubledId(id, rules.slice(0, index), index)),
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

function misplacedTier(tier: string | undefined, verdict: string | undefined, index: number): Misreference[] {
  if (tier === undefined || (verdict !== "deny" && verdict !== "allow")) return [];
  const message = `A rule that says ${verdict} asks nobody, so it has no tier.`;
  return [{ spot: { path: ["rules", index, "tier"], aim: "key" }, message }];
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

const word = z.string().optional().catch(undefined);
const outlineSchema = z
  .object({
    default: z.object({ tier: word }).nullish().catch(null),
    rules: z.array(z.object({ id: word, tier: word, verdict: word }).catch({})).catch([]),
    tiers: z.record(z.string(), z.unknown()).nullish().catch(null),
  })
  .catch({ rules: [] });
