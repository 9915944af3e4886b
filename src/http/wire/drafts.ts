import { completenessOf, originalOf, type Draft, type DraftBlock } from "../../drafting/block.js";
import { asShown } from "../../drafting/change.js";
import type { DraftChanged } from "../../review/drafts.js";
import type * as wire from "../contract.js";
import { personToWire } from "./person.js";

export function draftToWire({ blocks, proposals, ...draft }: Draft): wire.Draft {
  return {
    ...draft,
    blocks: blocks.map(blockToWire),
    original: originalOf(blocks),
    completeness: completenessOf(blocks),
    proposals: [...proposals],
  };
}

export function blockToWire(block: DraftBlock): wire.DraftBlock {
  const { alternatives, sources, ...shown } = asShown(block);
  return { ...shown, alternatives: [...alternatives], sources: [...sources] };
}

export function draftChangeToWire({ by, at, ...change }: DraftChanged): wire.DraftChange {
  return { ...change, by: personToWire(by), at: at.toISOString() };
}
