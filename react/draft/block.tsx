// One block: words in the text, or, where there is something to do, a step of its own in the text's place.
import { useId } from "react";
import type { Draft, DraftBlock } from "../client.js";
import { Foreign } from "../text.js";
import { isMissing } from "./actions.js";
import { Acts } from "./acts.js";
import { Asking } from "./asking.js";
import { Field } from "./field.js";
import { directionOf } from "./paragraphs.js";
import { ProposalCard } from "./proposal.js";
import { useTyped, type Typed } from "./typed.js";
import type { Editing } from "./use-editing.js";

interface Shown {
  block: DraftBlock;
  number: number;
  count: number;
  proposal: Draft["proposals"][number] | undefined;
  /** Who else is in it. */
  other: string | undefined;
  editing: Editing;
  mayChange: boolean;
  /** What stands between it and the next. */
  joint: string;
}

export function Block(shown: Shown) {
  const { block, number, count, proposal, other, editing, mayChange, joint } = shown;
  const wordsId = useId();
  const typed = useTyped(editing.reviewId, block.id);
  const isApart = mayChange
    ? standsApart(block, { proposal, typed, editing })
    : block.isOpen || typed !== null;
  const common = {
    "data-block": block.id,
    role: "group",
    tabIndex: editing.current === block.id ? 0 : -1,
    "aria-label": `Block ${number} of ${count}, ${stateOf(block)}${other === undefined ? "" : `, ${other} is in it`}`,
    "aria-describedby": wordsId,
    onFocus: () => editing.enter(block.id),
  };
  // One element, whatever becomes of it: who has the focus on it keeps it.
  if (!isApart) {
    return (
      <>
        <div {...common} className={`hp-block${block.changedBy === null ? "" : " hp-changed"}`}>
          <span id={wordsId}>
            {block.text === "" ? <span className="hp-out">taken out</span> : <Foreign text={block.text} />}
          </span>
        </div>
        {joint}
      </>
    );
  }
  const hasField = typed !== null || (mayChange && isMissing(block));
  return (
    <div {...common} dir="ltr" className={`hp-block hp-apart hp-${block.isOpen ? block.kind : "closed"}`}>
      <div id={wordsId}>
        {block.isOpen && (
          <p className="hp-note">
            <strong>{kindWords[block.kind]}</strong> {block.note !== null && <Foreign text={block.note} />}
          </p>
        )}
        {!(hasField && mayChange) && (
          <div dir={directionOf([block])}>
            <Foreign text={block.text} />
          </div>
        )}
      </div>
      {hasField && <Field {...{ block, typed, editing, mayChange }} />}
      {mayChange && block.isOpen && <Wordings block={block} editing={editing} />}
      {block.isOpen && <Sources block={block} />}
      {mayChange && proposal && <ProposalCard {...{ block, proposal, editing }} />}
      {mayChange && editing.asking === block.id && <Asking block={block} editing={editing} />}
      {mayChange && editing.asking !== block.id && <Acts {...{ block, typed, hasField, editing }} />}
      {other !== undefined && (
        <p className="hp-quiet">
          <Foreign text={other} /> is in this block.
        </p>
      )}
      {editing.problem?.at === block.id && (
        <p ref={showToWhoIsIn} className="hp-problem" role="alert">
          {editing.problem.text}
        </p>
      )}
    </div>
  );
}

/** Who is in its block by now sees it; who is elsewhere is not moved. */
function showToWhoIsIn(problem: HTMLElement | null): void {
  if (problem?.closest("[data-block]")?.contains(document.activeElement))
    problem.scrollIntoView({ block: "nearest" });
}

/** There is something to do in it; otherwise it is words like the others. */
export function standsApart(
  { id, isOpen }: DraftBlock,
  {
    proposal,
    typed,
    editing,
  }: { proposal: Draft["proposals"][number] | undefined; typed: Typed | null; editing: Editing },
): boolean {
  return isOpen || proposal !== undefined || typed !== null || editing.asking === id;
}

const kindWords: Readonly<Record<DraftBlock["kind"], string>> = {
  confident: "Look again.",
  uncertain: "Not sure.",
  placeholder: "Missing.",
};

function stateOf({ isOpen, kind, note, changedBy, text }: DraftBlock): string {
  if (isOpen)
    return kind === "placeholder" ? `missing: ${note ?? "words"}` : `not sure: ${note ?? "look at it"}`;
  if (text === "") return "taken out";
  return changedBy === null ? "finished" : `finished, changed by ${changedBy}`;
}

function Wordings({ block, editing }: { block: DraftBlock; editing: Editing }) {
  if (block.alternatives.length === 0) return null;
  return (
    <ol className="hp-wordings" aria-label="Other wordings">
      {block.alternatives.map((text, index) => (
        <li key={text} dir={directionOf([{ text }])}>
          <button type="button" onClick={() => editing.make(block, { type: "pick", alternative: index })}>
            <kbd>{index + 1}</kbd> <Foreign text={text} />
          </button>
        </li>
      ))}
    </ol>
  );
}

function Sources({ block: { sources } }: { block: DraftBlock }) {
  if (sources.length === 0) return null;
  return (
    <ul className="hp-sources" aria-label="It rests on">
      {sources.map(({ from, quote }) => (
        <li key={`${from} ${quote}`}>
          <Foreign text={from} />: <q>{<Foreign text={quote} />}</q>
        </li>
      ))}
    </ul>
  );
}
