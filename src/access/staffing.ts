// Who holds which roles, as an access file tells: those with a key by name, and whoever an issuer may give a role.
import type { Staffing } from "../policies/staffing.js";
import { keyId } from "./keys.js";
import type { AccessDocument } from "./schema.js";

export function staffingOf({ keys, issuers }: AccessDocument): Staffing {
  return {
    staffOf(tenant, roles) {
      const gives = (given: readonly string[]): boolean => given.some((role) => roles.includes(role));
      const holders = keys.filter((key) => key.kind !== "agent" && key.tenant === tenant && gives(key.roles));
      return {
        // One person may have several keys; while one is replaced, two have one id.
        people: new Set(holders.map(({ id, person }) => person ?? keyId({ id }))).size,
        isOpen: issuers.some(
          (issuer) =>
            issuer.kind !== "agent" &&
            (typeof issuer.tenant !== "string" || issuer.tenant === tenant) &&
            gives(Object.values(issuer.roles?.names ?? {})),
        ),
      };
    },
  };
}
