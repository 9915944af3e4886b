// A thread, turn by turn: how many there are is known from the first answer, and each page is read when it comes into
// view. When the thread has changed, what is in view is read again, and what is not is forgotten.
import { useCallback, useEffect, useRef, useState } from "react";
import { api, type Problem, type Story, type StoryMark, type StoryTurn } from "../api.js";
import { useEvents } from "../use-events.js";

const pageSize = 60;
const retryMs = 1_000;

export interface ReadStory {
  thread: Story["thread"] | null;
  total: number;
  turns: ReadonlyMap<number, StoryTurn>;
  waiting: Story["waiting"];
  moments: Story["moments"];
  problem: Problem | null;
  isAtWork: boolean;
  isConnected: boolean;
  again(): void;
  /** What is in view: turns from … to. */
  see(first: number, last: number): void;
}

interface Read {
  thread: Story["thread"];
  total: number;
  waiting: Story["waiting"];
  moments: Story["moments"];
  turns: Map<number, StoryTurn>;
}

export function useStory(threadId: string): ReadStory {
  const told = useEvents<StoryMark>("story", threadId, () => api.storyMarks(threadId));
  const [read, setRead] = useState<Read | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const inView = useRef({ first: 0, last: -1 });
  const beingRead = useRef(new Set<number>());
  const latest = useRef(0);

  const readAgain = useCallback(async () => {
    const turn = (latest.current += 1);
    beingRead.current.clear();
    try {
      const newest = await api.story(threadId, null, pageSize);
      const from = newest.turns[0]?.index ?? 0;
      const older = await Promise.all(
        pagesOf(inView.current, Math.min(from, newest.total)).map((page) => pageAt(threadId, page)),
      );
      if (turn !== latest.current) return;
      setRead({
        thread: newest.thread,
        total: newest.total,
        waiting: newest.waiting,
        moments: newest.moments,
        turns: byPlace([...older, newest]),
      });
      setProblem(null);
    } catch (error) {
      if (turn !== latest.current) return;
      setProblem(error as Problem);
      if ((error as Problem).code === "away") setTimeout(() => void readAgain(), retryMs);
    }
  }, [threadId]);

  const mark = told.seen?.mark;
  useEffect(() => {
    void readAgain();
    return () => {
      latest.current += 1;
    };
  }, [readAgain, mark, told.isConnected]);

  const turns = read?.turns ?? none;
  const total = read?.total ?? 0;
  const see = useCallback(
    (first: number, last: number) => {
      inView.current = { first, last };
      const turn = latest.current;
      for (const page of pagesOf({ first, last }, total)) {
        const isThere = everyOf(page, total, (index) => turns.has(index));
        if (isThere || beingRead.current.has(page)) continue;
        beingRead.current.add(page);
        pageAt(threadId, page)
          .then((story) => {
            if (turn !== latest.current) return;
            setRead(
              (before) => before && { ...before, turns: new Map([...before.turns, ...byPlace([story])]) },
            );
          })
          // It is asked for again with the next move.
          .catch(() => {})
          .finally(() => beingRead.current.delete(page));
      }
    },
    [threadId, turns, total],
  );

  return {
    thread: read?.thread ?? null,
    total,
    turns,
    waiting: read?.waiting ?? [],
    moments: read?.moments ?? [],
    problem: read ? null : problem,
    isAtWork: told.seen?.isAtWork ?? false,
    isConnected: told.isConnected && problem?.code !== "away",
    again: () => void readAgain(),
    see,
  };
}

const none: ReadonlyMap<number, StoryTurn> = new Map();

function pageAt(threadId: string, page: number): Promise<Story> {
  return api.story(threadId, (page + 1) * pageSize, pageSize);
}

/** The pages that hold these turns, as far as there are any. */
function pagesOf({ first, last }: { first: number; last: number }, total: number): number[] {
  const end = Math.min(last, total - 1);
  if (end < first) return [];
  const from = Math.floor(Math.max(0, first) / pageSize);
  return Array.from({ length: Math.floor(end / pageSize) - from + 1 }, (_, index) => from + index);
}

function everyOf(page: number, total: number, isTrue: (index: number) => boolean): boolean {
  for (let index = page * pageSize; index < Math.min(total, (page + 1) * pageSize); index++)
    if (!isTrue(index)) return false;
  return true;
}

function byPlace(stories: readonly Story[]): Map<number, StoryTurn> {
  return new Map(stories.flatMap(({ turns }) => turns.map((turn) => [turn.index, turn] as const)));
}
