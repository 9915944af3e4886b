/** Who acts. It comes from the authenticated caller at the door, never from a payload, and is written to each row. */
export interface Principal {
  id: string;
  /**
   * The person behind: several accounts of one person, or a service that acts for one, have the same. Left out where it is
   * the id; see `subjectOf`.
   */
  subject?: string;
  kind: "person" | "agent" | "service";
  /** Roles held; `*` stands for every role (the built-in `local` person on loopback). */
  roles: readonly string[];
  tenant: string;
  /** Where somebody decides in another's stead: `roles` are then those of both. */
  onBehalfOf?: OnBehalfOf;
}

export interface OnBehalfOf {
  /** Whose right it is. */
  id: string;
  subject: string;
  /** What was given to them, and what they hold themselves. */
  roles: readonly string[];
  ownRoles: readonly string[];
  /** By which word it was given. */
  deputyId: string;
}

export const defaultTenant = "default";

/** The one built-in person, on loopback where no authentication is configured. */
export const localPerson: Principal = { id: "local", kind: "person", roles: ["*"], tenant: defaultTenant };

/** Who may change what all of a tenant share: assistants, crons, the store. It decides nothing by itself. */
export const operatorRole = "operator";

/** Among the roles of a question: whoever reaches its thread may answer it there. Nobody is given it. */
export const callerRole = "caller";

/** Which person it is, by whatever account: what has to be distinct where several decide, and other than who asked. */
export function subjectOf({ id, subject }: Pick<Principal, "id" | "subject">): string {
  return subject ?? id;
}

/** The person whose right it is that they act by. */
export function authorityOf(principal: Pick<Principal, "id" | "subject" | "onBehalfOf">): string {
  return principal.onBehalfOf?.subject ?? subjectOf(principal);
}

/** A person as written by hand or by an identity provider, in one spelling: Jane@Acme.example is jane@acme.example. */
export function personNamed(written: string): string {
  return written.normalize("NFKC").toLowerCase();
}

export function holdsRole(principal: Principal, roles: readonly string[]): boolean {
  return principal.roles.includes("*") || roles.some((role) => principal.roles.includes(role));
}

/** Somebody who came to talk to an agent: without a role, what others began is none of their business. */
export function isGuest(principal: Principal): boolean {
  return principal.roles.length === 0;
}
