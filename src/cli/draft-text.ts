// The words of a call in blocks, for a terminal: what each is, what is open, and what may stand there instead.
import type { Draft, DraftBlock } from "../http/contract.js";
import { printable, printableLines } from "./printable.js";

export function draftText({ blocks, proposals }: Pick<Draft, "blocks" | "proposals">): string {
  return blocks
    .map(
      (block) =>
        blockText(block) +
        proposals
          .filter(({ blockId }) => blockId === block.id)
          .map(proposed)
          .join(""),
    )
    .join("");
}

/** Nothing is released while something is open, so it says where that is done. */
export function progressText(reviewId: string, { blocks, isWriting }: Draft): string {
  const open = blocks.filter(({ isOpen }) => isOpen).length;
  if (open === 0) return "finished";
  const writing = isWriting ? " (the agent is still writing)" : "";
  return `${open} of ${blocks.length} blocks ${open === 1 ? "is" : "are"} open${writing}: finish ${open === 1 ? "it" : "them"} with holdpoint draft ${reviewId}, or at /review/${reviewId} on the server`;
}

function blockText({
  id,
  kind,
  text,
  note,
  alternatives,
  sources,
  isOpen,
  revision,
  changedBy,
}: DraftBlock): string {
  const is = [
    kind,
    ...(isOpen ? ["open"] : []),
    ...(changedBy === null ? [] : [`revision ${revision} by ${printable(changedBy)}`]),
  ];
  return [
    `${id.padEnd(4)} ${is.join(", ")}${note === null ? "" : `: ${printable(note)}`}\n`,
    indented(text === "" ? "(nothing stands here)" : text),
    ...alternatives.map((words, index) => `     ${index + 1}. ${printable(words)}\n`),
    ...sources.map(({ from, quote }) => `     from ${printable(from)}: ${printable(quote)}\n`),
  ].join("");
}

function proposed({ text, note }: Draft["proposals"][number]): string {
  return `     the agent proposes${note === null ? "" : ` (${printable(note)})`}:\n${indented(text)}`;
}

function indented(text: string): string {
  return `${printableLines(text).replace(/^/gm, "     ")}\n`;
}
