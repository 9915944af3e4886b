// What was decided here and may still be taken back. The server says so, also after a reload of the page.
import { useCallback, useEffect, useState } from "react";
import { api, Problem, type Review } from "../api.js";
import { useSecondsUntil } from "../clock.js";

export interface Undo {
  /** The last decision that may be taken back; null where there is none. */
  review: Review | null;
  secondsLeft: number;
  /** Why one could not be taken back. */
  problem: string | null;
  /** A decision was made here. */
  decided(review: Review): void;
  undo(): void;
}

/** @param changes rises with every change of the queue. */
export function useUndo(changes: number, reopened: (review: Review) => void): Undo {
  const [pending, setPending] = useState<Review[]>([]);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    let isOld = false;
    api.deciding().then(
      ({ items }) => {
        if (!isOld) setPending(items);
      },
      // The page says elsewhere that the server is away; what is known stays.
      () => undefined,
    );
    return () => {
      isOld = true;
    };
  }, [changes]);

  const latest =
    pending.toSorted((a, b) => (a.decidedAt ?? "").localeCompare(b.decidedAt ?? "")).at(-1) ?? null;
  const secondsLeft = useSecondsUntil(latest?.decidingUntil ?? null);
  const review = secondsLeft > 0 ? latest : null;
  const forget = (id: string): void => setPending((before) => before.filter((one) => one.id !== id));
  return {
    review,
    secondsLeft,
    problem,
    decided: useCallback((one: Review) => {
      setProblem(null);
      if (one.decidingUntil !== null)
        setPending((before) => [...before.filter(({ id }) => id !== one.id), one]);
    }, []),
    undo() {
      if (!review) return;
      forget(review.id);
      api.undo(review.id).then(reopened, (error: unknown) => {
        if (!(error instanceof Problem)) throw error;
        setProblem(
          `${error.code === "undo_too_late" ? "Too late to take it back" : error.message}: ${review.title}`,
        );
      });
    },
  };
}
