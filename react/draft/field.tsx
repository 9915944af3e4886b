// What a person writes in a block's place. It is theirs until they keep it, also where somebody else was faster.
import { useId } from "react";
import type { DraftBlock } from "../client.js";
import { Foreign } from "../text.js";
import type { Editing, Typed } from "./use-editing.js";

export function Field({
  block,
  typed,
  editing,
}: {
  block: DraftBlock;
  typed: Typed | undefined;
  editing: Editing;
}) {
  const id = useId();
  const text = typed?.text ?? block.text;
  const isOvertaken = editing.isOvertaken(block);
  return (
    <>
      {isOvertaken && (
        <div className="hp-overtaken" role="alert">
          <p>
            <Foreign text={block.changedBy ?? "The agent"} /> changed it meanwhile. What you typed is kept
            here.
          </p>
          <p>It now reads: {block.text === "" ? "nothing" : <Foreign text={block.text} />}</p>
        </div>
      )}
      <label htmlFor={id} className="hp-hidden">
        {block.kind === "placeholder" ? `Missing: ${block.note ?? "words"}` : "Your words"}
      </label>
      <textarea
        id={id}
        className="hp-field"
        rows={Math.min(12, Math.max(1, text.split("\n").length, Math.ceil(text.length / 70)))}
        maxLength={20_000}
        value={text}
        readOnly={editing.busy === block.id}
        onChange={({ target }) => editing.type(block, target.value)}
      />
    </>
  );
}
