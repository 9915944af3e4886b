// What is begun in a thread: a run of its graph, the delivery of what was decided, or the end of what waits there.
import type { ServedGraph } from "../graph/served-graph.js";
import { checkThreadId, type NewId } from "../kernel/ids.js";
import type { Principal } from "../kernel/principal.js";
import { resumptionOf } from "../runs/delivery.js";
import { asPayload, type RunPayload } from "../runs/payload.js";
import type { Worker } from "../runs/worker.js";
import type { Run, RunStore, Strategy } from "../storage/run-rows.js";
import { queueTopic, type Signals } from "../storage/signals.js";

export interface Submission {
  principal: Principal;
  threadId: string;
  graphId: string;
  /** What the graph is given; left out where `payload.command` steers it. */
  input?: unknown;
  assistantId?: string;
  /** The cron that begins it. */
  cronId?: string;
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

export interface Submitting {
  /** Writes a run of a graph; it begins when its turn comes. Throws `input_invalid` before anything is written. */
  submit(request: Submission): Promise<Run>;
  /** Writes a run that delivers what was decided, or joins it to the one that waits. Null for a host's thread. */
  deliver(request: Delivery): Promise<Run | null>;
  cancel: Worker["cancel"];
  /** Withdraws what waits for people in a thread, on the record; its agent is told so, and goes on. */
  withdrawHolds(principal: Principal, threadId: string): Promise<void>;
}

export function createSubmitting(deps: {
  worker: Worker;
  runs: RunStore;
  servedBy(graphId: string): ServedGraph;
  /** By the ids of their graphs. */
  agents: { has(graphId: string): boolean };
  signals: Pick<Signals, "tell">;
  newId: NewId;
}): Submitting {
  const { worker, runs, servedBy, agents, signals, newId } = deps;
  return {
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
  };
}
