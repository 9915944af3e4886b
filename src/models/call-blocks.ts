// Some providers say a call twice: as a call, and as a block of the message's content. The second is under the provider's
// id, and as it was written; ours is the first.
import type { AIMessage } from "@langchain/core/messages";

type Content = AIMessage["content"];
type Block = Exclude<Content, string>[number];

const callBlocks: ReadonlySet<string> = new Set(["tool_use", "tool_call", "tool_call_chunk", "functionCall"]);

/** Leaves blocks of calls out of a message's content, or out of the pieces of one. What providers do themselves stays. */
export class CallBlocks {
  readonly #begun = new Set<unknown>();

  leaveOut(content: Content): Content {
    if (typeof content === "string") return content;
    const left = content.filter((block) => !this.#isOfCall(block));
    // An empty list would be joined to text as a list.
    return left.length === 0 ? "" : left;
  }

  #isOfCall(block: Block): boolean {
    const { type, index } = block as { type?: string; index?: unknown };
    if (type === "input_json_delta") return this.#begun.has(index);
    if (type === undefined || !callBlocks.has(type)) return false;
    this.#begun.add(index);
    return true;
  }
}

/** As one text, where it is text: beside calls, some providers take nothing else back. */
export function asText(content: Content): Content {
  if (typeof content === "string") return content;
  const texts = content.map((block) => ("text" in block && block.type === "text" ? block.text : null));
  return texts.every((text) => typeof text === "string") ? texts.join("") : content;
}

// Of Anthropic, and of the same models at Bedrock.
const thoughts: ReadonlySet<string> = new Set(["thinking", "redacted_thinking", "reasoning_content"]);

/** Has it thoughts that its provider wants back as they were? */
export function hasThoughts(content: Content): boolean {
  return typeof content !== "string" && content.some(({ type }) => thoughts.has(type ?? ""));
}
