import { visible } from "../text.js";
import { done } from "../words.js";
import type { Undo } from "./use-undo.js";

/** What was done last, and for how long it may be taken back. Focus never lands on Undo: a spare Enter must not undo. */
export function UndoLine({ undo, last }: { undo: Undo; last: string | null }) {
  const { review, secondsLeft, problem } = undo;
  const text = review
    ? `${done[review.decision?.type ?? ""] ?? "Decided"}: ${review.title}`
    : (problem ?? last ?? "");
  return (
    <div className="line last-done">
      <p role="status">
        <bdi>{visible(text)}</bdi>
      </p>
      {review && (
        <>
          <button
            type="button"
            className="link"
            tabIndex={-1}
            aria-keyshortcuts="u"
            onMouseDown={(event) => event.preventDefault()}
            onClick={undo.undo}
          >
            Undo <kbd>u</kbd>
          </button>
          <span className="left" aria-hidden="true">
            {secondsLeft} s
          </span>
        </>
      )}
    </div>
  );
}
