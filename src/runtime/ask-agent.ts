// Asking an agent about a call of its own that waits: beside the conversation, which knows nothing of it, and without
// tools, so that nothing can come of it but words.
import {
  HumanMessage,
  isAIMessage,
  isHumanMessage,
  SystemMessage,
  type BaseMessage,
} from "@langchain/core/messages";
import { HoldpointError } from "../kernel/errors.js";
import type { Model } from "../models/port.js";
import type { Review } from "../review/types.js";

const patienceMs = 60_000;
const longestTalk = 60_000;
const longestAnswer = 10_000;

/** Throws `agent_silent` where its model fails, takes too long, or has no words. */
export async function askAgent(
  { model, instructions }: { model: Model; instructions: string | null },
  talk: readonly BaseMessage[],
  review: Pick<Review, "tool" | "args" | "title">,
  question: string,
): Promise<string> {
  const messages = [
    ...(instructions === null ? [] : [new SystemMessage(instructions)]),
    new HumanMessage(requestText(talk, review, question)),
  ];
  const words = await answerOf(model, messages);
  if (words === "") throw silent("its model answered without a word");
  return words.slice(0, longestAnswer);
}

function answerOf(model: Model, messages: BaseMessage[]): Promise<string> {
  return patiently(async (signal) => (await model.invoke({ messages, tools: [], signal })).text.trim());
}

/** What a model is asked beside a conversation. Throws `agent_silent` where it fails or takes too long. */
export async function patiently<T>(ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const signal = AbortSignal.timeout(patienceMs);
  // A model need not listen to the signal.
  const tooLong = new Promise<never>((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(silent(`no answer came within ${patienceMs / 1_000} s`)));
  });
  const answered = ask(signal).catch((error: unknown) => {
    // The provider's own words may hold more than a reviewer should see; the cause is for the log.
    throw silent("its model failed", error);
  });
  return Promise.race([answered, tooLong]);
}

function silent(why: string, cause?: unknown): HoldpointError {
  return new HoldpointError(
    "agent_silent",
    `The agent was asked and gave no answer: ${why}. The hold waits, unchanged; ask again, or decide without.`,
    { cause },
  );
}

/** As text, since providers refuse calls in a conversation without the tools that they are of. */
function requestText(
  talk: readonly BaseMessage[],
  { tool, args, title }: Pick<Review, "tool" | "args" | "title">,
  question: string,
): string {
  return [
    "You proposed an action that waits for a person's decision. That person has a question about it. Answer it for them in a few plain sentences, only from what is known here; say so where you do not know. Your answer decides nothing, and you cannot act now.",
    `The conversation so far:\n${talk.map(lineOf).join("\n").slice(-longestTalk)}`,
    `The action that waits: ${title}\nTool: ${tool}\nArguments: ${JSON.stringify(args).slice(0, longestTalk)}`,
    `The question: ${question}`,
  ].join("\n\n");
}

function lineOf(message: BaseMessage): string {
  if (isHumanMessage(message)) return `User: ${message.text}`;
  if (!isAIMessage(message)) return `Tool ${message.name ?? ""}: ${message.text}`;
  const calls = (message.tool_calls ?? []).map(
    ({ name, args }) => ` [called ${name} with ${JSON.stringify(args)}]`,
  );
  return `You: ${message.text}${calls.join("")}`;
}
