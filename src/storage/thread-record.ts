// A thread: as it stands in its row, and as it is looked for.
import type { JsonObject } from "../kernel/json.js";

export type ThreadStatus = "idle" | "busy" | "interrupted" | "error";

export interface Thread {
  id: string;
  tenant: string;
  /** Null until a graph works in it. */
  graphId: string | null;
  /** The id of who began it; null where no door knew. */
  owner: string | null;
  status: ThreadStatus;
  metadata: JsonObject;
  /** What waits in it, by task, and its values without lists of messages: as its last run left them. */
  interrupts: JsonObject;
  values: JsonObject;
  /** Deleted when nothing has happened in it for so long; null: it stays. */
  ttlMinutes: number | null;
  createdAt: Date;
  updatedAt: Date;
}

export interface NewThread {
  id: string;
  tenant: string;
  graphId: string | null;
  owner?: string;
  metadata: JsonObject;
  /** Made for one run, and gone some time after it. */
  temporary?: boolean;
  ttlMinutes?: number | null;
}

export const threadOrders = ["thread_id", "status", "created_at", "updated_at"] as const;

export interface ThreadFilter {
  ids?: readonly string[];
  /** Contained in the thread's own. */
  metadata?: JsonObject;
  values?: JsonObject;
  status?: ThreadStatus;
  owner?: string;
  /** Of these graphs, or of none yet. */
  graphIds: readonly string[];
}

export interface ThreadPage {
  sortBy: (typeof threadOrders)[number];
  descending: boolean;
  limit: number;
  offset: number;
}

export interface ThreadActivity {
  /** Runs at work, or that may start. */
  active: number;
  /** Runs that wait behind a hold. */
  queued: number;
  openHolds: number;
  /** A person leads the conversation: what is said in it waits behind no hold. */
  isLed: boolean;
  /** The error the last run ended with. */
  error: JsonObject | null;
}

export interface ThreadRow {
  thread_id: string;
  tenant_id: string;
  graph_id: string | null;
  owner: string | null;
  status: ThreadStatus;
  metadata: JsonObject;
  interrupts: JsonObject;
  values: JsonObject;
  ttl_minutes: number | null;
  created_at: Date;
  updated_at: Date;
}

export function rowToThread(row: ThreadRow): Thread {
  return {
    id: row.thread_id,
    tenant: row.tenant_id,
    graphId: row.graph_id,
    owner: row.owner,
    status: row.status,
    metadata: row.metadata,
    interrupts: row.interrupts,
    values: row.values,
    ttlMinutes: row.ttl_minutes,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
