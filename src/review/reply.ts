// What a person answers an agent that asked: one of its options, words of their own, or both.
import { HoldpointError } from "../kernel/errors.js";
import type { JsonObject } from "../kernel/json.js";
import type { Answer } from "./decide.js";
import type { Decision, Review } from "./types.js";

export interface Reply {
  /** The label of an option. */
  picked: string | null;
  words: string | null;
}

/** Throws `args_invalid` for an option that was not offered, and `request_invalid` where nothing is said. */
export function replyTo(
  { args }: Pick<Review, "args">,
  { value, message }: Pick<Answer, "value" | "message">,
): Reply {
  const labels = labelsIn(args);
  const words = message?.trim() || null;
  if (value === undefined) {
    if (words === null) throw nothingSaid();
    // Fronts that know only words pick an option by saying it.
    return labels.includes(words) ? { picked: words, words: null } : { picked: null, words };
  }
  const picked = labels.find((label) => label === value);
  if (picked === undefined) throw notOffered(value, labels);
  return { picked, words: words === picked ? null : words };
}

/** As it stands in the record of a decision. */
export function replyIn({ args, message }: Pick<Decision, "args" | "message">): Reply {
  const { picked } = args;
  return { picked: typeof picked === "string" ? picked : null, words: message };
}

export function labelsIn({ options }: JsonObject): string[] {
  const given = (Array.isArray(options) ? options : []) as { label: string }[];
  return given.map(({ label }) => label);
}

function nothingSaid(): HoldpointError {
  return new HoldpointError(
    "request_invalid",
    "The answer is empty, and it is what the agent is told. Answer in words (`message`), or pick an option (`value`).",
  );
}

function notOffered(value: unknown, labels: readonly string[]): HoldpointError {
  const offered =
    labels.length === 0
      ? "None were offered"
      : `There are: ${labels.map((one) => JSON.stringify(one)).join(", ")}`;
  return new HoldpointError(
    "args_invalid",
    `There is no option ${JSON.stringify(value)?.slice(0, 200)}. ${offered}. Pick one by its label, or answer in words (\`message\`).`,
    { details: { options: labels } },
  );
}
