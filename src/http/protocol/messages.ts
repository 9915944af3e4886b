// The channel `messages`: what models say, block by block. LangGraph gives pieces and no word of their end, so a message
// is finished when the task it was said in is.
import { AIMessageChunk } from "@langchain/core/messages";
import type { JsonObject } from "../../kernel/json.js";
import {
  emptied,
  finishedContent,
  growingContent,
  joined,
  partsOf,
  type Block,
  type WireMessage,
} from "./blocks.js";
import type { Told } from "./told.js";

export interface Messages {
  piece(message: WireMessage, metadata: JsonObject): Told[];
  /** A task is done, and with it what was said in it. */
  finish(namespace: readonly string[]): Told[];
  /** Nothing more comes of what has begun. */
  fail(why: string): Told[];
}

interface Growing {
  namespace: readonly string[];
  node: string | undefined;
  id: string;
  blocks: Block[];
  indexByKey: Map<string, number>;
  /** The one that grows; those before it are finished. */
  open: number | null;
  /** Its usage and metadata. */
  sum: AIMessageChunk;
}

export function createMessages(): Messages {
  const growing = new Map<string, Growing>();

  const take = (of: (one: Growing) => boolean): Growing[] => {
    const taken = [...growing.values()].filter(of);
    for (const { id } of taken) growing.delete(id);
    return taken;
  };

  return {
    piece(message, metadata) {
      const { id } = message;
      const role = roles[message.type];
      // What tools answer is told by `tools` and `values`.
      if (id === undefined || role === undefined) return [];
      const known = growing.get(id);
      const one = known ?? begin(id, metadata);
      if (role === "ai") growing.set(id, one);
      one.sum = one.sum.concat(summaryOf(message));
      return [
        ...(known ? [] : [told(one, { event: "message-start", role, id, ...about(metadata) })]),
        ...partsOf(message).flatMap(({ key, block }) => grow(one, key, block)),
        ...(role === "ai" ? [] : end(one)),
      ];
    },

    finish: (namespace) => take((one) => isWithin(one.namespace, namespace)).flatMap(end),
    fail: (message) => take(() => true).map((one) => told(one, { event: "error", message })),
  };
}

const roles: Record<string, "ai" | "human" | "system" | undefined> = {
  ai: "ai",
  human: "human",
  system: "system",
};

function begin(id: string, metadata: JsonObject): Growing {
  const at = metadata["langgraph_checkpoint_ns"];
  const node = metadata["langgraph_node"];
  return {
    namespace: typeof at === "string" && at !== "" ? at.split("|") : [],
    node: typeof node === "string" ? node : undefined,
    id,
    blocks: [],
    indexByKey: new Map(),
    open: null,
    sum: new AIMessageChunk({ content: "" }),
  };
}

function grow(one: Growing, key: string, piece: Block): Told[] {
  const known = one.indexByKey.get(key);
  const index = known ?? one.blocks.length;
  const before = one.blocks[index] ?? emptied(piece);
  const block = known === undefined && piece.type === "whole" ? piece : joined(before, piece);
  one.blocks[index] = block;
  one.indexByKey.set(key, index);
  if (known !== undefined) {
    const isOver = one.open !== index;
    return [delta(one, index, piece, block), ...(isOver ? [finished(one, index)] : [])];
  }
  // Blocks do not interleave: one is finished before the next begins.
  const last = one.open === null ? [] : [finished(one, one.open)];
  one.open = index;
  const start = told(one, { event: "content-block-start", index, content: growingContent(before) });
  return [...last, start, ...(piece.type === "whole" ? [] : [delta(one, index, piece, block)])];
}

function delta(one: Growing, index: number, piece: Block, block: Block): Told {
  return told(one, { event: "content-block-delta", index, delta: deltaOf(piece, block) });
}

function deltaOf(piece: Block, block: Block): JsonObject {
  switch (piece.type) {
    case "text":
      return { type: "text-delta", text: piece.text };
    case "reasoning":
      return { type: "reasoning-delta", reasoning: piece.reasoning };
    case "tool_call_chunk":
    case "whole":
      // Its fields replace those that were: all of the arguments so far.
      return { type: "block-delta", fields: growingContent(block) };
  }
}

function end(one: Growing): Told[] {
  const { usage_metadata: usage, response_metadata: metadata } = one.sum;
  return [
    ...(one.open === null ? [] : [finished(one, one.open)]),
    told(one, {
      event: "message-finish",
      ...(usage ? { usage } : {}),
      ...(Object.keys(metadata).length > 0 ? { metadata } : {}),
    }),
  ];
}

function finished(one: Growing, index: number): Told {
  const block = one.blocks[index] as Block;
  return told(one, { event: "content-block-finish", index, content: finishedContent(block) });
}

/** By `run_id` its clients tell apart what one node says at the same time. */
function told({ namespace, node, id }: Growing, data: object): Told {
  return {
    method: "messages",
    namespace,
    ...(node === undefined ? {} : { node }),
    data: { ...data, run_id: id },
  };
}

function summaryOf({ usage_metadata, response_metadata }: WireMessage): AIMessageChunk {
  return new AIMessageChunk({
    content: "",
    ...(usage_metadata ? { usage_metadata } : {}),
    ...(response_metadata ? { response_metadata } : {}),
  } as ConstructorParameters<typeof AIMessageChunk>[0] & object);
}

function about(metadata: JsonObject): { metadata?: JsonObject } {
  const named = {
    provider: metadata["ls_provider"],
    model: metadata["ls_model_name"],
    model_type: metadata["ls_model_type"],
  };
  const known = Object.entries(named).filter(([, value]) => typeof value === "string");
  return known.length > 0 ? { metadata: Object.fromEntries(known) as JsonObject } : {};
}

function isWithin(namespace: readonly string[], outer: readonly string[]): boolean {
  return outer.every((segment, index) => namespace[index] === segment);
}
