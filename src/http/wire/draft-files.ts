import type { Principal } from "../../kernel/principal.js";
import type { DraftDocument } from "../../review/draft-document.js";
import type { Imported } from "../../review/import-edits.js";
import type * as wire from "../contract.js";
import { blockToWire } from "./drafts.js";
import { reviewToWire } from "./reviews.js";

export function documentToWire({ blocks, ...document }: DraftDocument): wire.DraftDocument {
  return { ...document, blocks: blocks.map(blockToWire) };
}

export function importedToWire({ review, changed, refused }: Imported, viewer: Principal): wire.Imported {
  return {
    review: reviewToWire(review, viewer),
    changed,
    refused: refused.map(({ blockId, yours, error, now }) => ({
      blockId,
      yours,
      code: error.code,
      detail: error.message,
      now: now && blockToWire(now),
    })),
  };
}
