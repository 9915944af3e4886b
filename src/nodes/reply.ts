import { AIMessage, ToolMessage, type BaseMessage } from "@langchain/core/messages";
import type { RunnableConfig } from "@langchain/core/runnables";
import { interrupt } from "@langchain/langgraph";
import { actOn, type ActDeps, type ActOutcome } from "../execution/act.js";
import { park } from "../execution/park.js";
import { actionIdOf } from "../review/propose.js";
import type { ProposedCall, TaskScope } from "../review/types.js";
import { replyName } from "../tools/built-in/reply.js";
import { scopeOf } from "./scope.js";

/**
 * Waits until an answer is released, and says it then: only now it stands in the conversation. One that is not released is
 * told to the agent without its words.
 */
export function replyNode(deps: ActDeps) {
  return async (call: ProposedCall, config: RunnableConfig): Promise<{ messages: BaseMessage[] }> => {
    const scope = scopeOf(config);
    for (;;) {
      const outcome = await actOrPark(deps, scope, call);
      // A copied thread has no such row: its agent answers anew.
      if (outcome === null) return { messages: [] };
      if (outcome.kind === "answered") return { messages: messagesOf(call, outcome) };
      // Throws to pause; nothing around it may catch.
      interrupt(outcome.hold);
    }
  };
}

async function actOrPark(deps: ActDeps, scope: TaskScope, call: ProposedCall): Promise<ActOutcome | null> {
  try {
    const standing = await deps.store.standing(scope.tenant, actionIdOf(scope, call));
    return standing && (await actOn(deps, scope, call, standing));
  } catch (error) {
    return park(deps, scope, call, error);
  }
}

function messagesOf(
  { messageId, callId }: ProposedCall,
  { status, text }: Extract<ActOutcome, { kind: "answered" }>,
): BaseMessage[] {
  if (status === "success") return [new AIMessage({ id: messageId, content: text })];
  return [
    new AIMessage({
      id: messageId,
      content: "",
      tool_calls: [{ id: callId, name: replyName, args: {}, type: "tool_call" }],
    }),
    new ToolMessage({
      id: `answer-${messageId}`,
      tool_call_id: callId,
      name: replyName,
      status,
      content: text,
    }),
  ];
}
