import { AIMessage, AIMessageChunk, type BaseMessage } from "@langchain/core/messages";
import type { JsonObject } from "../kernel/json.js";
import { rationaleKey } from "../tools/rationale.js";
import type { Model, ModelRequest } from "./port.js";

/** What a script answers: words, calls, or both. */
export interface ScriptedAnswer {
  text?: string;
  calls?: readonly ScriptedCall[];
}

interface ScriptedCall {
  tool: string;
  args: JsonObject;
  /** What it says of the call, where it is asked: `why`, `alternatives` of `instead` and `why_not`, `confidence`. */
  rationale?: JsonObject;
}

/** A script sees the whole conversation and answers its next turn. The same conversation gets the same answer. */
export type Script = (
  messages: readonly BaseMessage[],
  /** The name of the schema that the answer is to fit, where one is asked for. */
  answerSchema?: string | null,
) => ScriptedAnswer;

/** A model that thinks nothing: for the demo, for tests and for replays. Its words arrive in pieces, like a real one's. */
export function scriptedModel(name: string, script: Script, about: Pick<Model, "demo"> = {}): Model {
  return {
    name,
    ...about,
    invoke: async ({ messages, tools, answerSchema }) => {
      const { text = "", calls = [] } = script(messages, answerSchema?.name ?? null);
      return new AIMessage({
        content: text,
        tool_calls: calls.map((call, index) => ({
          name: call.tool,
          args: written(call, tools),
          id: `scripted_${index}`,
          type: "tool_call",
        })),
      });
    },
    async *stream({ messages, tools, answerSchema }) {
      const { text = "", calls = [] } = script(messages, answerSchema?.name ?? null);
      for (const word of text.match(/\S+\s*/g) ?? [""]) yield new AIMessageChunk({ content: word });
      for (const [index, call] of calls.entries()) {
        yield new AIMessageChunk({
          content: "",
          tool_call_chunks: [
            {
              type: "tool_call_chunk",
              index,
              id: `scripted_${index}`,
              name: call.tool,
              args: JSON.stringify(written(call, tools)),
            },
          ],
        });
      }
    },
  };
}

function written({ tool, args, rationale }: ScriptedCall, tools: ModelRequest["tools"]): JsonObject {
  const schema = tools.find(({ name }) => name === tool)?.argsSchema;
  const isAsked = Object.hasOwn(Object(schema?.["properties"]) as object, rationaleKey);
  return rationale && isAsked ? { ...args, [rationaleKey]: rationale } : args;
}
