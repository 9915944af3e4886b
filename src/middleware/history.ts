import { AIMessage, ToolMessage, type BaseMessage } from "@langchain/core/messages";
import type { ToolCall } from "@langchain/core/messages/tool";

/**
 * The calls of the last model message that have no answer. LangGraph drops what waits in a thread when it gets new
 * input; the model is asked again only when each call has its answer, so these are to be looked at again first.
 */
export function unanswered(messages: readonly BaseMessage[]): ToolCall[] {
  const last = messages.findLast((message) => AIMessage.isInstance(message));
  const answered = new Set(
    messages.filter((one) => ToolMessage.isInstance(one)).map((one) => one.tool_call_id),
  );
  return (last?.tool_calls ?? []).filter(({ id }) => !answered.has(id ?? ""));
}

/** The same messages with the answers right behind their calls: what was said meanwhile came between, and no provider takes that. */
export function inOrder(messages: readonly BaseMessage[]): BaseMessage[] {
  const ordered: BaseMessage[] = [];
  let meanwhile: BaseMessage[] = [];
  for (const message of messages) {
    if (AIMessage.isInstance(message)) {
      ordered.push(...meanwhile, message);
      meanwhile = [];
    } else if (ToolMessage.isInstance(message)) ordered.push(message);
    else meanwhile.push(message);
  }
  return [...ordered, ...meanwhile];
}
