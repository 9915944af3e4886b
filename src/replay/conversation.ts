// A recorded conversation, as its file has it and as it is replayed: what the users said, and what the model answered.
import { z } from "zod";
import { isJsonObject, type JsonObject } from "../kernel/json.js";
import type { RecordedAnswer } from "../models/recorded.js";

/** One input of the user, and the number of model messages up to the end of the answer to it. */
export interface Exchange {
  words: readonly string[];
  answeredAt: number;
}

export interface RecordedConversation {
  id: string;
  domain: string;
  /** The writes that were right to make here. */
  rightWrites: readonly { tool: string; args: JsonObject }[];
  exchanges: readonly Exchange[];
  /** Every model message, in order. */
  answers: readonly RecordedAnswer[];
}

const args = z.custom<JsonObject>(isJsonObject, "the arguments of a call are a JSON object");
const turn = z.union([
  z.tuple([z.literal("u"), z.string()]),
  z.tuple([z.literal("a"), z.string()]),
  z.tuple([z.literal("t"), z.string().min(1), args, z.string()]),
]);

/** A line of the file: `["u", words]`, `["a", words]` and `["t", tool, args, result]` in turn. */
export const conversationLine = z.object({
  id: z.string().min(1),
  domain: z.string().min(1),
  gt: z.array(z.tuple([z.string(), args])),
  msgs: z.array(turn),
});
export type ConversationLine = z.output<typeof conversationLine>;

/** What stands where the recording has no words, although somebody has to speak. */
export const missing = {
  opening: "(the conversation begins)",
  answer: "(no answer was recorded)",
  ending: "(the recording ends here)",
} as const;

/**
 * Turns into exchanges. Words of the model directly before a call are one message with it. Some recordings begin with
 * the model: they get an opening, since an agent of ours speaks only when spoken to. Words of the user that nobody
 * answered any more are left out.
 */
export function conversationFrom({ id, domain, gt, msgs }: ConversationLine): RecordedConversation {
  const exchanges: Exchange[] = [];
  const answers: RecordedAnswer[] = [];
  let words: string[] = [];
  let begun = 0;
  const close = (silence: string): void => {
    if (answers.length === begun) return;
    // A model that got a result goes on; where it did not, the recording was cut off.
    if (answers.at(-1)?.call) answers.push({ text: silence, call: null });
    exchanges.push({ words: words.length > 0 ? words : [missing.opening], answeredAt: answers.length });
    words = [];
    begun = answers.length;
  };

  for (const turn of msgs) {
    switch (turn[0]) {
      case "u":
        close(missing.answer);
        words.push(turn[1]);
        break;
      case "a":
        append(answers, begun, { text: turn[1], call: null });
        break;
      case "t":
        append(answers, begun, { text: "", call: { tool: turn[1], args: turn[2], result: turn[3] } });
        break;
    }
  }
  close(missing.ending);
  return { id, domain, rightWrites: gt.map(([tool, args]) => ({ tool, args })), exchanges, answers };
}

/** Adds a message, or adds to the last one of this exchange as long as that has made no call. */
function append(answers: RecordedAnswer[], begun: number, next: RecordedAnswer): void {
  const last = answers.length > begun ? answers.at(-1) : undefined;
  if (!last || last.call) {
    answers.push(next);
    return;
  }
  const text = [last.text, next.text].filter((part) => part !== "").join("\n\n");
  answers[answers.length - 1] = { text, call: next.call };
}
