// Threads: where they stand, and what is held in them.
import type { JsonObject } from "../kernel/json.js";
import { copyCheckpoints } from "./checkpoint-rows.js";
import { copyLetters, isLed } from "./takeover-rows.js";
import type { Database } from "./database.js";
import { storableJson } from "./execution-rows.js";
import { deleteThread, type Deletion, type Holds } from "./thread-deletion.js";
import {
  rowToThread,
  type NewThread,
  type Thread,
  type ThreadActivity,
  type ThreadFilter,
  type ThreadPage,
  type ThreadRow,
} from "./thread-record.js";
import { conditionsOf, isExpired, selectActivity, selectThread } from "./thread-statements.js";

export * from "./thread-record.js";

export interface ThreadStore {
  createThread(thread: NewThread): Promise<Thread | null>;
  findThread(tenant: string, threadId: string): Promise<Thread | null>;
  searchThreads(tenant: string, filter: ThreadFilter, page: ThreadPage): Promise<Thread[]>;
  countThreads(tenant: string, filter: ThreadFilter): Promise<number>;
  /** Merges into its metadata; a time to live that is left out stays, null takes it back. Null where there is no thread. */
  patchThread(
    tenant: string,
    threadId: string,
    patch: { metadata: JsonObject; ttlMinutes?: number | null },
  ): Promise<Thread | null>;
  /** Copies a thread with its checkpoints and nothing else: no run, no review, no decision. */
  copyThread(tenant: string, threadId: string, copy: { id: string; owner?: string }): Promise<Thread | null>;
  /**
   * Deletes a thread with its runs and checkpoints; what was proposed, decided and executed in it stays on record.
   */
  deleteThread(tenant: string, threadId: string, holds: Holds): Promise<Deletion>;
  openHolds(tenant: string, threadId: string): Promise<number>;
  /** Deletes threads that were made for one run, so long after nothing of them is at work or waits. */
  forgetTemporary(olderThanMs: number): Promise<void>;
  /** Deletes threads whose time to live has passed since anything happened in them, where nothing is at work or waits. */
  forgetExpired(): Promise<void>;
  /** How a thread stands, in one look: what is at work, what waits, how the last run ended. */
  threadActivity(tenant: string, threadId: string): Promise<ThreadActivity>;
}

export function createThreadStore(db: Database): ThreadStore {
  const store: ThreadStore = {
    async createThread(thread) {
      const [row] = await db.once<ThreadRow>(
        { tenant: thread.tenant },
        `/* thread.create */ insert into holdpoint.threads (thread_id, tenant_id, graph_id, metadata, temporary, owner, ttl_minutes)
         values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing returning *`,
        [
          thread.id,
          thread.tenant,
          thread.graphId,
          storableJson(thread.metadata),
          thread.temporary ?? false,
          thread.owner ?? null,
          thread.ttlMinutes ?? null,
        ],
      );
      return row ? rowToThread(row) : null;
    },

    async findThread(tenant, threadId) {
      const [row] = await db.once<ThreadRow>(
        { tenant },
        `/* thread.find */ ${selectThread} where t.thread_id = $1`,
        [threadId],
      );
      return row ? rowToThread(row) : null;
    },

    async searchThreads(tenant, filter, { sortBy, descending, limit, offset }) {
      const { where, params } = conditionsOf(tenant, filter);
      const order = `${sortBy} ${descending ? "desc" : "asc"}, thread_id`;
      const rows = await db.once<ThreadRow>(
        { tenant },
        `/* thread.search */ select * from (${selectThread}) t ${where}
         order by ${order} limit $${params.length + 1} offset $${params.length + 2}`,
        [...params, limit, offset],
      );
      return rows.map(rowToThread);
    },

    async countThreads(tenant, filter) {
      const { where, params } = conditionsOf(tenant, filter);
      const [row] = await db.once<{ count: number }>(
        { tenant },
        `/* thread.count */ select count(*)::int as count from (${selectThread}) t ${where}`,
        params,
      );
      return row?.count ?? 0;
    },

    async patchThread(tenant, threadId, { metadata, ttlMinutes }) {
      const rows = await db.once(
        { tenant },
        `/* thread.patch */ update holdpoint.threads set metadata = metadata || $2, updated_at = now(),
           ttl_minutes = case when $3 then $4 else ttl_minutes end
         where thread_id = $1 returning thread_id`,
        [threadId, storableJson(metadata), ttlMinutes !== undefined, ttlMinutes ?? null],
      );
      return rows.length === 0 ? null : store.findThread(tenant, threadId);
    },

    async copyThread(tenant, threadId, copy) {
      const copied = await db.transaction({ tenant }, async (sql) => {
        const rows = await sql.query(
          `/* thread.copy */ insert into holdpoint.threads (thread_id, tenant_id, graph_id, status, metadata, interrupts, "values",
             owner, ttl_minutes)
           select $2, tenant_id, graph_id, case status when 'busy' then 'idle' else status end,
             metadata || jsonb_build_object('copied_from', thread_id), interrupts, "values", $3, ttl_minutes
           from holdpoint.threads where thread_id = $1 returning thread_id`,
          [threadId, copy.id, copy.owner ?? null],
        );
        if (rows.length > 0) await copyCheckpoints(sql, threadId, copy.id);
        if (rows.length > 0) await copyLetters(sql, threadId, copy.id);
        return rows.length > 0;
      });
      return copied ? store.findThread(tenant, copy.id) : null;
    },

    deleteThread: (tenant, threadId, holds) =>
      db.transaction({ tenant }, (sql) => deleteThread(sql, threadId, holds)),

    async openHolds(tenant, threadId) {
      const [row] = await db.once<{ count: number }>(
        { tenant },
        `/* review.count-open */ select count(*)::int as count from holdpoint.reviews
         where thread_id = $1 and not hosted and status in ('open', 'claimed', 'decided')`,
        [threadId],
      );
      return row?.count ?? 0;
    },

    async forgetTemporary(olderThanMs) {
      const gone = await db.once<{ tenant_id: string; thread_id: string }>(
        "worker",
        `/* thread.find-temporary */ select tenant_id, thread_id from holdpoint.threads t
         where temporary and status in ('idle', 'error') and updated_at < now() - make_interval(secs => $1)
           and not exists (select from holdpoint.runs r where r.thread_id = t.thread_id
             and r.status in ('pending', 'running'))
           and not exists (select from holdpoint.reviews v where v.thread_id = t.thread_id and v.tenant_id = t.tenant_id
             and not v.hosted and v.status in ('open', 'claimed', 'decided'))
           and not ${isLed("t.thread_id")}
         limit 200`,
        [olderThanMs / 1000],
      );
      for (const { tenant_id: tenant, thread_id: threadId } of gone)
        await store.deleteThread(tenant, threadId, "refuse");
    },

    async forgetExpired() {
      const expired = await db.once<{ tenant_id: string; thread_id: string }>(
        "worker",
        `/* thread.find-expired */ select tenant_id, thread_id from holdpoint.threads t where ${isExpired} limit 200`,
      );
      for (const { tenant_id: tenant, thread_id: threadId } of expired) {
        await db.transaction({ tenant }, async (sql) => {
          // Looked at again under lock: something may have happened in it meanwhile.
          const [still] = await sql.query(
            `/* thread.lock-expired */ select from holdpoint.threads t where thread_id = $1 and ${isExpired} for update`,
            [threadId],
          );
          if (still) await deleteThread(sql, threadId, "refuse");
        });
      }
    },

    async threadActivity(tenant, threadId) {
      const [row] = await db.once<{
        running: number;
        pending: number;
        resuming: number;
        held: number;
        decided: number;
        led: boolean;
        error: JsonObject | null;
      }>({ tenant }, selectActivity, [threadId]);
      const { running, pending, resuming, held, decided, led, error } = row ?? {
        running: 0,
        pending: 0,
        resuming: 0,
        held: 0,
        decided: 0,
        led: false,
        error: null,
      };
      const blocked = held + decided > 0 && !led;
      return {
        active: running + resuming + decided + (blocked ? 0 : pending),
        queued: blocked ? pending : 0,
        openHolds: held,
        isLed: led,
        error,
      };
    },
  };
  return store;
}
