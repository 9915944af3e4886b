// The figures of a replay. Pure: they follow from what became of the calls.
import type { CallEnd, ReplayedConversation } from "./replay-conversation.js";
import { callKey, type Labels } from "./labels.js";

export interface Tally {
  conversations: number;
  calls: number;
  executedAtOnce: number;
  held: number;
  refused: number;
  approved: number;
  rejected: number;
  /** Calls after one that was rejected or refused: the recorded agent did not know of it, and the recorded tools answer as if it had run. */
  diverged: number;
  /** Writes that were wrong and, in the recording, went through. Null without labels. */
  wrongWrites: number | null;
  /** Those of them that did not go through here. */
  wrongWritesStopped: number | null;
  errors: number;
}

export function tally(replayed: readonly ReplayedConversation[], labels: Labels | null): Tally {
  const calls = replayed.flatMap((one) => one.calls);
  const count = (...ends: CallEnd[]): number => calls.filter((end) => ends.includes(end)).length;
  const wrong = labels && replayed.flatMap((one) => wrongWritesOf(one, labels));
  return {
    conversations: replayed.length,
    calls: calls.length,
    executedAtOnce: count("executed-at-once"),
    held: count("approved", "rejected"),
    refused: count("refused"),
    approved: count("approved"),
    rejected: count("rejected"),
    diverged: replayed.reduce((sum, one) => sum + divergedIn(one.calls), 0),
    wrongWrites: wrong && wrong.length,
    wrongWritesStopped: wrong && wrong.filter((end) => end === "rejected" || end === "refused").length,
    errors: replayed.filter(({ error }) => error !== null).length,
  };
}

/** In the order in which the domains first appear. */
export function tallyByDomain(
  replayed: readonly ReplayedConversation[],
  labels: Labels | null,
): Map<string, Tally> {
  const domains = [...new Set(replayed.map(({ conversation }) => conversation.domain))];
  const of = (domain: string) => replayed.filter(({ conversation }) => conversation.domain === domain);
  return new Map(domains.map((domain) => [domain, tally(of(domain), labels)]));
}

function divergedIn(calls: readonly CallEnd[]): number {
  const first = calls.findIndex((end) => end === "rejected" || end === "refused");
  return first === -1 ? 0 : calls.length - first - 1;
}

function wrongWritesOf({ conversation, calls }: ReplayedConversation, { wrongWrites }: Labels): CallEnd[] {
  return calls.filter((_, step) => wrongWrites.has(callKey(conversation.id, step)));
}
