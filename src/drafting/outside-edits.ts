// Words that were changed outside, in a file, brought back as changes of their blocks. What the file was made from is known
// by each block's revision, so that only what a person changed in it is a change, and nobody's newer words are lost.
import type { Draft, DraftBlock } from "./block.js";
import type { BlockChange } from "./change.js";

/** A block as it came back. */
export interface EditedBlock {
  id: string;
  /** Of the block when the file was made. */
  revision: number;
  text: string;
}

/** What came back of a draft. */
export interface DraftEdits {
  /** The review that it was taken from: of another one nothing is taken. Left out: the one that it is brought to. */
  reviewId?: string | undefined;
  blocks: readonly EditedBlock[];
}

/** Of the changes of a draft, what is asked here: each raised the revision of its block by one. */
export interface PastChange {
  /** Null: the whole text at once. */
  blockId: string | null;
  before: string;
}

export type Edit =
  | { is: "none" }
  | { is: "change"; change: BlockChange }
  /** It was changed outside and here. */
  | { is: "conflict"; now: DraftBlock }
  | { is: "impossible"; why: string };

export function editIn(draft: Draft, changes: readonly PastChange[], edited: EditedBlock): Edit {
  const now = draft.blocks.find(({ id }) => id === edited.id);
  if (!now) return { is: "impossible", why: `The draft has no block ${edited.id}.` };
  const base = textAt(now, changes, edited.revision);
  if (base === null)
    return { is: "impossible", why: `Block ${now.id} has not had a revision ${edited.revision}.` };
  if (sameWords(base, edited.text) || sameWords(now.text, edited.text)) return { is: "none" };
  if (now.revision !== edited.revision) return { is: "conflict", now };
  return { is: "change", change: changeTo(edited.text) };
}

function changeTo(text: string): BlockChange {
  return text.trim() === "" ? { type: "remove" } : { type: "write", text };
}

/** What stood in a block at a revision; null where it never had it. */
function textAt(
  { id, text, revision }: DraftBlock,
  changes: readonly PastChange[],
  at: number,
): string | null {
  if (at === revision) return text;
  return changes.filter(({ blockId }) => blockId === id)[at]?.before ?? null;
}

/** Editors turn the ends of all lines into their own, and leave lines where nothing stands. Nobody wrote that. */
function sameWords(a: string, b: string): boolean {
  return linesOf(a) === linesOf(b);
}

function linesOf(text: string): string {
  return text.trim() === "" ? "" : text.replaceAll("\r", "");
}
