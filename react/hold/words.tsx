// The words of a call in its card.
import { useEffect } from "react";
import type { Review } from "../client.js";
import { DraftEditor } from "../draft/editor.js";
import { useDraft } from "../use-draft.js";

/** @param seen is told the call as its words make it: under another hash with each change. */
export function Words({ reviewId, seen }: { reviewId: string; seen(review: Review): void }) {
  const shared = useDraft(reviewId);
  useEffect(() => {
    if (shared.review) seen(shared.review);
  }, [shared.review, seen]);
  if (shared.problem) return <p className="hp-quiet">Its words are finished by a reviewer.</p>;
  return <DraftEditor of={shared} />;
}
