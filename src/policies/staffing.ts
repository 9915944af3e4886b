// Whether anybody stands on a rung of the ladder at all, as far as that is known.
import type { Policy } from "./policy.js";

/** Who holds one of some roles. */
export interface Staff {
  /** Of those who are known by name. */
  people: number;
  /** Somebody outside gives these roles too, to nobody knows how many. */
  isOpen: boolean;
}

export interface Staffing {
  staffOf(tenant: string, roles: readonly string[]): Staff;
}

/** Too few: what waits there can never be released. Only just enough: when one of them is away, it cannot either. */
export type Shortage = { tier: string; roles: readonly string[]; needed: number; people: number };

export function shortages({ tiers }: Pick<Policy, "tiers">, staffing: Staffing, tenant: string): Shortage[] {
  return tiers.flatMap((tier) => {
    const groups = [
      { roles: tier.roles, needed: tier.panel.quorum },
      ...(tier.panel.turns ?? []).map((role) => ({ roles: [role], needed: 1 })),
    ].flatMap(({ roles, needed }): Shortage[] => {
      const { people, isOpen } = staffing.staffOf(tenant, roles);
      return isOpen || people > needed ? [] : [{ tier: tier.name, roles, needed, people }];
    });
    const worst = groups.find(({ people, needed }) => people < needed) ?? groups[0];
    return worst ? [worst] : [];
  });
}

/** Tiers where what waits can never be released. */
export function unstaffedTiers(policy: Pick<Policy, "tiers">, staffing: Staffing, tenant: string): string[] {
  return shortages(policy, staffing, tenant)
    .filter(({ people, needed }) => people < needed)
    .map(({ tier }) => tier);
}

/** Can what waits at this tier never be released? */
export function isUnstaffed(policy: Policy, staffing: Staffing, tier: string, tenant: string): boolean {
  return unstaffedTiers(
    { tiers: policy.tiers.filter(({ name }) => name === tier) },
    staffing,
    tenant,
  ).includes(tier);
}

export function shortageInWords({ tier, roles, needed, people }: Shortage): string {
  const asked = `Tier "${tier}" asks for ${needed === 1 ? "somebody" : `${needed} people`} with one of the roles ${roles.join(", ")}`;
  if (people < needed)
    return `${asked}, and ${people === 0 ? "nobody has one" : `only ${people} ${people === 1 ? "has" : "have"} one`}: what asks for it is refused.`;
  return `${asked}, and there ${people === 1 ? "is one" : `are ${people}`}: while ${people === 1 ? "they are" : "one of them is"} away, nobody can decide.`;
}
