// Whether what runs without a person is wrong more often than was certified: a bet against "no more than maxError of it is
// wrong", raised with each call that would have run and was shown to a person by chance.
//
// A test martingale by betting (Waudby-Smith and Ramdas 2021), used to track a risk as Podkopaev and Ramdas do (2021): while
// the hypothesis is true, the capital never reaches 1 ÷ alpha with a probability of more than alpha, at whatever moment one
// looks (Ville 1939). Part of the capital is kept back and staked little by little, so that a long calm does not use up what
// is needed to notice a change that comes late.
//
// Calls of one conversation are wrong together, so a conversation is seen here once, by the share of what was looked at in
// it that was wrong: a thousand right calls of one do not use up what is needed to notice that others are wrong.

/** As JSON it goes into a row and comes back the same. */
export interface Drift {
  /** How many conversations were looked at. */
  audits: number;
  /** What each bet has made of what was staked on it. */
  staked: readonly number[];
  /** The highest that the whole capital has been; it began as 1. */
  peak: number;
  /** The smallest probability with which one of the calls was looked at. */
  leastProbability: number;
}

export interface Audited {
  /** 0 … 1: the share of the conversation's looks in which the call was wrong. */
  wrong: number;
  /** With which the call was chosen to be looked at; more than 0, at most 1. */
  probability: number;
}

/** How many times as often as it may be each of them bets that calls are wrong. */
const aims = [1.5, 2, 3, 5, 10] as const;

/** Nothing was looked at yet. */
export const calm: Drift = { audits: 0, staked: aims.map(() => 0), peak: 1, leastProbability: 1 };

/** `maxError`, between 0 and 1, is to be the same for all that one drift sees. */
export function seen(drift: Drift, { wrong, probability }: Audited, maxError: number): Drift {
  if (!(probability > 0 && probability <= 1 && maxError > 0 && maxError < 1))
    throw new Error(`No such audit: looked at with probability ${probability}, maxError ${maxError}.`);
  const leastProbability = Math.min(drift.leastProbability, probability);
  // Weights make up for what was not looked at: what was sure to be counts for less.
  const counts = leastProbability / probability;
  const audits = drift.audits + 1;
  const fresh = (heldBack(drift.audits) - heldBack(audits)) / aims.length;
  const staked = aims.map((aim, index) => {
    const grown = 1 + counts * (ratioOf(aim, wrong, maxError) - 1);
    return Math.min(ceiling, ((drift.staked[index] ?? 0) + fresh) * grown);
  });
  const capital = heldBack(audits) + staked.reduce((sum, one) => sum + one, 0);
  return { audits, staked, peak: Math.max(drift.peak, capital), leastProbability };
}

/** Once it is, it stays so: what comes after begins with `calm`. `alpha` is the share of false alarms that is put up with. */
export function isAlarmed({ peak }: Drift, alpha: number): boolean {
  return peak >= 1 / alpha;
}

/** Falls slowly: after a thousand calls an eighth of the capital still waits. */
function heldBack(audits: number): number {
  return 1 / (1 + Math.log1p(audits));
}

/** Of likelihoods; its mean is 1 where calls are wrong as often as they may be, and less where they are less often. */
function ratioOf(aim: number, wrong: number, maxError: number): number {
  // A bet that calls are always wrong would lose everything by the first that is right.
  const aimed = Math.min(aim * maxError, (1 + maxError) / 2);
  return (wrong * aimed) / maxError + ((1 - wrong) * (1 - aimed)) / (1 - maxError);
}

/** No sum overflows, and no alarm is set so high. */
const ceiling = 1e15;
