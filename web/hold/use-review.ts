// One review with what stands around it, kept as fresh as the queue.
import { useCallback, useEffect, useState } from "react";
import { api, type Problem, type Review, type ReviewContext } from "../api.js";

export interface Open {
  review: Review | null;
  context: ReviewContext | null;
  problem: Problem | null;
  again(): void;
}

export function useReview(id: string | null, changes: number): Open {
  const [shown, setShown] = useState<{ id: string; review: Review; context: ReviewContext | null } | null>(
    null,
  );
  const [problem, setProblem] = useState<{ id: string; problem: Problem } | null>(null);

  const read = useCallback(async (which: string, isGone: () => boolean) => {
    try {
      const review = await api.review(which);
      if (isGone()) return;
      setProblem(null);
      setShown((before) => ({ id: which, review, context: before?.id === which ? before.context : null }));
      const context = await api.context(which);
      if (!isGone()) setShown({ id: which, review, context });
    } catch (error) {
      if (!isGone()) setProblem({ id: which, problem: error as Problem });
    }
  }, []);

  useEffect(() => {
    if (id === null) return;
    let isGone = false;
    void read(id, () => isGone);
    return () => {
      isGone = true;
    };
  }, [id, changes, read]);

  const isShown = shown !== null && shown.id === id;
  return {
    review: isShown ? shown.review : null,
    context: isShown ? shown.context : null,
    problem: problem !== null && problem.id === id ? problem.problem : null,
    again: () => {
      if (id !== null) void read(id, () => false);
    },
  };
}
