// Which call of which message is to be made.
import { AIMessage, type BaseMessage } from "@langchain/core/messages";
import type { ToolCall } from "@langchain/core/messages/tool";
import { callsOf, readArgs } from "../graph/calls.js";
import { hashJson } from "../kernel/json.js";
import type { ProposedCall } from "../review/types.js";
import { identityOf } from "./own-message.js";

/** The calls of a message, under the identity that is ours where it has one. */
export function proposedCalls(message: AIMessage): ProposedCall[] {
  const messageId = identityOf(message);
  return callsOf(message).map((call) => (messageId === undefined ? call : { ...call, messageId }));
}

export interface FoundCall {
  /** As it is to be made: middleware before this one may have changed its arguments. */
  call: ProposedCall;
  /** As its message has it; null where no message does. */
  written: ProposedCall | null;
  /** All calls of that message. */
  siblings: readonly ProposedCall[];
}

export function findCall(toolCall: ToolCall, messages: readonly BaseMessage[]): FoundCall {
  const callId = toolCall.id ?? "";
  for (const message of messages.toReversed()) {
    if (!AIMessage.isInstance(message)) continue;
    const siblings = proposedCalls(message);
    const written = siblings.find((call) => call.callId === callId);
    if (!written) continue;
    const args = written.unreadable === undefined ? readArgs(toolCall.args) : { args: {} };
    return { call: { ...written, ...args, tool: toolCall.name }, written, siblings };
  }
  return { call: unlisted(toolCall, callId), written: null, siblings: [] };
}

/** A call that somebody sent to the tools past every message: the same one is the same action each time. */
function unlisted({ name, args }: ToolCall, callId: string): ProposedCall {
  const read = readArgs(args);
  const messageId = `unlisted-${hashJson([callId, name, read.args])}`;
  return { messageId, callIndex: 0, callId, tool: name, ...read };
}
