// Rationales are taken off a model's calls before anybody sees them: what streams is watched by the person who chats.
import type { AIMessage, ToolCallChunk } from "@langchain/core/messages";
import { isJsonObject as isObject, type JsonObject } from "../kernel/json.js";
import { rationaleKey, takeRationale, type Rationale } from "../tools/rationale.js";

export type Hear = (callId: string, rationale: Rationale) => void;

/** Of a whole message. */
export function withoutRationales(message: AIMessage, asked: ReadonlySet<string>, hear?: Hear): AIMessage {
  const calls = message.tool_calls ?? [];
  message.tool_calls = calls.map((call) => {
    const given: unknown = call.args;
    if (!asked.has(call.name) || !isObject(given)) return call;
    const { args, rationale } = takeRationale(given);
    if (rationale && call.id !== undefined) hear?.(call.id, rationale);
    return { ...call, args };
  });
  return message;
}

/**
 * Of a streamed one. The pieces of a call that may carry a rationale are kept back until the answer has ended, with all
 * that begins after it, and are told then, whole: half an argument cannot be looked at.
 */
export class WithheldCalls {
  readonly #asked: ReadonlySet<string>;
  readonly #hear: Hear | undefined;
  readonly #passing = new Set<number | undefined>();
  readonly #kept = new Map<number | undefined, ToolCallChunk>();

  constructor(asked: ReadonlySet<string>, hear?: Hear) {
    this.#asked = asked;
    this.#hear = hear;
  }

  /** The pieces that may be told at once. */
  pass(pieces: readonly ToolCallChunk[]): ToolCallChunk[] {
    return pieces.filter((piece) => {
      const { index, name } = piece;
      if (this.#kept.size === 0 && name && !this.#asked.has(name)) this.#passing.add(index);
      if (this.#passing.has(index)) return true;
      this.#keep(piece);
      return false;
    });
  }

  /** At the end of the answer: what was kept, without its rationales. */
  rest(): ToolCallChunk[] {
    return [...this.#kept.values()].map((call) => ({ ...call, args: this.#withoutRationale(call) }));
  }

  #keep(piece: ToolCallChunk): void {
    const { index, id, name, args = "" } = this.#kept.get(piece.index) ?? piece;
    const isFirst = !this.#kept.has(index);
    this.#kept.set(index, {
      type: "tool_call_chunk",
      index: index as number,
      args: isFirst ? args : args + (piece.args ?? ""),
      ...pick("id", id ?? piece.id),
      ...pick("name", name || piece.name),
    });
  }

  /** What carries none stays as it was written, and so does what cannot be read: it is refused with its own words. */
  #withoutRationale({ id, name = "", args: text = "" }: ToolCallChunk): string {
    const written = this.#asked.has(name) ? readObject(text) : null;
    if (!written || !Object.hasOwn(written, rationaleKey)) return text;
    const { args, rationale } = takeRationale(written);
    if (rationale && id !== undefined) this.#hear?.(id, rationale);
    return JSON.stringify(args);
  }
}

function pick<Key extends string>(key: Key, value: string | undefined): Partial<Record<Key, string>> {
  return value === undefined ? {} : ({ [key]: value } as Record<Key, string>);
}

function readObject(text: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}
