// Complaints about what was done, in Postgres.
import { isUuid } from "../kernel/ids.js";
import type { Principal } from "../kernel/principal.js";
import type { Database } from "./database.js";
import { storable, storableJson } from "./execution-rows.js";

export interface Complaint {
  id: string;
  executionId: string;
  text: string;
  by: Principal;
  at: Date;
}

/** Null where nothing of that id was attempted. */
export async function complain(
  db: Database,
  by: Principal,
  executionId: string,
  text: string,
): Promise<Complaint | null> {
  if (!isUuid(executionId)) return null;
  const said = storable(text);
  const [row] = await db.once<{ complaint_id: string; at: Date }>(
    { tenant: by.tenant },
    `/* complaint.make */ insert into holdpoint.complaints (tenant_id, execution_id, tool, text, by_whom)
     select tenant_id, execution_id, tool, $2, $3 from holdpoint.executions where execution_id = $1
     returning complaint_id, at`,
    [executionId, said, storableJson(by)],
  );
  return row ? { id: row.complaint_id, executionId, text: said, by, at: row.at } : null;
}
