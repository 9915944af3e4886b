// Stops as they stand in their rows.
import type { Stop, StopKind } from "../execution/stop.js";
import type { Principal } from "../kernel/principal.js";

export interface StopRow {
  stop_id: string;
  kind: StopKind;
  name: string | null;
  by_whom: Principal;
  why: string;
  /** Times are Dates from a plain column and text from `to_jsonb`. */
  at: Date | string;
  lifted_by: Principal | null;
  lifted_why: string | null;
  lifted_at: Date | string | null;
}

export function rowToStop(row: StopRow): Stop {
  const { lifted_by: by, lifted_why: why, lifted_at: at } = row;
  return {
    id: row.stop_id,
    kind: row.kind,
    name: row.name,
    by: row.by_whom,
    why: row.why,
    at: new Date(row.at),
    lifted: by && why !== null && at !== null ? { by, why, at: new Date(at) } : null,
  };
}
