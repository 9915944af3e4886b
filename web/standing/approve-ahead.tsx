// From a hold: the next ones of its kind need not wait, within bounds.
import { useId, useState, type FormEvent } from "react";
import { api, Problem, type Review } from "../api.js";
import { Modal, useDialog } from "../palette/modal.js";
import { Foreign, visible } from "../../react/text.js";
import { conditionOf } from "./words.js";

const dayMs = 86_400_000;

export function ApproveAhead({ review }: { review: Review }) {
  const [isOpen, setIsOpen] = useState(false);
  const [said, setSaid] = useState("");
  return (
    <p className="stop-links">
      <button type="button" className="link" onClick={() => setIsOpen(true)}>
        From now on, approve this kind
      </button>
      <span role="status">{said}</span>
      {isOpen && (
        <Form
          review={review}
          closed={() => setIsOpen(false)}
          made={() => setSaid("Approved in advance. This one still waits.")}
        />
      )}
    </p>
  );
}

function Form({ review, closed, made }: { review: Review; closed(): void; made(): void }) {
  const dialog = useDialog(closed);
  const [when, setWhen] = useState(() => conditionOf(review));
  const [count, setCount] = useState("10");
  const [daysLeft, setDaysLeft] = useState("7");
  const [reason, setReason] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const id = useId();
  const title = `Approve ${review.tool} from now on`;
  const send = (event: FormEvent): void => {
    event.preventDefault();
    const asked = {
      tool: review.tool,
      agent: review.graphId,
      tier: review.tier,
      ...(when.trim() === "" ? {} : { when: when.trim() }),
      maxCount: Number(count),
      until: new Date(Date.now() + Number(daysLeft) * dayMs).toISOString(),
      reason: reason.trim(),
    };
    api.approveAhead(asked).then(
      () => {
        dialog.close();
        made();
      },
      (error: unknown) => {
        if (!(error instanceof Problem)) throw error;
        setProblem(error.message);
      },
    );
  };
  return (
    <Modal label={title} className="ask-why" toggledBy="Escape" dialog={dialog}>
      <form onSubmit={send}>
        <h2>
          <bdi>{visible(title)}</bdi>
        </h2>
        <p className="muted">Each use is a decision in your name, on exact arguments.</p>
        <label htmlFor={`${id}-when`}>Only where this is true</label>
        <input id={`${id}-when`} value={when} spellCheck={false} onChange={(e) => setWhen(e.target.value)} />
        <label htmlFor={`${id}-count`}>Calls at most</label>
        <input
          id={`${id}-count`}
          type="number"
          min={1}
          required
          value={count}
          onChange={(e) => setCount(e.target.value)}
        />
        <label htmlFor={`${id}-days`}>Days from now</label>
        <input
          id={`${id}-days`}
          type="number"
          min={1}
          max={366}
          required
          value={daysLeft}
          onChange={(e) => setDaysLeft(e.target.value)}
        />
        <label htmlFor={`${id}-reason`}>Why</label>
        <input
          id={`${id}-reason`}
          autoFocus
          required
          value={reason}
          onChange={(e) => setReason(e.target.value)}
        />
        {problem !== null && (
          <p className="problem" role="alert">
            <Foreign text={problem} />
          </p>
        )}
        <p className="acts">
          <button type="submit" className="act go" disabled={reason.trim() === ""}>
            Approve from now on
          </button>
          <button type="button" className="act plain" onClick={() => dialog.close()}>
            Cancel
          </button>
        </p>
      </form>
    </Modal>
  );
}
