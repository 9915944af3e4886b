// One review with what stands around it, kept as fresh as the queue.
import { useCallback, useEffect, useRef, useState } from "react";
import type { DecisionRequest, HoldpointProblem, Review, ReviewContext } from "./client.js";
import { useHoldpoint } from "./provider.js";
import { useQueueLive } from "./use-queue-live.js";

export interface Hold {
  review: Review | null;
  /** Why it was held, what it rests on, what was decided of its like. */
  context: ReviewContext | null;
  problem: HoldpointProblem | null;
  again(): void;
  /** What was learned of it otherwise, as by changing its words. */
  see(review: Review): void;
  /**
   * On the arguments that are shown, where no other hash is said. Throws a `HoldpointProblem`; the same decision again is
   * the same decision.
   */
  decide(decision: Omit<DecisionRequest, "argsHash"> & { argsHash?: string }): Promise<Review>;
}

export function useHold(id: string | null): Hold {
  const client = useHoldpoint();
  const { changes } = useQueueLive();
  const [shown, setShown] = useState<{ id: string; review: Review; context: ReviewContext | null } | null>(
    null,
  );
  const [problem, setProblem] = useState<{ id: string; problem: HoldpointProblem } | null>(null);
  const attempt = useRef<{ said: string; key: string } | null>(null);

  const read = useCallback(
    async (which: string, isGone: () => boolean) => {
      try {
        const review = await client.review(which);
        if (isGone()) return;
        setProblem(null);
        setShown((before) => ({ id: which, review, context: before?.id === which ? before.context : null }));
        const context = await client.context(which);
        if (!isGone()) setShown({ id: which, review, context });
      } catch (error) {
        if (!isGone()) setProblem({ id: which, problem: error as HoldpointProblem });
      }
    },
    [client],
  );

  useEffect(() => {
    if (id === null) return;
    let isGone = false;
    void read(id, () => isGone);
    return () => {
      isGone = true;
    };
  }, [id, changes, read]);

  const see = useCallback(
    (now: Review) =>
      setShown((before) =>
        before?.id === now.id && before.review.version <= now.version ? { ...before, review: now } : before,
      ),
    [],
  );

  const review = shown !== null && shown.id === id ? shown.review : null;
  return {
    review,
    context: review && shown ? shown.context : null,
    problem: problem !== null && problem.id === id ? problem.problem : null,
    again: () => {
      if (id !== null) void read(id, () => false);
    },
    see,
    async decide(decision) {
      if (!review) throw new Error("There is nothing here yet to decide on.");
      const body = { argsHash: review.argsHash, ...decision };
      const said = JSON.stringify([review.id, review.version, body]);
      // The same answer again after a lost connection is the same decision.
      if (attempt.current?.said !== said) attempt.current = { said, key: crypto.randomUUID() };
      const after = await client.decide(review.id, body, attempt.current.key);
      see(after);
      return after;
    },
  };
}
