// Votes as whoever asks may see them.
import type { Principal } from "../../kernel/principal.js";
import { isTogether, type Panel } from "../../policies/panel.js";
import type { Review } from "../../review/types.js";
import type * as wire from "../contract.js";
import { personToWire } from "./person.js";

export function panelToWire({ turns, veto, ...panel }: Panel): wire.Panel {
  return { ...panel, turns: turns && [...turns], veto: [...veto] };
}

/** @param viewer who has not voted sees of a blind vote that others have, and neither who nor what. Null: nobody known. */
export function votesToWire(review: Review, viewer: Principal | null): wire.Votes | null {
  const { panel, votes } = review;
  if (!isTogether(panel)) return null;
  const isHidden = panel.blind && isWaiting(review) && !votes.some(({ by }) => by.id === viewer?.id);
  return {
    given: votes.length,
    approvals: isHidden ? null : votes.filter(({ type }) => type === "approve").length,
    items: isHidden
      ? []
      : votes.map(({ type, by, reason, message, at, undoUntil }) => ({
          type,
          by: personToWire(by),
          reason,
          message,
          at: at.toISOString(),
          undoUntil: undoUntil?.toISOString() ?? null,
        })),
  };
}

function isWaiting({ status }: Review): boolean {
  return status === "open" || status === "claimed";
}
