// The words of a call in blocks: what is open is accepted, picked, written or taken out here. Then the call can be released.
import { useId, useState } from "react";
import { api, Problem, type BlockChange, type Draft, type DraftBlock } from "../api.js";
import { Foreign } from "../text.js";
import { Section } from "./section.js";

interface Shown {
  reviewId: string;
  draft: Draft;
  changed(): void;
}

export function DraftCard({ reviewId, draft, changed }: Shown) {
  const { blocks, completeness, isWriting } = draft;
  return (
    <Section title={`The words, ${Math.round(completeness * 100)} % finished`} id="draft">
      {isWriting && <p className="muted">The agent is still writing.</p>}
      {blocks.map((block) => (
        <Block key={`${block.id} ${block.revision}`} {...{ reviewId, block, changed }} />
      ))}
    </Section>
  );
}

function Block({ reviewId, block, changed }: { reviewId: string; block: DraftBlock; changed(): void }) {
  const [text, setText] = useState(block.text);
  const [isBusy, setBusy] = useState(false);
  const [said, setSaid] = useState<string | null>(null);
  const field = useId();
  const make = async (change: BlockChange): Promise<void> => {
    setBusy(true);
    setSaid(null);
    try {
      await api.changeDraft(reviewId, { blockId: block.id, revision: block.revision, change });
      changed();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setSaid(error.message);
    } finally {
      setBusy(false);
    }
  };
  if (!block.isOpen) {
    return block.text === "" ? null : (
      <p>
        <Foreign text={block.text} />
      </p>
    );
  }
  return (
    <form
      className="step"
      onSubmit={(event) => {
        event.preventDefault();
        void make(text === block.text ? { type: "accept" } : { type: "write", text });
      }}
    >
      <label htmlFor={field}>
        {block.kind === "placeholder" ? "Missing" : "Not sure"}: <Foreign text={block.note ?? ""} />
      </label>
      <textarea id={field} rows={2} value={text} onChange={({ target }) => setText(target.value)} />
      {block.alternatives.map((alternative, index) => (
        <button
          key={alternative}
          type="button"
          className="act plain"
          disabled={isBusy}
          onClick={() => void make({ type: "pick", alternative: index })}
        >
          <Foreign text={alternative} />
        </button>
      ))}
      <p>
        <button type="submit" className="act plain" disabled={isBusy}>
          {text === block.text ? "Accept as it stands" : "Keep what I wrote"}
        </button>{" "}
        <button
          type="button"
          className="act plain"
          disabled={isBusy}
          onClick={() => void make({ type: "remove" })}
        >
          Take it out
        </button>
      </p>
      {said && (
        <p className="problem" role="alert">
          {said}
        </p>
      )}
    </form>
  );
}
