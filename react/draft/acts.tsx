// What can be done with a block, each with its key.
import type { DraftBlock } from "../client.js";
import { isMac } from "../is-mac.js";
import { begin, isChanged, isThere } from "./actions.js";
import { isOvertaken, useDropped, type Typed } from "./typed.js";
import type { Editing } from "./use-editing.js";

/** @param hasField it is written in, or is to be. */
export function Acts({
  block,
  typed,
  hasField,
  editing,
}: {
  block: DraftBlock;
  typed: Typed | null;
  hasField: boolean;
  editing: Editing;
}) {
  return (
    <div className="hp-acts">
      {hasField ? <Keep {...{ block, typed, editing }} /> : <Begin block={block} editing={editing} />}
      <GetBack block={block} typed={typed} editing={editing} />
      {isChanged(block) && (
        <button type="button" className="hp-act" onClick={() => editing.make(block, { type: "restore" })}>
          As the machine wrote it <kbd>0</kbd>
        </button>
      )}
      {isThere(block) && (
        <button type="button" className="hp-act" onClick={() => editing.make(block, { type: "remove" })}>
          Take it out <kbd>Del</kbd>
        </button>
      )}
      <button type="button" className="hp-act" onClick={() => editing.setAsking(block.id)}>
        Ask the agent <kbd>q</kbd>
      </button>
    </div>
  );
}

/** What its reader typed and dropped, also by doing something else with the block. */
export function GetBack({
  block,
  typed,
  editing,
}: {
  block: DraftBlock;
  typed: Typed | null;
  editing: Editing;
}) {
  const dropped = useDropped(editing.reviewId, block.id);
  if (typed !== null || dropped.length === 0) return null;
  return (
    <button type="button" className="hp-act" onClick={() => editing.getBack(block)}>
      What you had typed <kbd>{isMac() ? "⌘" : "Ctrl"} Z</kbd>
    </button>
  );
}

function Begin({ block, editing }: { block: DraftBlock; editing: Editing }) {
  return (
    <>
      {block.isAcceptable && (
        <button type="button" className="hp-act" onClick={() => editing.make(block, { type: "accept" })}>
          Accept <kbd>Space</kbd>
        </button>
      )}
      <button type="button" className="hp-act" onClick={() => begin(block, editing)}>
        Write <kbd>⏎</kbd>
      </button>
    </>
  );
}

// It is not disabled meanwhile: whoever works by keys would lose their place.
function Keep({ block, typed, editing }: { block: DraftBlock; typed: Typed | null; editing: Editing }) {
  const isLate = !editing.isBusy(`change ${block.id}`) && isOvertaken(block, typed);
  const words = typed?.text ?? block.text;
  const mayStand = words === block.text ? block.isAcceptable || !block.isOpen : words.trim() !== "";
  return (
    <>
      <button type="button" className="hp-act" disabled={!mayStand} onClick={() => editing.keep(block)}>
        {isLate ? "Put mine in its place" : "Keep"} <kbd className="hp-typing">⏎</kbd>
      </button>
      {typed && (
        <button type="button" className="hp-act" onClick={() => editing.drop(block)}>
          {isLate ? "Leave theirs" : "Drop"} <kbd className="hp-typing">Esc</kbd>{" "}
          <kbd className="hp-typing">Esc</kbd>
        </button>
      )}
    </>
  );
}
