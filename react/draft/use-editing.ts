// One person at work on a draft: where they are, what they have typed and not kept, what the server made of it.
import { useCallback, useLayoutEffect, useRef, useState, type RefObject } from "react";
import { HoldpointProblem, type BlockChange, type Draft, type DraftBlock } from "../client.js";
import { keep } from "../kept.js";
import type { SharedDraft } from "../use-draft.js";
import { nextOpen } from "./paragraphs.js";
import { askedName, droppedIn, keepDropped, keepTyped, typedIn, type Typed } from "./typed.js";

export interface Editing {
  reviewId: string;
  /** The block that has the focus, or had it last. */
  current: string;
  /** Moves the focus at once, into the block's field where it has one: the next key is already meant for it. */
  step(blockId: string): void;
  /** The same, once what was just done is shown. */
  goTo(blockId: string): void;
  enter(blockId: string | null): void;
  /** As it stands now. */
  typed(block: DraftBlock): Typed | null;
  type(block: DraftBlock, text: string): void;
  /** Keeps what was typed, on the block as it is shown now. */
  keep(block: DraftBlock): void;
  drop(block: DraftBlock): void;
  /** What was dropped last in this block, to be typed on; undefined where it is typed in already. */
  dropped(block: DraftBlock): string | undefined;
  /** Puts that into its field. */
  getBack(block: DraftBlock): void;
  make(block: DraftBlock, change: BlockChange): void;
  /** The block for which the agent is to be told what should be different. */
  asking: string | null;
  setAsking(blockId: string | null): void;
  ask(asked: { blockId?: string; instruction?: string }): void;
  dismiss(block: DraftBlock, proposalId: string): void;
  /** What the server is at: one change of a block at a time, and beside it the agent. */
  isBusy(with_: Work): boolean;
  problem: { at: string; text: string } | null;
  /** What was done last, in words. */
  done: string;
}

/** A change of a block; or what the agent was asked, for one or for all of them. */
export type Work = `change ${string}` | `ask ${string}`;
const all = "all";

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
  const { blocks } = draft;
  const [at, setAt] = useState<string | null>(null);
  const [focus, setFocus] = useState<{ on: string; isField: boolean } | null>(null);
  const [asking, setAsking] = useState<string | null>(null);
  const [busy, setBusy] = useState<ReadonlySet<Work>>(new Set());
  const [problem, setProblem] = useState<Editing["problem"]>(null);
  const [done, setDone] = useState("");
  const first = blocks.find(({ isOpen }) => isOpen) ?? blocks[0];
  const now = useRef(draft);
  now.current = draft;
  /** The block in which its reader is, as long as they have not gone elsewhere by themselves. */
  const inside = useRef<string | null>(null);

  // A change may take away what had the focus, whoever made it.
  useLayoutEffect(() => {
    if (focus !== null) {
      focusOn(root.current, focus);
      setFocus(null);
    } else if (inside.current !== null && document.activeElement === document.body)
      focusOn(root.current, { on: inside.current, isField: false });
  });
  const goTo = (on: string): void => setFocus({ on, isField: true });
  /** Their cursor wins: an answer that comes late moves nobody. */
  const goOn = (from: string, to: string): void => {
    if (inside.current === from) goTo(to);
  };

  /** @param kept what of it stands in the block, and so is not lost. */
  const clear = ({ id }: DraftBlock, kept: string): void => {
    const text = typedIn(reviewId, id)?.text ?? "";
    if (text.trim() !== "" && text !== kept)
      keepDropped(reviewId, id, [...droppedIn(reviewId, id).filter((one) => one !== text), text]);
    keepTyped(reviewId, id, null);
  };
  const run = async (work: Work, where: string, does: () => Promise<void>): Promise<void> => {
    if (busy.has(work)) return;
    setBusy((before) => new Set([...before, work]));
    setProblem(null);
    try {
      await does();
    } catch (error) {
      if (!(error instanceof HoldpointProblem)) throw error;
      setProblem({ at: where, text: error.message });
    } finally {
      setBusy((before) => new Set([...before].filter((one) => one !== work)));
    }
  };
  const make = (block: DraftBlock, made: BlockChange): void =>
    void run(`change ${block.id}`, block.id, async () => {
      await change(block, made);
      clear(block, made.type === "write" ? made.text : block.text);
      setDone(doneWords[made.type]);
      goOn(block.id, whereNext(made, block, now.current) ?? block.id);
    });

  const typed = ({ id }: DraftBlock): Typed | null => typedIn(reviewId, id);
  const type = ({ id, revision }: DraftBlock, text: string): void =>
    keepTyped(reviewId, id, { text, revision: typedIn(reviewId, id)?.revision ?? revision });
  const dropped = (block: DraftBlock): string | undefined =>
    typed(block) ? undefined : droppedIn(reviewId, block.id).at(-1);

  return {
    reviewId,
    current: at !== null && blocks.some(({ id }) => id === at) ? at : (first?.id ?? ""),
    step: (on) => focusOn(root.current, { on, isField: true }),
    goTo,
    enter: useCallback(
      (blockId: string | null) => {
        inside.current = blockId;
        if (blockId !== null) setAt(blockId);
        enter(blockId);
      },
      [enter],
    ),
    typed,
    type,
    keep(block) {
      const text = typedIn(reviewId, block.id)?.text ?? block.text;
      if (text !== block.text) make(block, { type: "write", text });
      else if (block.isOpen) make(block, { type: "accept" });
      else {
        clear(block, block.text);
        setProblem(null);
        goTo(block.id);
      }
    },
    drop(block) {
      clear(block, block.text);
      setProblem(null);
      setDone("Dropped.");
      setFocus({ on: block.id, isField: false });
    },
    dropped,
    getBack(block) {
      const text = dropped(block);
      if (text === undefined) return;
      keepDropped(reviewId, block.id, droppedIn(reviewId, block.id).slice(0, -1));
      type(block, text);
      goTo(block.id);
    },
    make,
    asking,
    setAsking(blockId) {
      if (blockId === null && asking !== null) goTo(asking);
      setAsking(blockId);
    },
    ask: (asked) =>
      void run(`ask ${asked.blockId ?? all}`, asked.blockId ?? all, async () => {
        await propose(asked);
        setDone("The agent has answered.");
        const { blockId } = asked;
        if (blockId === undefined) return;
        keep(askedName(reviewId, blockId), "");
        setAsking((before) => (before === blockId ? null : before));
        goOn(blockId, blockId);
      }),
    dismiss: (block, proposalId) =>
      void run(`change ${block.id}`, block.id, async () => {
        await dismiss(proposalId);
        setDone("Dismissed.");
        const next = now.current.proposals.find((one) => one.id !== proposalId);
        goOn(block.id, next?.blockId ?? block.id);
      }),
    isBusy: (work) => busy.has(work),
    problem,
    done,
  };
}

function focusOn(root: HTMLElement | null, { on, isField }: { on: string; isField: boolean }): void {
  const block = root?.querySelector<HTMLElement>(`[data-block="${CSS.escape(on)}"]`);
  const field = isField ? block?.querySelector("textarea") : null;
  (field ?? block)?.focus();
  // What stands there is gone on with.
  if (field?.selectionEnd === 0) field.setSelectionRange(field.value.length, field.value.length);
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
