// What went wrong with a call that was made: told by `x`, and read where the call stands.
import { useEffect, useId, useRef, useState } from "react";
import { forget, useKept } from "../../react/kept.js";
import { api, Problem } from "../api.js";
import { Frame } from "../decide/frame.js";
import { useKeys } from "../keys.js";

interface Props {
  executionId: string;
  tool: string;
  /** By key, where its call is. */
  isSelected: boolean;
  again(): void;
}

export function Complain(props: Props) {
  const [isOpen, setOpen] = useState(false);
  const { isSelected } = props;
  const opener = useRef<HTMLButtonElement>(null);
  // Closed, whoever typed goes on where the call stands.
  const wasOpen = useRef(false);
  useEffect(() => {
    if (wasOpen.current && !isOpen) opener.current?.focus();
    wasOpen.current = isOpen;
  }, [isOpen]);
  useKeys(isSelected && !isOpen ? { x: () => setOpen(true) } : {});
  return isOpen ? (
    <Telling {...props} close={() => setOpen(false)} />
  ) : (
    <p className="went-wrong">
      <button ref={opener} type="button" className="link" onClick={() => setOpen(true)}>
        Something went wrong… {isSelected && <kbd>x</kbd>}
      </button>
    </p>
  );
}

function Telling({ executionId, tool, again, close }: Props & { close(): void }) {
  const own = `complaint ${executionId}`;
  const [text, setText] = useKept(`${own} text`, () => "");
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const id = useId();
  useKeys({ Escape: close });

  const tell = async (): Promise<void> => {
    if (isBusy) return;
    setBusy(true);
    setProblem(null);
    try {
      await api.complain(executionId, text.trim());
      forget(own);
      again();
      close();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error.message);
    } finally {
      setBusy(false);
    }
  };

  return (
    <Frame
      title="What went wrong with it"
      confirm="Put it on record"
      tone="plain"
      isBusy={isBusy}
      isReady={text.trim() !== ""}
      close={close}
      act={tell}
    >
      <div className="field">
        <label htmlFor={id}>
          Calls of {tool} about the same order, customer or address wait for a person from then on, who reads
          this
        </label>
        <textarea
          id={id}
          rows={2}
          autoFocus
          maxLength={4_000}
          value={text}
          onChange={({ target }) => setText(target.value)}
        />
      </div>
      {problem !== null && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
    </Frame>
  );
}
