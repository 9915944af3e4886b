// The agent's words put into blocks by its model, each block checked against what is known, and written in the call's place.
import { textOf, wholeDraft, type Draft } from "../drafting/block.js";
import type { Source } from "../drafting/sources.js";
import { askForBlocks, wordsOf } from "../models/drafting.js";
import type { Model } from "../models/port.js";
import type { Judge } from "../review/answer.js";
import type { DraftStore } from "../review/drafts.js";
import { revisionOf } from "../review/revise.js";
import type { ReviewStore } from "../review/store.js";
import { judgedBy } from "../review/terms.js";
import type { Review } from "../review/types.js";

export interface DraftWriter {
  judge: Judge;
  store: Pick<ReviewStore, "evidence">;
  drafts: DraftStore;
  /** Null: nobody can be asked any more. */
  model: Model | null;
  instructions: string | null;
  draftTimeoutMs: number;
}

/** Nothing depends on it: where the model fails, all of the words stay uncertain, and a person reads them. */
export async function writeDraft(
  { judge, store, drafts, ...writer }: DraftWriter,
  review: Review,
  draft: Draft,
  sources: readonly Source[],
): Promise<void> {
  const blocks = await blocksFor(writer, review, draft.field, sources);
  const model = writer.model?.name ?? null;
  const judged = await judgedBy(store, judge, review);
  const made =
    blocks &&
    revisionOf(judge.tools, judged, review, { ...draft, blocks, isWriting: false, model }, null, [
      { blockId: null, kind: "written", before: wordsIn(review, draft), after: textOf(blocks) },
    ]);
  // Words that its tool does not take, or the policy forbids, are not put in the place of those that were proposed.
  const revision = made?.ok
    ? made
    : revisionOf(
        judge.tools,
        judged,
        review,
        blocks ? asProposed(review, draft) : { ...draft, isWriting: false },
        null,
        [],
      );
  if (revision.ok) await drafts.revise(review.tenant, revision.value);
}

function wordsIn({ args }: Review, { field }: Draft): string {
  return wordsOf({ args, field });
}

function asProposed(review: Review, draft: Draft): Draft {
  return wholeDraft(
    draft.field,
    wordsIn(review, draft),
    "The agent's blocks could not be taken, so this is what it proposed.",
    false,
  );
}

async function blocksFor(
  { model, instructions, draftTimeoutMs }: Omit<DraftWriter, "judge" | "store" | "drafts">,
  review: Review,
  field: string,
  sources: readonly Source[],
): Promise<Draft["blocks"] | null> {
  if (!model) return null;
  const signal = AbortSignal.timeout(draftTimeoutMs);
  try {
    const blocks = await unlessAborted(
      signal,
      askForBlocks({ model, instructions, signal }, { ...review, field }, sources),
    );
    // It brings dictionaries that take long to read: a process that drafts nothing starts without them.
    const { groundedIn } = await import("../drafting/grounding.js");
    return groundedIn(sources, blocks);
  } catch {
    // Its provider's fault is no fault of the call, which waits for a person in either case.
    return null;
  }
}

/** A model need not listen to its signal. */
function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
  return Promise.race([work, aborted]);
}
