import {
  HumanMessage,
  coerceMessageLikeToMessage,
  isHumanMessage,
  type BaseMessage,
  type BaseMessageLike,
} from "@langchain/core/messages";
import { HoldpointError, messageOf } from "../kernel/errors.js";
import type { NewId } from "../kernel/ids.js";

/** What a caller may give an agent: messages of a user. Ids are given here once, so that a rerun adds none twice. */
export interface AgentInputValue {
  messages: HumanMessage[];
}

/**
 * Takes an input only if it is user messages and nothing else. A tool's or the model's message in it would be history
 * that never happened; another channel would steer the graph. Throws `input_invalid`.
 */
export function parseInput(input: unknown, newId: NewId): AgentInputValue {
  if (typeof input !== "object" || input === null || !("messages" in input)) {
    throw invalid('An input is { "messages": [ … ] }.');
  }
  const others = Object.keys(input).filter((key) => key !== "messages");
  if (others.length > 0)
    throw invalid(`An input has "messages" only; this one also has ${others.join(", ")}.`);
  const list: unknown[] = Array.isArray(input.messages) ? input.messages : [input.messages];
  if (list.length === 0) throw invalid("The list of messages is empty.");
  return { messages: list.map((message, index) => userMessage(message, index, newId)) };
}

function userMessage(given: unknown, index: number, newId: NewId): HumanMessage {
  const message = coerce(given, index);
  if (!isHumanMessage(message)) {
    throw invalid(
      `Message ${index} is of type "${message.getType()}". Callers speak as the user; the rest is the agent's to write.`,
    );
  }
  if (!isContent(message.content))
    throw invalid(`Message ${index} has no content: it is text, or a list of content blocks.`);
  return new HumanMessage({
    content: message.content,
    id: message.id || newId(),
    ...(message.name === undefined ? {} : { name: message.name }),
  });
}

/** LangChain takes any value here, and breaks on it at each later turn of the thread. */
function isContent(content: unknown): boolean {
  if (typeof content === "string") return true;
  return (
    Array.isArray(content) &&
    content.length > 0 &&
    content.every((block) => typeof block === "object" && block !== null && "type" in block)
  );
}

function coerce(given: unknown, index: number): BaseMessage {
  try {
    return coerceMessageLikeToMessage(given as BaseMessageLike);
  } catch (error) {
    throw invalid(`Message ${index} is no message: ${messageOf(error)}`);
  }
}

function invalid(why: string): HoldpointError {
  return new HoldpointError("input_invalid", `${why} Nothing was stored.`);
}
