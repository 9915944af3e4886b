// Changing a draft, block by block. Two people in two blocks do not disturb each other; in one block, the first wins and
// the second is shown what stands there now.
import type { Draft } from "../drafting/block.js";
import { changeBlock, dismissProposal, type BlockChange, type BlockFault } from "../drafting/change.js";
import { openIn } from "../drafting/block.js";
import type { Principal } from "../kernel/principal.js";
import type { DecideDeps, DecideResult, Refused } from "./answer.js";
import { objectionTo } from "./claim.js";
import type { DraftStore } from "./drafts.js";
import { noDraft, noReview, notServed, refuse, stale } from "./refusals.js";
import { revisionOf } from "./revise.js";
import type { Review } from "./types.js";

export interface DraftDeps extends Omit<DecideDeps, "newId"> {
  drafts: DraftStore;
}

export function changeDraft(
  deps: DraftDeps,
  by: Principal,
  reviewId: string,
  on: { blockId: string; revision: number },
  change: BlockChange,
): Promise<DecideResult> {
  return untilWritten(deps, by, reviewId, async (review, draft) => {
    const judge = deps.agentOf(review.graphId);
    if (!judge) return notServed(review);
    const changed = changeBlock(draft, on, change, by.id);
    if ("fault" in changed) return refused(review, on.blockId, changed);
    const { before, after } = changed;
    // Whatever the agent is still writing comes too late for a draft that a person has begun to change.
    const revision = revisionOf(judge, review, { ...changed.draft, isWriting: false }, by, [
      { blockId: before.id, kind: change.type, before: before.text, after: after.text },
    ]);
    if (!revision.ok) return revision;
    const revised = await deps.drafts.revise(by.tenant, revision.value);
    // Fronts that know no drafts are shown the words once nothing in them is open.
    if (revised?.draft && openIn(revised.draft.blocks).length === 0) await deps.resumption.resume(revised);
    return revised && { ok: true, review: revised };
  });
}

export function dismiss(
  deps: DraftDeps,
  by: Principal,
  reviewId: string,
  proposalId: string,
): Promise<DecideResult> {
  return untilWritten(deps, by, reviewId, async (review, draft) => {
    const without = dismissProposal(draft, proposalId);
    // It is gone either way.
    if (!without) return { ok: true, review };
    const now = await deps.drafts.propose(by.tenant, review, without, by);
    return now && { ok: true, review: now };
  });
}

/** As often as people write into one draft at the same moment. */
const mostTries = 20;

/**
 * @param write null where somebody else has written in between: then it is tried again on what stands there.
 */
export async function untilWritten(
  { store }: Pick<DraftDeps, "store">,
  by: Principal,
  reviewId: string,
  write: (review: Review, draft: Draft) => Promise<DecideResult | null>,
): Promise<DecideResult> {
  let review = await store.find(by.tenant, reviewId);
  for (let tries = 0; tries < mostTries; tries += 1) {
    if (!review) return noReview(reviewId);
    const objection = objectionTo(review, by);
    if (objection) return objection;
    if (!review.draft) return noDraft(review);
    const result = await write(review, review.draft);
    if (result) return result;
    review = await store.find(by.tenant, reviewId);
  }
  return review ? stale(review) : noReview(reviewId);
}

function refused(review: Review, blockId: string, fault: BlockFault): Refused {
  switch (fault.fault) {
    case "no-such-block":
      return refuse("not_found", `The draft has no block ${blockId}.`, { reviewId: review.id, blockId });
    case "changed-since":
      return refuse(
        "draft_changed",
        `${fault.block.changedBy ?? "The agent"} changed this block meanwhile. Yours changed nothing: look at what stands there now.`,
        { reviewId: review.id, block: fault.block },
      );
    case "impossible":
      return refuse("request_invalid", fault.why, { reviewId: review.id, blockId });
  }
}
