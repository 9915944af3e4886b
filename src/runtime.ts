// The composition root: the only place that knows both Postgres and the graphs.
import { randomInt } from "node:crypto";
import { setMaxListeners } from "node:events";
import type { BaseMessage } from "@langchain/core/messages";
import type { StateSnapshot } from "@langchain/langgraph";
import { createExecutor } from "./execution/executor.js";
import type { AnyGraph, ServedGraph } from "./graph/served-graph.js";
import { HoldpointError, messageOf } from "./kernel/errors.js";
import { checkThreadId, newUuid } from "./kernel/ids.js";
import { grantLease, leaseKey } from "./kernel/lease.js";
import { silentLog, type Log } from "./kernel/log.js";
import { callerRole, defaultTenant, localPerson, type Principal } from "./kernel/principal.js";
import {
  checkOptions,
  checkSettings,
  type AgentOptions,
  type Settings,
  type SharedOptions,
} from "./options.js";
import { emptyPolicy } from "./policies/load-policy.js";
import { rolesOf } from "./policies/policy.js";
import { createBatches, type Batches } from "./review/batches.js";
import { passDeadlines } from "./review/deadlines.js";
import { decide, type Answer, type DecideResult, type Door } from "./review/decide.js";
import type { Resumption } from "./review/resumption.js";
import type { ReviewStore } from "./review/store.js";
import { tellingStore } from "./review/telling.js";
import { createRunEvents, type RunEvents } from "./runs/events.js";
import { hostResumption, type HostOptions } from "./runs/host-resumption.js";
import { createLeases, type DirectLeases } from "./runs/leases.js";
import { leftBy } from "./runs/left.js";
import { asPayload, type RunPayload } from "./runs/payload.js";
import { createTakingOver, type TakingOver } from "./runs/taking-over.js";
import { createWaiting, type Waiting } from "./runs/waiting.js";
import { resultOf } from "./runs/work.js";
import { createWorker, resumptionOf, type Worker } from "./runs/worker.js";
import { assembleAgent, prepareAgent, type Agent, type PreparedAgent } from "./runtime/agent.js";
import { createDrafting, type Drafting } from "./runtime/drafting.js";
import { openGround, type Ground } from "./runtime/ground.js";
import { plainGraph, type PlainGraph } from "./runtime/plain-graph.js";
import { createBatchStore } from "./storage/batch-rows.js";
import type { Database } from "./storage/database.js";
import { createDraftStore } from "./storage/draft-rows.js";
import { createDeadlineStore } from "./storage/review-deadlines.js";
import { createEventStore } from "./storage/event-rows.js";
import { createExecutionLog } from "./storage/execution-rows.js";
import { removeExpiredItems } from "./storage/expired-items.js";
import { FencedSaver } from "./storage/fenced-saver.js";
import { recordPolicy } from "./storage/policy-rows.js";
import { TenantStore } from "./storage/postgres-store.js";
import { createProcessStore } from "./storage/process-rows.js";
import { createReviewStore } from "./storage/review-rows.js";
import { createRunStore, type Left, type Run, type RunStore, type Strategy } from "./storage/run-rows.js";
import { createTakeOverStore } from "./storage/takeover-rows.js";
import { createSignals, queueTopic, threadTopic, type Topic } from "./storage/signals.js";

export interface RuntimeOptions extends SharedOptions {
  agents: readonly AgentOptions[];
  /** Graphs that know nothing of Holdpoint, by id. */
  plain?: Readonly<Record<string, PlainGraph>>;
  /** Those of them whose questions whoever reaches the thread may answer in it; the others' are for reviewers. */
  callersAnswer?: readonly string[];
  /** Under a host: where decisions on its threads are delivered. */
  host?: HostOptions;
}

/** Everything that runs, for the doors (HTTP, the library) to speak with. Every call names who acts or for which tenant. */
export interface Runtime {
  /** All that is served, by the id that clients ask for; the first one is the default. */
  readonly graphs: ReadonlyMap<string, ServedGraph>;
  readonly agents: ReadonlyMap<string, Agent>;
  readonly db: Database;
  readonly reviews: ReviewStore;
  readonly batches: Batches;
  readonly drafting: Drafting;
  readonly runs: RunStore;
  readonly events: RunEvents;
  readonly takingOver: TakingOver;
  /** Writes a run of a graph; it begins when its turn comes. Throws `input_invalid` before anything is written. */
  submit(request: Submission): Promise<Run>;
  /** Writes a run that delivers what was decided, or joins it to the one that waits. Null for a host's thread. */
  deliver(request: Delivery): Promise<Run | null>;
  cancel: Worker["cancel"];
  /** Withdraws what waits for people in a thread, on the record; its agent is told so, and goes on. */
  withdrawHolds(principal: Principal, threadId: string): Promise<void>;
  waitForRun: Waiting["forRun"];
  waitForThread: Waiting["forThread"];
  /** Resolves when a run of a thread may have begun or been asked for: at a word of it, or after a while without one. */
  nextRunOf(threadId: string, signal: AbortSignal): Promise<void>;
  /** Resolves when the queue of a tenant may have changed: at a word of it, or after a while without one. */
  nextReviewOf(tenant: string, signal: AbortSignal): Promise<void>;
  /** Resolves when the queue, or any run, may have changed: at a word of it, or after a while without one. */
  nextWorkOf(tenant: string, signal: AbortSignal): Promise<void>;
  /** Resolves when a thread may have changed in any way: at a word of it, or after a while without one. */
  nextOfThread(tenant: string, threadId: string, signal: AbortSignal): Promise<void>;
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
  decide(
    by: Principal,
    reviewId: string,
    answer: Answer,
    /** `thread`: of who reaches it, and will go on with it themselves. */
    door?: Door,
  ): Promise<DecideResult>;
  /**
   * Does a job of a door's own again and again until the stop, which waits for it; a fault is logged, and nothing else.
   * One at a time, or `atOnce` where one that hangs must not keep the others waiting.
   */
  every(periodMs: number, what: string, job: () => Promise<void>, atOnce?: number): void;
  /** Nobody is waited for any more. */
  isStopping(): boolean;
  stop(): Promise<void>;
}

/** A thread of a graph, now or at a checkpoint. */
export interface ThreadAt {
  threadId: string;
  graphId: string;
  /** LangGraph's `checkpoint_id` and what goes with it. */
  checkpoint?: Record<string, unknown>;
}

export interface Submission {
  principal: Principal;
  threadId: string;
  graphId: string;
  /** What the graph is given; left out where `payload.command` steers it. */
  input?: unknown;
  assistantId?: string;
  /** The caller's notes on the run; kept with it, and read by nothing here. */
  metadata?: Run["metadata"];
  payload?: Omit<RunPayload, "input">;
  strategy?: Strategy;
  runAfterMs?: number;
  /** Addresses that are told how it ends. */
  webhooks?: readonly string[];
}

export type Delivery = Pick<
  Submission,
  "principal" | "threadId" | "assistantId" | "metadata" | "payload" | "webhooks"
>;

/** Brings up the database, the graphs and the worker. Throws before anything runs where an option is wrong. */
export async function createRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { agents, plain, callersAnswer: _answer, host: _host, ...shared } = options;
  const settings = checkSettings(shared.settings);
  for (const agent of agents) checkOptions({ ...agent, ...shared });
  const prepared = agents.map(prepareAgent);
  refuseSameNames([...prepared.map(({ id }) => id), ...Object.keys(plain ?? {})]);

  const log = options.log ?? silentLog;
  const tenant = options.tenant ?? defaultTenant;
  const ground = await openGround(options.database, settings, log);
  try {
    for (const { policy, policyText } of prepared) await recordPolicy(ground.db, tenant, policy, policyText);
    return await assemble({ options, settings, log, tenant, prepared, ground });
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

async function assemble(parts: Parts): Promise<Runtime> {
  const { options, settings, log, tenant, prepared, ground } = parts;
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
  const events = createRunEvents({ store: eventStore, signals, log, pollMs: settings.pollMs });
  const executor = createExecutor({
    log: createExecutionLog(db, processId, newId),
    toolTimeoutMs: settings.toolTimeoutMs,
    lateMs: settings.toolTimeoutMs,
    pollMs: Math.min(settings.pollMs, 500),
    stopping: stopping.signal,
    holdsLease: () => runs.holdsLease(),
  });

  const takeOvers = createTakeOverStore(db);
  const caller = { ...localPerson, tenant };
  const leasesByGraph = new Map<string, DirectLeases>();
  const saverOf = (graphId: string): FencedSaver => {
    const saver = new FencedSaver(db, tenant, "later");
    saver.leases = createLeases(runs, graphId, caller, newId);
    saver.letters = takeOvers;
    leasesByGraph.set(graphId, saver.leases as DirectLeases);
    return saver;
  };
  const agents = new Map(
    prepared.map((one): [string, Agent] => [
      one.id,
      assembleAgent(one, {
        db,
        tenant,
        saver: saverOf(one.id),
        reviews,
        drafts,
        executor,
        letters: takeOvers,
        newId,
      }),
    ]),
  );
  const plainSaver = new FencedSaver(db, tenant);
  const graphs = new Map<string, ServedGraph>([
    ...agents,
    ...Object.entries(options.plain ?? {}).map(([id, source]): [string, ServedGraph] => [
      id,
      plainGraph(id, source, plainSaver),
    ]),
  ]);

  const jobs: NodeJS.Timeout[] = [];
  const jobsAtWork = new Set<Promise<void>>();
  const now = (): Date => new Date();
  const unruled = emptyPolicy();
  const callersAnswer = new Set(options.callersAnswer);
  const driven = new Set<string>();
  const worker = createWorker(
    {
      graphs,
      saver: plainSaver,
      memoryOf: (ofTenant) => new TenantStore(db, ofTenant, { now }),
      runs,
      reviews,
      letters: takeOvers,
      events,
      signals,
      newId,
      log,
      recursionLimit: settings.maxSteps,
      askedOf: (graphId) => ({
        tier: unruled.defaultTier,
        roles: [
          ...rolesOf(unruled, unruled.defaultTier),
          ...(callersAnswer.has(graphId) ? [callerRole] : []),
        ],
      }),
      stopping,
      isDriven: (id) => driven.has(id) || [...leasesByGraph.values()].some((leases) => leases.holds(id)),
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

  const servedBy = (graphId: string): ServedGraph => {
    const served = graphs.get(graphId);
    if (served) return served;
    throw new HoldpointError("not_found", `There is no graph "${graphId}" here.`, {
      details: { graphs: [...graphs.keys()] },
    });
  };

  const host = options.host && hostResumption(options.host, { reviews, log });
  const resumption: Resumption = {
    resume: async (of) => (of.hosted ? host?.resume(of) : worker.resume(of)),
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
      newId,
      now,
      random: () => randomInt(2 ** 32) / 2 ** 32,
    }),
    drafting: createDrafting({
      store: reviews,
      drafts,
      resumption,
      agentOf: (graphId) => agents.get(graphId) ?? null,
      agents,
      talkOf: async (by, { hosted, threadId, graphId }) => {
        if (hosted || !(await runs.findThread(by.tenant, threadId))) return [];
        const { values } = await runtime.stateOf(by, { threadId, graphId });
        return (values as { messages?: BaseMessage[] }).messages ?? [];
      },
      newId,
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

    async submit({ principal, threadId, graphId, input, payload = {}, runAfterMs, ...more }) {
      checkThreadId(threadId);
      const stored = input === undefined ? {} : { input: servedBy(graphId).storable(input) };
      return worker.submit({
        id: newId(),
        tenant: principal.tenant,
        threadId,
        graphId,
        kind: payload.command ? "command" : "input",
        payload: asPayload({ ...payload, ...stored }),
        principal,
        ...(runAfterMs === undefined ? {} : { runAfterMs }),
        ...more,
      });
    },

    deliver: ({ principal, threadId, payload = {}, ...more }) =>
      worker.deliver(principal.tenant, threadId, { ...more, principal, payload: asPayload(payload) }),

    cancel: worker.cancel,

    async withdrawHolds(principal, threadId) {
      const thread = await runs.findThread(principal.tenant, threadId);
      // A question goes with the interrupt, which the next run of the thread drops.
      const isAgents = agents.has(thread?.graphId ?? "");
      const telling = isAgents ? { ...resumptionOf(principal.tenant, threadId, newId()), principal } : null;
      if ((await runs.supersedeHolds(principal.tenant, threadId, telling)) > 0) {
        signals.tell("runs");
        signals.tell(queueTopic(principal.tenant));
      }
    },

    waitForRun: waiting.forRun,
    waitForThread: waiting.forThread,
    // A word that is lost is rare, and those who watch are many.
    nextRunOf: (threadId, signal) => signals.next([threadTopic(threadId)], settings.pollMs * 5, signal),

    nextReviewOf: (ofTenant, signal) => signals.next([queueTopic(ofTenant)], settings.pollMs * 5, signal),
    nextWorkOf: (ofTenant, signal) =>
      signals.next((topic) => isOfRuns(topic) || topic === queueTopic(ofTenant), settings.pollMs * 5, signal),
    // Which run is its own is not known here; a look at one thread costs little.
    nextOfThread: (ofTenant, threadId, signal) =>
      signals.next(
        (topic) =>
          topic.startsWith("run:") || topic === threadTopic(threadId) || topic === queueTopic(ofTenant),
        settings.pollMs,
        signal,
      ),

    async stateOf(principal, at) {
      const { graph, config } = await runtime.reading(principal, at);
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

    decide(by, reviewId, answer, door = "review") {
      const atOnce: Resumption = {
        // Who answers in the thread goes on with it themselves.
        resume: (of) => (of.hosted || door === "review" ? resumption.resume(of) : Promise.resolve()),
      };
      const agentOf = (graphId: string) => agents.get(graphId) ?? null;
      return decide({ store: reviews, newId, resumption: atOnce, agentOf }, by, reviewId, answer, door);
    },

    every(periodMs, what, job, atOnce = 1) {
      const underWay = new Set<Promise<void>>();
      const once = (): void => {
        if (underWay.size >= atOnce) return;
        const done = job()
          .catch((error: unknown) => log.warn(`could not ${what}`, { error: messageOf(error) }))
          .finally(() => {
            underWay.delete(done);
            jobsAtWork.delete(done);
          });
        underWay.add(done);
        jobsAtWork.add(done);
      };
      jobs.push(setInterval(once, periodMs));
    },

    isStopping: () => stopping.signal.aborted,

    async stop() {
      for (const timer of jobs) clearInterval(timer);
      const patience = new Promise((resolve) => setTimeout(resolve, settings.drainMs).unref());
      await Promise.all([worker.stop(settings.drainMs), Promise.race([patience, Promise.all(jobsAtWork)])]);
      await signals.stop();
      await ground.close();
    },
  };
  const policies = new Map([...agents].map(([id, { policy }]) => [id, policy]));
  const deadlines = createDeadlineStore(db, (ofTenant) => signals.tell(queueTopic(ofTenant)));
  runtime.every(deadlineSweepMs, "pass deadlines", () => passDeadlines({ deadlines, resumption, policies }));
  if (host) {
    runtime.every(hostSweepMs, "deliver decisions to the host", async () => {
      for (const of of await runs.undeliveredAtHost(hostSweepMs)) await host.resume(of);
    });
  }
  return runtime;
}

/** How late a deadline may be acted on; nobody can decide in between. */
const deadlineSweepMs = 1_000;
const hostSweepMs = 3_000;

function isOfRuns(topic: Topic): boolean {
  return topic === "runs" || topic.startsWith("run:") || topic.startsWith("thread:");
}

function refuseSameNames(names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (names.length === 0)
    throw new HoldpointError("options_invalid", "There is nothing to serve: name at least one graph.");
  if (twice === undefined) return;
  throw new HoldpointError(
    "options_invalid",
    `Two graphs are named "${twice}". Give each a name of its own.`,
  );
}

function heldThread(threadId: string): HoldpointError {
  return new HoldpointError(
    "thread_has_open_holds",
    `Actions of thread ${threadId} wait for a decision, and a state update would lose them. Decide them first.`,
    { details: { threadId } },
  );
}
