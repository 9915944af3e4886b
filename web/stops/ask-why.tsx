// What is stopped or lifted has a reason, for whoever finds it.
import { useId, useState, type FormEvent } from "react";
import { Problem } from "../api.js";
import { Modal, useDialog } from "../palette/modal.js";
import { Foreign, visible } from "../../react/text.js";

export function AskWhy({
  title,
  text,
  confirm,
  act,
  closed,
}: {
  title: string;
  text: string;
  confirm: string;
  act(why: string): Promise<unknown>;
  closed(): void;
}) {
  const dialog = useDialog(closed);
  const [why, setWhy] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const [isSending, setIsSending] = useState(false);
  const id = useId();
  const send = (event: FormEvent): void => {
    event.preventDefault();
    if (why.trim() === "" || isSending) return;
    setIsSending(true);
    act(why.trim()).then(dialog.close, (error: unknown) => {
      setIsSending(false);
      if (!(error instanceof Problem)) throw error;
      setProblem(error.message);
    });
  };
  return (
    <Modal label={title} className="ask-why" toggledBy="Escape" dialog={dialog}>
      <form onSubmit={send}>
        <h2>
          <bdi>{visible(title)}</bdi>
        </h2>
        <p className="muted">{text}</p>
        <label htmlFor={id}>Why</label>
        <input
          id={id}
          autoFocus
          autoComplete="off"
          value={why}
          onChange={({ target }) => setWhy(target.value)}
        />
        {problem !== null && (
          <p className="problem" role="alert">
            <Foreign text={problem} />
          </p>
        )}
        <p className="acts">
          <button type="submit" className="act stop" disabled={why.trim() === "" || isSending}>
            {confirm} <kbd>⏎</kbd>
          </button>
          <button type="button" className="act plain" onClick={() => dialog.close()}>
            Cancel <kbd>Esc</kbd>
          </button>
        </p>
      </form>
    </Modal>
  );
}
