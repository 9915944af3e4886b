import { visible } from "../../react/text.js";
import { done } from "../words.js";
import type { Undo } from "./use-undo.js";

/** What was done last, and what may be taken back and for how long. Focus never lands on Undo: a spare Enter must not undo. */
export function UndoLine({ undo, last }: { undo: Undo; last: string | null }) {
  const { review, secondsLeft, problem } = undo;
  const decided = review && `${done[review.decision?.type ?? ""] ?? "Decided"}: ${review.title}`;
  const said = problem ?? last;
  return (
    <div role="status" className="lines">
      {(!review || (said !== null && said !== decided)) && (
        <p className="line">
          <bdi>{visible(said ?? "")}</bdi>
        </p>
      )}
      {review && (
        <p className="line last-done">
          <bdi>{visible(decided ?? "")}</bdi>
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
          {/* Not said: it would be said again each second. */}
          <span className="left" aria-hidden="true">
            {secondsLeft} s
          </span>
        </p>
      )}
    </div>
  );
}
