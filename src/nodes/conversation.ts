// What is known of a conversation by those who may be believed: what people wrote, and what tools answered by our own rows.
import { isToolMessage, type BaseMessage } from "@langchain/core/messages";
import type { Source } from "../drafting/sources.js";
import { Conversation } from "../risk/conversation.js";
import { isOfPerson } from "./said.js";

/** Only what was written by people, and what our own rows say that tools answered: no word of the agent itself. */
export function sourcesOf(
  instructions: string | null,
  messages: readonly BaseMessage[],
  results: readonly Source[],
): Source[] {
  return [
    ...(instructions === null ? [] : [{ from: "instructions", text: instructions }]),
    ...messages.filter(isOfPerson).map(({ text }) => ({ from: "user", text })),
    ...results,
  ];
}

/** What calls are held against, as it stands when they are proposed. */
export function conversationOf(
  instructions: string | null,
  messages: readonly BaseMessage[],
  results: readonly Source[],
): Conversation {
  const spoken = messages.findLastIndex(isOfPerson);
  const since = messages.slice(spoken + 1).filter((message) => isToolMessage(message)).length;
  return new Conversation(sourcesOf(instructions, messages, []), results, Math.min(since, results.length));
}
