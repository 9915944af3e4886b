/** Who acts. It comes from the authenticated caller at the door, never from a payload, and is written to each row. */
export interface Principal {
  id: string;
  kind: "person" | "agent" | "service";
  /** Roles held; `*` stands for every role (the built-in `local` person on loopback). */
  roles: readonly string[];
  tenant: string;
}

export const defaultTenant = "default";

/** The one built-in person, on loopback where no authentication is configured. */
export const localPerson: Principal = { id: "local", kind: "person", roles: ["*"], tenant: defaultTenant };

/** Who may change what all of a tenant share: assistants, crons, the store. It decides nothing by itself. */
export const operatorRole = "operator";

/** Among the roles of a question: whoever reaches its thread may answer it there. Nobody is given it. */
export const callerRole = "caller";

export function holdsRole(principal: Principal, roles: readonly string[]): boolean {
  return principal.roles.includes("*") || roles.some((role) => principal.roles.includes(role));
}

/** Somebody who came to talk to an agent: without a role, what others began is none of their business. */
export function isGuest(principal: Principal): boolean {
  return principal.roles.length === 0;
}
