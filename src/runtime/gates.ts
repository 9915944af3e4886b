import type { Log } from "../kernel/log.js";
import { createAutonomy } from "../learning/autonomy.js";
import type { GateDeps } from "../review/gates.js";
import type { Database } from "../storage/database.js";
import { createPastStore } from "../storage/past-rows.js";
import { createStrataStore } from "../storage/stratum-rows.js";

/**
 * What calls have shown for themselves, on this database.
 * @param tellAt addresses that are told where they no longer run by themselves.
 */
export function gatesOn(db: Database, log: Log, tellAt: readonly string[]): GateDeps {
  return { autonomy: createAutonomy(createStrataStore(db, tellAt), log), past: createPastStore(db) };
}
