// What a message, or a piece of one, consists of: content blocks in the protocol's words, whichever provider wrote them.
import type { Json, JsonObject } from "../../kernel/json.js";

/** As it was recorded: see `runs/wire.ts`. */
export interface WireMessage {
  id?: string;
  type: string;
  content: string | (string | JsonObject)[];
  tool_calls?: { id?: string; name: string; args: JsonObject }[];
  tool_call_chunks?: { id?: string; name?: string; args?: string; index?: number }[];
  invalid_tool_calls?: { id?: string; name?: string; args?: string; error?: string }[];
  usage_metadata?: JsonObject;
  response_metadata?: JsonObject;
}

export type Block =
  | { type: "text"; text: string }
  | { type: "reasoning"; reasoning: string }
  | { type: "tool_call_chunk"; id: string | null; name: string | null; args: string }
  /** What comes in one piece. */
  | { type: "whole"; content: JsonObject };

/** Pieces with the same key belong to one block. */
export interface Part {
  key: string;
  block: Block;
}

export function partsOf(message: WireMessage): Part[] {
  return [...contentOf(message), ...callsOf(message)];
}

/** The block before anything of it has come. */
export function emptied(block: Block): Block {
  switch (block.type) {
    case "text":
      return { ...block, text: "" };
    case "reasoning":
      return { ...block, reasoning: "" };
    case "tool_call_chunk":
      return { ...block, args: "" };
    case "whole":
      return block;
  }
}

export function joined(block: Block, piece: Block): Block {
  if (block.type === "text" && piece.type === "text") return { ...block, text: block.text + piece.text };
  if (block.type === "reasoning" && piece.type === "reasoning")
    return { ...block, reasoning: block.reasoning + piece.reasoning };
  if (block.type === "tool_call_chunk" && piece.type === "tool_call_chunk") {
    const { id, name, args } = block;
    return { ...block, id: id ?? piece.id, name: name ?? piece.name, args: args + piece.args };
  }
  return piece;
}

/** The same in the protocol's words, while it grows. */
export function growingContent(block: Block): JsonObject {
  return block.type === "whole" ? block.content : { ...block };
}

/** And when nothing more comes: a call is read. */
export function finishedContent(block: Block): JsonObject {
  if (block.type !== "tool_call_chunk") return growingContent(block);
  const { id, name, args } = block;
  const read = readObject(args);
  if (read && name !== null) return { type: "tool_call", id, name, args: read };
  return { type: "invalid_tool_call", id, name, args, error: "The arguments are no JSON object." };
}

function contentOf({ content }: WireMessage): Part[] {
  if (typeof content === "string")
    return content === "" ? [] : [{ key: "text", block: { type: "text", text: content } }];
  return content.flatMap((given, position): Part[] => {
    if (typeof given === "string") return [{ key: `text ${position}`, block: { type: "text", text: given } }];
    const at = `${textOf(given["type"])} ${JSON.stringify(given["index"] ?? position)}`;
    const block = blockOf(given);
    return block ? [{ key: at, block }] : [];
  });
}

function blockOf(given: JsonObject): Block | null {
  switch (textOf(given["type"])) {
    case "text":
    case "text_delta":
      return { type: "text", text: textOf(given["text"]) };
    case "reasoning":
      return { type: "reasoning", reasoning: textOf(given["reasoning"]) };
    case "thinking":
      return { type: "reasoning", reasoning: textOf(given["thinking"]) };
    // Providers write calls into their content too; they are told from the message's own list.
    case "tool_use":
    case "input_json_delta":
    case "tool_call":
    case "tool_call_chunk":
    case "function_call":
      return null;
    case "image":
    case "audio":
    case "video":
    case "file":
    case "server_tool_call":
    case "server_tool_result":
      return { type: "whole", content: given };
    default:
      return { type: "whole", content: { type: "non_standard", value: given } };
  }
}

function callsOf({ tool_call_chunks, tool_calls, invalid_tool_calls }: WireMessage): Part[] {
  if (tool_call_chunks && tool_call_chunks.length > 0) {
    return tool_call_chunks.map(({ id = null, name = null, args = "", index }, position) => ({
      key: `call ${index ?? id ?? position}`,
      block: { type: "tool_call_chunk", id, name, args },
    }));
  }
  const calls = (tool_calls ?? []).map((call): JsonObject => ({ id: null, ...call, type: "tool_call" }));
  const invalid = (invalid_tool_calls ?? []).map(
    (call): JsonObject => ({
      id: null,
      name: null,
      args: null,
      error: null,
      ...call,
      type: "invalid_tool_call",
    }),
  );
  return [...calls, ...invalid].map((content, position) => ({
    key: `call ${position}`,
    block: { type: "whole", content },
  }));
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

function readObject(text: string): JsonObject | null {
  try {
    const read = JSON.parse(text === "" ? "{}" : text) as unknown;
    return typeof read === "object" && read !== null && !Array.isArray(read) ? (read as JsonObject) : null;
  } catch {
    return null;
  }
}
