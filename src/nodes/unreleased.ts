// Answers that nobody released stand in the conversation without their words. Their agent is shown them again, so that it
// does not write the same once more.
import { AIMessage, isAIMessage, isToolMessage, type BaseMessage } from "@langchain/core/messages";
import { callOf, type AnswerDeps } from "../review/propose-answer.js";
import { actionIdOf } from "../review/propose.js";
import type { Action, TaskScope } from "../review/types.js";
import { replyName } from "../tools/built-in/reply.js";

type Store = Pick<AnswerDeps, "store">;

export async function withUnreleased(
  deps: Store,
  scope: TaskScope,
  messages: readonly BaseMessage[],
): Promise<BaseMessage[]> {
  return Promise.all(
    messages.map(async (message) => {
      const call = replyIn(message);
      const action = call && (await answerIn(deps, scope, message));
      if (!call || !action || message.id === undefined) return message;
      return new AIMessage({ id: message.id, content: "", tool_calls: [{ ...call, args: action.args }] });
    }),
  );
}

/** As often as an agent writes another answer where the policy forbids the last one: no person is in between. */
const mostForbidden = 5;

/** The last answers, one after the other, were all forbidden by the policy, and another one would be as well. */
export async function isForbiddenEver(
  deps: Store,
  scope: TaskScope,
  messages: readonly BaseMessage[],
): Promise<boolean> {
  const before = messages.findLastIndex((message) => !replyIn(message) && !isToldOfReply(message));
  const answers = messages.slice(before + 1).filter((message) => replyIn(message));
  if (answers.length < mostForbidden) return false;
  const last = await Promise.all(
    answers.slice(-mostForbidden).map((message) => answerIn(deps, scope, message)),
  );
  return last.every((action) => action?.assessment.route === "refuse");
}

function replyIn(message: BaseMessage) {
  return isAIMessage(message) ? message.tool_calls?.find(({ name }) => name === replyName) : undefined;
}

function isToldOfReply(message: BaseMessage): boolean {
  return isToolMessage(message) && message.name === replyName;
}

async function answerIn({ store }: Store, scope: TaskScope, message: BaseMessage): Promise<Action | null> {
  const call = replyIn(message);
  if (!call || message.id === undefined) return null;
  const place = callOf({ messageId: message.id, callId: call.id ?? "", after: null });
  return (await store.standing(scope.tenant, actionIdOf(scope, place)))?.action ?? null;
}
