// What a run emits while it works. Whoever watches in the process that works on it is told at once; everybody else,
// and whoever comes late or again, reads the same from the table.
import type { Log } from "../kernel/log.js";
import { messageOf } from "../kernel/errors.js";
import type { EventStore, Place, PlacedEvent, RunEvent } from "../storage/event-rows.js";
import type { Run } from "../storage/run-rows.js";
import type { Signals } from "../storage/signals.js";
import { createFollowers, pagesAfter, type FollowerDeps, type WatchedRun } from "./follower.js";
import { Tail } from "./tail.js";

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
   * All events of a run after a place, in order, as they come; ends when the run has ended or will emit nothing for now.
   * All who watch one run that another process works on are told by one look at the table.
   */
  watch(run: WatchedRun, after: Place, signal?: AbortSignal): AsyncGenerator<PlacedEvent>;
}

export const start: Place = { epoch: 0, seq: 0 };

const writeEveryMs = 15;

export function createRunEvents(
  deps: FollowerDeps & { store: EventStore; signals: Signals; log: Log },
): RunEvents {
  const channels = new Map<string, Channel>();
  const follow = createFollowers(deps, (runId) => livingIn(channels, runId) !== undefined);

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

    async *watch(run, after, signal) {
      let at = after;
      while (!signal?.aborted) {
        const live = livingIn(channels, run.id);
        if (live) {
          for await (const event of allOf(run, live, at, signal)) {
            yield event;
            at = event;
          }
          continue;
        }
        const following = follow(run, at);
        try {
          for await (const event of following.tail.after(at, signal)) {
            yield event;
            at = event;
          }
          if (following.isOver) return;
        } finally {
          following.leave();
        }
      }
    },
  };

  /** What is live comes after all that an earlier attempt emitted. */
  async function* allOf(
    run: WatchedRun,
    live: Channel,
    after: Place,
    signal?: AbortSignal,
  ): AsyncGenerator<PlacedEvent> {
    if (live.epoch > 1)
      for await (const page of pagesAfter(deps.store, run, after))
        for (const event of page) if (event.epoch < live.epoch) yield event;
    yield* live.tail.after(after, signal);
  }
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
  readonly tail = new Tail();
  #written = 0;
  #writing: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(run: Run, deps: { store: EventStore; signals: Signals; log: Log }) {
    this.#run = run;
    this.epoch = run.epoch;
    this.#deps = deps;
  }

  add(event: RunEvent): void {
    if (this.isFenced) return;
    this.tail.add({ ...event, epoch: this.epoch, seq: this.tail.length + 1 });
    this.#timer ??= setTimeout(() => void this.flush(), writeEveryMs);
  }

  async flush(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    // One write at a time, so that what is written has no holes.
    while (this.#writing) await this.#writing;
    if (this.#written === this.tail.length) return;
    this.#writing = this.#write().finally(() => {
      this.#writing = null;
    });
    await this.#writing;
  }

  close(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.tail.end();
  }

  async #write(): Promise<void> {
    const batch = this.tail.from(this.#written);
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
    if (this.isFenced) this.tail.end();
  }
}
