// What a run emits while it works, for those who watch it in this process. A watcher that comes late gets all that
// was emitted before it; after the end the events are kept for a short while.
export interface RunEvent {
  /** LangGraph's stream mode, or `metadata`, `error` and `end`. */
  event: string;
  /** Namespace of the subgraph it comes from; empty for the graph itself. */
  namespace: readonly string[];
  data: unknown;
}

export interface RunEvents {
  publish(runId: string, event: RunEvent): void;
  end(runId: string): void;
  /** All events of a run that this process works on, from the first, until it ends. */
  watch(runId: string, signal?: AbortSignal): AsyncGenerator<RunEvent>;
  /** Is anybody watching, or could somebody still come? Runs that nobody streams need not produce pieces. */
  isOpen(runId: string): boolean;
  open(runId: string): void;
}

const keepAfterEndMs = 10_000;

export function createRunEvents(): RunEvents {
  const channels = new Map<string, Channel>();
  return {
    open: (runId) => void channels.set(runId, new Channel()),
    isOpen: (runId) => channels.has(runId),
    publish: (runId, event) => channels.get(runId)?.add(event),
    end(runId) {
      channels.get(runId)?.close();
      setTimeout(() => channels.delete(runId), keepAfterEndMs).unref();
    },
    async *watch(runId, signal) {
      const channel = channels.get(runId);
      if (!channel) return;
      let next = 0;
      while (!signal?.aborted) {
        const event = channel.events[next];
        if (event) {
          next += 1;
          yield event;
        } else if (channel.closed) return;
        else await channel.changed(signal);
      }
    },
  };
}

class Channel {
  readonly events: RunEvent[] = [];
  closed = false;
  #waiting: (() => void)[] = [];

  add(event: RunEvent): void {
    this.events.push(event);
    this.#wakeAll();
  }

  close(): void {
    this.closed = true;
    this.#wakeAll();
  }

  changed(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      signal?.addEventListener("abort", () => resolve(), { once: true });
    });
  }

  #wakeAll(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }
}
