// What a run emits while it works. Whoever watches in the process that works on it is told at once; everybody else,
// and whoever comes late or again, reads the same from the table.
import type { Log } from "../kernel/log.js";
import { messageOf } from "../kernel/errors.js";
import type { EventStore, Place, PlacedEvent, RunEvent } from "../storage/event-rows.js";
import type { Run } from "../storage/run-rows.js";
import type { Signals } from "../storage/signals.js";

export interface Recorder {
  publish(event: RunEvent): void;
  /** Writes what is not written yet. To be called before the run is ended in the table. */
  flush(): Promise<void>;
  /** Nothing more comes. */
  end(): void;
}

export interface RunEvents {
  /** Begins to record a run that this process works on. */
  record(run: Run): Recorder;
  /**
   * All events of a run after a place, in order, as they come; ends when the run has ended or (`isOver`) will emit
   * nothing for now.
   */
  watch(
    run: Pick<Run, "id" | "tenant">,
    after: Place,
    isOver: () => Promise<boolean>,
    signal?: AbortSignal,
  ): AsyncGenerator<PlacedEvent>;
}

export const start: Place = { epoch: 0, seq: 0 };

const writeEveryMs = 15;
const pageSize = 500;

/** @param pollMs how often the table is looked at while another process does the work. */
export function createRunEvents(deps: {
  store: EventStore;
  signals: Signals;
  log: Log;
  pollMs: number;
}): RunEvents {
  const channels = new Map<string, Channel>();

  return {
    record(run) {
      const channel = new Channel(run, deps);
      channels.set(run.id, channel);
      return {
        publish: (event) => channel.add(event),
        flush: () => channel.flush(),
        end() {
          channel.close();
          if (channels.get(run.id) === channel) channels.delete(run.id);
        },
      };
    },

    async *watch(run, after, isOver, signal) {
      let at = after;
      while (!signal?.aborted) {
        const live = livingIn(channels, run.id);
        // What is live comes after all that an earlier attempt emitted.
        const until = live?.epoch ?? Number.MAX_SAFE_INTEGER;
        const over = live === undefined && (await isOver());
        // Listened for before the look, so that what is written in between is not missed.
        const word = live || over ? null : deps.signals.next([`run:${run.id}`], deps.pollMs, signal);
        for (;;) {
          const page = await deps.store.read(run.tenant, run.id, at, pageSize);
          for (const event of page) {
            if (event.epoch >= until) break;
            yield event;
            at = event;
          }
          if (page.length < pageSize || (page.at(-1)?.epoch ?? 0) >= until) break;
        }
        if (over) return;
        await word;
        if (!live) continue;
        for await (const event of live.after(at, signal)) {
          yield event;
          at = event;
        }
      }
    },
  };
}

/** Another process has the run of one that is fenced, and tells what comes next in the table. */
function livingIn(channels: ReadonlyMap<string, Channel>, runId: string): Channel | undefined {
  const channel = channels.get(runId);
  return channel?.isFenced ? undefined : channel;
}

/** The events of one attempt, in this process, while it lasts. */
class Channel {
  readonly epoch: number;
  /** Another process has taken the run. */
  isFenced = false;
  readonly #run: Run;
  readonly #deps: { store: EventStore; signals: Signals; log: Log };
  readonly #events: PlacedEvent[] = [];
  #written = 0;
  #writing: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #isClosed = false;
  #waiting: (() => void)[] = [];

  constructor(run: Run, deps: { store: EventStore; signals: Signals; log: Log }) {
    this.#run = run;
    this.epoch = run.epoch;
    this.#deps = deps;
  }

  add(event: RunEvent): void {
    if (this.isFenced) return;
    this.#events.push({ ...event, epoch: this.epoch, seq: this.#events.length + 1 });
    this.#wakeAll();
    this.#timer ??= setTimeout(() => void this.flush(), writeEveryMs);
  }

  async flush(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    // One write at a time, so that what is written has no holes.
    while (this.#writing) await this.#writing;
    if (this.#written === this.#events.length) return;
    this.#writing = this.#write().finally(() => {
      this.#writing = null;
    });
    await this.#writing;
  }

  close(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#isClosed = true;
    this.#wakeAll();
  }

  async *after(place: Place, signal?: AbortSignal): AsyncGenerator<PlacedEvent> {
    let next = place.epoch === this.epoch ? place.seq : 0;
    while (!signal?.aborted) {
      const event = this.#events[next];
      if (event) {
        next += 1;
        yield event;
      } else if (this.#isClosed || this.isFenced) return;
      else await this.#changed(signal);
    }
  }

  async #write(): Promise<void> {
    const batch = this.#events.slice(this.#written);
    try {
      const isOurs = await this.#deps.store.write(this.#run, batch);
      this.#written += batch.length;
      if (!isOurs) this.isFenced = true;
      this.#deps.signals.tell(`run:${this.#run.id}`);
    } catch (error) {
      // Who watches here has them; the next batch takes them along for the others.
      this.#deps.log.warn("events of a run were not written", {
        runId: this.#run.id,
        error: messageOf(error),
      });
    }
    if (this.isFenced) this.#wakeAll();
  }

  #changed(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        signal?.removeEventListener("abort", done);
        resolve();
      };
      this.#waiting.push(done);
      signal?.addEventListener("abort", done, { once: true });
    });
  }

  #wakeAll(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }
}
