import { isBaseMessage, type BaseMessage } from "@langchain/core/messages";
import type * as wire from "../contract.js";

/** A message as LangGraph's servers write it: its fields and its type on one level. */
export function messageToWire(message: BaseMessage): wire.Message {
  const { type, data } = message.toDict();
  return { ...data, content: message.content, type };
}

/** Any value a graph emits, with the messages in it, however deep, in their wire form. */
export function toWire(value: unknown): unknown {
  if (isBaseMessage(value)) return messageToWire(value);
  if (Array.isArray(value)) return value.map(toWire);
  if (typeof value !== "object" || value === null || "toJSON" in value) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toWire(item)]));
}
