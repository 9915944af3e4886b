// What a person may answer, and by which key.
import type { Key } from "../commands.js";

export type Step =
  | "none"
  | "approve"
  | "edit"
  | "reject"
  | "respond"
  | "happened"
  | "not_happened"
  | "retry"
  | "hand_on"
  | "ask"
  | "comment";

export interface Act {
  step: Exclude<Step, "none" | "hand_on" | "ask" | "comment">;
  key: Key;
  label: string;
  tone: "go" | "stop" | "plain";
}

export const acts: readonly Act[] = [
  { step: "approve", key: "a", label: "Approve", tone: "go" },
  { step: "edit", key: "e", label: "Change", tone: "plain" },
  { step: "reject", key: "r", label: "Reject", tone: "stop" },
  { step: "respond", key: "d", label: "Answer instead", tone: "plain" },
  { step: "happened", key: "y", label: "It happened", tone: "go" },
  { step: "not_happened", key: "n", label: "It did not happen", tone: "stop" },
  { step: "retry", key: "t", label: "Try it again", tone: "plain" },
];

/** What can be done with a hold without deciding it. */
export const besides = [
  { step: "hand_on", key: "h", label: "Hand on" },
  { step: "ask", key: "q", label: "Ask the agent" },
  { step: "comment", key: "i", label: "Comment" },
] as const satisfies readonly { step: Step; key: Key; label: string }[];
