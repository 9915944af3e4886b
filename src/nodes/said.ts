import { isHumanMessage, type BaseMessage } from "@langchain/core/messages";
import { sha256 } from "../kernel/json.js";
import type { Said } from "../review/evidence.js";

/** What the person wrote, in the order of the conversation. */
export function saidIn(messages: readonly BaseMessage[]): Said[] {
  return messages
    .filter(isOfPerson)
    .map(({ id, text }, place) => ({ id: id ?? `unnamed-${sha256(String(place), text)}`, text }));
}

/** LangChain's summaries are the model's words under a person's name; it marks what it made itself. */
export function isOfPerson(message: BaseMessage): boolean {
  return isHumanMessage(message) && message.additional_kwargs["lc_source"] === undefined;
}
