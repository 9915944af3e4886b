// The queue, page by page. When it changes, the pages in view are read again; the others when they come into view.
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { api, type Problem, type QueueFilter, type Review } from "./api.js";

const pageSize = 100;

interface Page {
  after: string | null;
  items: Review[];
  next: string | null;
}

export interface Queue {
  items: readonly Review[];
  state: "loading" | "ready" | "failed";
  problem: Problem | null;
  hasMore: boolean;
  more(): void;
  /** What is in view: rows from … to. */
  see(first: number, last: number): void;
  /** Takes one out that was just decided here; the server's word follows. */
  drop(id: string): void;
}

export function useQueue(filter: QueueFilter, changes: number, isOn: boolean): Queue {
  const [pages, setPages] = useState<Page[]>([]);
  const [state, setState] = useState<Queue["state"]>("loading");
  const [problem, setProblem] = useState<Problem | null>(null);
  const inView = useRef({ first: 0, last: 0 });
  const asked = useRef(0);
  const current = useRef<Page[]>([]);
  current.current = pages;
  const { level, tool, tier } = filter;

  const read = useCallback(
    async (afters: readonly (string | null)[], keep: readonly Page[]) => {
      const turn = (asked.current += 1);
      try {
        const read = await Promise.all(
          afters.map(async (after) => ({
            after,
            ...(await api.queue({ level, tool, tier }, after, pageSize)),
          })),
        );
        // An answer that was overtaken says nothing any more.
        if (turn !== asked.current) return;
        const kept = keep.map((page) => read.find(({ after }) => after === page.after) ?? page);
        const added = read.filter(({ after }) => !keep.some((page) => page.after === after));
        setPages([...kept, ...added]);
        setState("ready");
        setProblem(null);
      } catch (error) {
        if (turn !== asked.current) return;
        setProblem(error as Problem);
        setState((before) => (before === "ready" ? "ready" : "failed"));
      }
    },
    [level, tool, tier],
  );

  useEffect(() => {
    if (!isOn) return;
    setState("loading");
    setPages([]);
    void read([null], []);
  }, [read, isOn]);

  useEffect(() => {
    if (!isOn || changes === 0) return;
    const seen = pagesInView(current.current, inView.current);
    void read([null, ...seen.map(({ after }) => after).filter((after) => after !== null)], current.current);
  }, [changes, read, isOn]);

  const items = useMemo(() => {
    const byId = new Map(pages.flatMap((page) => page.items).map((item) => [item.id, item]));
    return [...byId.values()];
  }, [pages]);
  const next = pages.at(-1)?.next ?? null;

  return {
    items,
    state,
    problem,
    hasMore: next !== null,
    more() {
      if (next !== null && !pages.some(({ after }) => after === next)) void read([next], current.current);
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

function pagesInView(pages: readonly Page[], { first, last }: { first: number; last: number }): Page[] {
  let from = 0;
  return pages.filter(({ items }) => {
    const begin = from;
    from += items.length;
    return begin <= last && from > first;
  });
}
