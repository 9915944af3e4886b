import type { Principal } from "../../kernel/principal.js";
import type * as wire from "../contract.js";

/** Who it was; their roles and tenant are nobody's business outside. */
export function personToWire({
  id,
  kind,
  onBehalfOf,
}: Pick<Principal, "id" | "kind" | "onBehalfOf">): wire.Person {
  return { id, kind, ...(onBehalfOf ? { onBehalfOf: onBehalfOf.id } : {}) };
}
