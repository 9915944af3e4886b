// Changing a draft, block by block. Two people in two blocks do not disturb each other; in one block, the first wins and
// the second is shown what stands there now.
import { openIn, wholeId, type Draft } from "../drafting/block.js";
import { changeBlock, dismissProposal, type BlockChange, type BlockFault } from "../drafting/change.js";
import type { Principal } from "../kernel/principal.js";
import type { DecideDeps, DecideResult, Refused } from "./answer.js";
import type { DraftStore } from "./drafts.js";
import { handlerOf, objectionTo } from "./handling.js";
import { blockChanged, noDraft, noReview, notServed, refuse, stale } from "./refusals.js";
import { revisionOf } from "./revise.js";
import { judgedBy } from "./terms.js";
import type { Review } from "./types.js";

export interface DraftDeps extends Omit<DecideDeps, "newId"> {
  drafts: DraftStore;
}

export function changeDraft(
  deps: DraftDeps,
  caller: Principal,
  reviewId: string,
  on: { blockId: string; revision: number },
  change: BlockChange,
): Promise<DecideResult> {
  return untilWritten(deps, caller, reviewId, async (review, draft, by) => {
    const judge = deps.agentOf(review.graphId);
    if (!judge) return notServed(review);
    const changed = changeBlock(draft, on, change, by.id);
    if ("fault" in changed) return refused(review, on.blockId, changed);
    const { before, after } = changed;
    // Whatever the agent is still writing comes too late for a draft that a person has begun to change.
    const judged = await judgedBy(deps.store, judge, review);
    const revision = revisionOf(judge.tools, judged, review, { ...changed.draft, isWriting: false }, by, [
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
  caller: Principal,
  reviewId: string,
  proposalId: string,
): Promise<DecideResult> {
  return untilWritten(deps, caller, reviewId, async (review, draft, by) => {
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
 * @param write by whom, and in whose stead; null where somebody else has written in between: then it is tried again on what stands there.
 */
export async function untilWritten(
  deps: Pick<DraftDeps, "store" | "deputies">,
  caller: Principal,
  reviewId: string,
  write: (review: Review, draft: Draft, by: Principal) => Promise<DecideResult | null>,
): Promise<DecideResult> {
  const find = (): Promise<Review | null> => deps.store.find(caller.tenant, reviewId);
  let review = await find();
  for (let tries = 0; tries < mostTries; tries += 1) {
    if (!review) return noReview(reviewId);
    const by = await handlerOf(deps, caller, review);
    const objection = objectionTo(review, by);
    if (objection) return objection;
    if (!review.draft) return noDraft(review);
    const result = await write(review, review.draft, by);
    if (result) return result;
    review = await find();
  }
  return review ? stale(review) : noReview(reviewId);
}

function refused(review: Review, blockId: string, fault: BlockFault): Refused {
  switch (fault.fault) {
    case "no-such-block":
      return refuse(
        "not_found",
        blockId === wholeId
          ? "Its agent has put these words into blocks since, so they stand there no longer as one. Yours changed nothing: look at the blocks."
          : `The draft has no block ${blockId}.`,
        { reviewId: review.id, blockId },
      );
    case "changed-since":
      return blockChanged(review, fault.block);
    case "impossible":
      return refuse("request_invalid", fault.why, { reviewId: review.id, blockId });
  }
}
