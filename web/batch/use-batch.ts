// A batch as it stands on the server, read again whenever the queue changes.
import { useCallback, useEffect, useState } from "react";
import { api, Problem, type Batch, type BatchOutcomes } from "../api.js";
import { useQueueLive } from "../../react/use-queue-live.js";

export interface OpenBatch {
  batch: Batch | null;
  /** What became of each, once it was decided here. */
  outcomes: BatchOutcomes["items"] | null;
  problem: Problem | null;
  isBusy: boolean;
  look(reviewId: string): Promise<void>;
  /** Resolves with the batch that takes its place. */
  object(reviewId: string): Promise<Batch | null>;
  decide(type: "approve" | "reject", reason: string): Promise<void>;
}

export function useBatch(id: string): OpenBatch {
  const { changes } = useQueueLive();
  const [batch, setBatch] = useState<Batch | null>(null);
  const [outcomes, setOutcomes] = useState<BatchOutcomes["items"] | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isBusy, setBusy] = useState(false);
  // Rises with each answer to what was done here: a read that was on its way before it may know less.
  const [done, setDone] = useState(0);

  useEffect(() => {
    let isGone = false;
    api.batch(id).then(
      (now) => {
        if (!isGone) setBatch(now);
      },
      (error: unknown) => {
        if (!isGone) setProblem(error as Problem);
      },
    );
    return () => {
      isGone = true;
    };
  }, [id, changes, done]);

  const attempt = useCallback(async <T>(work: () => Promise<T>): Promise<T | null> => {
    setBusy(true);
    setProblem(null);
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
      return null;
    } finally {
      setBusy(false);
    }
  }, []);

  return {
    batch,
    outcomes,
    problem,
    isBusy,
    look: async (reviewId) => {
      const now = await attempt(() => api.lookAt(id, reviewId));
      if (!now) return;
      setBatch(now);
      setDone((before) => before + 1);
    },
    object: (reviewId) => attempt(() => api.objectTo(id, reviewId)),
    decide: async (type, reason) => {
      const answer = await attempt(() => api.decideBatch(id, type, reason));
      if (!answer) return;
      setOutcomes(answer.items);
      setBatch(await api.batch(id));
    },
  };
}
