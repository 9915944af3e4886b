// Threads: where they stand, and what is held in them.
import type { JsonObject } from "../kernel/json.js";
import type { Database } from "./database.js";
import { storableJson } from "./execution-rows.js";

export type ThreadStatus = "idle" | "busy" | "interrupted" | "error";

export interface Thread {
  id: string;
  tenant: string;
  graphId: string | null;
  status: ThreadStatus;
  metadata: JsonObject;
  createdAt: Date;
  updatedAt: Date;
}

export interface ThreadActivity {
  /** Runs at work, or that may start. */
  active: number;
  /** Runs that wait behind a hold. */
  queued: number;
  openHolds: number;
  /** The error the last run ended with. */
  error: JsonObject | null;
}

export interface ThreadStore {
  createThread(thread: {
    id: string;
    tenant: string;
    graphId: string | null;
    metadata: JsonObject;
  }): Promise<Thread | null>;
  findThread(tenant: string, threadId: string): Promise<Thread | null>;
  /** Closes decided reviews of a thread whose hold is gone from it, so that nothing waits for them for ever. */
  closeOrphans(tenant: string, threadId: string, pendingReviewIds: readonly string[]): Promise<void>;
  openHolds(tenant: string, threadId: string): Promise<number>;
  /** How a thread stands, in one look: what is at work, what waits, how the last run ended. */
  threadActivity(tenant: string, threadId: string): Promise<ThreadActivity>;
}

export function createThreadStore(db: Database): ThreadStore {
  return {
    async createThread(thread) {
      const [row] = await db.once<ThreadRow>(
        { tenant: thread.tenant },
        `/* thread.create */ insert into holdpoint.threads (thread_id, tenant_id, graph_id, metadata) values ($1, $2, $3, $4)
         on conflict do nothing returning *`,
        [thread.id, thread.tenant, thread.graphId, storableJson(thread.metadata)],
      );
      return row ? rowToThread(row) : null;
    },

    async findThread(tenant, threadId) {
      const [row] = await db.once<ThreadRow>(
        { tenant },
        `/* thread.find */ select t.*, case when exists (
             select from holdpoint.runs r where r.thread_id = t.thread_id and r.status = 'running')
           then 'busy' else t.status end as status
         from holdpoint.threads t where thread_id = $1`,
        [threadId],
      );
      return row ? rowToThread(row) : null;
    },

    async closeOrphans(tenant, threadId, pendingReviewIds) {
      await db.once(
        { tenant },
        `/* review.close-orphans */ update holdpoint.reviews set status = 'superseded', resumed_at = now()
         where thread_id = $1 and status = 'decided' and not hosted and review_id <> all ($2::uuid[])`,
        [threadId, pendingReviewIds],
      );
    },

    async openHolds(tenant, threadId) {
      const [row] = await db.once<{ count: number }>(
        { tenant },
        `/* review.count-open */ select count(*)::int as count from holdpoint.reviews
         where thread_id = $1 and not hosted and status in ('open', 'claimed', 'decided')`,
        [threadId],
      );
      return row?.count ?? 0;
    },

    async threadActivity(tenant, threadId) {
      const [row] = await db.once<{
        running: number;
        pending: number;
        resuming: number;
        held: number;
        decided: number;
        error: JsonObject | null;
      }>(
        { tenant },
        `/* thread.activity */ select
           (select count(*)::int from holdpoint.runs where thread_id = $1 and status = 'running') as running,
           (select count(*)::int from holdpoint.runs where thread_id = $1 and status = 'pending' and kind <> 'resume') as pending,
           (select count(*)::int from holdpoint.runs where thread_id = $1 and status = 'pending' and kind = 'resume') as resuming,
           (select count(*)::int from holdpoint.reviews where thread_id = $1 and not hosted and status in ('open', 'claimed')) as held,
           (select count(*)::int from holdpoint.reviews where thread_id = $1 and not hosted and status = 'decided') as decided,
           (select error from holdpoint.runs where thread_id = $1 and ended_at is not null order by ended_at desc limit 1) as error`,
        [threadId],
      );
      const { running, pending, resuming, held, decided, error } = row ?? {
        running: 0,
        pending: 0,
        resuming: 0,
        held: 0,
        decided: 0,
        error: null,
      };
      const blocked = held + decided > 0;
      return {
        active: running + resuming + decided + (blocked ? 0 : pending),
        queued: blocked ? pending : 0,
        openHolds: held,
        error,
      };
    },
  };
}

interface ThreadRow {
  thread_id: string;
  tenant_id: string;
  graph_id: string | null;
  status: ThreadStatus;
  metadata: JsonObject;
  created_at: Date;
  updated_at: Date;
}

function rowToThread(row: ThreadRow): Thread {
  return {
    id: row.thread_id,
    tenant: row.tenant_id,
    graphId: row.graph_id,
    status: row.status,
    metadata: row.metadata,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
