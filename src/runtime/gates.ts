import type { Log } from "../kernel/log.js";
import { createAutonomy } from "../learning/autonomy.js";
import type { GateDeps } from "../review/gates.js";
import type { Database } from "../storage/database.js";
import { createPastStore } from "../storage/past-rows.js";
import { createStrataStore } from "../storage/stratum-rows.js";

/** What calls have shown for themselves, on this database. */
export function gatesOn(db: Database, log: Log): GateDeps {
  return { autonomy: createAutonomy(createStrataStore(db), log), past: createPastStore(db) };
}
