import type { Review } from "../api.js";
import { Keycaps } from "../keycaps.js";
import { useKeys } from "../keys.js";
import { nameOf, type Stoppable } from "./words.js";
import { visible } from "../../react/text.js";

/** Beside a hold: its tool, or its agent, does more of the same. */
export function StopLinks({ review, stop }: { review: Review; stop(what: Stoppable): void }) {
  const agent = { kind: "agent", name: review.graphId } as const;
  const tool =
    review.kind === "review" || review.kind === "settle"
      ? ({ kind: "tool", name: review.tool } as const)
      : null;
  useKeys({ "x a": () => stop(agent), ...(tool ? { "x t": () => stop(tool) } : {}) });
  const those: readonly (readonly [string, Stoppable])[] = [
    ...(tool ? [["x t", tool] as const] : []),
    ["x a", agent],
  ];
  return (
    <p className="stop-links">
      {those.map(([keys, what]) => (
        <button key={what.kind} type="button" className="link" onClick={() => stop(what)}>
          Stop <bdi>{visible(nameOf(what))}</bdi> <Keycaps of={keys} />
        </button>
      ))}
    </p>
  );
}
