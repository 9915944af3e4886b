// One process below the graph: rows, leases and the effect protocol, without LangGraph and without a worker.
import { randomUUID } from "node:crypto";
import { act, type ActDeps, type ActOutcome } from "../../src/execution/act.js";
import { createExecutor } from "../../src/execution/executor.js";
import { silentLog } from "../../src/kernel/log.js";
import type { ExecutionLog } from "../../src/execution/log.js";
import type { HoldpointTool } from "../../src/index.js";
import { localPerson } from "../../src/kernel/principal.js";
import { emptyPolicy } from "../../src/policies/load-policy.js";
import type { Policy } from "../../src/policies/policy.js";
import { decide, type DecideDeps } from "../../src/review/decide.js";
import type { ProposedCall, TaskScope } from "../../src/review/types.js";
import type { Database } from "../../src/storage/database.js";
import { createExecutionLog } from "../../src/storage/execution-rows.js";
import { createReviewStore } from "../../src/storage/review-rows.js";
import { createProcessStore } from "../../src/storage/process-rows.js";
import { createRunStore, type RunStore } from "../../src/storage/run-rows.js";
import { toolSet } from "../../src/tools/tool-set.js";

export interface OwnProcess {
  deps: ActDeps;
  runs: RunStore;
  act(scope: TaskScope, call: ProposedCall): Promise<ActOutcome>;
}

export function runStoreOf(db: Database, processId: string, graphId = "test"): RunStore {
  return createRunStore(db, createProcessStore(db, processId), [graphId]);
}

export async function processWith(
  db: Database,
  tools: HoldpointTool[],
  {
    leaseMs = 600_000,
    lateMs = 600_000,
    over = db,
    around = (log) => log,
    policy = emptyPolicy,
  }: {
    leaseMs?: number;
    lateMs?: number;
    over?: Database;
    around?: (log: ExecutionLog) => ExecutionLog;
    policy?: () => Policy;
  } = {},
): Promise<OwnProcess> {
  const processId = randomUUID();
  const runs = runStoreOf(over, processId);
  await runs.renewProcess(leaseMs);
  const executor = createExecutor({
    log: around(createExecutionLog(over, processId, randomUUID)),
    toolTimeoutMs: 600_000,
    lateMs,
    pollMs: 20,
    stopping: new AbortController().signal,
    holdsLease: () => runs.holdsLease(),
  });
  const store = createReviewStore(over);
  const deps: ActDeps = {
    graphId: "test",
    tools: toolSet(tools),
    policy,
    store,
    newId: randomUUID,
    executor,
    log: silentLog,
  };
  return { deps, runs, act: (scope, call) => act(deps, scope, call) };
}

/** The task of a run of ours; `runId: null` is one that a host drives. */
export const scopeOf = (threadId: string, runId: string | null = randomUUID()): TaskScope => ({
  tenant: "default",
  threadId,
  checkpointNs: "",
  principal: localPerson,
  runId,
});

export const callOf = (id: string): ProposedCall => ({
  messageId: "message",
  callIndex: 0,
  callId: "call",
  tool: "pay",
  args: { id },
});

/** What `decide` needs, with nobody to deliver. */
export function deciding(deps: Pick<ActDeps, "store" | "newId" | "tools" | "policy">): DecideDeps {
  const { store, newId } = deps;
  return { store, newId, resumption: { resume: async () => {} }, agentOf: () => deps };
}

/** Answers the one open review of a thread. */
export async function answerReview(
  deps: ActDeps,
  threadId: string,
  type: "approve" | "not_happened",
): Promise<void> {
  const { items } = await deps.store.list("default", { threadId, status: "open", limit: 10 });
  const [review] = items;
  if (!review) throw new Error("Nothing waits.");
  const result = await decide(deciding(deps), localPerson, review.id, { type, argsHash: review.argsHash });
  if (!result.ok) throw result.error;
}
