// What happens around a call of the model: nothing is asked of it while one of its calls has no answer, and what it says
// gets an identity of ours.
import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { AIMessage } from "@langchain/core/messages";
import { Command, Send, getCurrentTaskInput } from "@langchain/langgraph";
import type { WrapModelCallHook } from "langchain";
import { tokensIn } from "../models/certainty.js";
import { langchainModel } from "../models/langchain.js";
import type { NewId } from "../kernel/ids.js";
import type { Log } from "../kernel/log.js";
import { withdrawAnswered } from "./answered-elsewhere.js";
import { proposedCalls } from "./calls.js";
import type { HeardCalls, HeardFrom } from "../nodes/heard-calls.js";
import { inOrder, unanswered } from "./history.js";
import type { KnownTools } from "./known-tools.js";
import { ownMessage } from "./own-message.js";
import type { ScopeOf } from "./scope.js";
import type { Started } from "./started.js";

export interface ModelCallDeps {
  /** Brings up what stands behind the middleware: an agent that could not hold anything does not begin. */
  ready(): Promise<Started>;
  scopeOf: ScopeOf;
  tools: KnownTools;
  heard: HeardCalls;
  newId: NewId;
  log: Log;
}

export function modelCall(deps: ModelCallDeps): WrapModelCallHook {
  return async (request, handler) => {
    const scope = deps.scopeOf(request.runtime);
    const { acting } = await deps.ready();
    deps.tools.learn(request.tools);
    const { messages } = request.state;

    const left = unanswered(messages);
    if (left.length > 0) {
      const state = getCurrentTaskInput<object>();
      return new Command({ goto: left.map((call) => new Send(toolsNode, { ...state, lg_tool_call: call })) });
    }

    await withdrawAnswered({ store: acting.store, log: deps.log }, scope, messages);
    const answer = await handler({ ...request, messages: inOrder(request.messages) });
    // Where the agent has a response format, its final answer is no message.
    if (!AIMessage.isInstance(answer)) return answer;
    const own = ownMessage(answer, messages, deps.newId);
    const tokens = tokensIn(answer.response_metadata);
    deps.heard.hear(scope, proposedCalls(own), heardFrom(request), tokens);
    return own;
  };
}

function heardFrom({ model, systemMessage }: Parameters<WrapModelCallHook>[0]): HeardFrom {
  const isChatModel = "_llmType" in model && "bindTools" in model && "withStructuredOutput" in model;
  return {
    model: isChatModel ? langchainModel(model as BaseChatModel) : null,
    instructions: systemMessage.text || null,
  };
}

/** The node in which LangChain's agent runs tools, and how it sends a call there. */
const toolsNode = "tools";
