import type { AIMessage, AIMessageChunk, BaseMessage } from "@langchain/core/messages";
import type { JsonObject } from "../kernel/json.js";

export interface ModelRequest {
  messages: BaseMessage[];
  tools: readonly { name: string; description: string; argsSchema: JsonObject }[];
  signal?: AbortSignal;
  /** The answer is to be JSON of this schema, as text. A model may not keep to it: whoever asks reads with care. */
  answerSchema?: { name: string; schema: JsonObject };
}

/** What the agent node needs of a model: an answer at once, or in pieces where somebody watches. */
export interface Model {
  readonly name: string;
  /** Of a scripted model that stands in for a real one: what to say to it to see a call being held. */
  readonly demo?: string;
  invoke(request: ModelRequest): Promise<AIMessage>;
  stream(request: ModelRequest): AsyncIterable<AIMessageChunk>;
}
