// A thread in a caller's hands: read, or driven under a lease of its own.
import type { StateSnapshot } from "@langchain/langgraph";
import type { AnyGraph, ServedGraph } from "../graph/served-graph.js";
import { HoldpointError } from "../kernel/errors.js";
import type { NewId } from "../kernel/ids.js";
import { grantLease, leaseKey } from "../kernel/lease.js";
import type { Principal } from "../kernel/principal.js";
import { createLeases } from "../runs/leases.js";
import { leftBy } from "../runs/left.js";
import { resultOf } from "../runs/work.js";
import type { Left, RunStore } from "../storage/run-rows.js";

/** A thread of a graph, now or at a checkpoint. */
export interface ThreadAt {
  threadId: string;
  graphId: string;
  /** LangGraph's `checkpoint_id` and what goes with it. */
  checkpoint?: Record<string, unknown>;
}

export interface Threads {
  /** The state of a thread as its tenant may read it. */
  stateOf(principal: Principal, at: ThreadAt): Promise<StateSnapshot>;
  /** A graph and a config to read with, or (with a lease of `drive`) to write. */
  reading(principal: Principal, at: ThreadAt): Promise<{ graph: AnyGraph; config: object }>;
  /** Drives a graph under a lease of its own. Throws `thread_busy`, and `thread_has_open_holds` where something is held. */
  drive<T>(
    principal: Principal,
    at: ThreadAt,
    work: (graph: AnyGraph, config: object) => Promise<T>,
  ): Promise<T>;
}

export function createThreads(deps: {
  servedBy(graphId: string): ServedGraph;
  runs: RunStore;
  newId: NewId;
  /** Runs that are at work in this process without the worker. */
  driven: Set<string>;
}): Threads {
  const { servedBy, runs, newId, driven } = deps;
  const threads: Threads = {
    async stateOf(principal, at) {
      const { graph, config } = await threads.reading(principal, at);
      return graph.getState(config);
    },

    async reading(principal, { threadId, graphId, checkpoint = {} }) {
      const lease = grantLease({ tenant: principal.tenant, threadId, principal, run: null });
      const graph = await servedBy(graphId).open();
      return { graph, config: { configurable: { ...checkpoint, thread_id: threadId, [leaseKey]: lease } } };
    },

    async drive(principal, { threadId, graphId, checkpoint = {} }, work) {
      const graph = await servedBy(graphId).open();
      const leases = createLeases(runs, graphId, principal, newId);
      const lease = await leases.take(threadId, "update");
      const runId = lease.run?.id ?? "";
      driven.add(runId);
      let left: Left | undefined;
      try {
        if ((await leases.openHolds(lease)) > 0) throw heldThread(threadId);
        const configurable = { thread_id: threadId, [leaseKey]: lease };
        const result = await work(graph, { configurable: { ...checkpoint, ...configurable } });
        left = leftBy(servedBy(graphId), resultOf(await graph.getState({ configurable })));
        return result;
      } finally {
        // What was refused is its caller's to know; the thread stands as it stood.
        await leases.release(lease, undefined, left);
        driven.delete(runId);
      }
    },
  };
  return threads;
}

function heldThread(threadId: string): HoldpointError {
  return new HoldpointError(
    "thread_has_open_holds",
    `Actions of thread ${threadId} wait for a decision, and a state update would lose them. Decide them first.`,
    { details: { threadId } },
  );
}
