// A draft as a document that goes out of the house whole: what stands there, what the machine wrote, and every change.
import { originalOf, textOf, type Draft, type DraftBlock } from "../drafting/block.js";
import { draftFormat } from "../drafting/markdown.js";
import type { Principal } from "../kernel/principal.js";
import type { DraftChanged } from "./drafts.js";
import type { Review } from "./types.js";

export interface DraftDocument {
  format: typeof draftFormat;
  reviewId: string;
  tool: string;
  title: string;
  /** The argument that it becomes. */
  field: string;
  model: string | null;
  /** As it reads now; what is missing stands in brackets. */
  text: string;
  /** The whole as the machine wrote it. */
  original: string;
  blocks: DraftBlock[];
  /** Of all blocks, the oldest first. */
  changes: (Omit<DraftChanged, "by" | "at"> & {
    by: Pick<Principal, "id" | "kind">;
    /** ISO 8601. */
    at: string;
  })[];
}

export function documentOf(
  { id, tool, title }: Review,
  { field, model, blocks }: Draft,
  changes: readonly DraftChanged[],
): DraftDocument {
  return {
    format: draftFormat,
    reviewId: id,
    tool,
    title,
    field,
    model,
    text: textOf(blocks),
    original: originalOf(blocks),
    blocks: [...blocks],
    changes: changes.map(({ by, at, ...change }) => ({
      ...change,
      by: { id: by.id, kind: by.kind },
      at: at.toISOString(),
    })),
  };
}
