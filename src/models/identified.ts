// Every model message gets ids of our own, also while it is streamed. Providers send ids that repeat or are empty:
// two messages with one id replace each other in the history, and two calls with one id share an answer.
import type { CallbackManagerForLLMRun } from "@langchain/core/callbacks/manager";
import { BaseChatModel, type BaseChatModelCallOptions } from "@langchain/core/language_models/chat_models";
import { AIMessage, AIMessageChunk, type BaseMessage } from "@langchain/core/messages";
import { ChatGenerationChunk, type ChatResult } from "@langchain/core/outputs";
import type { NewId } from "../kernel/ids.js";
import type { Model, ModelRequest } from "./port.js";

interface CallOptions extends BaseChatModelCallOptions {
  request: Omit<ModelRequest, "messages" | "signal">;
}

/** A LangChain chat model around one of ours, for one answer: LangGraph's message stream hangs on such a model's callbacks. */
export class IdentifiedModel extends BaseChatModel<CallOptions> {
  readonly #model: Model;
  readonly #newId: NewId;

  constructor(model: Model, newId: NewId) {
    super({});
    this.#model = model;
    this.#newId = newId;
  }

  override _llmType(): string {
    // The base class asks before our fields exist.
    return "holdpoint";
  }

  override async _generate(messages: BaseMessage[], options: this["ParsedCallOptions"]): Promise<ChatResult> {
    const answer = await this.#model.invoke({ ...options.request, messages, ...signalOf(options) });
    return { generations: [{ text: answer.text, message: withOwnIds(answer, this.#newId) }] };
  }

  override async *_streamResponseChunks(
    messages: BaseMessage[],
    options: this["ParsedCallOptions"],
    runManager?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatGenerationChunk> {
    const messageId = this.#newId();
    const callIds = new Map<number, string>();
    for await (const chunk of this.#model.stream({ ...options.request, messages, ...signalOf(options) })) {
      const message = new AIMessageChunk({
        id: messageId,
        content: chunk.content,
        tool_call_chunks: (chunk.tool_call_chunks ?? []).map((call, position) => {
          const index = call.index ?? position;
          const isFirst = !callIds.has(index);
          const id = callIds.get(index) ?? `call_${this.#newId()}`;
          callIds.set(index, id);
          // Only the first piece of a call carries its id and name; a name that is repeated would be doubled.
          return { type: "tool_call_chunk", index, args: call.args ?? "", ...(isFirst ? { id, name: call.name ?? "" } : {}) };
        }),
        response_metadata: { ...chunk.response_metadata, ...(chunk.id ? { provider_message_id: chunk.id } : {}) },
        ...(chunk.usage_metadata ? { usage_metadata: chunk.usage_metadata } : {}),
      });
      const generation = new ChatGenerationChunk({ text: chunk.text, message });
      yield generation;
      await runManager?.handleLLMNewToken(chunk.text, undefined, undefined, undefined, undefined, { chunk: generation });
    }
  }
}

function withOwnIds(answer: AIMessage, newId: NewId): AIMessage {
  const called = [...(answer.tool_calls ?? [])];
  return new AIMessage({
    id: newId(),
    content: answer.content,
    tool_calls: called.map((call) => ({ ...call, id: `call_${newId()}` })),
    invalid_tool_calls: (answer.invalid_tool_calls ?? []).map((call) => ({ ...call, id: `call_${newId()}` })),
    response_metadata: { ...answer.response_metadata, ...(answer.id ? { provider_message_id: answer.id } : {}) },
    ...(answer.usage_metadata ? { usage_metadata: answer.usage_metadata } : {}),
  });
}

function signalOf(options: { signal?: AbortSignal | undefined }): { signal?: AbortSignal } {
  return options.signal ? { signal: options.signal } : {};
}
