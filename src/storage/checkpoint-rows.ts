// A thread's checkpoints as rows, for what is done with all of them at once.
import type { Sql } from "./database.js";

const tables = {
  checkpoint_items: "checkpoint_ns, channel, depth, hash, parent_depth, parent, type, blob",
  checkpoint_blobs: "checkpoint_ns, channel, version, type, blob",
  checkpoints: "checkpoint_ns, checkpoint_id, parent_checkpoint_id, type, checkpoint, metadata",
  checkpoint_writes: "checkpoint_ns, checkpoint_id, task_id, idx, channel, type, blob",
};

/** The copy's thread stands already: its rows are reached through it. In one statement, so that a run at work changes nothing in between. */
export async function copyCheckpoints(sql: Sql, threadId: string, copyId: string): Promise<void> {
  const copies = Object.entries(tables).map(
    ([table, columns]) =>
      `${table} as (insert into holdpoint.${table} (thread_id, ${columns})
         select $2, ${columns} from holdpoint.${table} where thread_id = $1)`,
  );
  await sql.query(`/* checkpoint.copy */ with ${copies.join(", ")} select`, [threadId, copyId]);
}

export async function deleteCheckpoints(sql: Sql, threadId: string): Promise<void> {
  for (const table of Object.keys(tables)) {
    await sql.query(`/* checkpoint.delete */ delete from holdpoint.${table} where thread_id = $1`, [
      threadId,
    ]);
  }
}
