// What can be done with a block, each with its key.
import type { DraftBlock } from "../client.js";
import { begin, isAcceptable, isChanged, isThere } from "./actions.js";
import type { Editing } from "./use-editing.js";

/** @param hasField it is written in, or is to be. */
export function Acts({
  block,
  hasField,
  editing,
}: {
  block: DraftBlock;
  hasField: boolean;
  editing: Editing;
}) {
  return (
    <div className="hp-acts">
      {hasField ? <Keep block={block} editing={editing} /> : <Begin block={block} editing={editing} />}
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

function Begin({ block, editing }: { block: DraftBlock; editing: Editing }) {
  return (
    <>
      {isAcceptable(block) && (
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

function Keep({ block, editing }: { block: DraftBlock; editing: Editing }) {
  const typed = editing.typed(block);
  const isOvertaken = editing.isOvertaken(block);
  const isEmpty = (typed?.text ?? block.text).trim() === "";
  return (
    <>
      <button
        type="button"
        className="hp-act"
        disabled={isEmpty || editing.busy !== null}
        onClick={() => editing.keep(block)}
      >
        {isOvertaken ? "Put mine in its place" : "Keep"} <kbd>⏎</kbd>
      </button>
      {typed && (
        <button type="button" className="hp-act" onClick={() => editing.drop(block)}>
          {isOvertaken ? "Leave theirs" : "Drop"} <kbd>Esc</kbd> <kbd>Esc</kbd>
        </button>
      )}
    </>
  );
}
