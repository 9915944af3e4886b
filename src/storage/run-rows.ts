// Runs: the queue, who is at work on what, and how it ended.
import { HoldpointError } from "../kernel/errors.js";
import type { JsonObject } from "../kernel/json.js";
import type { Principal } from "../kernel/principal.js";
import type { Resumed } from "../review/resumption.js";
import type { TakeOver } from "../review/taking-over.js";
import type { Database } from "./database.js";
import { storableJson } from "./execution-rows.js";
import type { ProcessStore } from "./process-rows.js";
import { isExpiredUntold, isFinal } from "./review-clock.js";
import {
  rowToRun,
  type Cancelling,
  type Finished,
  type Left,
  type NewResumption,
  type NewRun,
  type Run,
  type RunFilter,
  type RunRow,
} from "./run-record.js";
import {
  beginDirect,
  beginInput,
  beginReconciling,
  beginResume,
  cancelRuns,
  claimNextRun,
  closeOrphans,
  customerOf,
  deleteRun,
  finishAndTell,
  finishRun,
  giveBackRun,
  hasBegun,
  listRuns,
  makeThread,
  endWriting,
  takeBackSteps,
  undelivered,
} from "./run-statements.js";
import { waitsForLift } from "./stop-clause.js";
import { endTakeOver } from "./takeover-rows.js";
import { createThreadStore, type ThreadStore } from "./thread-rows.js";
import { supersede } from "./thread-statements.js";

export * from "./run-record.js";

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
   * Null for a thread that a host runs, and where `unlessUnderWay` kept it from being written.
   */
  beginResumption(run: NewResumption, start: boolean): Promise<Run | null>;
  /**
   * Withdraws all that waits for people in a thread, and writes the run that tells its agent so in the same moment:
   * one that waits behind the holds would start before it. Gives the number of reviews that were closed.
   */
  supersedeHolds(tenant: string, threadId: string, telling: NewResumption | null): Promise<number>;
  /**
   * Hands a conversation back, and writes the run in which its agent goes on in the same moment. Null for anybody but the
   * one who leads it.
   */
  handBack(
    run: NewRun,
    by: string,
    back: { after: string | null; note: string | null },
  ): Promise<TakeOver | null>;
  /** Takes a thread for a caller that drives the graph itself; throws `thread_busy`. */
  takeDirectly(run: NewRun): Promise<Run>;
  /** The same of a thread that is there, where nobody is at work on it or about to be; null otherwise. */
  takeAtRest(run: Omit<NewRun, "graphId">): Promise<Run | null>;
  /** The next run that may start, of any tenant: resumptions first, and never behind a live run or an open hold. */
  claimNext(): Promise<Run | null>;
  find(tenant: string, runId: string): Promise<Run | null>;
  /** For whom its agent works in a thread: who said something in it last, or else who began it. */
  customerOf(tenant: string, threadId: string): Promise<Principal | null>;
  /** Runs of a thread, newest first. Direct ones are their callers' own and not among them. */
  listRuns(tenant: string, threadId: string, filter: RunFilter): Promise<Run[]>;
  /**
   * Asks for the end of unfinished runs of a thread: of some, or (but for resumptions) of those `before` one. Those
   * that wait have ended with this; those at work are given back as they are, for their worker to end.
   */
  cancel(
    tenant: string,
    threadId: string,
    which: { runIds: readonly string[] } | { before: string },
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
   * executed stays on record, and done. It is given back with the epoch it has from now on: what the graph still
   * writes comes too late.
   */
  takeBack(run: Run): Promise<Run>;
  /**
   * Closes the reviews of a run's thread whose hold does not stand in it any more, on the record, while the run is of one's
   * own epoch. Gives their number.
   */
  closeOrphans(run: Run, standing: readonly string[], by: Principal): Promise<number>;
  /** Gives a run back, to be tried again later. */
  giveBack(run: Run, afterMs: number): Promise<void>;
  /** Removes a run that has ended; false where there is none. */
  deleteRun(tenant: string, threadId: string, runId: string): Promise<boolean>;
  /** What the table says this process is at work on. Where an answer of the database was lost, it is not. */
  ofThisProcess(): Promise<Run[]>;
  /** Does a checkpoint of this run stand already? Its input must then not be given to the graph again. */
  hasBegun(run: Run): Promise<boolean>;
  /** Threads with decisions, made at least so long ago, that nobody delivers yet. */
  undelivered(olderThanMs: number): Promise<{ tenant: string; threadId: string }[]>;
  /** The same of threads that a host runs, decided at least so long ago. */
  undeliveredAtHost(olderThanMs: number): Promise<Resumed[]>;
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

  const inputParams = (run: NewRun, mayStart: boolean): unknown[] => [
    ...newRunParams(run),
    run.graphId,
    mayStart,
    processId,
    (run.runAfterMs ?? 0) / 1000,
    run.strategy ?? "enqueue",
    run.webhooks ?? [],
    run.cronId ?? null,
  ];

  const resumptionParams = (run: NewResumption, mayStart: boolean): unknown[] => [
    ...newRunParams({ ...run, kind: "resume" }),
    graphIds,
    mayStart,
    processId,
    (run.runAfterMs ?? 0) / 1000,
    run.webhooks ?? [],
    run.unlessUnderWay ?? false,
  ];

  return {
    ...createThreadStore(db),
    ...processes,

    async begin(run, start) {
      const row = await startOrQueue(start && !run.runAfterMs, (mayStart) =>
        inOwnThread(run, () =>
          db.once<RunRow>({ tenant: run.tenant }, beginInput, inputParams(run, mayStart)),
        ),
      );
      if (!row) throw busy(run.threadId);
      return rowToRun(row);
    },

    async beginResumption(run, start) {
      const row = await startOrQueue(start && !run.runAfterMs, (mayStart) =>
        db.once<RunRow>({ tenant: run.tenant }, beginResume, resumptionParams(run, mayStart)),
      );
      return row ? rowToRun(row) : null;
    },

    supersedeHolds: (tenant, threadId, telling) =>
      db.transaction({ tenant }, async (sql) => {
        const closed = await sql.query(supersede, [threadId]);
        if (closed.length > 0 && telling) await sql.query(beginResume, resumptionParams(telling, false));
        return closed.length;
      }),

    handBack: (run, by, back) =>
      db.transaction({ tenant: run.tenant }, async (sql) => {
        const ended = await endTakeOver(sql, run.threadId, by, back);
        if (ended) await sql.query(beginInput, inputParams(run, false));
        return ended;
      }),

    async takeDirectly(run) {
      try {
        const [row] = await inOwnThread(run, () =>
          db.transaction({ tenant: run.tenant }, async (sql) => {
            await sql.query(makeThread, [run.threadId, run.tenant, run.graphId]);
            return sql.query<RunRow>(beginDirect, [...newRunParams(run), processId, run.graphId]);
          }),
        );
        return rowToRun(row as RunRow);
      } catch (error) {
        if (hasCode(error, "23505")) throw busy(run.threadId);
        throw error;
      }
    },

    async takeAtRest(run) {
      try {
        const [row] = await db.once<RunRow>({ tenant: run.tenant }, beginReconciling, [
          ...newRunParams(run),
          processId,
          graphIds,
        ]);
        return row ? rowToRun(row) : null;
      } catch (error) {
        if (hasCode(error, "23505")) return null;
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

    async customerOf(tenant, threadId) {
      const [row] = await db.once<{ principal: Principal | null }>({ tenant }, customerOf, [
        threadId,
        tenant,
      ]);
      return row?.principal ?? null;
    },

    async listRuns(tenant, threadId, { status, limit, offset }) {
      const rows = await db.once<RunRow>({ tenant }, listRuns, [threadId, status ?? null, limit, offset]);
      return rows.map(rowToRun);
    },

    async cancel(tenant, threadId, which, how) {
      const runIds = "runIds" in which ? which.runIds : null;
      const before = "before" in which ? which.before : null;
      const rows = await db.once<RunRow>({ tenant }, cancelRuns, [threadId, how, runIds, before]);
      return rows.map(rowToRun);
    },

    async finish(run, status, error, left) {
      const tells = run.webhooks.length > 0;
      const [row] = await db.once<{ more: boolean }>(
        { tenant: run.tenant },
        tells ? finishAndTell : finishRun,
        [
          run.id,
          run.epoch,
          status,
          error && storableJson(error),
          left ? storableJson(left.interrupts) : null,
          left ? storableJson(left.values) : null,
          ...(tells ? [left?.told === undefined ? null : storableJson(left.told)] : []),
        ],
      );
      return { ended: row !== undefined, more: row?.more ?? false };
    },

    async closeOrphans(run, standing, by) {
      const params = [run.id, run.epoch, standing, storableJson(by)];
      return (await db.once({ tenant: run.tenant }, closeOrphans, params)).length;
    },

    async giveBack(run, afterMs) {
      await db.once({ tenant: run.tenant }, giveBackRun, [run.id, run.epoch, afterMs / 1000]);
    },

    takeBack: (run) =>
      db.transaction({ tenant: run.tenant }, async (sql) => {
        const [ours] = await sql.query<{ epoch: number }>(endWriting, [run.id, run.epoch]);
        if (!ours) return run;
        await sql.query(takeBackSteps, [run.id]);
        return { ...run, epoch: ours.epoch };
      }),

    async deleteRun(tenant, threadId, runId) {
      return (await db.once({ tenant }, deleteRun, [runId, threadId])).length > 0;
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
      return (await db.once({ tenant: run.tenant }, hasBegun, [run.threadId, run.id])).length > 0;
    },

    async undeliveredAtHost(olderThanMs) {
      const rows = await db.once<{ tenant_id: string; thread_id: string; graph_id: string }>(
        "worker",
        `/* run.undelivered-at-host */ select distinct tenant_id, thread_id, graph_id from holdpoint.reviews
         where (${isFinal("reviews")} or ${isExpiredUntold("reviews")}) and hosted and graph_id = any ($1)
           and not ${waitsForLift("reviews")}
           and coalesce(decided_at, expires_at) < now() - make_interval(secs => $2)`,
        [graphIds, olderThanMs / 1000],
      );
      return rows.map((row) => ({
        tenant: row.tenant_id,
        threadId: row.thread_id,
        graphId: row.graph_id,
        hosted: true,
      }));
    },

    async undelivered(olderThanMs) {
      const rows = await db.once<{ tenant_id: string; thread_id: string }>("worker", undelivered, [
        olderThanMs / 1000,
      ]);
      return rows.map((row) => ({ tenant: row.tenant_id, threadId: row.thread_id }));
    },
  };
}

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
    `Another run of thread ${threadId} is under way, or something in it waits for a decision. Two at once would overwrite each other; wait for it, or send() the input to queue it.`,
    { details: { threadId } },
  );
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
