// One person at work on a draft: where they are, what they have typed and not kept, what the server made of it.
import { useCallback, useLayoutEffect, useState, type RefObject } from "react";
import { HoldpointProblem, type BlockChange, type Draft, type DraftBlock } from "../client.js";
import { useKept } from "../kept.js";
import type { SharedDraft } from "../use-draft.js";
import { nextOpen } from "./paragraphs.js";

/** What stands in a block's field, and the revision of the block that it was begun on. */
export interface Typed {
  text: string;
  revision: number;
}

export interface Editing {
  /** The block that has the focus, or had it last. */
  current: string;
  /** Moves the focus at once, into the block's field where it has one: the next key is already meant for it. */
  step(blockId: string): void;
  /** The same, once what was just done is shown. */
  goTo(blockId: string): void;
  enter(blockId: string | null): void;
  typed(block: Pick<DraftBlock, "id">): Typed | undefined;
  /** Somebody else changed the block since one began to type. One's own change may be told before it is answered. */
  isOvertaken(block: DraftBlock): boolean;
  type(block: DraftBlock, text: string): void;
  /** Keeps what was typed, on the block as it is shown now. */
  keep(block: DraftBlock): void;
  drop(block: DraftBlock): void;
  make(block: DraftBlock, change: BlockChange): void;
  /** The block for which the agent is to be told what should be different. */
  asking: string | null;
  setAsking(blockId: string | null): void;
  ask(asked: { blockId?: string; instruction?: string }): void;
  dismiss(block: DraftBlock, proposalId: string): void;
  /** A block's id, or `all`: the server is at it. */
  busy: string | null;
  problem: { at: string; text: string } | null;
  /** What was done last, in words. */
  done: string;
}

const doneWords: Readonly<Record<BlockChange["type"], string>> = {
  accept: "Accepted.",
  pick: "Picked.",
  write: "Kept.",
  remove: "Taken out.",
  restore: "As the machine wrote it.",
  take: "Taken.",
};

export function useEditing(
  reviewId: string,
  draft: Draft,
  { change, propose, dismiss, enter }: SharedDraft,
  root: RefObject<HTMLElement | null>,
): Editing {
  const { blocks, proposals } = draft;
  const [kept, setKept] = useKept<Record<string, Typed>>(`${reviewId} words`, () => ({}));
  const [at, setAt] = useState<string | null>(null);
  const [focus, setFocus] = useState<{ on: string; isField: boolean } | null>(null);
  const [asking, setAsking] = useState<string | null>(null);
  const [busy, setBusy] = useState<string | null>(null);
  const [problem, setProblem] = useState<Editing["problem"]>(null);
  const [done, setDone] = useState("");
  const first = blocks.find(({ isOpen }) => isOpen) ?? blocks[0];

  // A change may take the field away that had the focus: it goes on to where there is something to do.
  useLayoutEffect(() => {
    if (focus === null) return;
    focusOn(root.current, focus);
    setFocus(null);
  }, [focus, root]);
  const goTo = (on: string): void => setFocus({ on, isField: true });

  const forget = ({ id }: DraftBlock): void => {
    const { [id]: _gone, ...others } = kept;
    setKept(others);
  };
  const run = async (where: string, work: () => Promise<void>): Promise<void> => {
    if (busy !== null) return;
    setBusy(where);
    setProblem(null);
    try {
      await work();
    } catch (error) {
      if (!(error instanceof HoldpointProblem)) throw error;
      setProblem({ at: where, text: error.message });
    } finally {
      setBusy(null);
    }
  };
  const make = (block: DraftBlock, made: BlockChange): void =>
    void run(block.id, async () => {
      await change(block, made);
      forget(block);
      setDone(doneWords[made.type]);
      goTo(whereNext(made, block, draft) ?? block.id);
    });

  return {
    current: at !== null && blocks.some(({ id }) => id === at) ? at : (first?.id ?? ""),
    step: (on) => focusOn(root.current, { on, isField: true }),
    goTo,
    enter: useCallback(
      (blockId: string | null) => {
        if (blockId !== null) setAt(blockId);
        enter(blockId);
      },
      [enter],
    ),
    typed: ({ id }) => kept[id],
    isOvertaken: ({ id, revision }) =>
      busy !== id && kept[id] !== undefined && kept[id].revision !== revision,
    type: ({ id, revision }, text) =>
      setKept({ ...kept, [id]: { text, revision: kept[id]?.revision ?? revision } }),
    keep(block) {
      const text = kept[block.id]?.text ?? block.text;
      if (text !== block.text) make(block, { type: "write", text });
      else if (block.isOpen) make(block, { type: "accept" });
      else {
        forget(block);
        goTo(block.id);
      }
    },
    drop(block) {
      forget(block);
      setProblem(null);
      setFocus({ on: block.id, isField: false });
    },
    make,
    asking,
    setAsking(blockId) {
      if (blockId === null && asking !== null) goTo(asking);
      setAsking(blockId);
    },
    ask: (asked) =>
      void run(asked.blockId ?? "all", async () => {
        await propose(asked);
        setAsking(null);
        setDone("The agent has answered.");
        if (asked.blockId !== undefined) goTo(asked.blockId);
      }),
    dismiss: (block, proposalId) =>
      void run(block.id, async () => {
        await dismiss(proposalId);
        setDone("Dismissed.");
        goTo(proposals.find((one) => one.id !== proposalId)?.blockId ?? block.id);
      }),
    busy,
    problem,
    done,
  };
}

function focusOn(root: HTMLElement | null, { on, isField }: { on: string; isField: boolean }): void {
  const block = root?.querySelector<HTMLElement>(`[data-block="${CSS.escape(on)}"]`);
  ((isField && block?.querySelector("textarea")) || block)?.focus();
}

/** Where there is more of the same to do. */
function whereNext(change: BlockChange, block: DraftBlock, { blocks, proposals }: Draft): string | undefined {
  switch (change.type) {
    case "accept":
    case "pick":
    case "write":
    case "remove":
      return nextOpen(blocks, block.id)?.id;
    case "take":
      return proposals.find(({ blockId }) => blockId !== block.id)?.blockId ?? nextOpen(blocks, block.id)?.id;
    case "restore":
      return block.id;
  }
}
