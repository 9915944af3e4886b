import type { Review } from "../api.js";
import { nameOf, type Stoppable } from "./words.js";
import { visible } from "../../react/text.js";

/** Beside a hold: its tool, or its agent, does more of the same. */
export function StopLinks({ review, stop }: { review: Review; stop(what: Stoppable): void }) {
  const those: readonly Stoppable[] = [
    ...(review.kind === "review" || review.kind === "settle"
      ? [{ kind: "tool", name: review.tool } as const]
      : []),
    { kind: "agent", name: review.graphId },
  ];
  return (
    <p className="stop-links">
      {those.map((what) => (
        <button key={what.kind} type="button" className="link" onClick={() => stop(what)}>
          Stop <bdi>{visible(nameOf(what))}</bdi>
        </button>
      ))}
    </p>
  );
}
