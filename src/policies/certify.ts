// From which score on calls may run without a person: decided on labelled calls, so that with the asked confidence no more
// than the asked share of what then runs is wrong. The mathematics of it, and nothing else.
//
// Learn then Test (Angelopoulos, Bates, Candès, Jordan, Lei 2021): each threshold of a grid fixed beforehand stands for the
// hypothesis "more than maxError of what has this score is wrong". They are tested from a strict one downwards, and the first
// that is not rejected ends it: fixed-sequence testing, so that having chosen is paid for. The first is the strictest with
// evidence enough, read off the scores alone, never off what was wrong: what is needed at least, and a quarter of all there
// is. With less, one wrong call among the best would end it however many hundreds below it are right.
//
// The test is a bet against the hypothesis (Waudby-Smith and Ramdas 2021, "Estimating means of bounded random variables by
// betting"). A conversation is one round, since its calls stand and fall together; were the hypothesis true, a stake would
// not grow on average, and it would ever reach 1 ÷ (1 − confidence) with a probability of at most 1 − confidence (Ville
// 1939). A Hoeffding–Bentkus bound asks for 45 conversations where this asks for 53, but holds for one look at a number of
// labels fixed beforehand; a stake may be looked at whenever a label arrives. What is new at a later look is only a stricter
// threshold to begin with: docs/routing.md has what that costs, measured.

export interface Labelled {
  /** 0 … 1; 1: nothing speaks against the call. */
  score: number;
  isWrong: boolean;
  /** The conversation. Calls of one are dependent; conversations are not. */
  unit: string;
  /** 1 ÷ the probability with which the call was looked at; 1 where every one is. */
  weight: number;
  /**
   * The greatest weight that any call of the stratum could have had at that time: 1 ÷ the smallest share that is looked at
   * by chance. Where it is not said, the greatest weight among all the labels.
   */
  greatestWeight?: number;
}

export interface Target {
  /** The share of what runs that may be wrong; more than 0, less than 1. */
  maxError: number;
  /** Of having kept to it; more than 0, less than 1. */
  confidence: number;
}

export type Certificate =
  | {
      kind: "certified";
      /** Calls of this score, or a higher one, may run. */
      threshold: number;
      /** Conversations with a labelled call. */
      units: number;
      /** What part of all calls has such a score, by the labels' weights. */
      share: number;
    }
  | {
      kind: "none";
      units: number;
      /** With fewer conversations, and were every call right, none is given. */
      needed: number;
    };

/**
 * The lowest threshold for which this is shown: of the calls with a score at or above it, at most `maxError` are wrong, with
 * probability `confidence`, where each conversation counts once, by the share of its calls that were wrong. The labels are
 * those of one stratum: one tool of one agent, one model, prompt and version.
 */
export function certify(labels: readonly Labelled[], target: Target): Certificate {
  return certifyRead(readLabels(labels), target);
}

/** The same of labels that are read already: of several promises each is looked at in a fraction of the time. */
export function certifyRead(read: ReadLabels, target: Target): Certificate {
  const { labels, units } = read;
  const certified = lowestShown(stepsOf(read, target), target);
  return certified === null
    ? { kind: "none", units, needed: neededFor(target) }
    : {
        kind: "certified",
        threshold: lowestSeen(labels, certified),
        units,
        share: shareFrom(labels, certified),
      };
}

/** Twenty twentieths are one conversation, in whatever order they are added up. */
const rounding = 1e-9;

/** How many conversations it takes at least, all of their calls right and looked at. */
export function neededFor(target: Target): number {
  const { maxError, confidence } = target;
  if (!(maxError > 0 && maxError < 1 && confidence > 0 && confidence < 1))
    throw new Error(`A share between 0 and 1 is meant: maxError ${maxError}, confidence ${confidence}.`);
  const after = (units: number): number =>
    stakeOf(bets.map((bet) => units * Math.log(grownBy(bet, right, maxError))));
  let units = 1;
  while (after(units) < price(target)) units += 1;
  return units;
}

/**
 * How many more conversations it would take, all of them right, looked at, and as sure as the surest so far; null where many
 * times what it takes at least would not do.
 */
export function missingFor(read: ReadLabels, target: Target): number | null {
  const steps = stepsOf(read, target);
  const surest = read.labels.reduce((most, { score }) => Math.max(most, score), 0);
  const grown = bets.map((bet) => Math.log(grownBy(bet, right, target.maxError)));
  // Right ones are counted in full wherever their score is enough, so they need not be laid among the others one by one.
  const isEnough = (more: number): boolean => {
    const withMore = steps.map((step): Step => {
      const { threshold, evidence, logs } = step;
      if (threshold > surest) return step;
      const grownLogs = logs.map((log, index) => log + more * (grown[index] ?? 0));
      return { threshold, evidence: evidence + more, logs: grownLogs };
    });
    return lowestShown(withMore, target) !== null;
  };
  const ceiling = 20 * neededFor(target);
  let enough = 1;
  while (!isEnough(enough)) {
    enough *= 2;
    if (enough > ceiling) return null;
  }
  let tooFew = enough === 1 ? 0 : enough / 2;
  while (enough - tooFew > 1) {
    const middle = Math.floor((tooFew + enough) / 2);
    if (isEnough(middle)) enough = middle;
    else tooFew = middle;
  }
  return enough;
}

const price = ({ confidence }: Target): number => 1 / (1 - confidence);

/**
 * Fixed before any label is seen. Nothing below the last one is ever certified: a call of which nothing is known scores 0.
 */
const thresholds: readonly number[] = Array.from({ length: 50 }, (_, index) => (50 - index) / 50);

/**
 * Each bets on an error rate below maxError, `aim` × maxError, by its ratio of likelihoods; together they are one stake. The
 * most lies where hardly anything is wrong, since that is where autonomy begins; a bet on none at all would lose everything
 * by one wrong call.
 */
const bets = [
  { aim: 0.03, part: 0.6 },
  { aim: 0.25, part: 0.15 },
  { aim: 0.5, part: 0.15 },
  { aim: 0.75, part: 0.1 },
] as const;
type Bet = (typeof bets)[number];

/** A conversation that counts in full, and in which nothing was wrong. */
const right: Round = { counts: 1, wrong: 0 };

/** One conversation at one threshold; both 0 … 1. */
interface Round {
  /** By how much: 1 where as much of it was looked at as the least likely look is worth. */
  counts: number;
  wrong: number;
}

/**
 * The ratio of likelihoods, drawn straight between a conversation that is right and one that is wrong. Its mean is at most 1
 * where the share of wrong ones has a mean of maxError or more, whatever else its distribution.
 */
function grownBy({ aim }: Bet, { counts, wrong }: Round, maxError: number): number {
  const ratio = (1 - wrong) * ((1 - aim * maxError) / (1 - maxError)) + wrong * aim;
  return 1 + counts * (ratio - 1);
}

function stakeOf(logs: readonly number[]): number {
  return bets.reduce((sum, { part }, index) => sum + part * Math.exp(logs[index] ?? 0), 0);
}

/** Labels in the order in which thresholds fall: what hangs on no promise, and is worked out once for all of them. */
export interface ReadLabels {
  readonly labels: readonly Labelled[];
  /** Conversations with a labelled call. */
  readonly units: number;
  readonly steps: readonly ReadStep[];
}

interface ReadStep {
  threshold: number;
  /** In conversations that count in full. */
  evidence: number;
  /** Conversations of which this threshold shows more than the one before it, and what each was and is. */
  turns: readonly { was: Round; is: Round }[];
}

/** Each threshold's calls are the last one's and a few more: only the conversations of those are counted anew. */
export function readLabels(labels: readonly Labelled[]): ReadLabels {
  const falling = labels.toSorted((a, b) => b.score - a.score);
  const heaviest = labels.reduce((most, { weight }) => Math.max(most, weight), 1);
  const conversations = new Map<string, Conversation>();
  let evidence = 0;
  let next = 0;
  const steps = thresholds.map((threshold): ReadStep => {
    const turns: ReadStep["turns"][number][] = [];
    for (let label = falling[next]; label && label.score >= threshold; label = falling[(next += 1)]) {
      const before = conversations.get(label.unit) ?? nothingSeen;
      const after = seenMore(before, label, heaviest);
      conversations.set(label.unit, after);
      const [was, is] = [roundOf(before), roundOf(after)];
      evidence += is.counts - was.counts;
      turns.push({ was, is });
    }
    return { threshold, evidence, turns };
  });
  return { labels, units: new Set(labels.map(({ unit }) => unit)).size, steps };
}

interface Step extends Pick<ReadStep, "threshold" | "evidence"> {
  /** Of what each bet has grown to. */
  logs: readonly number[];
}

function stepsOf({ steps }: ReadLabels, { maxError }: Target): Step[] {
  let logs: readonly number[] = bets.map(() => 0);
  return steps.map(({ threshold, evidence, turns }) => {
    logs = bets.map((bet, index) =>
      turns.reduce(
        (log, { was, is }) =>
          log + Math.log(grownBy(bet, is, maxError)) - Math.log(grownBy(bet, was, maxError)),
        logs[index] ?? 0,
      ),
    );
    return { threshold, evidence, logs };
  });
}

/** The last one from above of which it is shown; null: it is not of the first. */
function lowestShown(steps: readonly Step[], target: Target): number | null {
  const enough = Math.max(neededFor(target), (steps.at(-1)?.evidence ?? 0) / 4);
  let shown: number | null = null;
  for (const { threshold, evidence, logs } of steps) {
    if (evidence + rounding < enough) continue;
    if (!(stakeOf(logs) >= price(target))) break;
    shown = threshold;
  }
  return shown;
}

/** What was looked at of one conversation; the sums are of weights. */
interface Conversation {
  looked: number;
  wrong: number;
  greatestWeight: number;
}

const nothingSeen: Conversation = { looked: 0, wrong: 0, greatestWeight: 1 };

function seenMore(before: Conversation, label: Labelled, heaviest: number): Conversation {
  return {
    looked: before.looked + label.weight,
    wrong: before.wrong + (label.isWrong ? label.weight : 0),
    greatestWeight: Math.max(before.greatestWeight, label.weight, label.greatestWeight ?? heaviest),
  };
}

/**
 * Weights make up for what was not looked at, so a call that was sure to be looked at counts for less than one that was not:
 * were both to count in full, an easy part that is always looked at would vouch for a hard one that hardly is.
 */
function roundOf({ looked, wrong, greatestWeight }: Conversation): Round {
  return looked === 0
    ? { counts: 0, wrong: 0 }
    : { counts: Math.min(1, looked / greatestWeight), wrong: wrong / looked };
}

/** Between two steps of the grid may lie scores that nobody has decided on: nothing is promised of them. */
function lowestSeen(labels: readonly Labelled[], threshold: number): number {
  return labels.reduce((lowest, { score }) => (score >= threshold ? Math.min(lowest, score) : lowest), 1);
}

function shareFrom(labels: readonly Labelled[], threshold: number): number {
  const weightOf = (those: readonly Labelled[]): number => those.reduce((sum, { weight }) => sum + weight, 0);
  return weightOf(labels.filter(({ score }) => score >= threshold)) / weightOf(labels);
}
