// What stands behind the middleware in one process: the rows, the policy in force, and the effect protocol under a
// lease of its own. The graph, its threads and its checkpoints are the developer's.
import { setMaxListeners } from "node:events";
import type { ActDeps } from "../execution/act.js";
import { createExecutor } from "../execution/executor.js";
import { messageOf } from "../kernel/errors.js";
import { newUuid } from "../kernel/ids.js";
import type { Log } from "../kernel/log.js";
import type { DatabaseOptions } from "../options.js";
import type { DraftStore } from "../review/drafts.js";
import { gatesOn } from "../runtime/gates.js";
import { openGround } from "../runtime/ground.js";
import { policyWithoutChanges, type OwnPolicy } from "./own-policy.js";
import type { GivenPolicy } from "../runtime/policy-in-force.js";
import type { Database } from "../storage/database.js";
import { createDraftStore } from "../storage/draft-rows.js";
import { createExecutionLog } from "../storage/execution-rows.js";
import { createProcessStore } from "../storage/process-rows.js";
import { createReviewStore } from "../storage/review-rows.js";
import { createRunStore, type RunStore } from "../storage/run-rows.js";
import { approvalsOn } from "../storage/standing-rows.js";
import type { MiddlewareSettings } from "./options.js";

export interface StartOptions extends GivenPolicy {
  graphId: string;
  tenant: string;
  database: DatabaseOptions;
  settings: MiddlewareSettings;
  log: Log;
}

export interface Started {
  db: Database;
  runs: RunStore;
  /** What carrying out a call asks for, but for the tool. */
  acting: Omit<ActDeps, "tools">;
  reloadPolicy: OwnPolicy["reloadPolicy"];
  drafts: DraftStore;
  draftTimeoutMs: number;
  /** Work that a stop waits for. */
  atWork<T>(work: Promise<T>): Promise<T>;
  stop(): Promise<void>;
}

export async function start(options: StartOptions): Promise<Started> {
  const { graphId, tenant, settings, log } = options;
  const ground = await openGround(options.database, settings, log);
  const { db } = ground;
  const processId = newUuid();
  const runs = createRunStore(db, createProcessStore(ground.heartbeat, processId), [graphId]);
  let own: OwnPolicy;
  try {
    own = await policyWithoutChanges(options, { db, tenant, graphId });
    await runs.renewProcess(settings.leaseMs);
  } catch (error) {
    await ground.close();
    throw error;
  }
  const quietly = (what: string, job: () => Promise<void>): Promise<void> =>
    job().catch((error: unknown) => log.warn(`could not ${what}`, { error: messageOf(error) }));
  const renewing = setInterval(
    () => void quietly("renew the lease", () => runs.renewProcess(settings.leaseMs)),
    settings.leaseMs / 4,
  );

  const stopping = new AbortController();
  // One for each tool at work.
  setMaxListeners(0, stopping.signal);
  const working = new Set<Promise<unknown>>();
  const { policy, reloadPolicy } = own;
  const executor = createExecutor({
    log: createExecutionLog(db, processId, newUuid),
    toolTimeoutMs: settings.toolTimeoutMs,
    lateMs: settings.toolTimeoutMs,
    pollMs: Math.min(settings.pollMs, 500),
    stopping: stopping.signal,
    holdsLease: () => runs.holdsLease(),
  });

  return {
    db,
    runs,
    acting: {
      graphId,
      policy,
      store: createReviewStore(db),
      newId: newUuid,
      gates: gatesOn(db, log),
      approvals: approvalsOn(
        db,
        () => null,
        () => {},
      ),
      executor,
      log,
    },
    reloadPolicy,
    // Nobody in this process waits for a word of it.
    drafts: createDraftStore(db, () => {}),
    draftTimeoutMs: settings.draftTimeoutMs,
    async atWork(work) {
      working.add(work);
      try {
        return await work;
      } finally {
        working.delete(work);
      }
    },
    async stop() {
      const drained = Promise.allSettled(working);
      await Promise.race([drained, new Promise((resolve) => setTimeout(resolve, settings.drainMs).unref())]);
      stopping.abort(new DOMException("The process is stopping.", "AbortError"));
      await drained;
      clearInterval(renewing);
      await quietly("end the lease", () => runs.endProcess());
      await ground.close();
    },
  };
}
