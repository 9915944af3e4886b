// How blocks read as one text.
import type { DraftBlock } from "../client.js";

/** Blocks that stand in one paragraph. */
export function paragraphsOf(blocks: readonly DraftBlock[]): DraftBlock[][] {
  const paragraphs: DraftBlock[][] = [[]];
  for (const block of blocks) {
    paragraphs.at(-1)?.push(block);
    if (block.joint === "paragraph") paragraphs.push([]);
  }
  return paragraphs.filter((blocks) => blocks.length > 0);
}

const rightToLeft =
  /[\p{Script=Adlam}\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Nko}\p{Script=Syriac}\p{Script=Thaana}]/u;

/** As its first letter goes: `dir="auto"` does not look into blocks, which are each by themselves. */
export function directionOf(paragraph: readonly Pick<DraftBlock, "text">[]): "ltr" | "rtl" | undefined {
  const letter = /\p{L}/u.exec(paragraph.map(({ text }) => text).join(" "));
  return letter ? (rightToLeft.test(letter[0]) ? "rtl" : "ltr") : undefined;
}

export const between: Readonly<Record<DraftBlock["joint"], string>> = {
  nothing: "",
  space: " ",
  line: "\n",
  paragraph: "",
};

/** The next that waits after this one, around the end. */
export function nextOpen(blocks: readonly DraftBlock[], after: string): DraftBlock | undefined {
  const at = blocks.findIndex(({ id }) => id === after);
  return [...blocks.slice(at + 1), ...blocks.slice(0, at)].find(({ isOpen }) => isOpen);
}
