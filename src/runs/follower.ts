// Follows a run that another process works on, in the table, for all who watch it here. It looks as long as somebody does.
import type { EventStore, Place, PlacedEvent } from "../storage/event-rows.js";
import type { Run } from "../storage/run-rows.js";
import type { Signals } from "../storage/signals.js";
import { isAfter, Tail } from "./tail.js";

export interface FollowerDeps {
  store: Pick<EventStore, "read">;
  signals: Pick<Signals, "next">;
  /** How often the table is looked at when nothing is heard. */
  pollMs: number;
  /** Has a run ended, or will it emit nothing for now? */
  isOver(run: WatchedRun): Promise<boolean>;
}

export type WatchedRun = Pick<Run, "id" | "tenant">;

export const pageSize = 500;

/** One watcher's part in it. */
export interface Following {
  readonly tail: Tail;
  /** It ended because the run is over, and not because this process has taken the run. */
  readonly isOver: boolean;
  leave(): void;
}

/** @param isHere has this process taken the run? Its events are then told without the table. */
export function createFollowers(
  deps: FollowerDeps,
  isHere: (runId: string) => boolean,
): (run: WatchedRun, after: Place) => Following {
  const followers = new Map<string, Follower>();

  return (run, after) => {
    const known = followers.get(keyOf(run));
    // One that began at a later place may never have seen what this watcher lacks.
    const follower = known && !isAfter(known.begin, after) ? known : begin(run, after);
    follower.watchers += 1;
    return {
      tail: follower.tail,
      get isOver() {
        return follower.isOver;
      },
      leave() {
        follower.watchers -= 1;
        if (follower.watchers > 0) return;
        forget(run, follower);
        follower.stopping.abort();
      },
    };
  };

  function begin(run: WatchedRun, after: Place): Follower {
    const follower: Follower = {
      begin: after,
      tail: new Tail(),
      watchers: 0,
      isOver: false,
      stopping: new AbortController(),
    };
    followers.set(keyOf(run), follower);
    void follow(run, follower)
      .finally(() => forget(run, follower))
      .then(
        () => follower.tail.end(),
        (fault: unknown) => follower.tail.end(fault),
      );
    return follower;
  }

  async function follow(run: WatchedRun, follower: Follower): Promise<void> {
    const { signal } = follower.stopping;
    let at = follower.begin;
    while (!signal.aborted && !isHere(run.id)) {
      follower.isOver = await deps.isOver(run);
      // Whoever comes from now on looks for themselves: it may have gone on meanwhile.
      if (follower.isOver) forget(run, follower);
      // Listened for before the look, so that what is written in between is not missed.
      const word = follower.isOver ? null : deps.signals.next([`run:${run.id}`], deps.pollMs, signal);
      for await (const page of pagesAfter(deps.store, run, at)) {
        follower.tail.add(...page);
        at = page.at(-1) ?? at;
      }
      if (!word) return;
      await word;
    }
  }

  function forget(run: WatchedRun, follower: Follower): void {
    if (followers.get(keyOf(run)) === follower) followers.delete(keyOf(run));
  }
}

/** Who names a run of another tenant finds nothing, also while that tenant watches it. */
const keyOf = ({ tenant, id }: WatchedRun): string => `${id} ${tenant}`;

interface Follower {
  begin: Place;
  tail: Tail;
  watchers: number;
  isOver: boolean;
  stopping: AbortController;
}

export async function* pagesAfter(
  store: Pick<EventStore, "read">,
  { tenant, id }: WatchedRun,
  after: Place,
): AsyncGenerator<PlacedEvent[]> {
  for (let at = after; ; ) {
    const page = await store.read(tenant, id, at, pageSize);
    yield page;
    const last = page.at(-1);
    if (!last || page.length < pageSize) return;
    at = last;
  }
}
