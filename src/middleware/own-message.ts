// The model's message as the rest of the agent gets it: with an identity that is ours, and calls that can be told apart.
import {
  AIMessage,
  type AIMessageChunk,
  type BaseMessage,
  type ToolCallChunk,
} from "@langchain/core/messages";
import type { ToolCall } from "@langchain/core/messages/tool";
import { readWrittenArgs, unreadableKey } from "../graph/calls.js";
import { endsAtLimit } from "../nodes/agent.js";
import type { NewId } from "../kernel/ids.js";

/** Where the identity of a message stands in it. Providers repeat ids, also such as were trimmed from the history. */
const identityKey = "holdpoint_message_id";

/**
 * A message whose calls stay what they are from here on. The provider's ids stay where they will do, because what was
 * streamed has them and providers find them again in their own blocks; a message id that the history has already would
 * replace that message, and a call id that is empty or stands there already would share its answer.
 */
export function ownMessage(answer: AIMessage, history: readonly BaseMessage[], newId: NewId): AIMessage {
  const taken = new Set(history.flatMap(callIdsOf));
  const unreadable: Record<string, string> = {};
  const calls = (answer.tool_calls ?? []).map((call) => {
    const id = call.id && !taken.has(call.id) ? call.id : `call_${newId()}`;
    taken.add(id);
    const problem = whyUnreadable(answer, call);
    if (problem !== undefined) unreadable[id] = problem;
    return { ...call, id, args: problem === undefined ? call.args : {} };
  });
  const isDoubled = history.some((message) => message.id === answer.id);
  const { id, name, usage_metadata } = answer;
  return new AIMessage({
    ...(isDoubled ? { id: newId() } : id === undefined ? {} : { id }),
    ...(name === undefined ? {} : { name }),
    ...(usage_metadata ? { usage_metadata } : {}),
    content: answer.content,
    additional_kwargs: answer.additional_kwargs,
    tool_calls: calls,
    invalid_tool_calls: answer.invalid_tool_calls ?? [],
    response_metadata: {
      ...answer.response_metadata,
      [identityKey]: newId(),
      ...(Object.keys(unreadable).length > 0 ? { [unreadableKey]: unreadable } : {}),
    },
  });
}

/** What stands for the message in the ids of its actions. */
export function identityOf(message: AIMessage): string | undefined {
  const own: unknown = message.response_metadata?.[identityKey];
  return typeof own === "string" ? own : message.id;
}

function callIdsOf(message: BaseMessage): string[] {
  return AIMessage.isInstance(message) ? (message.tool_calls ?? []).map(({ id = "" }) => id) : [];
}

/** Of a streamed answer LangChain closes a string or a number that broke off, and half of a call would run. */
function whyUnreadable(answer: AIMessage, { id, args }: ToolCall): string | undefined {
  const isCut = endsAtLimit(answer.response_metadata ?? {});
  return writtenCalls(answer)
    .filter((written) => written.id === id)
    .map((written) => written.args ?? "")
    .filter((text) => text !== args["input"])
    .map((text) => readWrittenArgs(text, isCut).unreadable)
    .find((problem) => problem !== undefined);
}

function writtenCalls(answer: AIMessage | AIMessageChunk): ToolCallChunk[] {
  return "tool_call_chunks" in answer ? (answer.tool_call_chunks ?? []) : [];
}
