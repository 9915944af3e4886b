// Words of a draft that were changed in a file come back as changes of its blocks, each under the checks of any other. What
// was changed here meanwhile stays, and the words from the file are handed back with what stands there now.
import type { DraftBlock } from "../drafting/block.js";
import { editIn, type DraftEdits, type Edit, type EditedBlock } from "../drafting/outside-edits.js";
import type { HoldpointError } from "../kernel/errors.js";
import type { Principal } from "../kernel/principal.js";
import type { Refused } from "./answer.js";
import { changeDraft, type DraftDeps } from "./change-draft.js";
import { handlerOf, objectionTo } from "./handling.js";
import { blockChanged, noDraft, noReview, refuse } from "./refusals.js";
import type { Review } from "./types.js";

export interface Imported {
  ok: true;
  review: Review;
  /** Blocks that read now as they do in the file. */
  changed: string[];
  refused: RefusedEdit[];
}

export interface RefusedEdit {
  blockId: string;
  /** `draft_changed` where somebody changed it here meanwhile; else as for a change of one block. */
  error: HoldpointError;
  /** The words from the file. */
  yours: string;
  /** What stands there now, where it was changed here. */
  now: DraftBlock | null;
}

/** Nothing is written of another draft: one that says so, names no block of this, or a revision that its block never had. */
export async function importEdits(
  deps: DraftDeps,
  by: Principal,
  reviewId: string,
  edited: DraftEdits,
): Promise<Imported | Refused> {
  const review = await deps.store.find(by.tenant, reviewId);
  if (!review) return noReview(reviewId);
  const objection = objectionTo(review, await handlerOf(deps, by, review));
  if (objection) return objection;
  const { draft } = review;
  if (!draft) return noDraft(review);
  const changes = await deps.drafts.changes(by.tenant, reviewId);
  const edits = edited.blocks.map((block) => ({ block, edit: editIn(draft, changes, block) }));
  const fault = isOfAnother(edited, review) ?? faultIn(edits);
  if (fault !== null) return refuse("request_invalid", `${fault} Nothing was changed.`, { reviewId });

  const imported: Imported = { ok: true, review, changed: [], refused: [] };
  // One after the other: each is judged with those before it.
  for (const { block, edit } of edits) await take(deps, by, imported, block, edit);
  return imported;
}

async function take(
  deps: DraftDeps,
  by: Principal,
  into: Imported,
  { id: blockId, revision, text: yours }: EditedBlock,
  edit: Edit,
): Promise<void> {
  if (edit.is === "conflict")
    into.refused.push({ blockId, error: blockChanged(into.review, edit.now).error, yours, now: edit.now });
  if (edit.is !== "change") return;
  const result = await changeDraft(deps, by, into.review.id, { blockId, revision }, edit.change);
  if (result.ok) {
    into.review = result.review;
    into.changed.push(blockId);
    return;
  }
  const isLost = result.error.code === "draft_changed";
  const now = isLost ? await deps.store.find(by.tenant, into.review.id) : null;
  into.refused.push({
    blockId,
    error: result.error,
    yours,
    now: now?.draft?.blocks.find(({ id }) => id === blockId) ?? null,
  });
}

function isOfAnother({ reviewId }: DraftEdits, { id }: Review): string | null {
  return reviewId === undefined || reviewId === id
    ? null
    : `These are words of review ${reviewId}, and not of ${id}.`;
}

function faultIn(edits: readonly { block: EditedBlock; edit: Edit }[]): string | null {
  const ids = edits.map(({ block }) => block.id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) return `Block ${twice} is named twice.`;
  for (const { edit } of edits) if (edit.is === "impossible") return edit.why;
  return null;
}
