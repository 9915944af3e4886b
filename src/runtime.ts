// The composition root: the only file that knows both Postgres and the graph.
import { setMaxListeners } from "node:events";
import type { StateSnapshot } from "@langchain/langgraph";
import { createExecutor } from "./execution/executor.js";
import { agentGraph, type AgentGraphDeps } from "./graph/agent-graph.js";
import type { GuardedGraph } from "./graph/guarded-graph.js";
import { parseInput } from "./graph/input.js";
import { checkThreadId, newUuid } from "./kernel/ids.js";
import type { JsonObject } from "./kernel/json.js";
import { grantLease, leaseKey } from "./kernel/lease.js";
import { silentLog, type Log } from "./kernel/log.js";
import { defaultTenant, localPerson, type Principal } from "./kernel/principal.js";
import { langchainModel } from "./models/langchain.js";
import type { Model } from "./models/port.js";
import { compileSettings, type DatabaseOptions, type HoldpointOptions, type Settings } from "./options.js";
import { emptyPolicy, loadPolicy } from "./policies/load-policy.js";
import { createPolicySource } from "./policies/policy-source.js";
import type { Policy, Replacement } from "./policies/policy.js";
import { decide, type Answer, type DecideResult } from "./review/decide.js";
import type { Resumption } from "./review/resumption.js";
import type { ReviewStore } from "./review/store.js";
import { createRunEvents, type RunEvents } from "./runs/events.js";
import { createLeases } from "./runs/leases.js";
import { createWorker } from "./runs/worker.js";
import { createWaiting, type Waiting } from "./runs/waiting.js";
import { openDatabase, type Database } from "./storage/database.js";
import { createExecutionLog } from "./storage/execution-rows.js";
import { FencedSaver } from "./storage/fenced-saver.js";
import { migrate } from "./storage/migrate.js";
import { recordPolicy } from "./storage/policy-rows.js";
import { embeddedPostgres, givenPostgres, type Postgres } from "./storage/reach-postgres.js";
import { createReviewStore } from "./storage/review-rows.js";
import { createRunStore, type Run, type RunStore } from "./storage/run-rows.js";
import { toolSet, type ToolSet } from "./tools/tool-set.js";

/** Everything that runs, for the doors (HTTP, the library) to speak with. Every call names who acts or for which tenant. */
export interface Runtime {
  /** The name clients ask for: the graph id of a server. */
  readonly name: string;
  readonly graph: GuardedGraph;
  readonly tools: ToolSet;
  readonly db: Database;
  readonly reviews: ReviewStore;
  readonly runs: RunStore;
  readonly events: RunEvents;
  /** The graph without a checkpointer, for a host that brings its own. */
  hostedGraph(): GuardedGraph;
  policy(): Policy;
  reloadPolicy(text: string, file?: string): Promise<Replacement>;
  /** Writes a run for the agent's next turn. `watched`: its pieces are kept for `events.watch`. */
  submit(request: Submission): Promise<Run>;
  waitForRun: Waiting["forRun"];
  waitForThread: Waiting["forThread"];
  /** The state of a thread as its tenant may read it. */
  stateOf(principal: Principal, threadId: string, checkpointId?: string): Promise<StateSnapshot>;
  decide(by: Principal, reviewId: string, answer: Answer): Promise<DecideResult>;
  /** As `decide`; names the run that delivers the decision. `watched`: its pieces are kept for `events.watch`. */
  decideAndFollow(
    by: Principal,
    reviewId: string,
    answer: Answer,
    watched: boolean,
  ): Promise<{ result: DecideResult; runId: string | null }>;
  stop(): Promise<void>;
}

export interface Submission {
  principal: Principal;
  threadId: string;
  input: unknown;
  /** A caller's own `configurable`, for the graph's nodes. */
  configurable?: JsonObject;
  /** The caller's notes on the run; kept with it, and read by nothing here. */
  metadata?: JsonObject;
  watched?: boolean;
}

/** Brings up the database, the graph and the worker. Throws before anything runs where an option is wrong. */
export async function createRuntime(options: HoldpointOptions): Promise<Runtime> {
  const settings = compileSettings(options.settings);
  const log = options.log ?? silentLog;
  const tenant = options.tenant ?? defaultTenant;
  const tools = toolSet(options.tools);
  const source = createPolicySource(compilePolicy(options.policy));
  const model = asModel(options.model);
  const postgres = await reachPostgres(options.database, log);

  try {
    const { roles, warning } = await migrate(postgres.directUrl);
    if (warning) log.warn(warning);
    const { url, revive } = postgres;
    const db = openDatabase({ url, roles, revive, maxConnections: settings.maxConnections });
    await recordPolicy(db, tenant, source.current(), policyText(options.policy));
    return await assemble({ options, settings, tenant, tools, source, model, db, postgres });
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

interface Parts {
  options: HoldpointOptions;
  settings: Settings;
  tenant: string;
  tools: ToolSet;
  source: ReturnType<typeof createPolicySource>;
  model: Model;
  db: Database;
  postgres: Postgres;
}

async function assemble({
  options,
  settings,
  tenant,
  tools,
  source,
  model,
  db,
  postgres,
}: Parts): Promise<Runtime> {
  const log = options.log ?? silentLog;
  const newId = newUuid;
  const processId = newId();
  const name = options.name ?? "agent";
  const stopping = new AbortController();
  // One for each run and each tool at work.
  setMaxListeners(0, stopping.signal);
  const runs = createRunStore(db, processId, name);
  const reviews = createReviewStore(db);
  const events = createRunEvents();
  const executor = createExecutor({
    log: createExecutionLog(db, processId, newId),
    toolTimeoutMs: settings.toolTimeoutMs,
    pollMs: Math.min(settings.pollMs, 500),
    stopping: stopping.signal,
    holdsLease: () => runs.holdsLease(),
  });
  const deps: AgentGraphDeps = {
    model,
    tools,
    instructions: options.instructions ?? null,
    newId,
    policy: () => source.current(),
    store: reviews,
    executor,
  };
  const saver = new FencedSaver(db, tenant);
  const leases = createLeases(runs, { ...localPerson, tenant }, newId);
  saver.leases = leases;
  const graph = agentGraph(deps, saver);
  const worker = createWorker(
    {
      graph,
      runs,
      reviews,
      events,
      newId,
      log,
      recursionLimit: settings.maxSteps,
      stopping,
      isDriven: (id) => leases.holds(id),
    },
    settings,
  );
  await worker.start();

  const waiting = createWaiting(worker, runs, settings.pollMs);
  return {
    name,
    graph,
    tools,
    db,
    reviews,
    runs,
    events,
    hostedGraph: () => agentGraph(deps),
    policy: () => source.current(),

    async reloadPolicy(text, file = "policy.yaml") {
      const replaced = source.replace(() => loadPolicy(text, file));
      if (replaced.ok) await recordPolicy(db, tenant, replaced.policy, text);
      return replaced;
    },

    async submit({ principal, threadId, input, configurable = {}, metadata = {}, watched = false }) {
      checkThreadId(threadId);
      // Ids are given here, in the row: a second process that takes the run over then adds no message twice.
      const { messages } = parseInput(input, newId);
      const stored = messages.map(({ id, content, name }) => ({
        type: "human",
        id,
        content,
        ...(name ? { name } : {}),
      }));
      const id = newId();
      if (watched) events.open(id);
      const payload = JSON.parse(
        JSON.stringify({ input: { messages: stored }, configurable, metadata }),
      ) as JsonObject;
      try {
        return await worker.submit({
          id,
          tenant: principal.tenant,
          threadId,
          kind: "input",
          payload,
          principal,
        });
      } catch (error) {
        events.end(id);
        throw error;
      }
    },

    waitForRun: waiting.forRun,
    waitForThread: waiting.forThread,

    stateOf(principal, threadId, checkpointId) {
      const lease = grantLease({ tenant: principal.tenant, threadId, principal, run: null });
      const at = checkpointId === undefined ? {} : { checkpoint_id: checkpointId };
      return graph.getState({ configurable: { thread_id: threadId, ...at, [leaseKey]: lease } });
    },

    decide: (by, reviewId, answer) =>
      decide(
        { tools, policy: () => source.current(), store: reviews, newId, resumption: worker },
        by,
        reviewId,
        answer,
      ),

    async decideAndFollow(by, reviewId, answer, watched) {
      let runId: string | null = null;
      const resumption: Resumption = {
        async resume(of, threadId) {
          const id = newId();
          // Before the row is there: a worker may take it at once.
          if (watched) events.open(id);
          // Where this cannot be written, the worker's sweep delivers the decision.
          runId = await worker.deliver(of, threadId, id).then(
            (run) => run?.id ?? null,
            () => null,
          );
          if (watched && runId !== id) {
            events.end(id);
            if (runId !== null && !events.isOpen(runId)) events.open(runId);
          }
        },
      };
      const deps = { tools, policy: () => source.current(), store: reviews, newId, resumption };
      return { result: await decide(deps, by, reviewId, answer), runId };
    },

    async stop() {
      await worker.stop(settings.drainMs);
      await db.close();
      await postgres.stop();
    },
  };
}

async function reachPostgres(database: DatabaseOptions, log: Log): Promise<Postgres> {
  if ("home" in database) return embeddedPostgres(database.home, log);
  return givenPostgres(database.url, database.directUrl);
}

function compilePolicy(policy: HoldpointOptions["policy"]): Policy {
  if (policy === undefined) return emptyPolicy();
  return typeof policy === "string" ? loadPolicy(policy, "policy.yaml") : policy;
}

function policyText(policy: HoldpointOptions["policy"]): string {
  return typeof policy === "string" ? policy : "";
}

function asModel(model: HoldpointOptions["model"]): Model {
  return "stream" in model && "_llmType" in model ? langchainModel(model) : model;
}
