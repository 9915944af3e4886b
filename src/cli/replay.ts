import { HoldpointError } from "../kernel/errors.js";
import { loadPolicy } from "../policies/load-policy.js";
import { conversationFrom, conversationLine, type RecordedConversation } from "../replay/conversation.js";
import { readJsonLines } from "../replay/json-lines.js";
import { labelFileOf, readLabels, type Labels } from "../replay/labels.js";
import { createOwnDatabase } from "../replay/own-database.js";
import { reviewerNames } from "../replay/reviewer.js";
import { startEmbeddedPostgres } from "../storage/embedded-postgres.js";
import { countFrom, defineCommand, oneOf } from "./command.js";
import { readPolicyText } from "./policy-text.js";
import { printableJson } from "./printable.js";
import { showProgress } from "./progress.js";
import { replayReport, reportText } from "./replay-report.js";
import type { Terminal } from "./terminal.js";

// One Node process is busy with about four; more of them fill the gaps in which it waits for Postgres.
const usualConcurrency = 8;

export const replayCommand = defineCommand({
  name: "replay",
  usage:
    "FILE [--reviewer approve|ground-truth] [--policy FILE] [--database URL] [--concurrency N] [--limit N] [--json]",
  summary: "Run recorded agents through the real graph, and count what is held and stopped.",
  details: `FILE is JSON lines, plain or .gz, one conversation each: { id, domain, gt, msgs }. Where a file with "calls" for
"trajectories" in its name lies beside it, its labels say which tools write and which writes were wrong.

  --reviewer     approve (the default) releases all that is held; ground-truth only the writes in gt, each once
  --policy       the policy that judges the calls; without it, what cannot be undone waits
  --database     a Postgres server, postgres://user:password@host:5432/database; without it DATABASE_DIRECT_URL or
                 DATABASE_URL, else the embedded one in HOLDPOINT_HOME (.holdpoint)
  --concurrency  conversations at the same time (8)
  --limit        only the first N conversations
  --json         one JSON object in place of the table

The replay makes a database of its own on that server, holdpoint_replay, and leaves it to be looked at; the next replay
drops it. The main database is not touched. Exit code 1 where a conversation did not come to its end.`,
  options: {
    reviewer: { type: "string", default: "approve" },
    policy: { type: "string" },
    database: { type: "string" },
    concurrency: { type: "string" },
    limit: { type: "string" },
    json: { type: "boolean", default: false },
  },
  positionals: ["FILE"],
  async run(values, terminal, file = "") {
    // Brings LangGraph along, which the other commands need not wait for.
    const { replay } = await import("../replay/replay.js");
    const reviewer = oneOf(values.reviewer, "--reviewer", reviewerNames);
    const concurrency = countFrom(values.concurrency, "--concurrency") ?? usualConcurrency;
    const conversations = await readConversations(file, countFrom(values.limit, "--limit"));
    const policy =
      values.policy === undefined
        ? undefined
        : loadPolicy(await readPolicyText(values.policy), values.policy);
    const labels = await labelsBeside(file, conversations);
    const progress = showProgress(terminal, conversations.length);
    const server = await reachServer(values.database, terminal);
    try {
      const databaseUrl = await createOwnDatabase(server.url);
      const startedAt = performance.now();
      const replayed = await replay({
        conversations,
        labels,
        reviewer,
        ...(policy ? { policy } : {}),
        databaseUrl,
        concurrency,
        onProgress: progress.show,
      });
      progress.end();
      const report = replayReport({
        file,
        reviewer,
        concurrency,
        replayed,
        labels,
        wallMs: performance.now() - startedAt,
      });
      terminal.out(values.json ? `${printableJson(report)}\n` : reportText(report));
      return report.total.errors > 0 ? 1 : 0;
    } finally {
      await server.stop();
    }
  },
});

async function readConversations(file: string, limit: number | undefined): Promise<RecordedConversation[]> {
  const lines = await readJsonLines(file, conversationLine);
  if (lines.length === 0)
    throw new HoldpointError("request_invalid", `${file}: there is no conversation in this file.`);
  return lines.slice(0, limit).map(conversationFrom);
}

async function labelsBeside(
  file: string,
  conversations: readonly RecordedConversation[],
): Promise<Labels | null> {
  const labelFile = labelFileOf(file);
  return labelFile === null ? null : readLabels(labelFile, conversations);
}

async function reachServer(
  database: string | undefined,
  terminal: Terminal,
): Promise<{ url: string; stop(): Promise<void> }> {
  // A transaction pooler serves the databases it was told of, and cannot make one.
  const url = database ?? terminal.env("DATABASE_DIRECT_URL") ?? terminal.env("DATABASE_URL");
  if (url !== undefined) return { url, stop: async () => {} };
  return startEmbeddedPostgres({ home: terminal.env("HOLDPOINT_HOME") ?? ".holdpoint" });
}
