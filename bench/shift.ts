// How soon it is noticed that what runs without a person has become worse, and how often that is said for nothing.
import { calm, isAlarmed, seen } from "../src/policies/drift.js";
import { confidence } from "./certificates.js";
import { chanceFrom } from "./chance.js";
import { median, print } from "./figure.js";

/** As the product has it where a policy says nothing else. */
const alpha = 1 - confidence;
const runs = 400;
const quiet = 200;
const limit = 1000;
const probability = 0.1;

/** `ran`: calls to which nothing was objected. `looping`: the same of a model that was not among theirs. */
export function shifts(ran: readonly Call[], looping: readonly Call[]): void {
  const wrongInTwenty = (count: number) => Array.from({ length: 20 }, (_, nth) => ({ isWrong: nth < count }));
  shift("shift_alarm", 0.05, wrongInTwenty(1), wrongInTwenty(3));
  if (looping.length > 0 && errorOf(ran) > 0)
    shift("shift_alarm__looping_model_comes_in", errorOf(ran), ran, looping);
}

interface Call {
  isWrong: boolean;
}

/** Each audit is one of `before`, drawn by chance, and then one of `after`. */
function shift(name: string, maxError: number, before: readonly Call[], after: readonly Call[]): void {
  const chance = chanceFrom(4);
  const alarms = Array.from({ length: runs }, () => alarmOf(maxError, before, after, chance));
  const due = alarms.flatMap((at) => (at !== null && at > quiet ? [at - quiet] : []));
  const falseAlarms = Array.from({ length: runs }, () => alarmOf(maxError, before, before, chance));
  print({
    bench: "tau",
    figure: name,
    value: due.length / alarms.filter((at) => at === null || at > quiet).length,
    unit: "share",
    n: runs,
    at: {
      max_error: rounded(maxError),
      error_before: rounded(errorOf(before)),
      error_after: rounded(errorOf(after)),
      audits_until_alarm: due.length === 0 ? "never" : median(due),
      audits_before_shift: quiet,
      audits_after_shift: limit,
      false_alarms: rounded(falseAlarms.filter((at) => at !== null).length / runs),
      false_alarms_bar: rounded(alpha + 2 * Math.sqrt((alpha * (1 - alpha)) / runs)),
    },
  });
}

/** After how many audits; null: not at all. */
function alarmOf(
  maxError: number,
  before: readonly Call[],
  after: readonly Call[],
  chance: () => number,
): number | null {
  let drift = calm;
  for (let nth = 1; nth <= quiet + limit; nth += 1) {
    const from = nth <= quiet ? before : after;
    const isWrong = from[Math.floor(chance() * from.length)]?.isWrong === true;
    drift = seen(drift, { wrong: isWrong ? 1 : 0, probability }, maxError);
    if (isAlarmed(drift, alpha)) return nth;
  }
  return null;
}

function errorOf(calls: readonly Call[]): number {
  return calls.filter(({ isWrong }) => isWrong).length / calls.length;
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
