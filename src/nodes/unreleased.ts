// Answers that nobody released stand in the conversation without their words. Their agent is shown them again, so that it
// does not write the same once more.
import { AIMessage, isAIMessage, type BaseMessage } from "@langchain/core/messages";
import { callOf, type AnswerDeps } from "../review/propose-answer.js";
import { actionIdOf } from "../review/propose.js";
import type { TaskScope } from "../review/types.js";
import { replyName } from "../tools/built-in/reply.js";

export async function withUnreleased(
  { store }: Pick<AnswerDeps, "store">,
  scope: TaskScope,
  messages: readonly BaseMessage[],
): Promise<BaseMessage[]> {
  return Promise.all(
    messages.map(async (message) => {
      const call = isAIMessage(message) ? message.tool_calls?.find(({ name }) => name === replyName) : null;
      if (!call || message.id === undefined) return message;
      const place = callOf({ messageId: message.id, callId: call.id ?? "", after: null });
      const standing = await store.standing(scope.tenant, actionIdOf(scope, place));
      if (!standing) return message;
      return new AIMessage({
        id: message.id,
        content: "",
        tool_calls: [{ ...call, args: standing.action.args }],
      });
    }),
  );
}
