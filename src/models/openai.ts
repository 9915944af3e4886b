import { ChatOpenAI } from "@langchain/openai";
import { langchainModel } from "./langchain.js";
import type { Model } from "./port.js";

export interface OpenAiOptions {
  apiKey: string;
  model: string;
  baseUrl?: string;
  /** A request without an answer ends after this long, in milliseconds. */
  timeoutMs?: number;
  /** How often a request is repeated after a fault of the provider. */
  maxRetries?: number;
}

export function openAiModel(options: OpenAiOptions): Model {
  return langchainModel(
    new ChatOpenAI({
      apiKey: options.apiKey,
      model: options.model,
      timeout: options.timeoutMs ?? 120_000,
      maxRetries: options.maxRetries ?? 2,
      ...(options.baseUrl === undefined ? {} : { configuration: { baseURL: options.baseUrl } }),
    }),
  );
}
