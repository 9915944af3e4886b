// What went on without anybody at the queue.
import type { Database } from "./database.js";

export interface Activity {
  /** Has an agent ever proposed a call here, or a graph asked? */
  hasBegun: boolean;
  ranWithoutAsking: number;
}

export async function readActivity(db: Database, tenant: string, since: Date): Promise<Activity> {
  const [row] = await db.once<{ has_begun: boolean; ran: number }>(
    { tenant },
    `/* activity.read */ select
       exists (select from holdpoint.actions where tenant_id = $1)
         or exists (select from holdpoint.reviews where tenant_id = $1) as has_begun,
       (select count(*)::int from holdpoint.executions e where e.tenant_id = $1 and e.review_id is null
         and e.state in ('succeeded', 'failed') and e.settled_at >= $2) as ran`,
    [tenant, since],
  );
  return { hasBegun: row?.has_begun ?? false, ranWithoutAsking: row?.ran ?? 0 };
}
