// What a person writes in a block's place. It is theirs until they keep it, also where somebody else was faster.
import { useId } from "react";
import type { DraftBlock } from "../client.js";
import { Foreign } from "../text.js";
import { isOvertaken, type Typed } from "./typed.js";
import type { Editing } from "./use-editing.js";

export function Field({
  block,
  typed,
  editing,
  mayChange,
}: {
  block: DraftBlock;
  typed: Typed | null;
  editing: Editing;
  mayChange: boolean;
}) {
  const id = useId();
  const text = typed?.text ?? block.text;
  const isBusy = editing.isBusy(`change ${block.id}`);
  return (
    <>
      {mayChange && !isBusy && isOvertaken(block, typed) && (
        <div className="hp-overtaken" role="alert">
          <p>
            <Foreign text={block.changedBy ?? "The agent"} /> changed it meanwhile. What you typed is kept
            here.
          </p>
          <p>It now reads: {block.text === "" ? "nothing" : <Foreign text={block.text} />}</p>
        </div>
      )}
      {!mayChange && (
        <p className="hp-overtaken" role="alert">
          It can no longer be changed. What you typed stands only here, and goes nowhere.
        </p>
      )}
      <label htmlFor={id} className="hp-hidden">
        {block.kind === "placeholder" ? `Missing: ${block.note ?? "words"}` : "Your words"}
      </label>
      <textarea
        id={id}
        className="hp-field"
        dir="auto"
        rows={Math.min(12, Math.max(1, text.split("\n").length, Math.ceil(text.length / 70)))}
        maxLength={20_000}
        value={text}
        readOnly={isBusy || !mayChange}
        onChange={({ target }) => editing.type(block, target.value)}
      />
      {!mayChange && (
        <div className="hp-acts">
          <button type="button" className="hp-act" onClick={() => editing.drop(block)}>
            Drop
          </button>
        </div>
      )}
    </>
  );
}
