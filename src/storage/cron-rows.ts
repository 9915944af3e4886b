// Crons: what runs by the clock.
import type { JsonObject } from "../kernel/json.js";
import type { Principal } from "../kernel/principal.js";
import type { Database } from "./database.js";

/** What is set by whoever writes it. */
export interface CronContent {
  schedule: string;
  timezone: string | null;
  endTime: Date | null;
  /** What becomes of the fresh thread of a run. */
  onRunCompleted: "delete" | "keep";
  enabled: boolean;
  payload: JsonObject;
  metadata: JsonObject;
  /** In whose name it runs: who wrote it last. */
  principal: Principal;
  nextRun: Date | null;
}

export interface NewCron extends CronContent {
  id: string;
  graphId: string;
  /** Null: the assistant the graph is born with. */
  assistantId: string | null;
  /** Null: a fresh thread for each run. */
  threadId: string | null;
}

export interface Cron extends NewCron {
  createdAt: Date;
  updatedAt: Date;
}

/** `dueAt`: the time it was taken for. With the id it names one start for ever. */
export type DueCron = Cron & { dueAt: Date };

export interface CronFilter {
  assistant: { id: string } | { bornWith: string } | null;
  threadId: string | null;
  enabled: boolean | null;
  metadata: JsonObject;
}

export interface CronPage {
  sortBy: "cron_id" | "assistant_id" | "thread_id" | "created_at" | "updated_at" | "next_run_date";
  sortOrder: "asc" | "desc";
  limit: number;
  offset: number;
}

export interface CronStore {
  /** Null where there is no such thread. */
  create(tenant: string, cron: NewCron): Promise<Cron | null>;
  /** @param change what becomes different, from the cron as it stands; nobody else changes it meanwhile. */
  change(tenant: string, id: string, change: (cron: Cron) => Partial<CronContent>): Promise<Cron | null>;
  find(tenant: string, id: string): Promise<Cron | null>;
  remove(tenant: string, id: string): Promise<boolean>;
  search(tenant: string, filter: CronFilter, page: CronPage): Promise<Cron[]>;
  count(tenant: string, filter: CronFilter): Promise<number>;
  /** Takes what is due, of every tenant, for the caller alone, and writes when each is due again. */
  dueCrons(
    now: Date,
    graphIds: readonly string[],
    next: (cron: Cron) => Date | null,
    limit: number,
  ): Promise<DueCron[]>;
}

export function createCronStore(db: Database): CronStore {
  return {
    async create(tenant, { id, graphId, assistantId, threadId, ...content }) {
      const [row] = await db.once<CronRow>(
        { tenant },
        `/* cron.create */ insert into holdpoint.crons (tenant_id, cron_id, graph_id, assistant_id, thread_id, schedule,
           timezone, end_time, on_run_completed, enabled, payload, metadata, principal, next_run_date)
         select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14
         where $5::text is null or exists (select from holdpoint.threads t where t.thread_id = $5)
         returning *`,
        [tenant, id, graphId, assistantId, threadId, ...contentParams(content)],
      );
      return row ? rowToCron(row) : null;
    },

    async change(tenant, id, change) {
      return db.transaction({ tenant }, async (sql) => {
        const [before] = await sql.query<CronRow>(
          "/* cron.lock */ select * from holdpoint.crons where cron_id = $1 for update",
          [id],
        );
        if (!before) return null;
        const cron = rowToCron(before);
        const [after] = await sql.query<CronRow>(
          `/* cron.change */ update holdpoint.crons set schedule = $2, timezone = $3, end_time = $4,
             on_run_completed = $5, enabled = $6, payload = $7, metadata = $8, principal = $9, next_run_date = $10,
             updated_at = now()
           where cron_id = $1 returning *`,
          [id, ...contentParams({ ...cron, ...change(cron) })],
        );
        return after ? rowToCron(after) : null;
      });
    },

    async find(tenant, id) {
      const [row] = await db.once<CronRow>(
        { tenant },
        "/* cron.find */ select * from holdpoint.crons where cron_id = $1",
        [id],
      );
      return row ? rowToCron(row) : null;
    },

    async remove(tenant, id) {
      const rows = await db.once(
        { tenant },
        "/* cron.remove */ delete from holdpoint.crons where cron_id = $1 returning cron_id",
        [id],
      );
      return rows.length > 0;
    },

    async search(tenant, filter, { sortBy, sortOrder, limit, offset }) {
      const rows = await db.once<CronRow>(
        { tenant },
        `/* cron.search */ select * from holdpoint.crons where ${conditions}
         order by ${sortBy} ${sortOrder} nulls last, cron_id limit $7 offset $8`,
        [...filterParams(tenant, filter), limit, offset],
      );
      return rows.map(rowToCron);
    },

    async count(tenant, filter) {
      const [row] = await db.once<{ count: number }>(
        { tenant },
        `/* cron.count */ select count(*)::int as count from holdpoint.crons where ${conditions}`,
        filterParams(tenant, filter),
      );
      return row?.count ?? 0;
    },

    async dueCrons(now, graphIds, next, limit) {
      return db.transaction("worker", async (sql) => {
        const rows = await sql.query<CronRow & { next_run_date: Date }>(
          `/* cron.due */ select * from holdpoint.crons
           where next_run_date <= $1 and enabled and graph_id = any ($2::text[])
           order by next_run_date limit $3 for update skip locked`,
          [now, graphIds, limit],
        );
        if (rows.length === 0) return [];
        const due = rows.map((row) => ({ ...rowToCron(row), dueAt: row.next_run_date }));
        const moved = due.map((cron) => ({ ...cron, nextRun: next(cron) }));
        await sql.query(
          `/* cron.move-on */ update holdpoint.crons c set next_run_date = m.next
           from jsonb_to_recordset($1) as m (id uuid, next timestamptz) where c.cron_id = m.id`,
          [JSON.stringify(moved.map(({ id, nextRun }) => ({ id, next: nextRun })))],
        );
        return moved;
      });
    },
  };
}

// The tenant is named beside row-level security: that has a second policy here, and an index takes no `or`.
const conditions = `tenant_id = $1
  and ($2::uuid is null or assistant_id = $2)
  and ($3::text is null or (graph_id = $3 and assistant_id is null))
  and ($4::text is null or thread_id = $4)
  and ($5::boolean is null or enabled = $5)
  and metadata @> $6`;

function filterParams(tenant: string, { assistant, threadId, enabled, metadata }: CronFilter): unknown[] {
  const id = assistant && "id" in assistant ? assistant.id : null;
  const bornWith = assistant && "bornWith" in assistant ? assistant.bornWith : null;
  return [tenant, id, bornWith, threadId, enabled, metadata];
}

function contentParams(cron: CronContent): unknown[] {
  const { schedule, timezone, endTime, onRunCompleted, enabled, payload, metadata, principal, nextRun } =
    cron;
  return [schedule, timezone, endTime, onRunCompleted, enabled, payload, metadata, principal, nextRun];
}

interface CronRow {
  cron_id: string;
  graph_id: string;
  assistant_id: string | null;
  thread_id: string | null;
  schedule: string;
  timezone: string | null;
  end_time: Date | null;
  on_run_completed: "delete" | "keep";
  enabled: boolean;
  payload: JsonObject;
  metadata: JsonObject;
  principal: Principal;
  next_run_date: Date | null;
  created_at: Date;
  updated_at: Date;
}

function rowToCron(row: CronRow): Cron {
  return {
    id: row.cron_id,
    graphId: row.graph_id,
    assistantId: row.assistant_id,
    threadId: row.thread_id,
    schedule: row.schedule,
    timezone: row.timezone,
    endTime: row.end_time,
    onRunCompleted: row.on_run_completed,
    enabled: row.enabled,
    payload: row.payload,
    metadata: row.metadata,
    principal: row.principal,
    nextRun: row.next_run_date,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
