// Deleting threads. What was proposed, decided and executed in them stays on record.
import { deleteCheckpoints } from "./checkpoint-rows.js";
import type { Sql } from "./database.js";
import { isFinal } from "./review-clock.js";
import { cancelPending } from "./run-statements.js";
import { supersede } from "./thread-statements.js";

/** What becomes of a thread in which something waits for people: it stays, or that is withdrawn first. */
export type Holds = "refuse" | "supersede";

/** `busy`: a run of it has not ended. `held`: something in it waits for people. */
export type WhyNot = "absent" | "busy" | "held";
export type Deletion = "deleted" | WhyNot;

export async function deleteThread(sql: Sql, threadId: string, holds: Holds): Promise<Deletion> {
  const why = await whyNotDeleted(sql, threadId, holds);
  if (why) return why;
  await removeThread(sql, threadId);
  return "deleted";
}

/** Locks the thread, so that no run of it begins or starts meanwhile. Null: it may be removed. */
export async function whyNotDeleted(sql: Sql, threadId: string, holds: Holds): Promise<WhyNot | null> {
  const [thread] = await sql.query(
    "/* thread.lock */ select from holdpoint.threads where thread_id = $1 for update",
    [threadId],
  );
  if (!thread) return "absent";
  const runs = await sql.query<{ status: string }>(
    `/* run.lock */ select status from holdpoint.runs
     where thread_id = $1 and status in ('pending', 'running') for update`,
    [threadId],
  );
  if (runs.some(({ status }) => status === "running")) return "busy";
  const waiting = await sql.query<{ final: boolean }>(
    `/* review.waiting */ select ${isFinal("reviews")} as final from holdpoint.reviews
     where thread_id = $1 and not hosted and status in ('open', 'claimed', 'decided')`,
    [threadId],
  );
  const isHeld = waiting.some(({ final }) => !final);
  if (isHeld) return holds === "refuse" ? "held" : null;
  return runs.length + waiting.length > 0 ? "busy" : null;
}

/** Of one that may be. */
export async function removeThread(sql: Sql, threadId: string): Promise<void> {
  await sql.query(supersede, [threadId]);
  await sql.query(cancelPending, [threadId]);
  // First: they are reached through the thread's row.
  await deleteCheckpoints(sql, threadId);
  await sql.query("/* words.delete */ delete from holdpoint.words where thread_id = $1", [threadId]);
  await sql.query("/* thread.delete */ delete from holdpoint.threads where thread_id = $1", [threadId]);
}
