// Where the record and the threads may disagree on what waits, in Postgres: found page by page, without opening a graph.
import type { Settlement } from "../execution/log.js";
import type { Principal } from "../kernel/principal.js";
import type { Execution } from "../review/types.js";
import type { Database } from "./database.js";
import {
  nobody,
  openSettleReview,
  rowToExecution,
  storable,
  storableJson,
  type ExecutionRow,
} from "./execution-rows.js";
import { isAlive } from "./process-rows.js";
import { isUnderWay, orphanedNote } from "./run-statements.js";

export interface Suspect {
  tenant: string;
  threadId: string;
  /** The thread is gone altogether. */
  isThreadless: boolean;
}

/** A place in the order of a walk; only its own walk reads it. */
export type Place = readonly unknown[];

export interface Page {
  suspects: Suspect[];
  /** Where the next page begins; null at the end. */
  next: Place | null;
}

/** A call whose process is gone, in a thread that nobody is at work on. */
export interface LeftCall {
  tenant: string;
  graphId: string;
  execution: Execution;
}

export interface ReconcileStore {
  /** Threads in which a review is open whose interrupt does not stand in the newest checkpoint. */
  lostHolds(after: Place | null, limit: number): Promise<Page>;
  /** Threads whose last run left an interrupt on which nobody is asked. */
  unaskedInterrupts(after: Place | null, limit: number): Promise<Page>;
  /** Closes the reviews of a thread that is gone; false where there is one after all. */
  closeThreadless(tenant: string, threadId: string): Promise<boolean>;
  leftCalls(limit: number): Promise<LeftCall[]>;
  /** False: its process lives after all, or somebody else was first. */
  settleLeft(left: LeftCall, settlement: Settlement, reviewId: string): Promise<boolean>;
}

/**
 * @param graphIds the graphs that this process serves.
 * @param by in whose name a review is closed.
 */
export function createReconcileStore(
  db: Database,
  graphIds: readonly string[],
  by: Principal,
): ReconcileStore {
  return {
    async lostHolds(after, limit) {
      const from = after ?? ["", "-infinity", nobody];
      const rows = await db.once<HoldRow>("worker", lostHolds, [...from, limit, graphIds]);
      return pageOf(rows, limit, (row) => [row.tenant_id, row.opened_at, row.review_id]);
    },

    async unaskedInterrupts(after, limit) {
      const from = after ?? ["", ""];
      const rows = await db.once<SuspectRow>("worker", unaskedInterrupts, [...from, limit, graphIds]);
      return pageOf(rows, limit, (row) => [row.tenant_id, row.thread_id]);
    },

    async closeThreadless(tenant, threadId) {
      const closed = await db.once({ tenant }, closeThreadless, [threadId, tenant, storableJson(by)]);
      return closed.length > 0;
    },

    async leftCalls(limit) {
      const rows = await db.once<ExecutionRow & { tenant_id: string; graph_id: string }>(
        "worker",
        leftCalls,
        [nobody, graphIds, limit],
      );
      return rows.map((row) => ({
        tenant: row.tenant_id,
        graphId: row.graph_id,
        execution: rowToExecution(row),
      }));
    },

    settleLeft: ({ tenant, execution }, settlement, reviewId) =>
      db.transaction({ tenant }, async (sql) => {
        const error = settlement.state === "succeeded" ? null : storable(settlement.error);
        const ours = await sql.query(settleLeft, [execution.id, execution.epoch, settlement.state, error]);
        if (ours.length > 0 && settlement.state === "unknown")
          await openSettleReview(sql, execution, reviewId, settlement.askedOf);
        return ours.length > 0;
      }),
  };
}

interface SuspectRow {
  tenant_id: string;
  thread_id: string;
  is_suspect: boolean;
  is_threadless: boolean;
}

interface HoldRow extends SuspectRow {
  opened_at: Date;
  review_id: string;
}

function pageOf<Row extends SuspectRow>(rows: Row[], limit: number, placeOf: (row: Row) => Place): Page {
  const last = rows.length < limit ? undefined : rows.at(-1);
  const suspects = new Map(
    rows
      .filter(({ is_suspect: isSuspect }) => isSuspect)
      .map((row): [string, Suspect] => [
        JSON.stringify([row.tenant_id, row.thread_id]),
        { tenant: row.tenant_id, threadId: row.thread_id, isThreadless: row.is_threadless },
      ]),
  );
  return { suspects: [...suspects.values()], next: last ? placeOf(last) : null };
}

// An interrupt is kept as JSON that names its review, or (of a plain graph) itself; that of a graph within a graph stands
// at its root, too. Whether something happened is asked with or without a thread that goes on from the answer.
const lostHolds = `/* reconcile.lost-holds */ with page as materialized (
    select tenant_id, thread_id, opened_at, review_id, kind, hosted, interrupt_id from holdpoint.reviews
    where status in ('open', 'claimed') and (tenant_id, opened_at, review_id) > ($1, $2::timestamptz, $3::uuid)
    order by tenant_id, opened_at, review_id limit $4)
  select p.tenant_id, p.thread_id, p.opened_at, p.review_id, t.thread_id is null as is_threadless,
    p.kind <> 'settle' and not p.hosted and (t.thread_id is null or (t.graph_id = any ($5) and not ${isUnderWay("t")}
      and not exists (select from holdpoint.checkpoint_writes w
        where w.thread_id = p.thread_id and w.checkpoint_ns = '' and w.channel = '__interrupt__'
          and w.checkpoint_id = (select max(c.checkpoint_id) from holdpoint.checkpoints c
            where c.thread_id = p.thread_id and c.checkpoint_ns = '')
          and position(convert_to(coalesce(p.interrupt_id, p.review_id::text), 'UTF8') in w.blob) > 0))) as is_suspect
  from page p left join holdpoint.threads t on t.thread_id = p.thread_id and t.tenant_id = p.tenant_id
  order by p.tenant_id, p.opened_at, p.review_id`;

// A thread whose last run failed says so, and is not tried for ever.
const unaskedInterrupts = `/* reconcile.unasked-interrupts */ with page as materialized (
    select tenant_id, thread_id, graph_id, status, interrupts from holdpoint.threads
    where interrupts <> '{}' and (tenant_id, thread_id) > ($1, $2)
    order by tenant_id, thread_id limit $3)
  select t.tenant_id, t.thread_id, false as is_threadless,
    t.status <> 'error' and t.graph_id = any ($4) and not ${isUnderWay("t")} and exists (
      select from jsonb_path_query(t.interrupts, '$.*[*]') i
      where coalesce(i #>> '{value,holdpoint,kind}', '') <> 'parked' and not exists (select from holdpoint.reviews v
        where v.tenant_id = t.tenant_id and v.thread_id = t.thread_id and v.resumed_at is null
          and (v.review_id::text = i #>> '{value,holdpoint,reviewId}' or v.interrupt_id = i ->> 'id'))) as is_suspect
  from page t order by t.tenant_id, t.thread_id`;

// A thread's row is there before anything is asked in it.
const closeThreadless = `/* reconcile.close-threadless */ with closed as (
    update holdpoint.reviews r set status = 'superseded', resumed_at = now(), version = version + 1
    where r.thread_id = $1 and r.tenant_id = $2 and not r.hosted and r.status in ('open', 'claimed') and r.kind <> 'settle'
      and not exists (select from holdpoint.threads t where t.thread_id = r.thread_id)
    returning tenant_id, review_id)
  ${orphanedNote("$3")}`;

const leftCalls = `/* reconcile.left-calls */ select e.*, a.graph_id
  from holdpoint.executions e join holdpoint.actions a using (action_id)
  where e.state = 'claimed' and e.process_id <> $1 and not ${isAlive("e.process_id")}
    and a.run_id is not null and a.graph_id = any ($2) and not ${isUnderWay("a")}
  order by e.started_at limit $3`;

const settleLeft = `/* reconcile.settle-left */ update holdpoint.executions e
  set state = $3, error = $4, settled_at = now()
  where execution_id = $1 and epoch = $2 and state = 'claimed' and not ${isAlive("e.process_id")}
    and not exists (select from holdpoint.threads t where t.thread_id = e.thread_id and ${isUnderWay("t")})
  returning execution_id`;
