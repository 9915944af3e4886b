// How well a score finds what was wrong: whoever looks begins with the highest. Of equal scores none comes first, so a
// share of them holds its share of the wrong ones.
export interface Scored {
  score: number;
  isWrong: boolean;
}

/** What share of the wrong ones is among the `share` with the highest scores. */
export function caughtAt(scored: readonly Scored[], share: number): number {
  const all = scored.filter(({ isWrong }) => isWrong).length;
  let left = share * scored.length;
  let caught = 0;
  for (const { size, wrong } of tiesOf(scored)) {
    const looked = Math.min(left, size);
    caught += (wrong * looked) / size;
    left -= looked;
  }
  return all === 0 ? 1 : caught / all;
}

/** What share has to be looked at to catch this share of the wrong ones. */
export function reviewedFor(scored: readonly Scored[], caught: number): number {
  let wanted = caught * scored.filter(({ isWrong }) => isWrong).length;
  let looked = 0;
  for (const { size, wrong } of tiesOf(scored)) {
    if (wanted <= wrong) return (looked + (wrong === 0 ? 0 : (size * wanted) / wrong)) / scored.length;
    wanted -= wrong;
    looked += size;
  }
  return 1;
}

/** The share of wrong ones among those let through, averaged over every number of them from one to all. Lower is better. */
export function riskUnderCoverage(scored: readonly Scored[]): number {
  let passed = 0;
  let wrongPassed = 0;
  let sum = 0;
  for (const { size, wrong } of tiesOf(scored).toReversed()) {
    for (let nth = 1; nth <= size; nth += 1) sum += (wrongPassed + (wrong * nth) / size) / (passed + nth);
    passed += size;
    wrongPassed += wrong;
  }
  return sum / scored.length;
}

/** What part is let through, and what part of that is wrong, from the fewest to all; where scores are equal, all at once. */
export function riskCurve(scored: readonly Scored[]): { passed: number; risk: number }[] {
  let passed = 0;
  let wrong = 0;
  return tiesOf(scored)
    .toReversed()
    .map((tie) => {
      passed += tie.size;
      wrong += tie.wrong;
      return { passed: passed / scored.length, risk: wrong / passed };
    });
}

interface Tie {
  size: number;
  wrong: number;
}

/** The highest first. */
function tiesOf(scored: readonly Scored[]): Tie[] {
  const ties = new Map<number, Tie>();
  for (const { score, isWrong } of scored) {
    const { size, wrong } = ties.get(score) ?? { size: 0, wrong: 0 };
    ties.set(score, { size: size + 1, wrong: wrong + (isWrong ? 1 : 0) });
  }
  return [...ties].toSorted(([a], [b]) => b - a).map(([, tie]) => tie);
}
