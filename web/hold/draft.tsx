// The words of a call, written together. Then the call can be released.
import { DraftEditor } from "../../react/draft/editor.js";
import { useDraft } from "../../react/use-draft.js";
import { useEffect } from "react";
import type { Review } from "../api.js";
import { useKeys } from "../keys.js";
import { Section } from "./section.js";

/** @param see the call under its new words, and so under another hash: what is decided is what stands here. */
export function DraftCard({
  review,
  mayWrite,
  see,
}: {
  review: Review;
  mayWrite: boolean;
  see(review: Review): void;
}) {
  const shared = useDraft(review.id, review);
  useEffect(() => {
    if (shared.review) see(shared.review);
  }, [shared.review, see]);
  useKeys({ w: () => document.querySelector<HTMLElement>(".hp-draft")?.focus() });
  return (
    <Section
      title={
        <>
          The words <kbd>w</kbd>
        </>
      }
      id="draft"
    >
      <DraftEditor
        of={shared}
        mayWrite={mayWrite}
        left={() => document.getElementById("hold-title")?.focus()}
      />
    </Section>
  );
}
