// What a replay found, in sentences for whoever has to approve the policy that it tried.
import {
  outcomes,
  type BeforeAfter,
  type Outcome,
  type ReplayFigures,
  type Verdict,
} from "../review/policy-replay.js";

interface Extent {
  /** How many calls there are. */
  total: number;
  isWhole: boolean;
  days: number;
}

const mostMoves = 5;

export function figuresInWords(figures: ReplayFigures, { total, isWhole, days }: Extent): string[] {
  const { calls, changed, held, load, known, moves, unknowable } = figures;
  if (total === 0) return [`No call of the last ${days} days is on record, so it was tried on none.`];
  const notKnown = Object.values(unknowable).reduce((sum, one) => sum + one, 0);
  const stopped = outcomes.filter((one) => known[one].calls > 0);
  return [
    `Of ${total} calls of the last ${days} days, ${calls} were judged again by it: ${changed} would have had another verdict.`,
    ...(isWhole
      ? []
      : ["It was stopped before it had looked at all of them. `holdpoint policy replay` looks at all."]),
    ...(notKnown > 0 ? [`Of ${notKnown} it cannot be told.`] : []),
    `Held for a person: ${fromTo(held)}.`,
    ...Object.entries(load).map(([tier, one]) => `Waiting for ${tier}: ${fromTo(one)}.`),
    ...moves
      .toSorted((a, b) => b.calls - a.calls)
      .slice(0, mostMoves)
      .map(({ from, to, calls: moved }) => `${verdict(from)} becomes ${verdict(to)}: ${moved}.`),
    ...stopped.map(
      (one) => `Of ${known[one].calls} that ${since[one]}, held or refused: ${fromTo(known[one].stopped)}.`,
    ),
  ];
}

const since: Record<Outcome, string> = {
  rejected: "people rejected",
  edited: "people changed first",
  failed: "failed",
  approved: "people approved as they were",
};

function fromTo({ before, after }: BeforeAfter): string {
  return before === after ? `${after}, as before` : `${after} instead of ${before}`;
}

function verdict({ route, tier, level }: Verdict): string {
  return `${route}${tier === null ? "" : ` by ${tier}`} (${level})`;
}
