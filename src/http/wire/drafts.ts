import { completenessOf, type Draft } from "../../drafting/block.js";
import type { DraftChanged } from "../../review/drafts.js";
import type * as wire from "../contract.js";

export function draftToWire({ blocks, proposals, ...draft }: Draft): wire.Draft {
  return {
    ...draft,
    blocks: blocks.map(({ alternatives, sources, ...block }) => ({
      ...block,
      alternatives: [...alternatives],
      sources: [...sources],
    })),
    completeness: completenessOf(blocks),
    proposals: [...proposals],
  };
}

export function draftChangeToWire({ by: { id, kind }, at, ...change }: DraftChanged): wire.DraftChange {
  return { ...change, by: { id, kind }, at: at.toISOString() };
}
