// How much each person may release. It says no more than a tier does of who decides, and less of how much.
import { personNamed, subjectOf, type Principal } from "../kernel/principal.js";
import type { JsonObject } from "../kernel/json.js";
import type { Policy } from "./policy.js";
import { amountOf } from "./tool-policy.js";

export interface Limit {
  /** Whom it is for: holders of one of these roles, or one person. */
  readonly roles: readonly string[] | null;
  readonly person: string | null;
  readonly currency: string;
  /** Infinity: without limit. */
  readonly upTo: number;
  /** Of which tools; null: of all whose amounts are in this currency. */
  readonly tools: readonly string[] | null;
}

/** What a call moves. */
export interface Moved {
  /** Null: it cannot be read, and may be anything. */
  amount: number | null;
  currency: string;
}

export interface OverLimit extends Moved {
  upTo: number;
}

type Holder = Pick<Principal, "id" | "subject" | "roles" | "onBehalfOf">;

/** Why this person may not release a call for what it moves; null where they may. */
export function overLimit(
  policy: Policy,
  by: Holder,
  call: { tool: string; args: JsonObject },
): OverLimit | null {
  const moved = movedBy(policy, call);
  if (!moved) return null;
  const limits = policy.limits.filter((limit) => isOn(limit, call.tool, moved.currency));
  if (limits.length === 0) return null;
  const upTo = Math.min(...holdersOf(by).map((holder) => limitOf(limits, holder)));
  const isWithin = moved.amount === null ? upTo === Infinity : Math.abs(moved.amount) <= upTo;
  return isWithin ? null : { ...moved, upTo };
}

/** Roles and persons that may release so much, in words. */
export function whoMay({ limits }: Policy, tool: string, { amount, currency }: Moved): string[] {
  return limits
    .filter((limit) => isOn(limit, tool, currency))
    .filter(({ upTo }) => (amount === null ? upTo === Infinity : Math.abs(amount) <= upTo))
    .flatMap(({ roles, person }) => (person === null ? [...(roles ?? [])] : [person]));
}

function movedBy(policy: Policy, { tool, args }: { tool: string; args: JsonObject }): Moved | null {
  const said = policy.tools.get(tool);
  if (!said?.amount || said.currency === null) return null;
  return { amount: amountOf(policy, { tool, args, context: {} })?.amount ?? null, currency: said.currency };
}

function isOn(limit: Limit, tool: string, currency: string): boolean {
  return limit.currency === currency && (limit.tools?.includes(tool) ?? true);
}

/** Who decides in another's stead has to be within both limits. */
function holdersOf(by: Holder): Holder[] {
  const { id, subject, onBehalfOf } = by;
  if (!onBehalfOf) return [by];
  const own = { id, ...(subject === undefined ? {} : { subject }), roles: onBehalfOf.ownRoles };
  return [own, { id: onBehalfOf.id, subject: onBehalfOf.subject, roles: onBehalfOf.roles }];
}

/** A person's own entry wins over those of their roles; one that names the tool over one that names none. */
function limitOf(limits: readonly Limit[], holder: Holder): number {
  const own = limits.filter(({ person }) => person !== null && isPerson(holder, person));
  const ofRoles = limits.filter(
    ({ roles }) =>
      roles !== null && roles.some((role) => holder.roles.includes(role) || holder.roles.includes("*")),
  );
  const theirs = own.length > 0 ? own : ofRoles;
  const named = theirs.filter(({ tools }) => tools !== null);
  // In no entry: nothing.
  return Math.max(0, ...(named.length > 0 ? named : theirs).map(({ upTo }) => upTo));
}

function isPerson(holder: Holder, person: string): boolean {
  return holder.id === person || [person, personNamed(person)].includes(subjectOf(holder));
}
