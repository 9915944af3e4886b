// From one hold to all that are like it. It stands in one place whether or not there are others, so that nothing moves when
// the queue's figures come.
import { useState } from "react";
import { api, Problem, type Review } from "../api.js";
import { useKeys } from "../keys.js";
import { go } from "../router.js";

const noOther = "No other that waits is like it.";

/** @param count how many calls of the tool wait, as far as the queue's figures tell; null before they came. */
export function OpenBatch({ review, count }: { review: Review; count: number | null }) {
  const [isBusy, setBusy] = useState(false);
  // What was true of so many need not be of more.
  const [said, setSaid] = useState<{ text: string; of: number | null } | null>(null);
  const isPossible = review.kind === "review" && review.level !== "critical" && !review.draft;
  const isAlone = count !== null && count <= 1;
  const open = async (): Promise<void> => {
    if (isBusy) return;
    setBusy(true);
    try {
      const batch = await api.openBatch(review.id);
      if (batch.members.length > 1) go({ room: "batch", id: batch.id });
      else setSaid({ text: noOther, of: count });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setSaid({ text: error.message, of: count });
    } finally {
      setBusy(false);
    }
  };
  useKeys({ s: isPossible && !isAlone ? () => void open() : undefined });
  if (!isPossible) return null;
  const isOutdated = said !== null && said.of !== null && count !== null && count > said.of;
  const answer = isAlone ? noOther : isOutdated ? null : (said?.text ?? null);
  return (
    <span className="together" role="status">
      {answer !== null ? (
        <span className="muted">{answer}</span>
      ) : (
        <button type="button" className="link" disabled={isBusy} onClick={() => void open()}>
          Decide those that are like it together <kbd>s</kbd>
        </button>
      )}
    </span>
  );
}
