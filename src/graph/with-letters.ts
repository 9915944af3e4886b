// What was said while a person led the conversation, in the state as it is read: the agent's next turn writes it there.
import type { BaseMessage } from "@langchain/core/messages";
import type { StateSnapshot } from "@langchain/langgraph";
import type { Letter } from "../review/taking-over.js";
import { messagesOf } from "./letters.js";

/** A letter that stands in the state already is there once; none takes the place of what was said before it. */
export function withLetters(state: StateSnapshot, letters: readonly Letter[]): StateSnapshot {
  if (letters.length === 0) return state;
  const values = Object(state.values) as { messages?: BaseMessage[] };
  const { messages: standing = [] } = values;
  const known = new Set(standing.map(({ id }) => id));
  const messages = [...standing, ...messagesOf(letters.filter(({ id }) => !known.has(id)))];
  return { ...state, values: { ...values, messages } };
}
