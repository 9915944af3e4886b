import { coerceMessageLikeToMessage, type BaseMessage, type BaseMessageLike } from "@langchain/core/messages";
import type { Letter } from "../review/taking-over.js";

export function messagesOf(letters: readonly Letter[]): BaseMessage[] {
  return letters.map((letter) => coerceMessageLikeToMessage(letter as unknown as BaseMessageLike));
}
