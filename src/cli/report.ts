// What an owner reports of a period, in words.
import type { CallFigures, Report } from "../http/contract.js";
import { defineCommand } from "./command.js";
import { printableJson } from "./printable.js";
import { serverAt } from "./server.js";
import { formatTable } from "./table.js";
import { timeIn } from "./time.js";

export const reportCommand = defineCommand({
  name: "report",
  usage: "[--since TIME] [--until TIME] [--json]",
  summary: "What became of the calls of a period, how people decided, and under which policies.",
  details: `  --since  when it begins, such as 2026-05-01; 30 days before its end where it is not said
  --until  when it ends; now where it is not said
  --json   one JSON object in place of the words

Each call that was proposed in the period is counted once, by what has become of it by now.`,
  options: {
    since: { type: "string" },
    until: { type: "string" },
    json: { type: "boolean", default: false },
  },
  positionals: [],
  async run({ since, until, json }, terminal) {
    const report = await serverAt(terminal).report({
      ...(since === undefined ? {} : { since: timeIn("--since", since) }),
      ...(until === undefined ? {} : { until: timeIn("--until", until) }),
    });
    terminal.out(json ? `${printableJson(report)}\n` : reportText(report));
    return 0;
  },
});

function reportText({ since, until, calls, decisions, events, policies }: Report): string {
  const parts = [
    `From ${since} to ${until}\n`,
    callsText(calls),
    decisionsText(decisions),
    eventsText(events),
  ];
  if (policies.length > 0) parts.push(policiesText(policies));
  return parts.join("\n");
}

function callsText({ total, byTool }: Report["calls"]): string {
  if (total.calls === 0) return "No calls were proposed.\n";
  const { succeeded, failed, unknown, claimed } = total.ended;
  const table = formatTable(
    ["agent", "tool", "calls", ...columns.map(([heading]) => heading)],
    [
      ...byTool.map((of) => [of.agent, of.tool, of.calls, ...cellsOf(of)]),
      ["", "all", total.calls, ...cellsOf(total)],
    ],
  );
  return `${table}
Decided by people: ${inShort(total.seen)}.
Attempted: ${total.attempted}. ${succeeded} succeeded, ${failed} failed, ${unknown} unknown, ${claimed} at work.
`;
}

/** What a call became, and what stands under one heading because it is not over yet. */
const columns = [
  ["unasked", ["unasked"]],
  ["approved", ["approved"]],
  ["edited", ["edited"]],
  ["in advance", ["inAdvance"]],
  ["forbidden", ["forbidden"]],
  ["rejected", ["rejected"]],
  ["answered", ["answered"]],
  ["expired", ["expired"]],
  ["withdrawn", ["withdrawn"]],
  ["open", ["waiting", "released", "proposed"]],
] as const satisfies readonly (readonly [string, readonly (keyof CallFigures["became"])[]])[];

function cellsOf({ became }: CallFigures): number[] {
  return columns.map(([, names]) => names.reduce((sum, name) => sum + became[name], 0));
}

function decisionsText(made: Report["decisions"]): string {
  const { approve, edit, reject, respond, corrected, medianSeconds, p90Seconds, people, busiest } = made;
  if (busiest.of === 0) return "Nobody decided anything.\n";
  return `Decisions of people: ${busiest.of}. ${approve} approved, ${edit} edited, ${reject} rejected, ${respond} answered.
Corrected: ${inShort(corrected)}.
From a hold to its decision: ${lasting(medianSeconds)} in the middle, ${lasting(p90Seconds)} for nine in ten.
By ${people} ${people === 1 ? "person" : "people"}; the busiest made ${busiest.count}.
`;
}

function eventsText({ escalated, expired, extended, undone, complaints, stops }: Report["events"]): string {
  return `Deadlines: ${escalated} handed up, ${expired} ran out, ${extended} put off. Taken back: ${undone}. Complaints: ${complaints}. Stops: ${stops}.\n`;
}

function policiesText(policies: Report["policies"]): string {
  return formatTable(
    ["agent", "policy", "since", "until", "by"],
    policies.map((of) => [of.agent, of.version.slice(0, 12), of.since, of.until ?? "in force", of.by.id]),
  );
}

function inShort({ count, of, share, interval }: Report["decisions"]["corrected"]): string {
  if (share === null || interval === null) return "none of 0";
  const inPercent = (part: number): string => (100 * part).toFixed(1);
  return `${count} of ${of} (${inPercent(share)} %, 95 % interval ${inPercent(interval.low)} to ${inPercent(interval.high)})`;
}

function lasting(seconds: number | null): string {
  if (seconds === null) return "none";
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3_600).toFixed(1)} h`;
}
