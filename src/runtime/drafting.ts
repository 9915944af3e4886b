// Writing the words of a call together: what people and the agent do to a draft, for the doors.
import type { BaseMessage } from "@langchain/core/messages";
import type { BlockProposal, Draft, DraftBlock } from "../drafting/block.js";
import { asShown, withProposals, type BlockChange } from "../drafting/change.js";
import { traceIn } from "../drafting/read-blocks.js";
import type { DraftEdits } from "../drafting/outside-edits.js";
import { HoldpointError } from "../kernel/errors.js";
import type { NewId } from "../kernel/ids.js";
import type { Principal } from "../kernel/principal.js";
import { sourcesOf } from "../nodes/conversation.js";
import type { DecideResult, Refused } from "../review/answer.js";
import { changeDraft, dismiss, untilWritten, type DraftDeps } from "../review/change-draft.js";
import { documentOf, type DraftDocument } from "../review/draft-document.js";
import type { DraftChanged, DraftEditor } from "../review/drafts.js";
import { handlerOf, objectionTo } from "../review/handling.js";
import { importEdits, type Imported } from "../review/import-edits.js";
import { noDraft, noReview, notServed, refuse } from "../review/refusals.js";
import type { Review } from "../review/types.js";
import type { Proposer } from "./proposer.js";

export interface Drafting {
  /** Changes one block, as it was seen; 409 `draft_changed` with the block where somebody was faster. */
  change(
    by: Principal,
    reviewId: string,
    on: { blockId: string; revision: number },
    change: BlockChange,
  ): Promise<DecideResult>;
  /**
   * Has the agent propose other words: for one block with an instruction, or (none named) for all that nobody is in,
   * whatever should follow from the last change. Nothing is changed by it. Throws `agent_silent`.
   */
  propose(by: Principal, reviewId: string, asked: WordsAsked): Promise<DecideResult>;
  dismiss(by: Principal, reviewId: string, proposalId: string): Promise<DecideResult>;
  changes(tenant: string, reviewId: string): Promise<DraftChanged[]>;
  /** The draft with all that became of it. */
  document(tenant: string, reviewId: string): Promise<{ ok: true; document: DraftDocument } | Refused>;
  /** Words that were changed in a file, as changes of their blocks. */
  importEdits(by: Principal, reviewId: string, edited: DraftEdits): Promise<Imported | Refused>;
  /** Says that a person has the draft before them, and in which block; who else has. */
  edit(by: Principal, reviewId: string, blockId: string | null): Promise<DraftEditor[]>;
  leave(by: Principal, reviewId: string): Promise<void>;
  editors(tenant: string, reviewId: string): Promise<DraftEditor[]>;
}

export type WordsAsked = { blockId: string; instruction: string } | { blockId?: never; instruction?: string };

export interface DraftingDeps extends DraftDeps {
  /** Who may be asked for other words, by the name of the agent. */
  agents: { get(graphId: string): Proposer | undefined };
  /** The conversation of a review; empty where it is not kept here. */
  talkOf(by: Principal, review: Review): Promise<readonly BaseMessage[]>;
  newId: NewId;
}

export function createDrafting(deps: DraftingDeps): Drafting {
  const { drafts } = deps;
  return {
    change: (by, reviewId, on, change) => changeDraft(deps, by, reviewId, on, change),
    dismiss: (by, reviewId, proposalId) => dismiss(deps, by, reviewId, proposalId),
    propose: (by, reviewId, asked) => propose(deps, by, reviewId, asked),
    changes: drafts.changes,
    async document(tenant, reviewId) {
      const review = await deps.store.find(tenant, reviewId);
      if (!review) return noReview(reviewId);
      if (!review.draft) return noDraft(review);
      const changes = await drafts.changes(tenant, reviewId);
      return { ok: true, document: documentOf(review, review.draft, changes) };
    },
    importEdits: (by, reviewId, edited) => importEdits(deps, by, reviewId, edited),
    editors: drafts.editors,
    async edit(by, reviewId, blockId) {
      const review = await deps.store.find(by.tenant, reviewId);
      if (!review?.draft) throw (review ? noDraft(review) : noReview(reviewId)).error;
      const objection = objectionTo(review, await handlerOf(deps, by, review));
      if (objection) throw objection.error;
      await drafts.edit(by.tenant, reviewId, { person: by.id, blockId });
      return drafts.editors(by.tenant, reviewId);
    },
    leave: (by, reviewId) => drafts.leave(by.tenant, reviewId, by.id),
  };
}

async function propose(
  deps: DraftingDeps,
  by: Principal,
  reviewId: string,
  asked: WordsAsked,
): Promise<DecideResult> {
  const review = await deps.store.find(by.tenant, reviewId);
  if (!review) return noReview(reviewId);
  const objection = objectionTo(review, await handlerOf(deps, by, review));
  if (objection) return objection;
  if (!review.draft) return noDraft(review);
  const agent = deps.agents.get(review.graphId);
  if (!agent) return notServed(review);
  const wanted = wantedBlocks(
    review,
    review.draft,
    asked,
    await deps.drafts.editors(by.tenant, reviewId),
    by,
  );
  if (!wanted.ok) return wanted;
  if (wanted.of.length === 0) return { ok: true, review };

  const sources = sourcesOf(
    agent.instructions,
    await deps.talkOf(by, review),
    await deps.drafts.results(by.tenant, review.threadId),
  );
  const proposed = await agent.propose(review, review.draft, sources, {
    of: wanted.of.map(({ id }) => id),
    instruction: asked.instruction ?? null,
  });
  // As in the node: its dictionaries are read where words are written, and by no start.
  const { inventedIn } = await import("../drafting/grounding.js");
  const made = proposed.flatMap(({ blockId, text, note }): BlockProposal[] => {
    const block = wanted.of.find(({ id }) => id === blockId);
    return block && block.text !== text
      ? [
          {
            id: deps.newId(),
            blockId,
            revision: block.revision,
            text,
            note: joined(note, traceIn(text), inventedIn(text, sources)),
          },
        ]
      : [];
  });
  if (made.length === 0 && asked.blockId !== undefined) {
    throw new HoldpointError(
      "agent_silent",
      "The agent was asked and proposed no other words for this block.",
    );
  }
  return untilWritten(deps, by, reviewId, async (now, draft, writer) => {
    // Somebody may have gone into a block meanwhile: it is theirs.
    const editors = await deps.drafts.editors(by.tenant, reviewId);
    const free = made.filter(({ blockId }) => asked.blockId === blockId || !isIn(editors, blockId));
    const written = await deps.drafts.propose(by.tenant, now, withProposals(draft, free), writer);
    return written && { ok: true, review: written };
  });
}

function wantedBlocks(
  review: Review,
  draft: Draft,
  { blockId }: WordsAsked,
  editors: readonly DraftEditor[],
  by: Principal,
): { ok: true; of: DraftBlock[] } | ReturnType<typeof refuse> {
  if (blockId === undefined)
    return { ok: true, of: draft.blocks.filter(({ id, text }) => !isIn(editors, id) && text !== "") };
  const block = draft.blocks.find(({ id }) => id === blockId);
  if (!block)
    return refuse("not_found", `The draft has no block ${blockId}.`, { reviewId: review.id, blockId });
  const other = editors.find((editor) => editor.blockId === blockId && editor.person !== by.id);
  return other
    ? refuse("draft_changed", `${other.person} is writing in this block. Ask again when they have left it.`, {
        reviewId: review.id,
        block: asShown(block),
      })
    : { ok: true, of: [block] };
}

function isIn(editors: readonly DraftEditor[], blockId: string): boolean {
  return editors.some((editor) => editor.blockId === blockId);
}

function joined(...said: (string | null)[]): string | null {
  return said.filter((one) => one !== null).join(" ") || null;
}
