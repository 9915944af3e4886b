// What should be different, said to the agent; it proposes, and changes nothing.
import { useEffect, useId, useRef, type FormEvent } from "react";
import type { DraftBlock } from "../client.js";
import { useKept } from "../kept.js";
import { askedName } from "./typed.js";
import type { Editing } from "./use-editing.js";

export function Asking({ block, editing }: { block: DraftBlock; editing: Editing }) {
  const id = useId();
  const line = useRef<HTMLInputElement>(null);
  useEffect(() => line.current?.focus(), []);
  const [asked, setAsked] = useKept(askedName(editing.reviewId, block.id), () => "");
  const isBusy = editing.isBusy(`ask ${block.id}`);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const instruction = asked.trim();
    if (instruction !== "") editing.ask({ blockId: block.id, instruction });
  };
  return (
    <form className="hp-asking" onSubmit={submit}>
      <label htmlFor={id}>What should be different?</label>
      <input
        id={id}
        ref={line}
        dir="auto"
        maxLength={4_000}
        autoComplete="off"
        value={asked}
        onChange={({ target }) => setAsked(target.value)}
      />
      <div className="hp-acts">
        <button type="submit" className="hp-act">
          {isBusy ? "The agent writes…" : "Ask the agent"} <kbd className="hp-typing">⏎</kbd>
        </button>
        <button type="button" className="hp-act" onClick={() => editing.setAsking(null)}>
          Back <kbd className="hp-typing">Esc</kbd>
        </button>
      </div>
    </form>
  );
}
