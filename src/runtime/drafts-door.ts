// The library's door to the words of a call, written together in blocks.
import type { Draft } from "../drafting/block.js";
import type { BlockChange } from "../drafting/change.js";
import type { DraftEdits, EditedBlock } from "../drafting/outside-edits.js";
import type { Principal } from "../kernel/principal.js";
import type { DecideResult, Refused } from "../review/answer.js";
import type { DraftDocument } from "../review/draft-document.js";
import type { DraftChanged } from "../review/drafts.js";
import type { Imported } from "../review/import-edits.js";
import type { ReviewStore } from "../review/store.js";
import type { Drafting, WordsAsked } from "./drafting.js";

/** Who acts, where it is left out: the person `local`, who holds every role. */
type By = Pick<Principal, "id" | "roles">;

export interface Drafts {
  /** Null where there is no such review, or its words are not written in blocks. */
  read(reviewId: string): Promise<Draft | null>;
  /**
   * Changes one block, as it was seen: `on` names it and its revision. The review that comes back has new arguments and a new
   * hash. `{ ok: false, error }`: `draft_changed`, with the block under `error.details`, where somebody was faster;
   * `edit_refused` and `args_invalid` where the policy or the tool does not take the words.
   */
  change(
    reviewId: string,
    on: { blockId: string; revision: number },
    change: BlockChange,
    by?: By,
  ): Promise<DecideResult>;
  /**
   * Has the agent propose other words: for one block by an instruction, or for all that nobody is in. They stand under
   * `review.draft.proposals`, and change nothing before a `take`. Throws `agent_silent`.
   */
  propose(reviewId: string, asked?: WordsAsked, by?: By): Promise<DecideResult>;
  dismiss(reviewId: string, proposalId: string, by?: By): Promise<DecideResult>;
  /** Every change, the oldest first: the block, before, after, by whom. */
  changes(reviewId: string): Promise<DraftChanged[]>;
  /** All of it as plain JSON: what stands there, what the machine wrote, every change. Null as for `read`. */
  export(reviewId: string): Promise<DraftDocument | null>;
  /**
   * Takes words that were changed outside as changes of their blocks. Those that read as before change nothing; what was
   * changed here meanwhile stays, and is told under `refused` with the words from outside. `edited` is what `export` or
   * `draftFromMarkdown` gave, which names its review: of another one nothing is taken. Or its blocks alone.
   */
  import(reviewId: string, edited: DraftEdits | readonly EditedBlock[], by?: By): Promise<Imported | Refused>;
}

interface Here {
  drafting: Drafting;
  reviews: Pick<ReviewStore, "find">;
}

/** Gives a call of the door what stands behind it. */
type Within = <Args extends unknown[], Result>(
  work: (here: Here, ...args: Args) => Promise<Result>,
) => (...args: Args) => Promise<Result>;

export function draftsOf(within: Within, caller: Principal): Drafts {
  const { tenant } = caller;
  const as = (by: By = caller): Principal => ({ ...caller, ...by, tenant });
  return {
    read: within(
      async ({ reviews }, reviewId: string) => (await reviews.find(tenant, reviewId))?.draft ?? null,
    ),
    change: within(({ drafting }, ...[reviewId, on, change, by]: Parameters<Drafts["change"]>) =>
      drafting.change(as(by), reviewId, on, change),
    ),
    propose: within(({ drafting }, ...[reviewId, asked = {}, by]: Parameters<Drafts["propose"]>) =>
      drafting.propose(as(by), reviewId, asked),
    ),
    dismiss: within(({ drafting }, ...[reviewId, proposalId, by]: Parameters<Drafts["dismiss"]>) =>
      drafting.dismiss(as(by), reviewId, proposalId),
    ),
    changes: within(({ drafting }, reviewId: string) => drafting.changes(tenant, reviewId)),
    export: within(async ({ drafting }, reviewId: string) => {
      const found = await drafting.document(tenant, reviewId);
      return found.ok ? found.document : null;
    }),
    import: within(({ drafting }, ...[reviewId, edited, by]: Parameters<Drafts["import"]>) =>
      drafting.importEdits(as(by), reviewId, "blocks" in edited ? edited : { blocks: edited }),
    ),
  };
}
