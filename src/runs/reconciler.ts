// The record and the threads, made one again: a review whose hold is gone from its thread is closed, an interrupt on which
// nobody is asked is woken or asked about, and what a dead process had begun is asked about. Every process may look, and at
// any time: who finds a difference takes the thread as a run does, and looks again.
import { isDeepStrictEqual } from "node:util";
import type { RunnableConfig } from "@langchain/core/runnables";
import type { Settlement } from "../execution/log.js";
import type { ServedGraph } from "../graph/served-graph.js";
import { messageOf } from "../kernel/errors.js";
import { grantLease, leaseKey, type Lease } from "../kernel/lease.js";
import type { Log } from "../kernel/log.js";
import { rolesOf } from "../policies/policy.js";
import type { Judge } from "../review/decide.js";
import type { LeftCall, Page, Place, ReconcileStore, Suspect } from "../storage/reconcile-rows.js";
import type { Left, Run } from "../storage/run-rows.js";
import { queueTopic, threadTopic, type Signals } from "../storage/signals.js";
import type { Thread } from "../storage/thread-record.js";
import { deliveryIn } from "./delivery.js";
import { leftBy } from "./left.js";
import { areAsked, keepQuestions, pendingQuestions, type PendingQuestion } from "./questions.js";
import { pendingHolds, wakeTokens } from "./resume.js";
import { standingIn } from "./standing.js";
import { resultOf, type WorkDeps } from "./work.js";
import type { Worker } from "./worker.js";

export interface Reconciler {
  /** Looks at the next page of what waits, and puts right what it finds; at the end it rests, and begins anew. */
  round(): Promise<void>;
}

export interface ReconcilerDeps extends WorkDeps {
  store: ReconcileStore;
  worker: Pick<Worker, "deliver">;
  signals: Pick<Signals, "tell">;
  log: Log;
  /** Runs that are at work in this process without the worker. */
  driven: Set<string>;
  /** The agents served here: their tools, and the policy in force. */
  agentOf(graphId: string): Judge | null;
}

const pageSize = 100;

/** @param restMs how long it rests once it has seen everything, in milliseconds. */
export function createReconciler(deps: ReconcilerDeps, restMs: number): Reconciler {
  const walks = [walkThrough(deps.store.lostHolds), walkThrough(deps.store.unaskedInterrupts)];
  let restsUntil = 0;

  return {
    async round() {
      if (performance.now() < restsUntil) return;
      for (const walk of walks)
        for (const suspect of await walk.nextPage()) await unlessFaulty(suspect, () => putRight(suspect));
      for (const left of await deps.store.leftCalls(pageSize)) await settle(left);
      if (!walks.every((walk) => walk.isAtEnd())) return;
      for (const walk of walks) walk.begin();
      restsUntil = performance.now() + restMs;
    },
  };

  /** A thread that cannot be read must not keep the others from being looked at. */
  async function unlessFaulty({ threadId }: Suspect, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      deps.log.warn("a thread could not be reconciled", { threadId, error: messageOf(error) });
    }
  }

  async function putRight({ tenant, threadId, isThreadless }: Suspect): Promise<void> {
    if (isThreadless) {
      if (await deps.store.closeThreadless(tenant, threadId)) deps.signals.tell(queueTopic(tenant));
      return;
    }
    const thread = await deps.runs.findThread(tenant, threadId);
    const served = deps.graphs.get(thread?.graphId ?? "");
    if (!thread || !served) return;
    // First without taking it: whoever wants to begin something in it finds it free.
    const { isAtOdds, wakes } = await look(served, thread, null);
    if (isAtOdds) await takeAndPutRight(served, thread);
    if (wakes) await deps.worker.deliver(tenant, threadId, { unlessUnderWay: true });
  }

  async function takeAndPutRight(served: ServedGraph, thread: Thread): Promise<void> {
    const { tenant, id: threadId } = thread;
    const principal = deliveryIn(tenant);
    const payload = { operation: "reconcile" };
    const run = await deps.runs.takeAtRest({
      id: deps.newId(),
      tenant,
      threadId,
      kind: "direct",
      payload,
      principal,
    });
    if (!run) return;
    deps.driven.add(run.id);
    try {
      // Nobody else opens a hold in it now, or closes one.
      const { standing, questions, left } = await look(served, thread, run);
      await deps.runs.closeOrphans(run, standing, principal);
      if (served.kind === "plain") await keepQuestions(deps, run, questions);
      const isHeld = (await deps.runs.openHolds(tenant, threadId)) > 0;
      await deps.runs.finish(run, isHeld ? "interrupted" : "success", null, left);
    } catch (error) {
      await deps.runs.finish(run, "error", { message: messageOf(error) });
      throw error;
    } finally {
      deps.driven.delete(run.id);
      for (const topic of ["runs", threadTopic(threadId), queueTopic(tenant)] as const)
        deps.signals.tell(topic);
    }
  }

  /** How a thread stands, beside what the record says of it. */
  async function look(served: ServedGraph, thread: Thread, run: Run | null): Promise<Seen> {
    const of = { tenant: thread.tenant, threadId: thread.id };
    const config = readingConfig({ ...of, principal: deliveryIn(of.tenant), run });
    const state = await (await served.open()).getState(config);
    const [unclosed, standing, questions, tokens] = await Promise.all([
      deps.reviews.unclosedOf(of.tenant, of.threadId),
      standingIn(deps.reviews, served, of, state),
      served.kind === "plain" ? pendingQuestions(deps.saver, config, state) : [],
      wakeTokens(deps.reviews, of, pendingHolds(state)),
    ]);
    const left = leftBy(served, resultOf(state));
    const asked = unclosed.filter(({ kind }) => kind === "question");
    const held = unclosed.filter(({ kind }) => kind !== "question" && kind !== "settle");
    const isAtOdds =
      held.some(({ id }) => !standing.includes(id)) ||
      !areAsked(questions, asked) ||
      !isDeepStrictEqual(left.interrupts, thread.interrupts);
    return { standing, questions, left, isAtOdds, wakes: Object.keys(tokens).length > 0 };
  }

  /** Its process is gone, and nobody goes on with its thread by themselves: what came of it is asked here and now. */
  async function settle(left: LeftCall): Promise<void> {
    const agent = deps.agentOf(left.graphId);
    if (!agent) return;
    const isSettled = await deps.store.settleLeft(left, settlementOf(agent, left), deps.newId());
    if (isSettled) deps.signals.tell(queueTopic(left.tenant));
  }
}

interface Seen {
  /** Reviews whose hold stands, or is still to come. */
  standing: string[];
  questions: PendingQuestion[];
  left: Left;
  /** The record says something else. */
  isAtOdds: boolean;
  /** Something in it waits on a review that has something to tell it. */
  wakes: boolean;
}

function readingConfig(lease: Omit<Lease, "run"> & { run: Run | null }): RunnableConfig {
  const run = lease.run && { id: lease.run.id, epoch: lease.run.epoch };
  return { configurable: { thread_id: lease.threadId, [leaseKey]: grantLease({ ...lease, run }) } };
}

function settlementOf({ tools, policy }: Judge, { execution }: LeftCall): Settlement {
  const error = "It was started, and its process ended before it wrote down how it went.";
  const tool = tools.get(execution.tool);
  // What stands in a transaction was undone with its process; and of a read nothing is left to be found out.
  if (execution.effect === "transactional" || tool?.readOnly) return { state: "failed", error };
  const inForce = policy();
  const tier = inForce.defaultTier;
  const askedOf = { tier, roles: [...rolesOf(inForce, tier)], title: execution.tool };
  return { state: "unknown", error, askedOf };
}

interface Walk {
  nextPage(): Promise<Suspect[]>;
  isAtEnd(): boolean;
  begin(): void;
}

/** Page after page; at the end it stands there until it is begun anew. */
function walkThrough(pageAfter: (after: Place | null, limit: number) => Promise<Page>): Walk {
  let place: Place | null = null;
  let isAtEnd = false;
  return {
    async nextPage() {
      if (isAtEnd) return [];
      const { suspects, next } = await pageAfter(place, pageSize);
      place = next;
      isAtEnd = next === null;
      return suspects;
    },
    isAtEnd: () => isAtEnd,
    begin() {
      isAtEnd = false;
    },
  };
}
