// Words that a person and an agent finish together: blocks that read as one text, each finished where it stands.
import { useId, useRef, type KeyboardEvent } from "react";
import type { Draft, DraftBlock, Review } from "../client.js";
import { Foreign } from "../text.js";
import type { SharedDraft } from "../use-draft.js";
import { Acts, GetBack } from "./acts.js";
import { Block, standsApart } from "./block.js";
import { actionOn } from "./actions.js";
import { History } from "./history.js";
import { between, directionOf, paragraphsOf } from "./paragraphs.js";
import { useTyped } from "./typed.js";
import { useEditing, type Editing } from "./use-editing.js";

interface Shown {
  of: SharedDraft;
  /** False: the reader only reads. By default the server has the word. */
  mayWrite?: boolean;
  /** Where the focus goes when its reader leaves the words by key; by default nowhere. */
  left?(): void;
}

/**
 * The editor of a draft, as `useDraft` gives it. With the focus on it, it passes it on to the first block that waits.
 * Nothing is sent from here: the call is released by a decision, once nothing is open.
 */
export function DraftEditor({ of, mayWrite, left }: Shown) {
  const { review, draft } = of;
  return review && draft ? (
    <Editor {...{ of, review, draft }} mayWrite={mayWrite ?? true} {...(left ? { left } : {})} />
  ) : null;
}

function Editor({ of, review, draft, mayWrite, left }: Shown & { review: Review; draft: Draft }) {
  const root = useRef<HTMLElement>(null);
  const editing = useEditing(review.id, draft, of, root);
  const titleId = useId();
  const { blocks, proposals, isWriting } = draft;
  const proposalFor = ({ id }: DraftBlock) => proposals.find(({ blockId }) => blockId === id);
  const mayChange = mayWrite === true && (review.status === "open" || review.status === "claimed");
  const current = blocks.find(({ id }) => id === editing.current);
  const open = blocks.filter(({ isOpen }) => isOpen).length;
  const state = open === 0 ? "Finished" : `${open} of ${blocks.length} wait${mayChange ? " for you" : ""}`;

  // A click beside the blocks, as one that marks words to copy them, leaves everything where it is.
  const isClick = useRef(false);
  const onMouseDown = (): void => {
    isClick.current = true;
    setTimeout(() => (isClick.current = false));
  };

  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    if (!mayChange || event.altKey || event.nativeEvent.isComposing) return;
    const on = event.target as HTMLElement;
    const blockId = on.closest<HTMLElement>("[data-block]")?.dataset["block"];
    const block = blocks.find(({ id }) => id === blockId);
    if (!block) return;
    const action = actionOn({ event, on, block, draft, editing, left: left ?? (() => on.blur()) });
    if (!action) return;
    event.preventDefault();
    action();
  };

  return (
    <section
      ref={root}
      className="hp hp-draft"
      aria-labelledby={titleId}
      tabIndex={-1}
      onFocus={({ target, currentTarget }) => {
        if (target === currentTarget && !isClick.current) editing.step(editing.current);
      }}
      onBlur={({ currentTarget, relatedTarget }) => {
        if (!currentTarget.contains(relatedTarget)) editing.enter(null);
      }}
      onMouseDown={onMouseDown}
      onKeyDown={onKeyDown}
    >
      <div className="hp-draft-state">
        <span id={titleId} role="status">
          {state}
        </span>
        <progress max={1} value={draft.completeness} aria-label="Finished" />
        <span>{Math.round(draft.completeness * 100)} %</span>
        <span className="hp-around" role="status">
          {of.others.map(({ person }) => (
            <span key={person} className="hp-other">
              <Foreign text={person} /> is here
            </span>
          ))}
          {!of.isConnected && <span>Not connected; what you type is kept.</span>}
        </span>
      </div>
      {isWriting && (
        <p className="hp-quiet">The agent is still at it. You may begin; what you write stands.</p>
      )}
      <div className="hp-words">
        {paragraphsOf(blocks).map((paragraph) => (
          <div key={paragraph[0]?.id} className="hp-paragraph" dir={directionOf(paragraph)}>
            {paragraph.map((block) => (
              <Block
                key={block.id}
                block={block}
                number={blocks.indexOf(block) + 1}
                count={blocks.length}
                proposal={proposalFor(block)}
                other={of.others.find(({ blockId }) => blockId === block.id)?.person}
                editing={editing}
                mayChange={mayChange}
                joint={between[block.joint]}
              />
            ))}
          </div>
        ))}
      </div>
      {!mayChange && current && <Over block={current} editing={editing} />}
      {mayChange && (
        <div className="hp-foot">
          {current && <InText block={current} proposal={proposalFor(current)} editing={editing} />}
          <button type="button" className="hp-link" onClick={() => editing.ask({})}>
            {editing.isBusy("ask all") ? "The agent goes over it…" : "Have the agent go over it"} <kbd>p</kbd>
          </button>
          {editing.problem?.at === "all" && (
            <p className="hp-problem" role="alert">
              {editing.problem.text}
            </p>
          )}
        </div>
      )}
      <History reviewId={review.id} version={draft.version} />
      <p className="hp-hidden" role="status">
        {editing.done}
      </p>
    </section>
  );
}

/** What can be done with a block that reads as the others do, and so offers nothing in its place. */
function InText({
  block,
  proposal,
  editing,
}: {
  block: DraftBlock;
  proposal: Draft["proposals"][number] | undefined;
  editing: Editing;
}) {
  const typed = useTyped(editing.reviewId, block.id);
  return standsApart(block, { proposal, typed, editing }) ? (
    <p className="hp-quiet">
      <kbd>↑</kbd> <kbd>↓</kbd> move in the words
    </p>
  ) : (
    <Acts {...{ block, typed, editing }} hasField={false} />
  );
}

/** Where nothing more can be changed, words that were dropped can still be read. */
function Over({ block, editing }: { block: DraftBlock; editing: Editing }) {
  const typed = useTyped(editing.reviewId, block.id);
  return <GetBack block={block} typed={typed} editing={editing} />;
}
