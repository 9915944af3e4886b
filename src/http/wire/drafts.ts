import { completenessOf, originalOf, type Draft, type DraftBlock } from "../../drafting/block.js";
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

export function blockToWire({ alternatives, sources, ...block }: DraftBlock): wire.DraftBlock {
  return { ...block, alternatives: [...alternatives], sources: [...sources] };
}

export function draftChangeToWire({ by, at, ...change }: DraftChanged): wire.DraftChange {
  return { ...change, by: personToWire(by), at: at.toISOString() };
}
