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
    ...rules.flatMap(({ verdict, ...said }, index) => askingNobody(said, verdict, index)),
    ...rules.flatMap(({ id }, index) => doubledId(id, rules.slice(0, index), index)),
    ...Object.entries(tiers ?? {}).flatMap(([name, tier]) => wrongDeadline(name, tier, known)),
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
  if (verdict !== "deny" && verdict !== "allow") return [];
  return Object.entries(saidToDeciders).flatMap(([key, so]): Misreference[] => {
    if (said[key as keyof typeof saidToDeciders] === undefined) return [];
    const message = `A rule that says ${verdict} asks nobody, so ${so}.`;
    return [{ spot: { path: ["rules", index, key], aim: "key" }, message }];
  });
}

/** What happens after a deadline leads up the ladder, or ends; so it ends. */
function wrongDeadline(
  name: string,
  { respond, then }: z.output<typeof tierOutline>,
  ladder: readonly string[],
): Misreference[] {
  const at = (key: string, aim: Spot["aim"], message: string): Misreference[] => [
    { spot: { path: key === "" ? ["tiers", name] : ["tiers", name, key], aim }, message },
  ];
  if (outcomes.includes(name))
    return at("", "key", `"${name}" is what may happen after a deadline, and no name of a tier.`);
  if (then === undefined) return [];
  if (respond === undefined)
    return at("then", "key", "Without `respond` there is no deadline, and nothing comes after it.");
  if (outcomes.includes(then)) return [];
  const higher = ladder.slice(ladder.indexOf(name) + 1);
  if (higher.includes(then)) return [];
  const may = [...higher, ...outcomes].join(", ");
  const why = ladder.includes(then) ? `"${then}" is not higher on the ladder` : `There is no tier "${then}"`;
  return at("then", "value", `${why}. After "${name}" comes one of: ${may}.`);
}

const outcomes: readonly string[] = ["reject", "park"];

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
const ruleOutline = z.object({
  id: word,
  tier: word,
  verdict: word,
  guideline: z.unknown().optional(),
  questions: z.unknown().optional(),
});
// oxlint-disable-next-line unicorn/no-thenable -- as in the schema.
const tierOutline = z.object({ respond: z.unknown().optional(), then: word }).catch({});
const outlineSchema = z
  .object({
    default: z.object({ tier: word }).nullish().catch(null),
    rules: z.array(ruleOutline.catch({})).catch([]),
    tiers: z.record(z.string(), tierOutline).nullish().catch(null),
  })
  .catch({ rules: [] });
