// A run: as it stands in its row, as it is asked for, and what it leaves.
import type { Json, JsonObject } from "../kernel/json.js";
import type { Principal } from "../kernel/principal.js";

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
export type Strategy = "reject" | "enqueue" | "interrupt" | "rollback";

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
  /** Addresses that are told how it ends. */
  webhooks: readonly string[];
  error: JsonObject | null;
  /** What waited in its thread, by task, when it was taken up: as the run before it left it. Null where nobody looked. */
  waits: JsonObject | null;
  /** Of a resumption, when it was taken up: the reviews of its thread that are not closed. Null where nobody looked. */
  unclosed: readonly Unclosed[] | null;
  /** Somebody leads the conversation, or what was said meanwhile may not stand in the graph's state yet. */
  hasLetters: boolean;
  /** Nothing of its thread was saved when it began; false also where nobody looked. */
  isFirst: boolean;
  createdAt: Date;
  /** When it was taken up or ended, where it was. */
  updatedAt: Date;
}

/** A review that its agent has not heard the end of. */
export interface Unclosed {
  reviewId: string;
  argsHash: string;
  expiresAt: Date | null;
  isDecided: boolean;
  /** Nobody has decided it, or whoever did may still take it back. */
  stillWaits: boolean;
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
  /** The cron that begins it. */
  cronId?: string;
  metadata?: JsonObject;
  /** Default: enqueue. */
  strategy?: Strategy;
  webhooks?: readonly string[];
  /** Not before this many milliseconds from now. */
  runAfterMs?: number;
}

/** A resumption is of the graph that its thread belongs to. */
export type NewResumption = Omit<NewRun, "graphId" | "kind" | "strategy"> & {
  /** Not written where a resumption of the thread is at work or waits. */
  unlessUnderWay?: boolean;
};

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
  /** What whoever waits for the run is told, where its webhooks are to tell it. */
  told?: Json;
}

export interface Finished {
  /** False where another process has taken the run: nothing was changed. */
  ended: boolean;
  /** Another run of the thread waits for its turn. */
  more: boolean;
}

export interface RunRow {
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
  webhooks: string[];
  error: JsonObject | null;
  created_at: Date;
  started_at: Date | null;
  ended_at: Date | null;
  waits?: JsonObject | null;
  unclosed?:
    | {
        id: string;
        args_hash: string;
        expires_at: string | null;
        is_decided: boolean;
        is_final: boolean;
      }[]
    | null;
  has_letters?: boolean;
  is_first?: boolean;
}

export function rowToRun(row: RunRow): Run {
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
    webhooks: row.webhooks,
    error: row.error,
    waits: row.waits ?? null,
    unclosed:
      row.unclosed?.map((one) => ({
        reviewId: one.id,
        argsHash: one.args_hash,
        expiresAt: one.expires_at === null ? null : new Date(one.expires_at),
        isDecided: one.is_decided,
        stillWaits: !one.is_final,
      })) ?? null,
    hasLetters: row.has_letters ?? false,
    isFirst: row.is_first ?? false,
    createdAt: row.created_at,
    updatedAt: row.ended_at ?? row.started_at ?? row.created_at,
  };
}
