// Recorded service agents under the example policies: whether what the rules and validators object to is what was wrong,
// and what a certificate on it is worth. Reviewers are taken to be perfect.
import { certificates, single, type JudgedCall } from "./certificates.js";
import { dataFolder } from "./data.js";
import {
  afterRefusal,
  judgeAll,
  loadPacks,
  objectedTo,
  repeated,
  weights,
  type Counts,
  type Judged,
} from "./objections.js";
import {
  caughtAndReviewed,
  caughtBesideDenials,
  curve,
  ranking,
  risked,
  share,
  type Rank,
} from "./ranked.js";
import { shifts } from "./shift.js";
import { composite } from "./tau-composite.js";
import { writesIn } from "./tau-writes.js";

/** It repeats itself without end, and what finds that is not what finds a wrong write. */
const looping = "gpt-oss-120b";

export async function tau({ data, plot }: { data: string | null; plot: string | null }): Promise<void> {
  const writes = await writesIn(dataFolder(data));
  const packs = await loadPacks();
  const judged = judgeAll(packs, writes);
  const headline = judged.filter(({ write }) => write.model !== looping);

  const isOfCode = (rule: string) =>
    packs.some(({ validators }) => validators.some(({ name }) => name === rule));

  const { score, asItRuns } = composite(headline);
  ranking(headline, "", asItRuns);
  caughtBesideDenials(headline, "__denials_unread", asItRuns);
  curve(headline, "", asItRuns);
  curve(headline, "__objections", objectedTo);
  curve(headline, "__composite", (one) => 1 - score(one));
  risked(headline, "__gate_everything", () => 1);
  const waits = (one: Judged): boolean => score(one) < single;
  risked(headline, "__single_85", (one) => Number(waits(one)));
  share("reviewed__single_85", headline, waits);
  share(
    "caught__single_85",
    headline.filter(({ write }) => write.isWrong),
    waits,
  );
  ranking(headline, "__objections", objectedTo);
  ranking(judged, "__objections__with_looping", objectedTo);
  for (const { name } of packs) {
    const own = headline.filter(({ write }) => write.domain === name);
    ranking(own, `__${name}`, asItRuns);
    ranking(own, `__objections__${name}`, objectedTo);
  }
  ranking(
    headline,
    "__yaml_alone",
    counting((rule) => rule !== repeated && rule !== afterRefusal && !isOfCode(rule)),
  );
  ranking(headline, "__typescript_alone", counting(isOfCode));
  ranking(
    headline,
    "__without_repeats",
    counting((rule) => rule !== repeated),
  );
  ranking(
    headline,
    "__without_after_refusal",
    counting((rule) => rule !== afterRefusal),
  );
  ranking(
    headline,
    "__without_pack",
    counting((rule) => rule === repeated),
  );
  for (const [those, who] of [
    [headline, ""],
    [judged, "__with_looping"],
  ] as const) {
    caughtAndReviewed(those, `__random${who}`, () => 0);
    share(`aurc_random${who}`, those, ({ write }) => write.isWrong);
    share(`reviewed_for_60pct_caught__gate_everything${who}`, those, () => true);
    precision(those, who);
  }

  const calls = headline.map((one) => callOf(one, 1 / (1 + objectedTo(one))));
  certificates(calls, "");
  const composites = headline.map((one) => callOf(one, score(one)));
  certificates(composites, "__composite");
  const unobjected = (those: readonly Judged[]) =>
    those.filter((one) => objectedTo(one) === 0).map(({ write }) => write);
  shifts(unobjected(headline), unobjected(judged.filter(({ write }) => write.model === looping)));
  // Only who draws needs what draws.
  if (plot !== null)
    await (
      await import("./plots.js")
    ).draw(plot, {
      composite: composites,
      objections: calls,
      asItRuns: headline.map((one) => callOf(one, 1 / (1 + asItRuns(one)))),
    });
}

const counting =
  (counts: Counts): Rank =>
  (one) =>
    objectedTo(one, counts);

function callOf({ write: { task, conversation, isWrong } }: Judged, score: number): JudgedCall {
  return { task, conversation, score, isWrong };
}

/** How often an objection was right: also where the tool itself then refused what was wrong. */
function precision(judged: readonly Judged[], who: string): void {
  const objected = judged.filter((one) => objectedTo(one) > 0);
  const grave = judged.filter(({ objections }) => objections.some(({ weight }) => weight >= weights.high));
  const isWrong = ({ write }: Judged): boolean => !write.isCorrect;
  share(`objected${who}`, judged, (one) => objected.includes(one));
  share(`precision${who}`, objected, isWrong);
  share(`objected_gravely${who}`, judged, (one) => grave.includes(one));
  share(`precision_of_grave${who}`, grave, isWrong);
  const denied = judged.filter(({ isDenied }) => isDenied);
  share(`denied${who}`, judged, ({ isDenied }) => isDenied);
  share(`precision_of_denied${who}`, denied, isWrong);
  const harmful = judged.filter(({ write }) => write.isWrong);
  share(`caught_by_denial${who}`, harmful, ({ isDenied }) => isDenied);
}
