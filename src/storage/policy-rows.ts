import type { Policy } from "../policies/policy.js";
import type { Database } from "./database.js";
import { storable } from "./execution-rows.js";

/** Keeps a version of the policy, so that an old assessment can be read against the rules it was made by. */
export async function recordPolicy(
  db: Database,
  tenant: string,
  policy: Policy,
  source: string,
): Promise<void> {
  await db.once(
    { tenant },
    `/* policy.record */ insert into holdpoint.policies (tenant_id, version, source) values ($1, $2, $3) on conflict do nothing`,
    [tenant, policy.version, storable(source)],
  );
}
