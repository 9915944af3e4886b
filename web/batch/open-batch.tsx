// From one hold to all that are like it.
import { useState } from "react";
import { api, Problem, type Review } from "../api.js";
import { useKeys } from "../keys.js";
import { go } from "../router.js";

/** @param count how many calls of the tool wait, as far as the queue's figures tell. */
export function OpenBatch({ review, count }: { review: Review; count: number }) {
  const [isBusy, setBusy] = useState(false);
  const [said, setSaid] = useState<string | null>(null);
  const isPossible = review.kind === "review" && review.level !== "critical" && count > 1;
  const open = async (): Promise<void> => {
    if (isBusy) return;
    setBusy(true);
    try {
      const batch = await api.openBatch(review.id);
      if (batch.members.length > 1) go({ room: "batch", id: batch.id });
      else setSaid("No other that waits is like it.");
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setSaid(error.message);
    } finally {
      setBusy(false);
    }
  };
  useKeys({ s: isPossible ? () => void open() : undefined });
  if (!isPossible) return null;
  return (
    <p className="together" role="status">
      {said ?? (
        <button type="button" className="link" disabled={isBusy} onClick={() => void open()}>
          Decide those that are like it together <kbd>s</kbd>
        </button>
      )}
    </p>
  );
}
