import { isAIMessage, isToolMessage, type AIMessage, type BaseMessage } from "@langchain/core/messages";
import { hashJson, isJsonObject, parseJsonValue, type JsonObject } from "../kernel/json.js";
import { messageOf } from "../kernel/errors.js";
import type { ProposedCall } from "../review/types.js";

/** Where the agent node keeps the text of arguments that were not JSON, beside the call, which then has none. */
export const unreadableKey = "holdpoint_unreadable_args";

/** The tool calls of a model message, in order. */
export function callsOf(message: AIMessage): ProposedCall[] {
  const messageId = message.id ?? `unnamed-${hashJson(message.text)}`;
  const unreadable = (message.response_metadata?.[unreadableKey] ?? {}) as Record<string, string>;
  return (message.tool_calls ?? []).map((call, callIndex) => {
    const callId = call.id ?? "";
    const problem = unreadable[callId];
    return {
      messageId,
      callIndex,
      callId,
      tool: call.name,
      ...(problem === undefined ? readArgs(call.args) : { args: {}, unreadable: problem }),
    };
  });
}

/** Calls that got no answer: the run that made them was stopped, and the conversation went on. */
export function unansweredCalls(messages: readonly BaseMessage[]): ProposedCall[] {
  const answered = new Set(messages.flatMap((one) => (isToolMessage(one) ? [one.tool_call_id] : [])));
  const lacks = ({ id = "" }: { id?: string }): boolean => !answered.has(id);
  return messages.flatMap((message) =>
    isAIMessage(message) && message.tool_calls?.some(lacks)
      ? callsOf(message).filter(({ callId }) => lacks({ id: callId }))
      : [],
  );
}

export function lastModelMessage(messages: readonly BaseMessage[]): AIMessage | null {
  const last = messages.at(-1);
  return last && isAIMessage(last) ? last : null;
}

/** Arguments as JSON, or why they are none. */
export interface ReadArgs {
  args: JsonObject;
  unreadable?: string;
}

export function readArgs(args: unknown): ReadArgs {
  try {
    const json = parseJsonValue(args);
    return isJsonObject(json)
      ? { args: json }
      : { args: {}, unreadable: `${JSON.stringify(json).slice(0, 200)} is not an object` };
  } catch (error) {
    return { args: {}, unreadable: messageOf(error) };
  }
}

/** @param isCut the message ends at its length limit, so that arguments may be missing and not just be none. */
export function readWrittenArgs(text: string, isCut: boolean): ReadArgs {
  try {
    return readArgs(JSON.parse(text.trim() === "" && !isCut ? "{}" : text));
  } catch (error) {
    return { args: {}, unreadable: `${messageOf(error)} (${text.slice(0, 200)})` };
  }
}
