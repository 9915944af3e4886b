// What a key does with the block that it is pressed on.
import type { KeyboardEvent } from "react";
import type { Draft, DraftBlock } from "../client.js";
import type { Editing } from "./use-editing.js";

interface Pressed {
  event: Pick<KeyboardEvent, "key" | "shiftKey" | "ctrlKey" | "metaKey" | "repeat">;
  on: HTMLElement;
  block: DraftBlock;
  draft: Draft;
  editing: Editing;
  left(): void;
}

/** Nothing: the key is not for the words. */
export function actionOn(pressed: Pressed): (() => void) | undefined {
  const action = actionFor(pressed);
  const { key, repeat } = pressed.event;
  // Held down, a key goes through the words and does nothing to them: each is looked at by itself.
  return action && repeat && key !== "ArrowDown" && key !== "ArrowUp" ? () => undefined : action;
}

function actionFor(pressed: Pressed): (() => void) | undefined {
  const { on } = pressed;
  if (on.matches("textarea")) return inField(pressed);
  // A line of its own, whose form knows Enter.
  if (on.matches("input")) {
    const { event, editing } = pressed;
    return event.key === "Escape" ? () => editing.setAsking(null) : undefined;
  }
  return onBlock(pressed);
}

/** Enter keeps it, with Shift it begins a line. What is typed there the browser undoes. */
function inField({ event, on, block, editing }: Pressed): (() => void) | undefined {
  if (isUndo(event)) return getBack(block, editing);
  if (event.key === "Enter" && !event.shiftKey) return () => editing.keep(block);
  if (event.key !== "Escape") return undefined;
  const typed = editing.typed(block);
  return () => {
    if (typed?.text === block.text) editing.drop(block);
    on.closest<HTMLElement>("[data-block]")?.focus();
  };
}

function onBlock({
  event,
  on,
  block,
  draft: { blocks, proposals },
  editing,
  left,
}: Pressed): (() => void) | undefined {
  const { key } = event;
  if (isUndo(event)) return getBack(block, editing);
  if (event.ctrlKey || event.metaKey) return undefined;
  // A button takes these for itself.
  if (on.matches("button, summary") && (key === "Enter" || key === " ")) return undefined;
  const at = blocks.indexOf(block);
  const proposal = proposals.find(({ blockId }) => blockId === block.id);
  switch (key) {
    case "ArrowDown":
    case "ArrowUp": {
      const to = blocks[at + (key === "ArrowDown" ? 1 : -1)];
      return () => to && editing.step(to.id);
    }
    case "Enter":
      return () => begin(block, editing);
    case " ":
      return () => block.isAcceptable && !editing.typed(block) && editing.make(block, { type: "accept" });
    case "0":
      return () => isChanged(block) && editing.make(block, { type: "restore" });
    case "Delete":
    case "Backspace":
      return () => isThere(block) && editing.make(block, { type: "remove" });
    case "q":
      return () => editing.setAsking(block.id);
    case "p":
      return () => editing.ask({});
    case "t":
      return proposal && (() => editing.make(block, { type: "take", proposalId: proposal.id }));
    case "x":
      return proposal && (() => editing.dismiss(block, proposal.id));
    case "Escape":
      return editing.typed(block) ? () => editing.drop(block) : left;
  }
  const alternative = /^[1-9]$/.test(key) ? Number(key) - 1 : -1;
  return alternative >= 0 && alternative < block.alternatives.length
    ? () => editing.make(block, { type: "pick", alternative })
    : undefined;
}

function isUndo({ key, ctrlKey, metaKey, shiftKey }: Pressed["event"]): boolean {
  return (ctrlKey || metaKey) && !shiftKey && key.toLowerCase() === "z";
}

function getBack(block: DraftBlock, editing: Editing): (() => void) | undefined {
  return editing.dropped(block) === undefined ? undefined : () => editing.getBack(block);
}

export function begin(block: DraftBlock, editing: Editing): void {
  if (!editing.typed(block) && !isMissing(block)) editing.type(block, block.text);
  editing.goTo(block.id);
}

/** Its field stands there by itself. */
export function isMissing({ isOpen, kind }: DraftBlock): boolean {
  return isOpen && kind === "placeholder";
}

/** There is something to take out: words, or the place where some are missing. */
export function isThere({ isOpen, text }: DraftBlock): boolean {
  return isOpen || text !== "";
}

/** Not as the machine gave it. */
export function isChanged({ kind, text, original, isOpen }: DraftBlock): boolean {
  return text !== original || (kind !== "confident" && !isOpen);
}
