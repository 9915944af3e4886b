// What is left of store items whose time is over; nobody sees them any more.
import type { Database } from "./database.js";

/** Deletes what has expired, of every tenant, so many at a time. Answers how many those were. */
export async function removeExpiredItems(db: Database, now: Date, limit = 1_000): Promise<number> {
  const rows = await db.once(
    "worker",
    `/* store.remove-expired */ delete from holdpoint.store_items where ctid = any (array (
       select ctid from holdpoint.store_items where expires_at <= $1 limit $2 for update skip locked))
     returning key`,
    [now, limit],
  );
  return rows.length;
}
