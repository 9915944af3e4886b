// Who proposes other words for a draft.
import type { Draft } from "../drafting/block.js";
import type { Source } from "../drafting/sources.js";
import { askForProposals } from "../models/drafting.js";
import type { Model } from "../models/port.js";
import type { Review } from "../review/types.js";
import { patiently } from "./ask-agent.js";

export interface Proposer {
  readonly instructions: string | null;
  /** Other words for some blocks of a draft of its own; nothing comes of that but words. Throws `agent_silent`. */
  propose(
    review: Review,
    draft: Draft,
    sources: readonly Source[],
    asked: { of: readonly string[]; instruction: string | null },
  ): Promise<{ blockId: string; text: string; note: string | null }[]>;
}

export function proposerOf({
  model,
  instructions,
}: {
  model: Model;
  instructions: string | null;
}): Proposer["propose"] {
  return (review, { field, blocks }, sources, asked) =>
    patiently((signal) =>
      askForProposals({ model, instructions, signal }, { ...review, field }, sources, { blocks, ...asked }),
    );
}
