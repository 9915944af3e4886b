import type { BoardCard, BoardColumnName } from "../api.js";
import { kinds } from "../words.js";

export const columns: readonly {
  name: BoardColumnName;
  title: string;
  means: string;
  /** Since the reader's midnight. */
  today?: true;
}[] = [
  { name: "queued", title: "Queued", means: "Waits for its turn: messages, and decisions on their way." },
  { name: "working", title: "Agent working", means: "An agent is at work, and nothing of it waits." },
  { name: "waiting", title: "Waiting for a person", means: "Somebody has to decide." },
  { name: "decided", title: "Decided", means: "Decided, and not carried out yet." },
  { name: "executed", title: "Executed", means: "Ran after a decision.", today: true },
  { name: "unknown", title: "Unknown", means: "Attempted; nobody knows whether it happened.", today: true },
  { name: "refused", title: "Refused", means: "Did not run.", today: true },
];

/** What a card says beside its title; nothing where the column says it. */
export const words: Readonly<Record<BoardCard["what"], string | null>> = {
  run: null,
  call: null,
  question: "a question",
  ask: kinds.ask,
  handover: kinds.handover,
  plan: kinds.plan,
  settle: "did it happen?",
  failed: "failed",
  rejected: "rejected",
  answered: "answered instead",
  withdrawn: "withdrawn",
  expired: "ran out",
  forbidden: "refused at once",
};
