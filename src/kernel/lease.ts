import type { Principal } from "./principal.js";

/**
 * The right to act on a thread: who acts, for which tenant, and which run, at which epoch, may write checkpoints.
 * It travels in a graph's `configurable` as an object that only `grantLease` can make, so nothing that arrives as
 * JSON (a caller's run context, a stored payload) can be taken for one.
 */
export interface Lease {
  readonly tenant: string;
  readonly threadId: string;
  readonly principal: Principal;
  /** Null for reading only. */
  readonly run: { readonly id: string; readonly epoch: number } | null;
  /** Of a run that began in a thread where nothing was saved: whether that is still so. Nobody else may save there. */
  readonly thread?: { isBlank: boolean };
  /** Left out: sync. */
  readonly durability?: Durability;
  /** Of a graph that does not wait for its steps to be saved: told of one that was not. */
  readonly lost?: (fault: unknown) => void;
}

/** When a step is saved. `sync`: before the next one begins. `async`: while it does. `exit`: the last one, when the run ends. */
export type Durability = "sync" | "async" | "exit";

// LangGraph keeps keys that begin with two underscores out of a checkpoint's metadata.
export const leaseKey = "__holdpoint_lease";

const granted = new WeakSet<object>();

export function grantLease(lease: Lease): Lease {
  const frozen = Object.freeze({ ...lease });
  granted.add(frozen);
  return frozen;
}

/** The lease a graph call runs under; undefined where a host (LangGraph's own servers, a test) drives the graph. */
export function leaseOf(config: { configurable?: Record<string, unknown> } | undefined): Lease | undefined {
  const candidate = config?.configurable?.[leaseKey];
  return typeof candidate === "object" && candidate !== null && granted.has(candidate)
    ? (candidate as Lease)
    : undefined;
}

/** Leases for callers that drive a graph themselves, instead of through `send` or the server. */
export interface Leases {
  /** Takes the thread, or throws `thread_busy`. `update`: its state is changed and nothing runs. */
  take(threadId: string, operation: "run" | "update"): Promise<Lease>;
  release(lease: Lease, failure: unknown): Promise<void>;
  /** How many holds of the thread are not closed yet. */
  openHolds(lease: Lease): Promise<number>;
}
