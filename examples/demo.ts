// What the scripted models of the examples have in common: they say what they are, and can do two things with words.
import { isHumanMessage, isToolMessage, type BaseMessage, type ToolMessage } from "@langchain/core/messages";

export const demoName = "a scripted demo model (set OPENAI_API_KEY for a real one)";
export const demoNotice = "(Scripted demo model, no real one: set OPENAI_API_KEY to talk to a model.)";

/** Other words for the blocks of a draft: thanks, or fewer. */
export function proposalsIn(request: string): object[] {
  const instruction = /^What the person asks for: (.+)$/m.exec(request)?.[1];
  const wanted = /^Blocks you may propose other words for: (.+)$/m.exec(request)?.[1]?.split(", ") ?? [];
  const blocks = [...request.matchAll(/^\{"block":.+\}$/gm)].map(
    ([line]) => JSON.parse(line) as { block: string; text: string },
  );
  return blocks
    .filter(({ block, text }) => wanted.includes(block) && text !== "")
    .slice(0, instruction === undefined ? 1 : wanted.length)
    .map(({ block, text }) => ({
      block,
      text: instruction === undefined ? `${text} Thank you.` : shorter(text),
      note:
        instruction === undefined
          ? null
          : `Shorter. (A scripted demo model can do no more with "${instruction}".)`,
    }));
}

export function lastRequest(messages: readonly BaseMessage[]): string {
  return messages.findLast((message) => isHumanMessage(message))?.text ?? "";
}

export function resultsOfThisTurn(messages: readonly BaseMessage[]): ToolMessage[] {
  const begin = messages.findLastIndex((message) => isHumanMessage(message));
  return messages.slice(begin + 1).filter((message) => isToolMessage(message));
}

/** What a tool answered, as it stands among the sources that a model is given with a draft. */
export function sourceIn(request: string, tool: string): string {
  const begin = request.indexOf(`[${tool}] `);
  if (begin < 0) return "";
  const rest = request.slice(begin + tool.length + 3);
  return rest.slice(0, rest.search(/\n\[\w+\] |\n\nThe action: |$/));
}

/** A block as a model gives it. */
export interface SaidBlock {
  kind: "confident" | "uncertain" | "placeholder";
  text: string;
  note: string | null;
  alternatives: string[];
  sources: { from: string; quote: string }[];
  joint: "nothing" | "space" | "line" | "paragraph";
}

export function said(
  kind: SaidBlock["kind"],
  text: string,
  more: Partial<Omit<SaidBlock, "kind" | "text">> = {},
): SaidBlock {
  return { kind, text, note: null, alternatives: [], sources: [], joint: "paragraph", ...more };
}

/** The first sentence; of a single one, what it says without a time. */
function shorter(text: string): string {
  const [first = text, ...more] = text.split(/(?<=[.!?])\s/);
  return more.length > 0 ? first : text.replace(/ (?:within|until|by|in) [^.!?]+/, "");
}
