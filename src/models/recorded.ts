import { isAIMessage, isHumanMessage } from "@langchain/core/messages";
import type { JsonObject } from "../kernel/json.js";
import type { Model } from "./port.js";
import { scriptedModel } from "./scripted.js";

/** One message of a recorded model: words, a call with what its tool answered, or both. */
export interface RecordedAnswer {
  text: string;
  call: RecordedCall | null;
}

export interface RecordedCall {
  tool: string;
  args: JsonObject;
  result: string;
}

/** A model that says again what another one said. It serves any number of conversations at once. */
export interface RecordedModel extends Model {
  /** The answer this conversation got last, for tools that answer from the same recording. */
  lastAnswer(conversation: string): RecordedAnswer | null;
}

/**
 * @param answersOf what was recorded of a conversation, by the id of its first user message: a model sees messages
 * and nothing else.
 */
export function recordedModel(
  answersOf: (conversation: string) => readonly RecordedAnswer[] | undefined,
): RecordedModel {
  const lastByConversation = new Map<string, RecordedAnswer>();
  const model = scriptedModel("recorded", (messages) => {
    const conversation = messages.find((message) => isHumanMessage(message))?.id ?? "";
    const answers = answersOf(conversation);
    if (!answers) throw new Error(`No recording begins with the message "${conversation}".`);
    // Counted from the messages and not kept: a run that is taken up again has to get the same answer.
    const position = messages.filter((message) => isAIMessage(message)).length;
    const answer = answers[position];
    if (!answer)
      throw new Error(`The recording of "${conversation}" ends after ${answers.length} model messages.`);
    lastByConversation.set(conversation, answer);
    return { text: answer.text, calls: answer.call ? [answer.call] : [] };
  });
  return { ...model, lastAnswer: (conversation) => lastByConversation.get(conversation) ?? null };
}
