import type { Earned, Routing } from "../policies/routing.js";
import type { Stratum } from "../policies/stratum.js";

/** What calls have shown for themselves, from wherever that is kept. */
export interface Autonomy {
  /** By stratum. One that is not in it is not known, and its calls wait. */
  earned(tenant: string, strata: readonly Stratum[], routing: Routing): Promise<ReadonlyMap<string, Earned>>;
}
