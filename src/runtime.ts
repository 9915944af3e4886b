// The composition root: the only place that knows both Postgres and the graphs.
import { randomInt } from "node:crypto";
import { setMaxListeners } from "node:events";
import type { BaseMessage } from "@langchain/core/messages";
import { createExecutor } from "./execution/executor.js";
import { newUuid } from "./kernel/ids.js";
import { silentLog, type Log } from "./kernel/log.js";
import { callerRole, defaultTenant } from "./kernel/principal.js";
import {
  checkOptions,
  checkSettings,
  type AgentOptions,
  type Settings,
  type SharedOptions,
} from "./options.js";
import { emptyPolicy } from "./policies/load-policy.js";
import { rolesOf } from "./policies/policy.js";
import type { Staffing } from "./policies/staffing.js";
import { createBatches } from "./review/batches.js";
import { createDeputies, type RolesOfNow } from "./review/deputies.js";
import { decide } from "./review/decide.js";
import { isNameOfChanges } from "./review/change-names.js";
import type { Resumption } from "./review/resumption.js";
import { tellingStore } from "./review/telling.js";
import { createRunEvents } from "./runs/events.js";
import { hostResumption, type HostOptions } from "./runs/host-resumption.js";
import { createTakingOver } from "./runs/taking-over.js";
import { createWaiting, isOver } from "./runs/waiting.js";
import type { WorkDeps } from "./runs/work.js";
import { delivery } from "./runs/delivery.js";
import { quietly } from "./runs/quietly.js";
import { createWorker } from "./runs/worker.js";
import { prepareAgent, type PreparedAgent } from "./runtime/agent.js";
import { createDrafting } from "./runtime/drafting.js";
import { openGround, type Ground } from "./runtime/ground.js";
import type { Runtime } from "./runtime/door.js";
import { createJobs } from "./runtime/jobs.js";
import { openGraphs } from "./runtime/graphs.js";
import { refuseSameNames } from "./runtime/names.js";
import type { PlainGraph } from "./runtime/plain-graph.js";
import { createPolicies } from "./runtime/policies.js";
import { createShadow } from "./runtime/policy-shadow.js";
import { createPolicyChanges } from "./runtime/policy-changes.js";
import { comeUp } from "./runtime/policy-in-force.js";
import { startRounds } from "./runtime/rounds.js";
import { createStandingApprovals } from "./runtime/standing-approvals.js";
import { createStops } from "./runtime/stops.js";
import { createSubmitting } from "./runtime/submitting.js";
import { createThreads } from "./runtime/threads.js";
import { createWords } from "./runtime/words.js";
import { createBatchStore } from "./storage/batch-rows.js";
import { createDeputyStore } from "./storage/deputy-rows.js";
import { createDraftStore } from "./storage/draft-rows.js";
import { createDeadlineStore } from "./storage/review-deadlines.js";
import { createEventStore } from "./storage/event-rows.js";
import { createExecutionLog } from "./storage/execution-rows.js";
import { removeExpiredItems } from "./storage/expired-items.js";
import { TenantStore } from "./storage/postgres-store.js";
import { createProcessStore } from "./storage/process-rows.js";
import { createChangeStore, logOfOwnTables } from "./storage/policy-change-rows.js";
import type { Listeners } from "./storage/database.js";
import { createReviewStore } from "./storage/review-rows.js";
import { createReconcileStore } from "./storage/reconcile-rows.js";
import { createRunStore } from "./storage/run-rows.js";
import { approvalsOn } from "./storage/standing-rows.js";
import { createTakeOverStore } from "./storage/takeover-rows.js";
import { createSignals, queueTopic } from "./storage/signals.js";

export type { Runtime } from "./runtime/door.js";

export interface RuntimeOptions extends SharedOptions {
  agents: readonly AgentOptions[];
  /** Graphs that know nothing of Holdpoint, by id. */
  plain?: Readonly<Record<string, PlainGraph>>;
  /** Those of them whose questions whoever reaches the thread may answer in it; the others' are for reviewers. */
  callersAnswer?: readonly string[];
  /** Where their policies were read, for the record. */
  policyFile?: string;
  /** Who can be asked to decide, where that is known: what asks for a tier with nobody in it is refused. */
  staffing?: () => Staffing;
  /** Who is told what happens, whoever asked for it: see `notify/told.ts`. A server on this database sends it. */
  listeners?: Listeners;
  /** Under a host: where decisions on its threads are delivered. */
  host?: HostOptions;
}

/** Brings up the database, the graphs and the worker. Throws before anything runs where an option is wrong. */
export async function createRuntime(options: RuntimeOptions): Promise<Runtime> {
  const {
    agents,
    plain,
    callersAnswer: _answer,
    host: _host,
    policyFile: _file,
    staffing: _staff,
    listeners: _listeners,
    ...shared
  } = options;
  const settings = checkSettings(shared.settings);
  for (const agent of agents) checkOptions({ ...agent, ...shared });
  const prepared = agents.map(prepareAgent);
  refuseSameNames([...prepared.map(({ id }) => id), ...Object.keys(plain ?? {})]);

  const log = options.log ?? silentLog;
  const tenant = options.tenant ?? defaultTenant;
  const ground = await openGround(options.database, settings, log, options.listeners);
  try {
    const up: PreparedAgent[] = [];
    const heldBack = new Map<string, string>();
    for (const agent of prepared) {
      const { inForce, isHeldBack } = await comeUp(agent, { db: ground.db, tenant, graphId: agent.id });
      up.push({ ...agent, ...inForce });
      if (isHeldBack) heldBack.set(agent.id, agent.policyText);
    }
    const runtime = await assemble({ options, settings, log, tenant, prepared: up, ground });
    await runtime.changes.proposeHeldBack(heldBack, options.policyFile ?? "start");
    return runtime;
  } catch (error) {
    await ground.close();
    throw error;
  }
}

interface Parts {
  options: RuntimeOptions;
  settings: Settings;
  log: Log;
  tenant: string;
  prepared: readonly PreparedAgent[];
  ground: Ground;
}

async function assemble(given: Parts): Promise<Runtime> {
  const { options, settings, log, tenant, prepared, ground } = given;
  const { db, heartbeat, postgres } = ground;
  const newId = newUuid;
  const processId = newId();
  const stopping = new AbortController();
  // One for each run and each tool at work.
  setMaxListeners(0, stopping.signal);

  const graphIds = [...prepared.map(({ id }) => id), ...Object.keys(options.plain ?? {})];
  const processes = createProcessStore(heartbeat, processId);
  const runs = createRunStore(db, processes, graphIds);
  const { hasCompany } = processes;
  const signals = createSignals({ connectTo: () => postgres.directUrl, hasCompany, log });
  const reviews = tellingStore(createReviewStore(db), (ofTenant) => signals.tell(queueTopic(ofTenant)));
  const drafts = createDraftStore(db, (ofTenant) => signals.tell(queueTopic(ofTenant)));
  const eventStore = createEventStore(db);
  const events = createRunEvents({
    store: eventStore,
    signals,
    log,
    pollMs: settings.pollMs,
    isOver: (run) => isOver(runs, stopping.signal, run),
  });
  const executing = {
    toolTimeoutMs: settings.toolTimeoutMs,
    lateMs: settings.toolTimeoutMs,
    pollMs: Math.min(settings.pollMs, 500),
    stopping: stopping.signal,
    holdsLease: () => runs.holdsLease(),
  };
  const executor = createExecutor({ ...executing, log: createExecutionLog(db, processId, newId) });

  const takeOvers = createTakeOverStore(db);
  // Until somebody stands at the door who knows.
  let rolesOfNow: RolesOfNow = () => null;
  const parts = {
    db,
    tenant,
    reviews,
    drafts,
    executor,
    log,
    letters: takeOvers,
    newId,
    runs,
    draftTimeoutMs: settings.draftTimeoutMs,
    ...(options.staffing ? { staffing: options.staffing } : {}),
    approvals: approvalsOn(
      db,
      (...account) => rolesOfNow(...account),
      (ofTenant) => signals.tell(queueTopic(ofTenant)),
    ),
  };
  const {
    all: graphs,
    agents,
    plainSaver,
    servedBy,
    isLeased,
  } = openGraphs(prepared, options.plain ?? {}, parts);

  const jobs = createJobs(log);
  const now = (): Date => new Date();
  const unruled = emptyPolicy();
  const callersAnswer = new Set(options.callersAnswer);
  const driven = new Set<string>();
  const workDeps: WorkDeps = {
    graphs,
    saver: plainSaver,
    memoryOf: (ofTenant) => new TenantStore(db, ofTenant, { now }),
    runs,
    reviews,
    letters: takeOvers,
    newId,
    recursionLimit: settings.maxSteps,
    askedOf: (graphId) => ({
      tier: unruled.defaultTier,
      roles: [...rolesOf(unruled, unruled.defaultTier), ...(callersAnswer.has(graphId) ? [callerRole] : [])],
    }),
  };
  const worker = createWorker(
    {
      ...workDeps,
      events,
      signals,
      log,
      stopping,
      isDriven: (id) => driven.has(id) || isLeased(id),
      async tidy() {
        await eventStore.forget(settings.keepEventsMs);
        await runs.forgetTemporary(60_000);
        await runs.forgetExpired();
        await removeExpiredItems(db, now());
      },
    },
    settings,
  );
  await worker.start();
  const waiting = createWaiting(worker, runs, signals, settings.pollMs, stopping.signal);

  const words = createWords(signals, settings.pollMs);
  const threads = createThreads({ servedBy, runs, newId, driven });

  const deputies = createDeputies(createDeputyStore(db), newId, () => rolesOfNow);
  const host = options.host && hostResumption(options.host, { reviews, log });
  const changes = createPolicyChanges({
    db,
    tenant,
    agents,
    reviews,
    changes: createChangeStore(db, processId),
    executor: createExecutor({ ...executing, log: logOfOwnTables(db, processId, newId) }),
    newId,
    now,
    tell: () => signals.tell(queueTopic(tenant)),
    log,
  });
  const judgeOf = (graphId: string) => agents.get(graphId) ?? changes.judgeOf(graphId);
  const resumption: Resumption = {
    async resume(of) {
      // Nothing of a graph goes on with it. Where it fails, the job comes back to it.
      if (isNameOfChanges(of.graphId)) await quietly(log, "carry out a change of the policy", changes.tend);
      else if (of.hosted) await host?.resume(of);
      else await worker.resume(of);
    },
  };

  const runtime: Runtime = {
    graphs,
    agents,
    db,
    reviews,
    batches: createBatches({
      batches: createBatchStore(db),
      reviews,
      policyOf: (graphId) => agents.get(graphId)?.policy() ?? null,
      decide: (by, reviewId, answer) => runtime.decide(by, reviewId, answer),
      deputies,
      newId,
      now,
      random: () => randomInt(2 ** 32) / 2 ** 32,
    }),
    drafting: createDrafting({
      store: reviews,
      drafts,
      resumption,
      agentOf: judgeOf,
      deputies,
      agents,
      talkOf: async (by, { hosted, threadId, graphId }) => {
        if (hosted || !(await runs.findThread(by.tenant, threadId))) return [];
        const { values } = await runtime.stateOf(by, { threadId, graphId });
        return (values as { messages?: BaseMessage[] }).messages ?? [];
      },
      newId,
    }),
    deputies,
    hearRoles(known) {
      rolesOfNow = known;
    },
    rolesOfNow: (...account) => rolesOfNow(...account),
    policies: createPolicies({ db, reviews, agents }),
    changes,
    judgeOf,
    shadow: createShadow({ db, tenant, agents, log }),
    standing: createStandingApprovals({
      db,
      agents,
      now,
      rolesOfNow: (...account) => rolesOfNow(...account),
      tell: (ofTenant) => signals.tell(queueTopic(ofTenant)),
    }),
    stops: createStops({
      db,
      tenant,
      isServed: ({ kind, name }) =>
        kind === "agent"
          ? graphs.has(name)
          : [...agents.values()].some(({ tools }) => tools.get(name) !== undefined),
      tell(ofTenant) {
        signals.tell("runs");
        signals.tell(queueTopic(ofTenant));
      },
    }),
    runs,
    events,
    takingOver: createTakingOver({
      takeOvers,
      runs,
      worker,
      newId,
      tell: (topic) => signals.tell(topic),
    }),

    waitForRun: waiting.forRun,
    waitForThread: waiting.forThread,
    ...words,
    ...threads,
    ...createSubmitting({ worker, runs, servedBy, agents, signals, newId }),

    decide(by, reviewId, answer, door = "review") {
      const atOnce: Resumption = {
        // Who answers in the thread goes on with it themselves.
        resume: (of) => (of.hosted || door === "review" ? resumption.resume(of) : Promise.resolve()),
      };
      return decide(
        { store: reviews, newId, resumption: atOnce, agentOf: judgeOf, deputies },
        by,
        reviewId,
        answer,
        door,
      );
    },

    every: jobs.every,

    isStopping: () => stopping.signal.aborted,

    async stop() {
      const jobsDone = jobs.stop();
      const patience = new Promise((resolve) => setTimeout(resolve, settings.drainMs).unref());
      await Promise.all([worker.stop(settings.drainMs), Promise.race([patience, jobsDone])]);
      await signals.stop();
      await ground.close();
    },
  };
  startRounds({
    every: jobs.every,
    agents,
    shadow: runtime.shadow,
    changes,
    deadlines: createDeadlineStore(db, (ofTenant) => signals.tell(queueTopic(ofTenant))),
    resumption,
    staffing: options.staffing ?? null,
    reconciling: {
      ...workDeps,
      store: createReconcileStore(db, graphIds, delivery),
      worker,
      signals,
      log,
      driven,
      agentOf: (graphId) => agents.get(graphId) ?? null,
    },
    reconcileMs: settings.reconcileMs,
    host: host ?? null,
    runs,
  });
  return runtime;
}
