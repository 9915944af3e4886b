// An agent that LangChain builds, with our middleware in it: the tools count what they do, and the model says what the
// test tells it to.
import type { BaseChatModelCallOptions } from "@langchain/core/language_models/chat_models";
import { BaseChatModel } from "@langchain/core/language_models/chat_models";
import type { CallbackManagerForLLMRun } from "@langchain/core/callbacks/manager";
import type { AIMessage, BaseMessage } from "@langchain/core/messages";
import { ChatGenerationChunk, type ChatResult } from "@langchain/core/outputs";
import { MemorySaver, type BaseCheckpointSaver } from "@langchain/langgraph";
import { randomUUID } from "node:crypto";
import { createAgent, type AgentMiddleware, type CreateAgentParams } from "langchain";
import {
  holdpointMiddleware,
  type HoldpointMiddleware,
  type HoldpointMiddlewareOptions,
} from "../../src/langchain.js";
import { scriptedModel, type Model, type Script } from "../../src/index.js";
import { countingTools, obedient, type Effects } from "./agent.js";

/** One of our models, as a chat model of LangChain's. What it was asked is kept. */
export class ChatModelOf extends BaseChatModel {
  readonly asked: BaseMessage[][] = [];

  constructor(readonly model: Model) {
    super({});
  }

  override _llmType(): string {
    return "scripted";
  }

  override bindTools(): this {
    return this;
  }

  override async _generate(messages: BaseMessage[]): Promise<ChatResult> {
    this.asked.push(messages);
    const message = await this.model.invoke({ messages, tools: [] });
    return { generations: [{ text: message.text, message }] };
  }

  override async *_streamResponseChunks(
    messages: BaseMessage[],
    _options: BaseChatModelCallOptions,
    runManager?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatGenerationChunk> {
    this.asked.push(messages);
    for await (const message of this.model.stream({ messages, tools: [] })) {
      const chunk = new ChatGenerationChunk({ text: message.text, message });
      yield chunk;
      await runManager?.handleLLMNewToken(message.text, undefined, undefined, undefined, undefined, {
        chunk,
      });
    }
  }
}

export const chatModel = (script: Script): ChatModelOf => new ChatModelOf(scriptedModel("scripted", script));

export type TestMiddlewareAgent = ReturnType<typeof middlewareAgent>;

/** The caller stops `holdpoint`. */
export function middlewareAgent(
  url: string,
  {
    options = {},
    model = chatModel(obedient),
    checkpointer = new MemorySaver(),
    before = [],
    behind = [],
    ...more
  }: {
    options?: Partial<HoldpointMiddlewareOptions>;
    model?: ChatModelOf;
    /** Null: none. */
    checkpointer?: BaseCheckpointSaver | null;
    before?: AgentMiddleware[];
    behind?: AgentMiddleware[];
  } & Partial<Pick<CreateAgentParams, "tools" | "responseFormat" | "version">> = {},
) {
  const counting = countingTools();
  const holdpoint: HoldpointMiddleware = holdpointMiddleware({
    name: `agent-${randomUUID()}`,
    tools: counting.tools,
    database: { url },
    ...options,
    settings: { leaseMs: 1_000, pollMs: 100, maxConnections: 8, ...options.settings },
  });
  const agent = createAgent({
    model,
    ...(checkpointer ? { checkpointer } : {}),
    middleware: [...before, holdpoint, ...behind],
    ...more,
  });
  const effects: Effects = counting.effects;
  return { agent, holdpoint, effects, model };
}

export const toolAnswers = (messages: readonly BaseMessage[]): string[] =>
  messages.filter((message) => message.getType() === "tool").map((message) => message.text);

export const callsIn = (messages: readonly BaseMessage[]) =>
  messages.flatMap((message) =>
    message.getType() === "ai" ? ((message as AIMessage).tool_calls ?? []) : [],
  );
