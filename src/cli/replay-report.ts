// What a replay found, as data and as a table.
import type { Labels } from "../replay/labels.js";
import type { ReplayedConversation } from "../replay/replay-conversation.js";
import type { ReviewerName } from "../replay/reviewer.js";
import { tally, tallyByDomain, type Tally } from "../replay/tally.js";
import { printable } from "./printable.js";
import { formatTable } from "./table.js";

export interface ReplayReport {
  file: string;
  reviewer: ReviewerName;
  concurrency: number;
  wallMs: number;
  domains: Record<string, Tally>;
  total: Tally;
  errors: { conversation: string; error: string }[];
}

export function replayReport(found: {
  file: string;
  reviewer: ReviewerName;
  concurrency: number;
  wallMs: number;
  replayed: readonly ReplayedConversation[];
  labels: Labels | null;
}): ReplayReport {
  const { replayed, labels, wallMs, ...about } = found;
  return {
    ...about,
    wallMs: Math.round(wallMs),
    domains: Object.fromEntries(tallyByDomain(replayed, labels)),
    total: tally(replayed, labels),
    errors: replayed.flatMap(({ conversation, error }) =>
      error === null ? [] : [{ conversation: conversation.id, error }],
    ),
  };
}

const headings = [
  "domain",
  "conversations",
  "calls",
  "at once",
  "held",
  "refused",
  "approved",
  "rejected",
  "diverged",
  "wrong writes stopped",
  "errors",
];
const mostErrorsShown = 20;

export function reportText({ reviewer, concurrency, wallMs, domains, total, errors }: ReplayReport): string {
  const rows = [...Object.entries(domains), ["total", total] as const].map(([name, of]) => rowOf(name, of));
  const shown = errors
    .slice(0, mostErrorsShown)
    .map(({ conversation, error }) => `error in ${printable(conversation)}: ${printable(error)}\n`);
  const more =
    errors.length > mostErrorsShown ? [`and ${errors.length - mostErrorsShown} more errors\n`] : [];
  const seconds = (wallMs / 1000).toFixed(1);
  return [
    formatTable(headings, rows),
    `\nreviewer ${reviewer}; ${seconds} s, ${concurrency} conversations at a time; "diverged" are calls after one that was rejected or refused\n`,
    ...shown,
    ...more,
  ].join("");
}

function rowOf(name: string, of: Tally): (string | number)[] {
  return [
    name,
    of.conversations,
    of.calls,
    of.executedAtOnce,
    of.held,
    of.refused,
    of.approved,
    of.rejected,
    of.diverged,
    of.wrongWrites === null ? "n/a" : `${of.wrongWritesStopped} of ${of.wrongWrites}`,
    of.errors,
  ];
}
