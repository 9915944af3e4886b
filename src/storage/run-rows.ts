// Runs: the queue, who is at work on what, and how it ended.
import type { JsonObject } from "../kernel/json.js";
import type { Principal } from "../kernel/principal.js";
import { HoldpointError } from "../kernel/errors.js";
import type { Database } from "./database.js";
import { storableJson } from "./execution-rows.js";
import { isAlive, type ProcessStore } from "./process-rows.js";
import { createThreadStore, type ThreadStore } from "./thread-rows.js";

/**
 * `input`: something for the graph to work on. `command`: a client steers a graph that is not guarded. `resume`: decisions
 * to deliver. `direct`: a caller that drives the graph itself.
 */
export type RunKind = "input" | "command" | "resume" | "direct";
export type RunStatus = "pending" | "running" | "success" | "interrupted" | "error" | "cancelled";

/**
 * What becomes of a run for a thread that is busy. `reject`: it is refused. `enqueue`: it waits its turn. `interrupt`,
 * `rollback`: those before it are cancelled, in that way.
 */
export const strategies = ["reject", "enqueue", "interrupt", "rollback"] as const;
export type Strategy = (typeof strategies)[number];

/** How a run is cancelled. `interrupt`: what it did so far stays. `rollback`: its steps are taken back, and so is the run. */
export type Cancelling = "interrupt" | "rollback";

export interface Run {
  id: string;
  tenant: string;
  threadId: string;
  graphId: string;
  /** As its caller named it; null for a run of our own making. */
  assistantId: string | null;
  kind: RunKind;
  status: RunStatus;
  strategy: Strategy;
  /** Somebody asked for its end. */
  cancel: Cancelling | null;
  epoch: number;
  /** Whose it is while it runs. */
  processId: string | null;
  payload: JsonObject;
  /** Its caller's notes; read by nothing here. */
  metadata: JsonObject;
  principal: Principal;
  error: JsonObject | null;
  createdAt: Date;
  /** When it was taken up or ended, where it was. */
  updatedAt: Date;
}

export interface NewRun {
  id: string;
  tenant: string;
  threadId: string;
  graphId: string;
  kind: RunKind;
  payload: JsonObject;
  principal: Principal;
  assistantId?: string;
  metadata?: JsonObject;
  /** Default: enqueue. */
  strategy?: Strategy;
  /** Not before this many milliseconds from now. */
  runAfterMs?: number;
}

/** A resumption is of the graph that its thread belongs to. */
export type NewResumption = Omit<NewRun, "graphId" | "kind" | "strategy">;

export interface RunFilter {
  status?: readonly RunStatus[];
  limit: number;
  offset: number;
}

/** How a thread stands when its run has ended, for those who search threads. */
export interface Left {
  /** What waits, by task. */
  interrupts: JsonObject;
  /** Without its lists of messages. */
  values: JsonObject;
}

export interface Finished {
  /** False where another process has taken the run: nothing was changed. */
  ended: boolean;
  /** Another run of the thread waits for its turn. */
  more: boolean;
}

/** Runs, with the threads they belong to and the processes that work on them. */
export interface RunStore extends ThreadStore, ProcessStore {
  /**
   * Writes the run, and makes its thread where it is not there yet. With `start` it is this process's at once, where
   * nothing of its thread is before it; else a worker takes it when its turn comes. Throws `thread_busy` for a run
   * that would rather be refused than wait.
   */
  begin(run: NewRun, start: boolean): Promise<Run>;
  /**
   * As `begin`, for delivering decisions. At most one waits per thread: where there is one, it is given back instead.
   * Null for a thread that a host runs.
   */
  beginResumption(run: NewResumption, start: boolean): Promise<Run | null>;
  /** Takes a thread for a caller that drives the graph itself; throws `thread_busy`. */
  takeDirectly(run: NewRun): Promise<Run>;
  /** The next run that may start, of any tenant: resumptions first, and never behind a live run or an open hold. */
  claimNext(): Promise<Run | null>;
  find(tenant: string, runId: string): Promise<Run | null>;
  /** Runs of a thread, newest first. Direct ones are their callers' own and not among them. */
  listRuns(tenant: string, threadId: string, filter: RunFilter): Promise<Run[]>;
  /**
   * Asks for the end of unfinished runs of a thread, `but` for one. Those that wait have ended with this; those at
   * work are given back as they are, for their worker to end.
   */
  cancel(
    tenant: string,
    threadId: string,
    which: { runIds: readonly string[] } | { but: string },
    how: Cancelling,
  ): Promise<Run[]>;
  /** Ends a run of one's own epoch, and sets its thread's status. */
  finish(
    run: Run,
    status: "success" | "interrupted" | "error" | "cancelled",
    error: JsonObject | null,
    left?: Left,
  ): Promise<Finished>;
  /**
   * Takes the steps of a run of one's own epoch out of its thread, and closes what they had people asked. What was
   * executed stays on record, and done.
   */
  takeBack(run: Run): Promise<void>;
  /** Gives a run back, to be tried again later. */
  giveBack(run: Run, afterMs: number): Promise<void>;
  /** Removes a run that has ended; false where there is none. */
  deleteRun(tenant: string, threadId: string, runId: string): Promise<boolean>;
  /** What the table says this process is at work on. Where an answer of the database was lost, it is not. */
  ofThisProcess(): Promise<Run[]>;
  /** Does a checkpoint of this run stand already? Its input must then not be given to the graph again. */
  hasBegun(run: Run): Promise<boolean>;
  /** Threads with decisions that nobody delivers yet. */
  undelivered(): Promise<{ tenant: string; threadId: string }[]>;
}

/** @param graphIds the graphs that this process serves: it takes up runs of those, and no others. */
export function createRunStore(db: Database, processes: ProcessStore, graphIds: readonly string[]): RunStore {
  const { processId } = processes;
  const inOwnThread = async <T>(run: NewRun, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (!hasCode(error, "42501")) throw error;
      throw new HoldpointError("not_found", `There is no thread ${run.threadId}.`, {
        details: { threadId: run.threadId },
      });
    }
  };

  return {
    ...createThreadStore(db),
    ...processes,

    async begin(run, start) {
      const row = await startOrQueue(start && !run.runAfterMs, (mayStart) =>
        inOwnThread(run, () =>
          db.once<RunRow>({ tenant: run.tenant }, beginInput, [
            ...newRunParams(run),
            run.graphId,
            mayStart,
            processId,
            (run.runAfterMs ?? 0) / 1000,
            run.strategy ?? "enqueue",
          ]),
        ),
      );
      if (!row) throw busy(run.threadId);
      return rowToRun(row);
    },

    async beginResumption(run, start) {
      const row = await startOrQueue(start && !run.runAfterMs, (mayStart) =>
        db.once<RunRow>({ tenant: run.tenant }, beginResume, [
          ...newRunParams({ ...run, kind: "resume" }),
          graphIds,
          mayStart,
          processId,
          (run.runAfterMs ?? 0) / 1000,
        ]),
      );
      return row ? rowToRun(row) : null;
    },

    async takeDirectly(run) {
      try {
        const [row] = await inOwnThread(run, () =>
          db.transaction({ tenant: run.tenant }, async (sql) => {
            await sql.query(makeThread, [run.threadId, run.tenant, run.graphId]);
            return sql.query<RunRow>(
              `/* run.take */ insert into holdpoint.runs (run_id, tenant_id, thread_id, kind, payload, principal,
                 assistant_id, metadata, status, epoch, process_id, graph_id, started_at)
               values ($1, $2, $3, $4, $5, $6, $7, $8, 'running', 1, $9, $10, now()) returning *`,
              [...newRunParams(run), processId, run.graphId],
            );
          }),
        );
        return rowToRun(row as RunRow);
      } catch (error) {
        if (hasCode(error, "23505")) throw busy(run.threadId);
        throw error;
      }
    },

    async claimNext() {
      try {
        const [row] = await db.once<RunRow>("worker", claimNextRun, [processId, graphIds]);
        return row ? rowToRun(row) : null;
      } catch (error) {
        // Another process took a run of the same thread in the same moment. There will be a next time.
        if (hasCode(error, "23505")) return null;
        throw error;
      }
    },

    async find(tenant, runId) {
      const [row] = await db.once<RunRow>(
        { tenant },
        "/* run.find */ select * from holdpoint.runs where run_id = $1",
        [runId],
      );
      return row ? rowToRun(row) : null;
    },

    async listRuns(tenant, threadId, { status, limit, offset }) {
      const rows = await db.once<RunRow>(
        { tenant },
        `/* run.list */ select * from holdpoint.runs
         where thread_id = $1 and kind <> 'direct' and ($2::text[] is null or status = any ($2))
         order by created_at desc, run_id limit $3 offset $4`,
        [threadId, status ?? null, limit, offset],
      );
      return rows.map(rowToRun);
    },

    async cancel(tenant, threadId, which, how) {
      const rows = await db.once<RunRow>(
        { tenant },
        `/* run.cancel */ update holdpoint.runs set cancel = $2,
           status = case status when 'pending' then 'cancelled' else status end,
           ended_at = case status when 'pending' then now() end
         where thread_id = $1 and kind <> 'direct' and status in ('pending', 'running')
           and ($3::uuid[] is null or run_id = any ($3)) and ($4::uuid is null or (run_id <> $4 and kind <> 'resume'))
         returning *`,
        [threadId, how, "runIds" in which ? which.runIds : null, "but" in which ? which.but : null],
      );
      return rows.map(rowToRun);
    },

    async finish(run, status, error, left) {
      const [row] = await db.once<{ more: boolean }>(
        { tenant: run.tenant },
        `/* run.finish */ with ended as (
           update holdpoint.runs set status = $3, error = $4, ended_at = now()
           where run_id = $1 and epoch = $2 and status = 'running' returning thread_id)
         update holdpoint.threads t set updated_at = now(),
           status = case $3 when 'success' then 'idle'
             when 'cancelled' then case when t.interrupts = '{}' then 'idle' else 'interrupted' end else $3 end,
           interrupts = coalesce($5, t.interrupts), "values" = coalesce($6, t."values")
         from ended where t.thread_id = ended.thread_id
         returning exists (select from holdpoint.runs r where r.thread_id = t.thread_id and r.status = 'pending') as more`,
        [
          run.id,
          run.epoch,
          status,
          error && storableJson(error),
          left ? storableJson(left.interrupts) : null,
          left ? storableJson(left.values) : null,
        ],
      );
      return { ended: row !== undefined, more: row?.more ?? false };
    },

    async giveBack(run, afterMs) {
      await db.once(
        { tenant: run.tenant },
        `/* run.give-back */ update holdpoint.runs
         set status = 'pending', process_id = null, run_after = now() + make_interval(secs => $3)
         where run_id = $1 and epoch = $2 and status = 'running'`,
        [run.id, run.epoch, afterMs / 1000],
      );
    },

    async takeBack(run) {
      await db.once(
        { tenant: run.tenant },
        `/* run.take-back */ with fence as (
           select thread_id from holdpoint.runs where run_id = $1 and epoch = $2 and status = 'running' for share),
         steps as (
           delete from holdpoint.checkpoints c using fence
           where c.thread_id = fence.thread_id and c.metadata ->> 'run_id' = $1::text
           returning c.thread_id, c.checkpoint_ns, c.checkpoint_id),
         writes as (
           delete from holdpoint.checkpoint_writes w using steps s
           where w.thread_id = s.thread_id and w.checkpoint_ns = s.checkpoint_ns and w.checkpoint_id = s.checkpoint_id)
         update holdpoint.reviews r set status = 'superseded', resumed_at = now(), version = version + 1
         from fence where r.thread_id = fence.thread_id and r.status in ('open', 'claimed', 'decided')
           and r.action_id in (select a.action_id from holdpoint.actions a where a.run_id = $1)`,
        [run.id, run.epoch],
      );
    },

    async deleteRun(tenant, threadId, runId) {
      const rows = await db.once(
        { tenant },
        `/* run.delete */ delete from holdpoint.runs
         where run_id = $1 and thread_id = $2 and status not in ('pending', 'running') returning run_id`,
        [runId, threadId],
      );
      return rows.length > 0;
    },

    async ofThisProcess() {
      const rows = await db.once<RunRow>(
        "worker",
        "/* run.of-process */ select * from holdpoint.runs where status = 'running' and process_id = $1",
        [processId],
      );
      return rows.map(rowToRun);
    },

    async hasBegun(run) {
      // Not only the newest one: a resumption may have gone on from it meanwhile.
      const rows = await db.once(
        { tenant: run.tenant },
        `/* run.has-begun */ select 1 from holdpoint.checkpoints
         where thread_id = $1 and metadata ->> 'run_id' = $2 limit 1`,
        [run.threadId, run.id],
      );
      return rows.length > 0;
    },

    async undelivered() {
      const rows = await db.once<{ tenant_id: string; thread_id: string }>(
        "worker",
        `/* run.undelivered */ select distinct r.tenant_id, r.thread_id from holdpoint.reviews r
         where r.status = 'decided' and not r.hosted
           and not exists (select from holdpoint.runs u where u.thread_id = r.thread_id and u.tenant_id = r.tenant_id
             and (u.status = 'running' or (u.status = 'pending' and u.kind = 'resume')))
           -- A thread that cannot be gone on with is tried more and more seldom, up to every eight minutes.
           and not exists (
             select from (
               select count(*) as n, max(u.ended_at) as last from holdpoint.runs u
               where u.thread_id = r.thread_id and u.tenant_id = r.tenant_id
                 and u.kind = 'resume' and u.status = 'error' and u.ended_at > r.decided_at) failures
             where failures.last > now() - make_interval(secs => power(2, least(failures.n, 9))))`,
      );
      return rows.map((row) => ({ tenant: row.tenant_id, threadId: row.thread_id }));
    },
  };
}

// `do update` even where there is nothing to change: on another tenant's thread row-level security refuses it, while
// `do nothing` would let the run be written beside a thread it may not see.
const makeThread = `/* thread.ensure */ insert into holdpoint.threads (thread_id, tenant_id, graph_id)
  values ($1, $2, $3) on conflict (thread_id) do update
  set updated_at = now(), graph_id = coalesce(threads.graph_id, excluded.graph_id)`;

// A run starts where nothing of its thread is at work or waits, and nothing is held. Should another process have
// started one in the same moment, the unique index says so, and ours is queued.
const isIdle = `not exists (
    select from holdpoint.runs o where o.thread_id = $3 and o.status in ('pending', 'running'))`;
const holdsNothing = `not exists (select from holdpoint.reviews v
    where v.thread_id = $3 and not v.hosted and v.status in ('open', 'claimed', 'decided'))`;
const runColumns = `run_id, tenant_id, thread_id, kind, payload, principal, assistant_id, metadata`;
const startedColumns = `status, epoch, process_id, started_at`;
const startedValues = `case when free then 'running' else 'pending' end, free::int, case when free then $11::uuid end,
    case when free then now() end`;

// LangGraph's clients find threads by the graph and the assistant in their metadata.
const beginInput = `/* run.begin */ with thread as (
    insert into holdpoint.threads (thread_id, tenant_id, graph_id, metadata)
    values ($3, $2, $9, jsonb_strip_nulls(jsonb_build_object('graph_id', $9::text, 'assistant_id', $7::text)))
    on conflict (thread_id) do update
      set updated_at = now(), graph_id = coalesce(threads.graph_id, excluded.graph_id),
        metadata = threads.metadata || excluded.metadata
    returning thread_id)
  insert into holdpoint.runs (${runColumns}, graph_id, strategy, run_after, ${startedColumns})
  select $1, $2, thread_id, $4, $5, $6, $7, $8, $9, $13, now() + make_interval(secs => $12), ${startedValues}
  from thread, (select $10 and idle and unheld as free, idle and unheld as quiet
    from (select ${isIdle} as idle, ${holdsNothing} as unheld) f) f
  where quiet or $13 <> 'reject'
  returning *`;

const beginResume = `/* run.begin-resumption */ insert into holdpoint.runs
    (${runColumns}, graph_id, run_after, ${startedColumns})
  select $1, $2, thread_id, $4, $5, $6, $7, $8, graph_id, now() + make_interval(secs => $12), ${startedValues}
  from (select thread_id, graph_id, graph_id = any ($9) and $10 and ${isIdle} as free
    from holdpoint.threads where thread_id = $3 and graph_id is not null) t
  on conflict (thread_id) where status = 'pending' and kind = 'resume'
  do update set run_after = least(runs.run_after, excluded.run_after), payload = runs.payload || excluded.payload
  returning *`;

// A run of a thread in which something is held waits, unless it is the resumption that the hold waits for.
const claimNextRun = `/* run.claim */ update holdpoint.runs set
    status = 'running', epoch = epoch + 1, process_id = $1, started_at = coalesce(started_at, now())
  where run_id = (
    select c.run_id from holdpoint.runs c
    where c.graph_id = any ($2)
      and ((c.status = 'pending' and c.run_after <= now())
        -- Never its own: a process that wakes from a stall still works on them, or gives them back.
        or (c.status = 'running' and c.process_id <> $1 and not ${isAlive("c.process_id")}))
      and not exists (select from holdpoint.runs o
        where o.thread_id = c.thread_id and o.status = 'running' and o.run_id <> c.run_id)
      and (c.kind = 'resume' or c.status = 'running' or not exists (select from holdpoint.reviews v
        where v.thread_id = c.thread_id and v.tenant_id = c.tenant_id and not v.hosted
          and v.status in ('open', 'claimed', 'decided')))
    order by c.kind = 'resume' desc, c.created_at
    limit 1 for update skip locked)
  returning *`;

async function startOrQueue(
  start: boolean,
  insert: (mayStart: boolean) => Promise<RunRow[]>,
): Promise<RunRow | undefined> {
  try {
    return (await insert(start))[0];
  } catch (error) {
    if (!start || !hasCode(error, "23505")) throw error;
    return (await insert(false))[0];
  }
}

function newRunParams(run: Omit<NewRun, "graphId">): unknown[] {
  return [
    run.id,
    run.tenant,
    run.threadId,
    run.kind,
    storableJson(run.payload),
    storableJson(run.principal),
    run.assistantId ?? null,
    storableJson(run.metadata ?? {}),
  ];
}

function busy(threadId: string): HoldpointError {
  return new HoldpointError(
    "thread_busy",
    `Another run of thread ${threadId} is under way. Two at once would overwrite each other; wait for it, or send() the input to queue it.`,
    { details: { threadId } },
  );
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

interface RunRow {
  run_id: string;
  tenant_id: string;
  thread_id: string;
  graph_id: string;
  assistant_id: string | null;
  kind: RunKind;
  status: RunStatus;
  strategy: Strategy;
  cancel: Cancelling | null;
  epoch: number;
  process_id: string | null;
  payload: JsonObject;
  metadata: JsonObject;
  principal: Principal;
  error: JsonObject | null;
  created_at: Date;
  started_at: Date | null;
  ended_at: Date | null;
}

function rowToRun(row: RunRow): Run {
  return {
    id: row.run_id,
    tenant: row.tenant_id,
    threadId: row.thread_id,
    graphId: row.graph_id,
    assistantId: row.assistant_id,
    kind: row.kind,
    status: row.status,
    strategy: row.strategy,
    cancel: row.cancel,
    epoch: row.epoch,
    processId: row.process_id,
    payload: row.payload,
    metadata: row.metadata,
    principal: row.principal,
    error: row.error,
    createdAt: row.created_at,
    updatedAt: row.ended_at ?? row.started_at ?? row.created_at,
  };
}
