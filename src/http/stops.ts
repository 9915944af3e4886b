import type { Stop } from "../execution/stop.js";
import type * as wire from "./contract.js";
import type { stopRoutes } from "./contract/stop.js";
import type { HttpDeps } from "./deps.js";
import type { HandlersOf } from "./mount.js";
import { personToWire } from "./wire/person.js";

const mostListed = 200;

export function stopHandlers({
  runtime: { stops },
}: Pick<HttpDeps, "runtime">): HandlersOf<typeof stopRoutes> {
  return {
    setStop: async ({ principal, body: { kind, name = null, why } }) =>
      stopToWire(await stops.set(principal, { kind, name, why })),

    async listStops({ principal: { tenant }, query: { status } }) {
      const isStanding = status === undefined ? null : status === "standing";
      return { items: (await stops.list(tenant, { isStanding, limit: mostListed })).map(stopToWire) };
    },

    liftStop: async ({ principal, params: { stop_id: id }, body: { why } }) =>
      stopToWire(await stops.lift(principal, id, why)),
  };
}

function stopToWire({ by, at, lifted, ...stop }: Stop): wire.Stop {
  return {
    ...stop,
    by: personToWire(by),
    at: at.toISOString(),
    lifted: lifted && { ...lifted, by: personToWire(lifted.by), at: lifted.at.toISOString() },
  };
}
