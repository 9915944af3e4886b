// Recorded agents, through the real graph on Postgres: their calls are classified, held, decided and executed like
// anybody's. Only the model and the tools' answers come from the recording.
import { createHoldpoint } from "../holdpoint.js";
import { HoldpointError } from "../kernel/errors.js";
import type { Log } from "../kernel/log.js";
import type { Policy } from "../policies/policy.js";
import { recordedModel } from "../models/recorded.js";
import type { RecordedConversation } from "./conversation.js";
import { effectByName, type RecordedEffect } from "./effects.js";
import type { Labels } from "./labels.js";
import { recordedTool } from "./recorded-tools.js";
import { replayConversation, type ReplayedConversation } from "./replay-conversation.js";
import { verdictOn, type ReviewerName } from "./reviewer.js";

export interface ReplayOptions {
  conversations: readonly RecordedConversation[];
  labels: Labels | null;
  reviewer: ReviewerName;
  /** Left out: only what cannot be undone waits, and nothing is refused. */
  policy?: Policy;
  /** A database in which nothing else is: threads get the ids of the conversations. */
  databaseUrl: string;
  /** Conversations at the same time. */
  concurrency: number;
  onProgress?: (done: number) => void;
  log?: Log;
}

/** Replays every conversation, and tells what became of their calls, in the order given. */
export async function replay(options: ReplayOptions): Promise<ReplayedConversation[]> {
  const { conversations, concurrency } = options;
  const byId = indexById(conversations);
  const effectOf = (tool: string): RecordedEffect =>
    options.labels?.effectByTool.get(tool) ?? effectByName(tool);
  const model = recordedModel((id) => byId.get(id)?.answers);
  const holdpoint = await createHoldpoint({
    model,
    tools: toolNames(conversations).map((name) => recordedTool(name, effectOf(name), model)),
    database: { url: options.databaseUrl },
    ...(options.policy ? { policy: options.policy } : {}),
    ...(options.log ? { log: options.log } : {}),
    settings: { concurrency, maxConnections: concurrency + 4, maxSteps: mostSteps(conversations) },
  });
  try {
    const replayer = {
      holdpoint,
      decide: (review: Parameters<typeof verdictOn>[1], conversation: RecordedConversation) =>
        verdictOn(options.reviewer, review, conversation, effectOf(review.tool)),
    };
    const replayed = new Map<string, ReplayedConversation>();
    await inParallel(conversations, concurrency, async (conversation) => {
      replayed.set(conversation.id, await replayConversation(replayer, conversation));
      options.onProgress?.(replayed.size);
    });
    return [...byId.keys()].flatMap((id) => replayed.get(id) ?? []);
  } finally {
    await holdpoint.stop();
  }
}

function indexById(conversations: readonly RecordedConversation[]): Map<string, RecordedConversation> {
  const byId = new Map<string, RecordedConversation>();
  for (const conversation of conversations) {
    if (byId.has(conversation.id)) {
      throw new HoldpointError(
        "request_invalid",
        `Two conversations have the id "${conversation.id}"; each is a thread of its own.`,
      );
    }
    byId.set(conversation.id, conversation);
  }
  return byId;
}

function toolNames(conversations: readonly RecordedConversation[]): string[] {
  const names = conversations.flatMap(({ answers }) => answers.flatMap(({ call }) => call?.tool ?? []));
  return [...new Set(names)];
}

/** Three steps a call (agent, classify-risk, execute), and a few to begin and end; 300, the default, at least. */
function mostSteps(conversations: readonly RecordedConversation[]): number {
  return Math.max(300, ...conversations.map(({ answers }) => 3 * answers.length + 10));
}

async function inParallel<T>(
  items: readonly T[],
  width: number,
  job: (item: T) => Promise<void>,
): Promise<void> {
  // One iterator for all: each takes the next item that nobody has.
  const next = items.values();
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (const item of next) await job(item);
    }),
  );
}
