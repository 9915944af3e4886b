// Who decides in whose stead.
import type { Principal } from "../kernel/principal.js";
import { sideOf, type Deputy } from "../review/deputies.js";
import type { Deputy as WireDeputy } from "./contract.js";
import type { deputyRoutes } from "./contract/deputies.js";
import type { HttpDeps } from "./deps.js";
import type { HandlersOf } from "./mount.js";
import { personToWire } from "./wire/person.js";

export function deputyHandlers({
  runtime: { deputies },
}: Pick<HttpDeps, "runtime">): HandlersOf<typeof deputyRoutes> {
  return {
    async giveDeputy({ principal, body: { to, roles, until, reason = null } }) {
      const asked = { to, until: new Date(until), reason, ...(roles === undefined ? {} : { roles }) };
      return deputyToWire(await deputies.give(principal, asked), principal);
    },
    listDeputies: async ({ principal }) => ({
      items: (await deputies.list(principal)).map((one) => deputyToWire(one, principal)),
    }),
    revokeDeputy: ({ principal, params: { deputyId } }) => deputies.revoke(principal, deputyId),
  };
}

function deputyToWire(deputy: Deputy, viewer: Principal): WireDeputy {
  const { id, giver, to, roles, until, reason, givenAt } = deputy;
  return {
    id,
    side: sideOf(viewer, deputy),
    from: personToWire(giver),
    to,
    roles: [...roles],
    until: until.toISOString(),
    reason,
    givenAt: givenAt.toISOString(),
  };
}
