// A conversation as people read it: who said what, and which answer belongs to which call.
import { BaseMessage } from "@langchain/core/messages";
import type { Turn } from "../contract/review-context.js";

const whoByType: Readonly<Record<string, Turn["who"]>> = { human: "user", ai: "agent", tool: "tool" };

/** @param values of a graph's state; one without a list of messages has no conversation. */
export function conversationOf(values: unknown, last: number): Turn[] {
  const { messages } = Object(values) as { messages?: unknown };
  if (!Array.isArray(messages)) return [];
  return messages
    .filter((message): message is BaseMessage => BaseMessage.isInstance(message))
    .slice(-last)
    .map((message) => ({
      id: message.id ?? "",
      who: whoSaid(message),
      text: message.text,
      callId: "tool_call_id" in message ? String(message.tool_call_id) : null,
    }));
}

export function whoSaid(message: BaseMessage): Turn["who"] {
  return whoByType[message.getType()] ?? "other";
}
