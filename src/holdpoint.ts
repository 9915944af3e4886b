// The library's door: an agent for one company, in one process.
import type { BaseMessage } from "@langchain/core/messages";
import type { GuardedGraph } from "./graph/guarded-graph.js";
import { HoldpointError } from "./kernel/errors.js";
import { defaultTenant, localPerson, type Principal } from "./kernel/principal.js";
import type { JsonObject } from "./kernel/json.js";
import { checkOptions, type HoldpointOptions } from "./options.js";
import type { Replacement } from "./policies/policy.js";
import type { Answer, DecideResult } from "./review/decide.js";
import type { ReviewFilter } from "./review/queue.js";
import type { Execution, Review } from "./review/types.js";
import { pendingHolds, type PendingHold } from "./runs/resume.js";
import type { WorkResult } from "./runs/work.js";
import type { HostOptions } from "./runs/host-resumption.js";
import { createRuntime, type Runtime } from "./runtime.js";
import type { Agent } from "./runtime/agent.js";
import { draftsOf, type Drafts } from "./runtime/drafts-door.js";
import { untilStopped } from "./runtime/until-stopped.js";
import { listExecutions } from "./storage/execution-rows.js";

/** Where a thread stands. */
export interface ThreadView {
  threadId: string;
  /** `interrupted`: something waits for a person. `busy`: a run is at work or about to be. */
  status: "idle" | "busy" | "interrupted" | "error";
  messages: BaseMessage[];
  holds: PendingHold[];
  error: JsonObject | null;
}

export interface Holdpoint {
  /** The compiled LangGraph graph, on our checkpointer. A call to it takes the thread, as `send` does. */
  readonly graph: GuardedGraph;
  /** The same graph without a checkpointer, for LangGraph's own servers or another host. */
  hostedGraph(): GuardedGraph;
  /**
   * Says something to the agent; resolves when it has answered or something waits for a person. Where something
   * waits already, the message is kept, delivered when the last hold closes, and the call returns at once.
   */
  send(threadId: string, input: string | { messages: unknown }): Promise<ThreadView>;
  /** Resolves when nothing of the thread is at work: it has answered, or waits for a person. */
  wait(threadId: string): Promise<ThreadView>;
  /** Undecided reviews by default. */
  reviews(filter?: Partial<ReviewFilter>): Promise<Review[]>;
  review(reviewId: string): Promise<Review | null>;
  /** Decides as `by`; the person `local`, who holds every role, where it is left out. */
  decide(reviewId: string, answer: Answer, by?: Pick<Principal, "id" | "roles">): Promise<DecideResult>;
  /** The words of reviews that have a `draft`, which people and the agent finish together. */
  readonly drafts: Drafts;
  executions(filter?: { threadId?: string; limit?: number }): Promise<Execution[]>;
  /**
   * Puts another policy in force. One that is wrong changes nothing; the answer says why. Where the one in force has
   * `changes`, it is `proposed` instead, in a review, and comes into force when that is approved.
   */
  reloadPolicy(text: string, file?: string): Promise<Replacement>;
  stop(): Promise<void>;
}

/**
 * Builds and starts an agent whose irreversible calls wait for people.
 *
 * @example
 * const holdpoint = await createHoldpoint({ model, tools: [issueRefund], database: { home: ".holdpoint" } });
 * await holdpoint.send("thread-1", "Refund 420 EUR for order 8841.");
 * const [review] = await holdpoint.reviews();
 * await holdpoint.decide(review.id, { type: "approve", argsHash: review.argsHash });
 * const { messages } = await holdpoint.wait("thread-1");
 */
export async function createHoldpoint(options: HoldpointOptions): Promise<Holdpoint> {
  return (await startHoldpoint(options)).holdpoint;
}

export interface Started {
  holdpoint: Holdpoint;
  runtime: Runtime;
}

/** @param host where its threads are run, when it is not by itself. */
export async function startHoldpoint(options: HoldpointOptions, host?: HostOptions): Promise<Started> {
  checkOptions(options);
  const { database, log, settings, tenant: _, ...agentOptions } = options;
  const runtime = await createRuntime({
    agents: [agentOptions],
    database,
    ...(host ? { host } : {}),
    ...(log ? { log } : {}),
    ...(settings ? { settings } : {}),
    ...(options.tenant === undefined ? {} : { tenant: options.tenant }),
  });
  const [agent] = [...runtime.agents.values()] as [Agent];
  const graphId = agent.id;
  const tenant = options.tenant ?? defaultTenant;
  const caller: Principal = { ...localPerson, tenant };

  /** What came of the last run, where that is at hand; else as it stands in the database. */
  const view = async (
    threadId: string,
    result?: WorkResult,
    error: JsonObject | null = null,
  ): Promise<ThreadView> => {
    if (result) return viewOf(threadId, { values: result.values, holds: result.holds, active: 0, error });
    const [activity, state] = await Promise.all([
      runtime.runs.threadActivity(tenant, threadId),
      runtime.stateOf(caller, { threadId, graphId }),
    ]);
    return viewOf(threadId, { values: state.values, holds: pendingHolds(state), ...activity });
  };

  const { unlessStopped, stop } = untilStopped(() => runtime.stop(), "createHoldpoint()");

  const holdpoint: Holdpoint = {
    graph: agent.graph,
    hostedGraph: agent.hostedGraph,
    send: unlessStopped(async (threadId, input) => {
      if (threadId === "")
        throw new HoldpointError("request_invalid", "A thread needs an id: any text that is not empty.");
      const messages = typeof input === "string" ? { messages: [{ role: "user", content: input }] } : input;
      const run = await runtime.submit({ principal: caller, threadId, graphId, input: messages });
      const ended = await runtime.waitForRun(tenant, run);
      return view(threadId, ended.result);
    }),
    wait: unlessStopped(async (threadId) => {
      const { activity, result } = await runtime.waitForThread(tenant, threadId);
      return view(threadId, result, activity.error);
    }),
    reviews: unlessStopped(
      async (filter = {}) =>
        (await runtime.reviews.list(tenant, { status: "open", limit: 100, ...filter })).items,
    ),
    review: unlessStopped((reviewId) => runtime.reviews.find(tenant, reviewId)),
    decide: unlessStopped((reviewId, answer, by = caller) =>
      runtime.decide({ ...caller, ...by, tenant }, reviewId, answer),
    ),
    drafts: draftsOf((work) => unlessStopped((...args) => work(runtime, ...args)), caller),
    executions: unlessStopped((filter = {}) => listExecutions(runtime.db, tenant, { limit: 100, ...filter })),
    reloadPolicy: unlessStopped((text, file) => runtime.changes.reload(text, file)),
    stop,
  };
  return { holdpoint, runtime };
}

function viewOf(
  threadId: string,
  at: { values: unknown; holds: PendingHold[]; active: number; error: JsonObject | null },
): ThreadView {
  const { messages = [] } = at.values as { messages?: BaseMessage[] };
  const status = at.active > 0 ? "busy" : at.holds.length > 0 ? "interrupted" : at.error ? "error" : "idle";
  return { threadId, status, messages, holds: at.holds, error: at.error };
}
