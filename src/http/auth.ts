import { localPerson, type Principal } from "../kernel/principal.js";

/**
 * Who calls: the one place that decides it, and never from a payload. Until authentication comes it is the built-in
 * person with all roles, which is why the server listens on loopback only (`server/environment.ts`).
 */
export function principalOf(_request: Request): Principal {
  return localPerson;
}
