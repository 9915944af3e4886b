// Which scores lead to whom, where a call does not run by its score.
import type { PolicyInForce } from "../../src/http/contract.js";

export interface ScoreRange {
  from: number;
  /** Null: up to what its kind has earned. */
  below: number | null;
  /** Who looks at it; of what is refused, at what is shown by chance. */
  tier: string;
  isRefused: boolean;
}

/** The highest first. Together they are all scores there are. */
export function rangesOf(
  { bands, refuseBelow }: Pick<NonNullable<PolicyInForce["routing"]>, "bands" | "refuseBelow">,
  defaultTier: string,
): ScoreRange[] {
  const edges = [...bands.map(({ below }) => below), ...(refuseBelow === null ? [] : [refuseBelow])];
  const starts = [...new Set([0, ...edges])].toSorted((a, b) => b - a);
  return starts.map((from, at) => ({
    from,
    below: starts[at - 1] ?? null,
    tier: bands.find(({ below }) => from < below)?.tier ?? defaultTier,
    isRefused: refuseBelow !== null && from < refuseBelow,
  }));
}
