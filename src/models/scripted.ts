import { AIMessage, AIMessageChunk, type BaseMessage } from "@langchain/core/messages";
import type { JsonObject } from "../kernel/json.js";
import type { Model } from "./port.js";

/** What a script answers: words, calls, or both. */
export interface ScriptedAnswer {
  text?: string;
  calls?: readonly { tool: string; args: JsonObject }[];
}

/** A script sees the whole conversation and answers its next turn. The same conversation gets the same answer. */
export type Script = (messages: readonly BaseMessage[]) => ScriptedAnswer;

/** A model that thinks nothing: for the demo, for tests and for replays. Its words arrive in pieces, like a real one's. */
export function scriptedModel(name: string, script: Script): Model {
  return {
    name,
    invoke: async ({ messages }) => {
      const { text = "", calls = [] } = script(messages);
      return new AIMessage({
        content: text,
        tool_calls: calls.map(({ tool, args }, index) => ({
          name: tool,
          args,
          id: `scripted_${index}`,
          type: "tool_call",
        })),
      });
    },
    async *stream({ messages }) {
      const { text = "", calls = [] } = script(messages);
      for (const word of text.match(/\S+\s*/g) ?? [""]) yield new AIMessageChunk({ content: word });
      for (const [index, { tool, args }] of calls.entries()) {
        yield new AIMessageChunk({
          content: "",
          tool_call_chunks: [
            {
              type: "tool_call_chunk",
              index,
              id: `scripted_${index}`,
              name: tool,
              args: JSON.stringify(args),
            },
          ],
        });
      }
    },
  };
}
