// What a graph emits, as JSON: the form in which it is kept, and in which LangGraph's servers send it.
import { isBaseMessage, type BaseMessage } from "@langchain/core/messages";
import type { JsonObject } from "../kernel/json.js";

/** A message as LangGraph's servers write it: its fields and its type on one level. */
export function messageToWire(message: BaseMessage): JsonObject {
  const { type, data } = message.toDict();
  return { ...data, content: message.content, type } as unknown as JsonObject;
}

/** Any value a graph emits, with the messages in it, however deep, in their wire form. */
export function toWire(value: unknown): unknown {
  if (isBaseMessage(value)) return messageToWire(value);
  if (Array.isArray(value)) return value.map(toWire);
  if (typeof value !== "object" || value === null || "toJSON" in value) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toWire(item)]));
}

/** As text. A graph of somebody else's may emit what JSON cannot carry; its stream goes on without that. */
export function wireText(value: unknown): string {
  try {
    return JSON.stringify(toWire(value)) ?? "null";
  } catch (error) {
    return JSON.stringify(`[not shown: ${error instanceof Error ? error.message : String(error)}]`);
  }
}
