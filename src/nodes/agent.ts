import { AIMessage, SystemMessage } from "@langchain/core/messages";
import type { RunnableConfig } from "@langchain/core/runnables";
import type { NewId } from "../kernel/ids.js";
import { unreadableKey } from "../graph/calls.js";
import type { AgentStateValue } from "../graph/state.js";
import { IdentifiedModel } from "../models/identified.js";
import type { Model } from "../models/port.js";
import type { ToolSet } from "../tools/tool-set.js";

export interface AgentDeps {
  model: Model;
  tools: ToolSet;
  instructions: string | null;
  newId: NewId;
}

/** Asks the model what to do next. */
export function agentNode(deps: AgentDeps) {
  const tools = [...deps.tools.values()].map(({ name, description, argsSchema }) => ({ name, description, argsSchema }));
  const model = new IdentifiedModel(deps.model, deps.newId);
  const instructions = deps.instructions === null ? [] : [new SystemMessage(deps.instructions)];

  return async (state: AgentStateValue, config: RunnableConfig): Promise<{ messages: AIMessage[] }> => {
    const answer = await model.invoke([...instructions, ...state.messages], { ...config, request: { tools } });
    return { messages: [completed(answer)] };
  };
}

/**
 * One plain message out of a whole or a merged answer. Calls whose arguments are not JSON stay calls: the model gets
 * its one answer to each, and providers refuse a history in which one is missing.
 */
function completed(answer: AIMessage): AIMessage {
  const calls = answer.tool_calls ?? [];
  const broken = answer.invalid_tool_calls ?? [];
  const unreadable = Object.fromEntries(
    broken.map((call) => [call.id ?? "", `${call.error ?? "not valid JSON"} (${(call.args ?? "").slice(0, 200)})`]),
  );
  return new AIMessage({
    ...(answer.id === undefined ? {} : { id: answer.id }),
    content: answer.content,
    tool_calls: [
      ...calls.map(({ name, args, id }) => ({ name, args, ...(id === undefined ? {} : { id }), type: "tool_call" as const })),
      ...broken.map(({ name, id }) => ({ name: name ?? "", args: {}, ...(id === undefined ? {} : { id }), type: "tool_call" as const })),
    ],
    response_metadata: {
      ...answer.response_metadata,
      ...(broken.length > 0 ? { [unreadableKey]: unreadable } : {}),
    },
    ...(answer.usage_metadata ? { usage_metadata: answer.usage_metadata } : {}),
  });
}
