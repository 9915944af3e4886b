// What people do to a draft, block by block. A change is made on a block as it was seen: where somebody was faster, it is
// not taken, and nothing of the other blocks moves.
import type { BlockProposal, Draft, DraftBlock } from "./block.js";
import { gapIn, hiddenIn, isBlank, keepable } from "./traces.js";

export type BlockChange =
  /** An uncertain block, or the suggestion in a placeholder, stands as it is. */
  | { type: "accept" }
  | { type: "pick"; alternative: number }
  | { type: "write"; text: string }
  /** Nothing stands there any more, and nothing has to. */
  | { type: "remove" }
  /** Back to what the machine wrote, and open again unless the machine was sure of it. */
  | { type: "restore" }
  | { type: "take"; proposalId: string };

export type BlockFault =
  | { fault: "no-such-block" }
  | { fault: "changed-since"; block: DraftBlock }
  | { fault: "impossible"; why: string };

export interface Changed {
  draft: Draft;
  before: DraftBlock;
  after: DraftBlock;
}

export const longestBlock = 20_000;

export function changeBlock(
  draft: Draft,
  { blockId, revision }: { blockId: string; revision: number },
  change: BlockChange,
  by: string,
): Changed | BlockFault {
  const before = draft.blocks.find(({ id }) => id === blockId);
  if (!before) return { fault: "no-such-block" };
  if (before.revision !== revision) return { fault: "changed-since", block: before };
  const made = madeOf(before, change, draft.proposals);
  if ("fault" in made) return made;
  const after = { ...before, ...made, revision: before.revision + 1, changedBy: by };
  return {
    draft: {
      ...draft,
      blocks: draft.blocks.map((block) => (block === before ? after : block)),
      // What was proposed for the block as it was is void.
      proposals: draft.proposals.filter((proposal) => proposal.blockId !== blockId),
    },
    before,
    after,
  };
}

export function dismissProposal(draft: Draft, proposalId: string): Draft | null {
  const proposals = draft.proposals.filter(({ id }) => id !== proposalId);
  return proposals.length === draft.proposals.length ? null : { ...draft, proposals };
}

/** Those that were made on a block which nobody has changed since; of several for one block the newest. */
export function withProposals(draft: Draft, made: readonly BlockProposal[]): Draft {
  const fitting = made.filter(({ blockId, revision, text }) => {
    const block = draft.blocks.find(({ id }) => id === blockId);
    return block !== undefined && block.revision === revision && block.text !== text;
  });
  const renewed = new Set(fitting.map(({ blockId }) => blockId));
  return {
    ...draft,
    proposals: [...draft.proposals.filter(({ blockId }) => !renewed.has(blockId)), ...fitting],
  };
}

/** With whether somebody may let it stand as it is. */
export function asShown(block: DraftBlock): DraftBlock & { isAcceptable: boolean } {
  return { ...block, isAcceptable: objectionTo(block) === null };
}

type Made = Pick<DraftBlock, "text" | "isOpen">;

function madeOf(
  block: DraftBlock,
  change: BlockChange,
  proposals: readonly BlockProposal[],
): Made | BlockFault {
  switch (change.type) {
    case "accept":
      return objectionTo(block) ?? { text: block.text, isOpen: false };
    case "pick": {
      const text = block.alternatives[change.alternative];
      return text === undefined
        ? impossible(`It has ${block.alternatives.length} alternatives, counted from 0.`)
        : { text, isOpen: isUnfinished(text) };
    }
    case "write":
      if (isBlank(change.text))
        return impossible("An empty text says nothing. Remove the block, if nothing is to stand there.");
      if (change.text.length > longestBlock)
        return impossible(
          `A block has at most ${longestBlock} characters, and this has ${change.text.length}.`,
        );
      return { text: keepable(change.text), isOpen: false };
    case "remove":
      return { text: "", isOpen: false };
    case "restore":
      return { text: block.original, isOpen: block.kind !== "confident" };
    case "take": {
      const proposal = proposals.find(({ id, blockId }) => id === change.proposalId && blockId === block.id);
      return proposal && proposal.revision === block.revision
        ? { text: proposal.text, isOpen: isUnfinished(proposal.text) }
        : impossible("There is no such proposal for this block any more.");
    }
  }
}

function objectionTo({ kind, text, isOpen }: DraftBlock): BlockFault | null {
  if (!isOpen) return impossible("It waits for nobody: there is nothing to accept.");
  if (isBlank(text)) return impossible("Nothing stands there yet. Write what is missing, or remove it.");
  if (kind === "placeholder" && gapIn(text) !== null)
    return impossible("What stands there is a gap itself. Write what is missing, or remove it.");
  return null;
}

/** Put in place by a key, and the machine's own: somebody looks at what stands there then. */
function isUnfinished(text: string): boolean {
  return gapIn(text) !== null || hiddenIn(text) !== null;
}

function impossible(why: string): BlockFault {
  return { fault: "impossible", why };
}
