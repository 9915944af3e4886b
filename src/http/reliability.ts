import { readReliability } from "../storage/reliability-rows.js";
import type { reliabilityRoutes } from "./contract/reliability.js";
import type { HttpDeps } from "./deps.js";
import type { HandlersOf } from "./mount.js";
import { sinceWhen } from "./since-when.js";

const usualDays = 90;

export function reliabilityHandlers({
  runtime,
}: Pick<HttpDeps, "runtime">): HandlersOf<typeof reliabilityRoutes> {
  return {
    async getReliability({ principal: { tenant }, query }) {
      const since = sinceWhen(query.since, usualDays);
      return { since: since.toISOString(), ...(await readReliability(runtime.db, tenant, since)) };
    },
  };
}
