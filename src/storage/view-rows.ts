// Filters of the queue that people keep under names of their own.
import { HoldpointError } from "../kernel/errors.js";
import type { Json, JsonObject } from "../kernel/json.js";
import type { Principal } from "../kernel/principal.js";
import type { Database } from "./database.js";
import { storableJson } from "./execution-rows.js";

export interface SavedView {
  name: string;
  filter: JsonObject;
}

export const mostViews = 50;

/** In the order in which they were made. */
export async function viewsOf(db: Database, { tenant, id }: Principal): Promise<SavedView[]> {
  return db.once<SavedView>(
    { tenant },
    `/* view.list */ select name, filter from holdpoint.saved_views
     where tenant_id = $1 and person_id = $2 order by created_at, name`,
    [tenant, id],
  );
}

/** Made, or made anew. Throws `request_invalid` where a person has as many as may be. */
export async function saveView(
  db: Database,
  { tenant, id }: Principal,
  name: string,
  filter: Record<string, Json | undefined>,
): Promise<void> {
  const rows = await db.once(
    { tenant },
    `/* view.save */ insert into holdpoint.saved_views (tenant_id, person_id, name, filter)
     select $1, $2, $3, $4
     where (select count(*) from holdpoint.saved_views where tenant_id = $1 and person_id = $2 and name <> $3) < $5
     on conflict (tenant_id, person_id, name) do update set filter = excluded.filter
     returning 1`,
    [tenant, id, name, storableJson(filter), mostViews],
  );
  if (rows.length > 0) return;
  throw new HoldpointError(
    "request_invalid",
    `You have ${mostViews} views, which is as many as may be. Remove one.`,
  );
}

/** False where there is none of this name. */
export async function removeView(db: Database, { tenant, id }: Principal, name: string): Promise<boolean> {
  const rows = await db.once(
    { tenant },
    `/* view.remove */ delete from holdpoint.saved_views
     where tenant_id = $1 and person_id = $2 and name = $3 returning 1`,
    [tenant, id, name],
  );
  return rows.length > 0;
}
