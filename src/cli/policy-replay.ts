// What a policy would have made of the record, asked of the server part by part.
import type { ChangedCase, ReplayFigures, Verdict } from "../http/contract.js";
import { addFigures, noFigures } from "../review/policy-replay.js";
import { countFrom, defineCommand } from "./command.js";
import { readPolicyFile, verdictInWords } from "./policy-text.js";
import { printable, printableJson } from "./printable.js";
import { showProgress, type Progress } from "./progress.js";
import { serverAt } from "./server.js";
import { formatTable } from "./table.js";
import type { Terminal } from "./terminal.js";
import { timeIn } from "./time.js";

const usualCases = 20;

export const policyReplayCommand = defineCommand({
  name: "policy replay",
  usage: "[CANDIDATE] [--since TIME] [--cases N] [--json]",
  summary:
    "Judge the calls on record by another policy: what changes, who is asked how often, what is missed.",
  details: `Each call is judged with what could be known when it was proposed. Without CANDIDATE, by the policy that is in force:
what was judged by that one comes out the same.

  --since  only calls that were proposed since then, such as 2026-05-01T00:00:00Z
  --cases  how many of the calls whose verdict changes are listed (${usualCases})
  --json   one JSON object in place of the table

Nothing is written. Exit code 0 whatever changes.`,
  options: {
    since: { type: "string" },
    cases: { type: "string" },
    json: { type: "boolean", default: false },
  },
  positionals: ["[CANDIDATE]"],
  async run({ since, cases, json }, terminal, file) {
    const mostCases = countFrom(cases, "--cases") ?? usualCases;
    const replayed = await replayAll(terminal, {
      ...(file === undefined ? {} : { policy: await readPolicyFile(file) }),
      ...(since === undefined ? {} : { since: timeIn("--since", since) }),
      mostCases,
    });
    terminal.out(json ? `${printableJson(replayed)}\n` : replayText(replayed));
    return 0;
  },
});

export interface Replayed {
  figures: ReplayFigures;
  cases: ChangedCase[];
  notServed: number;
}

async function replayAll(
  terminal: Terminal,
  { mostCases, ...asked }: { policy?: string; since?: string; mostCases: number },
): Promise<Replayed> {
  const server = serverAt(terminal);
  const all: Replayed = { figures: noFigures(), cases: [], notServed: 0 };
  let progress: Progress | null = null;
  for (let after: string | null = ""; after !== null; ) {
    const part = await server.replayPolicy({ ...asked, ...(after === "" ? {} : { after }) });
    addFigures(all.figures, part.figures);
    all.cases.push(...part.cases.slice(0, mostCases - all.cases.length));
    all.notServed += part.notServed;
    progress ??= showProgress(terminal, part.total ?? 0, "calls");
    progress.show(lookedAt(all.figures));
    after = part.next;
  }
  progress?.end();
  return all;
}

function lookedAt({ calls, unknowable }: ReplayFigures): number {
  return calls + unknowable["not-kept"] + unknowable["words-unknown"];
}

function replayText({ figures, cases, notServed }: Replayed): string {
  const { calls, identical, otherReasons, changed, unknowable, held } = figures;
  const same = `${shareOf(identical + otherReasons, calls)} of ${calls} calls keep their verdict`;
  return [
    ...(calls === 0
      ? ["No call on record could be judged.\n"]
      : [
          `${same} (${identical} word by word, ${otherReasons} for other reasons); ${changed} change.\n`,
          `Waiting for a person: ${shareOf(held.before, calls)} before, ${shareOf(held.after, calls)} after.\n`,
        ]),
    ...[
      said(unknowable["not-kept"], "were proposed before it was kept what calls are judged by"),
      said(unknowable["words-unknown"], "hang on words of a person that are not on record"),
      said(notServed, "are of agents that this server does not serve"),
    ].flat(),
    ...movesText(figures),
    ...loadText(figures),
    ...knownText(figures),
    ...casesText(cases, changed),
  ].join("");
}

function said(calls: number, what: string): string[] {
  return calls === 0 ? [] : [`Left out: ${calls} calls ${what}.\n`];
}

export function movesText({ moves }: Pick<ReplayFigures, "moves">): string[] {
  if (moves.length === 0) return [];
  const rows = moves
    .toSorted((a, b) => b.calls - a.calls)
    .map(({ from, to, calls }) => [calls, inShort(from), inShort(to)]);
  return ["\n", formatTable(["calls", "before", "after"], rows)];
}

function loadText({ load }: ReplayFigures): string[] {
  const rows = Object.entries(load).map(([tier, { before, after }]) => [tier, before, after]);
  return rows.length === 0 ? [] : ["\n", formatTable(["waiting for", "before", "after"], rows)];
}

type TextOf = Pick<ChangedCase, "actionId" | "at" | "tool" | "from" | "to" | "reasonsAfter" | "outcome">;

const outcomesInWords = {
  rejected: "rejected by a person",
  edited: "edited by a person",
  failed: "failed when it ran",
  approved: "approved as it was",
} as const;

function knownText({ known }: ReplayFigures): string[] {
  const rows = Object.entries(outcomesInWords).flatMap(([outcome, words]) => {
    const { calls, stopped } = known[outcome as keyof typeof outcomesInWords];
    return calls === 0 ? [] : [[words, calls, stopped.before, stopped.after]];
  });
  return rows.length === 0
    ? []
    : ["\n", formatTable(["what is known of it", "calls", "stopped before", "stopped after"], rows)];
}

export function casesText(cases: readonly TextOf[], changed: number): string[] {
  const lines = cases.map(
    ({ actionId, at, tool, from, to, reasonsAfter, outcome }) =>
      `${at}  ${tool} ${verdictInWords(from)}; it would: ${verdictInWords(to)}${
        outcome === null ? "" : ` (${outcomesInWords[outcome]})`
      }${reasonsAfter.map(({ rule }) => ` [${rule}]`).join("")}\n  holdpoint policy explain --action ${actionId}`,
  );
  const more = changed > cases.length ? [`\nand ${changed - cases.length} more\n`] : [];
  return lines.length === 0
    ? more
    : ["\n", ...lines.map((line) => `${line.split("\n").map(printable).join("\n")}\n`), ...more];
}

function inShort({ route, tier, level }: Verdict): string {
  return `${route}${tier === null ? "" : ` by ${tier}`}, ${level}`;
}

export function shareOf(part: number, of: number): string {
  return of === 0 ? "0 %" : `${((100 * part) / of).toFixed(1)} %`;
}
