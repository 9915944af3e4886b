// Every model message gets ids of our own, also while it is streamed. Providers send ids that repeat or are empty:
// two messages with one id replace each other in the history, and two calls with one id share an answer.
import type { CallbackManagerForLLMRun } from "@langchain/core/callbacks/manager";
import { BaseChatModel, type BaseChatModelCallOptions } from "@langchain/core/language_models/chat_models";
import { AIMessage, AIMessageChunk, type BaseMessage, type ToolCallChunk } from "@langchain/core/messages";
import { ChatGenerationChunk, type ChatResult } from "@langchain/core/outputs";
import type { NewId } from "../kernel/ids.js";
import type { Model, ModelRequest } from "./port.js";
import { CallBlocks } from "./call-blocks.js";
import { tokensIn } from "./certainty.js";
import { withoutRationales, WithheldCalls, type Hear } from "./rationales.js";

interface CallOptions extends BaseChatModelCallOptions {
  request: Omit<ModelRequest, "messages" | "signal">;
  /** Hears what the model says of its calls. It goes past the message, which whoever chats can read. */
  hear?: Hear;
  /** Hears how likely the model found what it wrote, piece by piece. It has the rationales in it, and goes past the message too. */
  hearTokens?: (tokens: readonly unknown[]) => void;
}

/** A LangChain chat model around one of ours, for one answer: LangGraph's message stream hangs on such a model's callbacks. */
export class IdentifiedModel extends BaseChatModel<CallOptions> {
  readonly #model: Model;
  readonly #newId: NewId;
  readonly #asked: ReadonlySet<string>;

  /** @param asked the tools whose calls carry a rationale. */
  constructor(model: Model, newId: NewId, asked: ReadonlySet<string> = new Set()) {
    super({});
    this.#model = model;
    this.#newId = newId;
    this.#asked = asked;
  }

  override _llmType(): string {
    // The base class asks before our fields exist.
    return "holdpoint";
  }

  override async _generate(messages: BaseMessage[], options: this["ParsedCallOptions"]): Promise<ChatResult> {
    const answer = await this.#model.invoke({ ...options.request, messages, ...signalOf(options) });
    options.hearTokens?.(tokensIn(answer.response_metadata));
    const message = withoutRationales(withOwnIds(answer, this.#newId), this.#asked, options.hear);
    return { generations: [{ text: answer.text, message }] };
  }

  override async *_streamResponseChunks(
    messages: BaseMessage[],
    options: this["ParsedCallOptions"],
    runManager?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatGenerationChunk> {
    const messageId = this.#newId();
    const calls = new StreamedCalls(this.#newId);
    const withheld = new WithheldCalls(this.#asked, options.hear);
    const blocks = new CallBlocks();
    let isFirst = true;
    for await (const chunk of this.#model.stream({ ...options.request, messages, ...signalOf(options) })) {
      options.hearTokens?.(tokensIn(chunk.response_metadata));
      const message = new AIMessageChunk({
        id: messageId,
        content: blocks.leaveOut(chunk.content),
        tool_call_chunks: withheld.pass(calls.piecesOf(chunk)),
        // Texts in the metadata of two pieces are joined, so the provider's id is said once.
        response_metadata: { ...metadataOf(chunk), ...(isFirst ? providerId(chunk) : {}) },
        ...(chunk.usage_metadata ? { usage_metadata: chunk.usage_metadata } : {}),
      });
      isFirst = false;
      yield* told(new ChatGenerationChunk({ text: chunk.text, message }), runManager);
    }
    const rest = withheld.rest();
    if (rest.length === 0) return;
    const message = new AIMessageChunk({ id: messageId, content: "", tool_call_chunks: rest });
    yield* told(new ChatGenerationChunk({ text: "", message }), runManager);
  }
}

async function* told(
  chunk: ChatGenerationChunk,
  runManager: CallbackManagerForLLMRun | undefined,
): AsyncGenerator<ChatGenerationChunk> {
  yield chunk;
  await runManager?.handleLLMNewToken(chunk.text, undefined, undefined, undefined, undefined, { chunk });
}

/** Tells the calls of one streamed answer apart: each has a number and an id of ours, whatever the provider's are. */
class StreamedCalls {
  readonly #newId: NewId;
  readonly #byPlace = new Map<number, { number: number; providerId: string | undefined; named: boolean }>();
  #count = 0;

  constructor(newId: NewId) {
    this.#newId = newId;
  }

  piecesOf(chunk: AIMessageChunk): ToolCallChunk[] {
    return callPieces(chunk).map((piece, position) => {
      const place = piece.index ?? position;
      const begun = this.#byPlace.get(place);
      // Some servers send all calls under one index, or under none: there a new id begins a new call.
      const goesOn = begun && (!piece.id || !begun.providerId || piece.id === begun.providerId);
      const call = goesOn
        ? begun
        : { number: this.#count++, providerId: piece.id || undefined, named: false };
      this.#byPlace.set(place, call);
      // A name that is repeated would be doubled.
      const name = call.named ? undefined : piece.name;
      call.named ||= Boolean(piece.name);
      return {
        type: "tool_call_chunk",
        index: call.number,
        args: piece.args ?? "",
        ...(goesOn ? {} : { id: `call_${this.#newId()}` }),
        ...(name === undefined ? {} : { name }),
      };
    });
  }
}

/** The calls in a piece of an answer. A model that does not stream gives one piece, with calls that are read already. */
function callPieces({
  tool_call_chunks = [],
  tool_calls = [],
  invalid_tool_calls = [],
}: AIMessageChunk): ToolCallChunk[] {
  if (tool_call_chunks.length > 0) return tool_call_chunks;
  const pieces = [
    ...tool_calls.map((call) => ({ ...call, args: JSON.stringify(call.args) })),
    ...invalid_tool_calls.map((call) => ({ ...call, args: call.args ?? "" })),
  ];
  return pieces.map(({ name, args }, index) => ({ type: "tool_call_chunk", index, name: name ?? "", args }));
}

function withOwnIds(answer: AIMessage, newId: NewId): AIMessage {
  const called = [...(answer.tool_calls ?? [])];
  return new AIMessage({
    id: newId(),
    content: new CallBlocks().leaveOut(answer.content),
    tool_calls: called.map((call) => ({ ...call, id: `call_${newId()}` })),
    invalid_tool_calls: (answer.invalid_tool_calls ?? []).map((call) => ({ ...call, id: `call_${newId()}` })),
    response_metadata: { ...metadataOf(answer), ...providerId(answer) },
    ...(answer.usage_metadata ? { usage_metadata: answer.usage_metadata } : {}),
  });
}

/**
 * Without `output`: LangChain would send it again in the place of the message, with the provider's ids of the calls. And
 * without the probabilities of tokens, among which are those of rationales, which whoever chats is not to read.
 */
function metadataOf({ response_metadata }: AIMessage | AIMessageChunk): Record<string, unknown> {
  const { output: _, logprobs: __, ...metadata } = response_metadata as Record<string, unknown>;
  return metadata;
}

function providerId({ id }: AIMessage | AIMessageChunk): { provider_message_id?: string } {
  return id ? { provider_message_id: id } : {};
}

function signalOf(options: { signal?: AbortSignal | undefined }): { signal?: AbortSignal } {
  return options.signal ? { signal: options.signal } : {};
}
