// Waiting for a word that something may have changed. One that is lost is rare, and those who watch are many: after a while
// each looks by itself.
import { queueTopic, threadTopic, type Signals, type Topic } from "../storage/signals.js";

export interface Words {
  /** Resolves when a run of a thread may have begun or been asked for: at a word of it, or after a while without one. */
  nextRunOf(threadId: string, signal: AbortSignal): Promise<void>;
  /** Resolves when the queue of a tenant may have changed: at a word of it, or after a while without one. */
  nextReviewOf(tenant: string, signal: AbortSignal): Promise<void>;
  /** Resolves when the queue, or any run, may have changed: at a word of it, or after a while without one. */
  nextWorkOf(tenant: string, signal: AbortSignal): Promise<void>;
  /** Resolves when a thread may have changed in any way: at a word of it, or after a while without one. */
  nextOfThread(tenant: string, threadId: string, signal: AbortSignal): Promise<void>;
}

export function createWords(signals: Pick<Signals, "next">, pollMs: number): Words {
  const whileMs = pollMs * 5;
  return {
    nextRunOf: (threadId, signal) => signals.next([threadTopic(threadId)], whileMs, signal),
    nextReviewOf: (tenant, signal) => signals.next([queueTopic(tenant)], whileMs, signal),
    nextWorkOf: (tenant, signal) =>
      signals.next((topic) => isOfRuns(topic) || topic === queueTopic(tenant), whileMs, signal),
    // Which run is its own is not known here; a look at one thread costs little.
    nextOfThread: (tenant, threadId, signal) =>
      signals.next(
        (topic) =>
          topic.startsWith("run:") || topic === threadTopic(threadId) || topic === queueTopic(tenant),
        pollMs,
        signal,
      ),
  };
}

function isOfRuns(topic: Topic): boolean {
  return topic === "runs" || topic.startsWith("run:") || topic.startsWith("thread:");
}
