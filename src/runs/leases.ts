import { messageOf } from "../kernel/errors.js";
import type { NewId } from "../kernel/ids.js";
import { grantLease, type Leases } from "../kernel/lease.js";
import type { Principal } from "../kernel/principal.js";
import type { Left, Run, RunStore } from "../storage/run-rows.js";

/** The right to drive a graph, and which runs have it now. */
export interface DirectLeases extends Leases {
  release(...given: [...Parameters<Leases["release"]>, left?: Left]): Promise<void>;
  holds(runId: string): boolean;
}

/** Lets the code that embeds Holdpoint drive the graph itself: such a call is a run like any other, and holds its thread. */
export function createLeases(
  store: RunStore,
  graphId: string,
  caller: Principal,
  newId: NewId,
): DirectLeases {
  const runs = new Map<object, Run>();
  return {
    async take(threadId, operation) {
      const run = await store.takeDirectly({
        id: newId(),
        tenant: caller.tenant,
        threadId,
        graphId,
        kind: "direct",
        payload: { operation },
        principal: caller,
      });
      const lease = grantLease({
        tenant: caller.tenant,
        threadId,
        principal: caller,
        run: { id: run.id, epoch: run.epoch },
      });
      runs.set(lease, run);
      return lease;
    },
    async release(lease, failure, left) {
      const run = runs.get(lease);
      if (!run) return;
      runs.delete(lease);
      const held = (await store.openHolds(run.tenant, run.threadId)) > 0;
      if (failure === undefined) await store.finish(run, held ? "interrupted" : "success", null, left);
      else await store.finish(run, "error", { message: messageOf(failure) });
    },
    holds: (runId) => [...runs.values()].some(({ id }) => id === runId),
    openHolds: (lease) => store.openHolds(lease.tenant, lease.threadId),
  };
}
