// The events of a run as far as they have come, for any number of readers that go through them at their own pace.
import type { Place, PlacedEvent } from "../storage/event-rows.js";

export class Tail {
  readonly #events: PlacedEvent[] = [];
  readonly #waiting = new Set<() => void>();
  #end: { fault?: unknown } | null = null;

  get length(): number {
    return this.#events.length;
  }

  get isEnded(): boolean {
    return this.#end !== null;
  }

  /** Each after all that came before it. */
  add(...events: readonly PlacedEvent[]): void {
    this.#events.push(...events);
    this.#wakeAll();
  }

  /** Nothing more comes. With a fault, readers meet it once they have read what there is. */
  end(fault?: unknown): void {
    this.#end ??= fault === undefined ? {} : { fault };
    this.#wakeAll();
  }

  from(index: number): PlacedEvent[] {
    return this.#events.slice(index);
  }

  /** Whether it ended or its reader has left. */
  async *after(place: Place, signal?: AbortSignal): AsyncGenerator<PlacedEvent> {
    let next = 0;
    while (!signal?.aborted) {
      const event = this.#events[next];
      if (event) {
        next += 1;
        if (isAfter(event, place)) yield event;
      } else if (this.#end) {
        if ("fault" in this.#end) throw this.#end.fault;
        return;
      } else await this.#changed(signal);
    }
  }

  #changed(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#waiting.delete(done);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      this.#waiting.add(done);
      signal?.addEventListener("abort", done, { once: true });
    });
  }

  #wakeAll(): void {
    for (const wake of this.#waiting) wake();
  }
}

export function isAfter(one: Place, other: Place): boolean {
  return one.epoch > other.epoch || (one.epoch === other.epoch && one.seq > other.seq);
}
