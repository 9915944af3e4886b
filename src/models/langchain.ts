import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { AIMessage } from "@langchain/core/messages";
import { HoldpointError } from "../kernel/errors.js";
import type { Model, ModelRequest } from "./port.js";

type AnswerSchema = NonNullable<ModelRequest["answerSchema"]>;

/** Any LangChain chat model that can call tools, as a model of ours. Throws `options_invalid` for one that cannot. */
export function langchainModel(model: BaseChatModel): Model {
  const { bindTools } = model;
  if (!bindTools) {
    throw new HoldpointError(
      "options_invalid",
      `${model._llmType()} has no bindTools(): it cannot call tools.`,
    );
  }
  const structured = async (request: ModelRequest, { name, schema }: AnswerSchema): Promise<AIMessage> => {
    const asking = model.withStructuredOutput(schema, { name, includeRaw: true, ...strictness(model) });
    // What it makes of the answer is not used: it throws a whole answer away for one part that does not fit.
    const { raw } = await asking.invoke(request.messages, config(request));
    const [call] = (raw as AIMessage).tool_calls ?? [];
    return call ? new AIMessage({ content: JSON.stringify(call.args) }) : (raw as AIMessage);
  };
  const bind = ({ tools }: ModelRequest) =>
    tools.length === 0
      ? model
      : bindTools.call(
          model,
          tools.map(({ name, description, argsSchema }) => ({
            type: "function" as const,
            function: { name, description, parameters: argsSchema },
          })),
        );
  // Its chunks reach watchers through our wrapper, with our ids and without rationales; said here too, they would be shown
  // twice, and as they were written.
  const config = (request: ModelRequest) => ({
    tags: ["nostream", "langsmith:nostream", "langsmith:hidden"],
    ...(request.signal ? { signal: request.signal } : {}),
  });
  return {
    // Its class says less: two models of one provider are of one class.
    name: model.getLsParams({}).ls_model_name ?? model.getName(),
    invoke: async (request) =>
      request.answerSchema
        ? structured(request, request.answerSchema)
        : bind(request).invoke(request.messages, config(request)),
    async *stream(request) {
      yield* await bind(request).stream(request.messages, config(request));
    },
  };
}

/** OpenAI keeps to a schema only where it is told to; what LangChain has for all models throws at the word. */
function strictness(model: BaseChatModel): { strict?: true } {
  return /^(?:azure_)?openai/.test(model._llmType()) ? { strict: true } : {};
}
