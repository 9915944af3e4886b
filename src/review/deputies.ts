// Deciding in another's stead: who gave which of their roles to whom, and until when.
import { HoldpointError } from "../kernel/errors.js";
import type { NewId } from "../kernel/ids.js";
import {
  holdsRole,
  isGuest,
  operatorRole,
  personNamed,
  subjectOf,
  type Principal,
} from "../kernel/principal.js";
import { barOf, type Decided } from "./bars.js";

export interface Deputy {
  id: string;
  /** Whose roles they are. */
  giver: Pick<Principal, "id" | "kind" | "subject">;
  /** An account, or the person behind several. */
  to: string;
  roles: readonly string[];
  until: Date;
  reason: string | null;
  givenAt: Date;
}

export interface NewDeputy {
  to: string;
  /** Left out: all that the giver holds. */
  roles?: readonly string[];
  until: Date;
  reason: string | null;
}

/** In whatever holds them. All are those in force: neither over by the database's clock nor taken back. */
export interface DeputyStore {
  /** False where its time is over already. */
  give(tenant: string, deputy: Omit<Deputy, "givenAt">): Promise<Deputy | null>;
  /** All of a tenant, or those that this person gave or was given. */
  list(by: Principal, whose: "all" | "own"): Promise<Deputy[]>;
  /** Those that were given to this person. */
  to(by: Principal): Promise<Deputy[]>;
  revoke(by: Principal, deputyId: string, whose: "all" | "own"): Promise<boolean>;
}

export interface Deputies {
  /** Throws `access_forbidden` for roles that the giver does not hold, and `request_invalid`. */
  give(by: Principal, deputy: NewDeputy): Promise<Deputy>;
  list(by: Principal): Promise<Deputy[]>;
  /** By who gave it, or an operator. Throws `not_found`. */
  revoke(by: Principal, deputyId: string): Promise<void>;
  to(by: Principal): Promise<Deputy[]>;
}

/** Of whom it is, as this person sees it. */
export type Side = "given" | "had" | "others";

export function sideOf(by: Principal, { giver, to }: Pick<Deputy, "giver" | "to">): Side {
  if (giver.id === by.id || subjectOf(giver) === subjectOf(by)) return "given";
  return to === by.id || to === subjectOf(by) || personNamed(to) === personNamed(subjectOf(by))
    ? "had"
    : "others";
}

/** Which roles somebody holds now; null: it is not known here, as of people who come with tokens. */
export type RolesOfNow = (tenant: string, id: string) => readonly string[] | null;

export function createDeputies(store: DeputyStore, newId: NewId, rolesOfNow: () => RolesOfNow): Deputies {
  return {
    async give(by, { to, roles = by.roles, until, reason }) {
      refuseWrong(by, to, roles);
      const { id, kind, subject } = by;
      const giver = { id, kind, ...(subject === undefined ? {} : { subject }) };
      const given = await store.give(by.tenant, { id: newId(), giver, to, roles, until, reason });
      if (given) return given;
      throw new HoldpointError("request_invalid", "`until` is over already: name a time to come.");
    },

    list: (by) => store.list(by, scopeOf(by)),

    async revoke(by, deputyId) {
      if (await store.revoke(by, deputyId, scopeOf(by))) return;
      throw new HoldpointError(
        "not_found",
        `There is no deputy ${deputyId} that ${by.id} could take back: it is another's, or over already.`,
        { details: { deputyId } },
      );
    },

    async to(by) {
      const given = await store.to(by);
      return given.flatMap((deputy) => {
        const now = rolesOfNow()(by.tenant, deputy.giver.id);
        const roles = deputy.roles.filter((role) => now === null || now.includes("*") || now.includes(role));
        return roles.length === 0 ? [] : [{ ...deputy, roles }];
      });
    },
  };
}

/**
 * Who somebody is for this review: themselves where their own right is enough; else in the stead of who gave them one. A
 * right that was given is not given on, since nobody but `to` sees it. A guest is nobody's deputy.
 */
export async function actingFor(
  deputies: Pick<Deputies, "to"> | null,
  by: Principal,
  review: Decided,
): Promise<Principal> {
  if (!deputies || !needsAnothers(by, review)) return by;
  return actingBy(await deputies.to(by), by, review);
}

/** The same for many reviews at once: what was given to them is read once. */
export async function actingForEach(
  deputies: Pick<Deputies, "to">,
  by: Principal,
): Promise<(review: Decided) => Principal> {
  const given = await deputies.to(by);
  return (review) => (needsAnothers(by, review) ? actingBy(given, by, review) : by);
}

function needsAnothers(by: Principal, review: Decided): boolean {
  const own = barOf(by, review);
  return own !== null && own.kind !== "agent" && own.kind !== "voted" && !isGuest(by);
}

function actingBy(given: readonly Deputy[], by: Principal, review: Decided): Principal {
  const acting = given.map((deputy) => inTheSteadOf(by, deputy));
  return (
    acting.find((one) => barOf(one, review) === null) ??
    // Said is why, where somebody gave them a right: who asked cannot have others decide it.
    acting.find((one) => barOf(one, review)?.kind !== "role") ??
    by
  );
}

function inTheSteadOf(by: Principal, { id, giver, roles }: Deputy): Principal {
  return {
    ...by,
    roles: [...new Set([...by.roles, ...roles])],
    onBehalfOf: { id: giver.id, subject: subjectOf(giver), roles, ownRoles: by.roles, deputyId: id },
  };
}

function scopeOf(by: Principal): "all" | "own" {
  return holdsRole(by, [operatorRole]) ? "all" : "own";
}

function refuseWrong(by: Principal, to: string, roles: readonly string[]): void {
  if (by.kind === "agent")
    throw new HoldpointError(
      "access_forbidden",
      `${by.id} is an agent: it decides nothing, and nobody decides for it.`,
    );
  const missing = roles.filter((role) => !holdsRole(by, [role]));
  if (missing.length > 0 || roles.length === 0)
    throw new HoldpointError(
      "access_forbidden",
      `${by.id} does not hold ${missing.join(", ") || "any role"}, and can give only what they hold themselves, not what was given to them.`,
      { details: { roles: missing } },
    );
  if (roles.includes("*"))
    throw new HoldpointError(
      "request_invalid",
      "Name the roles: whoever has every role on this machine gives some of them, and not all there will ever be.",
    );
  if (to === by.id || to === subjectOf(by))
    throw new HoldpointError("request_invalid", "A deputy is somebody else: this is yourself.");
}
