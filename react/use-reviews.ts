// The queue, page by page. When it changes, the pages in view are read again; the others when they come into view.
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { HoldpointProblem, QueueFilter, Review } from "./client.js";
import { useHoldpoint } from "./provider.js";
import { useQueueLive, type Live } from "./use-queue-live.js";

const pageSize = 100;

const retryMs = 1_000;

interface Page {
  after: string | null;
  items: Review[];
  next: string | null;
  /** When it was asked for: of two answers the one that was asked for later counts. */
  turn: number;
}

export interface Reviews {
  /** The gravest first; of these what has the least time left, then the oldest. */
  items: readonly Review[];
  state: "loading" | "ready" | "failed";
  problem: HoldpointProblem | null;
  live: Live;
  hasMore: boolean;
  more(): void;
  /** What is in view: rows from … to. */
  see(first: number, last: number): void;
  /** Takes one out that was just decided here; the server's word follows. */
  drop(id: string): void;
}

const everything: QueueFilter = {};

/** What waits for a person, live. */
export function useReviews(filter: QueueFilter = everything): Reviews {
  const client = useHoldpoint();
  const live = useQueueLive();
  const [pages, setPages] = useState<Page[]>([]);
  const [state, setState] = useState<Reviews["state"]>("loading");
  const [problem, setProblem] = useState<HoldpointProblem | null>(null);
  const inView = useRef({ first: 0, last: 0 });
  const turns = useRef(0);
  const beingRead = useRef(new Set<string | null>());
  const [, again] = useState(0);
  const current = useRef<Page[]>([]);
  current.current = pages;
  // Whoever gives the same filter again means the same queue.
  const asked = JSON.stringify(filter);

  const read = useCallback(
    async (afters: readonly (string | null)[], isGone: () => boolean) => {
      const turn = (turns.current += 1);
      for (const after of afters) beingRead.current.add(after);
      try {
        const read = await Promise.all(
          afters.map(async (after) => ({
            after,
            turn,
            ...(await client.queue(JSON.parse(asked) as QueueFilter, after, pageSize)),
          })),
        );
        if (isGone()) return;
        setPages((before) => merged(before, read));
        setState("ready");
        setProblem(null);
      } catch (error) {
        if (isGone()) return;
        setProblem(error as HoldpointProblem);
        setState((before) => (before === "ready" ? "ready" : "failed"));
        await new Promise((resolve) => setTimeout(resolve, retryMs));
      } finally {
        for (const after of afters) beingRead.current.delete(after);
        if (!isGone()) again((count) => count + 1);
      }
    },
    [client, asked],
  );

  // Answers to an earlier filter say nothing any more.
  const gone = useRef<() => boolean>(() => true);
  useEffect(() => {
    let isOver = false;
    const isGone = (): boolean => isOver;
    gone.current = isGone;
    beingRead.current.clear();
    setState("loading");
    setPages([]);
    void read([null], isGone);
    return () => {
      isOver = true;
    };
  }, [read]);

  const { changes } = live;
  useEffect(() => {
    if (changes === 0) return;
    const seen = pagesInView(current.current, inView.current).map(({ after }) => after);
    void read([null, ...seen.filter((after) => after !== null)], gone.current);
  }, [changes, read]);

  const items = useMemo(() => {
    const byId = new Map(pages.flatMap((page) => page.items).map((item) => [item.id, item]));
    return [...byId.values()];
  }, [pages]);
  const next = pages.at(-1)?.next ?? null;

  return {
    items,
    state,
    problem,
    live,
    hasMore: next !== null,
    more() {
      if (next !== null && !beingRead.current.has(next)) void read([next], gone.current);
    },
    see(first, last) {
      inView.current = { first, last };
    },
    drop(id) {
      setPages((before) =>
        before.map((page) => ({ ...page, items: page.items.filter((item) => item.id !== id) })),
      );
    },
  };
}

/** Each page in its place; one that follows none that is there is of a list that has changed since. */
function merged(before: readonly Page[], read: readonly Page[]): Page[] {
  const pages = [...before];
  for (const page of read) {
    const at = pages.findIndex(({ after }) => after === page.after);
    const known = pages[at];
    if (known) pages[at] = known.turn > page.turn ? known : page;
    else if (page.after === null || pages.at(-1)?.next === page.after) pages.push(page);
  }
  return pages;
}

function pagesInView(pages: readonly Page[], { first, last }: { first: number; last: number }): Page[] {
  let from = 0;
  return pages.filter(({ items }) => {
    const begin = from;
    from += items.length;
    return begin <= last && from > first;
  });
}
