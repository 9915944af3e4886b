import { ChatOpenAI, ChatOpenAICompletions } from "@langchain/openai";
import { HoldpointError } from "../kernel/errors.js";
import { messageOf } from "../kernel/errors.js";
import { langchainModel } from "./langchain.js";
import type { Model } from "./port.js";

export interface OpenAiOptions {
  apiKey: string;
  model: string;
  baseUrl?: string;
  /** A request ends when its server has been silent for this long, before or in its answer, in milliseconds. */
  timeoutMs?: number;
  /** How often a request is repeated after a fault of the provider. */
  maxRetries?: number;
  /** Asks for the probabilities of tokens, where the model has them: how sure it was of a call is one signal of its risk. */
  logprobs?: boolean;
}

export function openAiModel(options: OpenAiOptions): Model {
  if (!options.apiKey?.trim())
    throw new HoldpointError(
      "options_invalid",
      "openAiModel() was given no apiKey, and the provider would refuse the first message. " +
        "Give the key; for a server of your own that asks for none, any text will do.",
    );
  const timeout = options.timeoutMs ?? 120_000;
  const fields = {
    apiKey: options.apiKey,
    model: options.model,
    timeout,
    maxRetries: options.maxRetries ?? 2,
    ...(options.logprobs ? { logprobs: true } : {}),
    configuration: {
      fetch: fetchUnlessSilent(timeout),
      ...(options.baseUrl === undefined ? {} : { baseURL: options.baseUrl }),
    },
  };
  const model = langchainModel(new ChatOpenAI({ ...fields, completions: new WholeCompletions(fields) }));
  return {
    name: options.model,
    invoke: (request) =>
      model.invoke(request).catch((error: unknown) => {
        throw unansweredIn(error) ?? error;
      }),
    async *stream(request) {
      try {
        yield* model.stream(request);
      } catch (error) {
        throw unansweredIn(error) ?? error;
      }
    },
  };
}

/** LangChain's adapter takes an answer that broke off for one that ended, and a refusal for an empty answer. */
class WholeCompletions extends ChatOpenAICompletions {
  override async *_streamResponseChunks(
    ...[messages, options, runManager]: Parameters<ChatOpenAICompletions["_streamResponseChunks"]>
  ): ReturnType<ChatOpenAICompletions["_streamResponseChunks"]> {
    let finished = false;
    for await (const chunk of super._streamResponseChunks(messages, options, runManager)) {
      finished ||= typeof chunk.generationInfo?.["finish_reason"] === "string";
      yield chunk;
    }
    options.signal?.throwIfAborted();
    // A call whose arguments had not arrived yet would read as one without arguments.
    if (!finished)
      throw new Error(`The answer of ${this.model} broke off before its end. Nothing of it was taken.`);
  }

  protected override _convertCompletionsMessageToBaseMessage(
    ...[message, response]: Parameters<ChatOpenAICompletions["_convertCompletionsMessageToBaseMessage"]>
  ): ReturnType<ChatOpenAICompletions["_convertCompletionsMessageToBaseMessage"]> {
    return super._convertCompletionsMessageToBaseMessage(
      { ...message, content: message.content || message.refusal },
      response,
    );
  }

  protected override _convertCompletionsDeltaToBaseMessageChunk(
    ...[delta, response, role]: Parameters<
      ChatOpenAICompletions["_convertCompletionsDeltaToBaseMessageChunk"]
    >
  ): ReturnType<ChatOpenAICompletions["_convertCompletionsDeltaToBaseMessageChunk"]> {
    const content: unknown = delta["content"] || delta["refusal"];
    return super._convertCompletionsDeltaToBaseMessageChunk({ ...delta, content }, response, role);
  }
}

/** The client's own time limit ends with the headers of an answer; here its body may not fall silent either. */
function fetchUnlessSilent(timeoutMs: number): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, init).catch((error: unknown) => {
      // What was cut off from here has a reason of its own.
      throw init?.signal?.aborted ? error : new Unanswered(hostOf(input), error);
    });
    if (!response.body) return response;
    return new Response(ReadableStream.from(unlessSilent(response.body, timeoutMs)), response);
  };
}

class Unanswered extends Error {
  constructor(host: string, fault: unknown) {
    const said = messageOf(fault instanceof Error && fault.cause !== undefined ? fault.cause : fault);
    // The client takes a text that speaks of a time-out for its own, and drops the rest.
    const why = /timed? ?out/i.test(said) ? "no connection in time" : said;
    super(
      `The model's server at ${host} does not answer (${why}). Check the base URL of the model ` +
        "(OPENAI_BASE_URL), and that this server runs and can be reached from here.",
    );
  }
}

/** The client says "Connection error." of everything, and keeps what it was as the cause. */
function unansweredIn(thrown: unknown): Unanswered | null {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    if (error instanceof Unanswered) return error;
  }
  return null;
}

function hostOf(input: Parameters<typeof fetch>[0]): string {
  return new URL(input instanceof Request ? input.url : input).host;
}

async function* unlessSilent(
  body: ReadableStream<Uint8Array>,
  timeoutMs: number,
): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await within(timeoutMs, reader.read());
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel();
  }
}

async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`The model's server fell silent for ${timeoutMs} ms in the middle of its answer.`));
    }, timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
