// From a hold: the next ones of its kind need not wait, within bounds.
import { useId, useState, type FormEvent } from "react";
import { api, Problem, type Review } from "../api.js";
import { useKeys } from "../keys.js";
import { Modal, useDialog } from "../palette/modal.js";
import { Foreign, visible } from "../../react/text.js";
import { askedFrom, draftFor, type Draft } from "./draft.js";
import { HoursFields } from "./hours-fields.js";

export function ApproveAhead({ review }: { review: Review }) {
  const [isOpen, setIsOpen] = useState(false);
  const [said, setSaid] = useState("");
  useKeys({ p: () => setIsOpen(true) });
  return (
    <p className="stop-links">
      <button type="button" className="link" aria-keyshortcuts="p" onClick={() => setIsOpen(true)}>
        From now on, approve this kind <kbd>p</kbd>
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
  const [draft, setDraft] = useState(() => draftFor(review));
  const [problem, setProblem] = useState<string | null>(null);
  const [isSending, setIsSending] = useState(false);
  const change = (changed: Partial<Draft>): void => setDraft((now) => ({ ...now, ...changed }));
  const id = useId();
  const title = `Approve ${review.tool} from now on`;
  const hasDays = draft.hours === null || typeof draft.hours === "string" || draft.hours.days.length > 0;
  const isReady = draft.reason.trim() !== "" && hasDays && !isSending;
  const send = (event: FormEvent): void => {
    event.preventDefault();
    if (!isReady) return;
    setIsSending(true);
    api.approveAhead(askedFrom(review, draft)).then(
      () => {
        dialog.close();
        made();
      },
      (error: unknown) => {
        setIsSending(false);
        if (!(error instanceof Problem)) throw error;
        setProblem(error.message);
      },
    );
  };
  return (
    <Modal label={title} className="ask-why ahead" toggledBy="Escape" dialog={dialog}>
      <form onSubmit={send}>
        <h2>
          <bdi>{visible(title)}</bdi>
        </h2>
        <p className="muted">Each use is a decision in your name, on exact arguments.</p>
        <label htmlFor={`${id}-reason`}>Why</label>
        <input
          id={`${id}-reason`}
          autoFocus
          required
          autoComplete="off"
          value={draft.reason}
          onChange={({ target }) => change({ reason: target.value })}
        />
        <label htmlFor={`${id}-when`}>Only where this is true</label>
        <input
          id={`${id}-when`}
          value={draft.when}
          spellCheck={false}
          onChange={({ target }) => change({ when: target.value })}
        />
        <div className="pair">
          <NumberField
            label="Calls at most"
            least={1}
            required
            value={draft.count}
            change={(count) => change({ count })}
          />
          <NumberField
            label="Days from now"
            least={1}
            most={366}
            required
            value={draft.daysLeft}
            change={(daysLeft) => change({ daysLeft })}
          />
          <NumberField
            label="Amount in all"
            value={draft.maxAmount}
            change={(maxAmount) => change({ maxAmount })}
          />
          <NumberField
            label="Amount of one call"
            value={draft.perCall}
            change={(perCall) => change({ perCall })}
          />
        </div>
        <label>
          <input
            type="checkbox"
            checked={draft.isHere}
            onChange={({ target }) => change({ isHere: target.checked })}
          />{" "}
          Only in this conversation
        </label>
        <HoursFields agent={review.graphId} hours={draft.hours} change={(hours) => change({ hours })} />
        <label htmlFor={`${id}-cron`}>
          Only in runs of this cron <span className="muted">its id; may be left out</span>
        </label>
        <input
          id={`${id}-cron`}
          value={draft.cron}
          spellCheck={false}
          autoComplete="off"
          onChange={({ target }) => change({ cron: target.value })}
        />
        {problem !== null && (
          <p className="problem" role="alert">
            <Foreign text={problem} />
          </p>
        )}
        <p className="acts">
          <button type="submit" className="act go" disabled={!isReady}>
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

function NumberField({
  label,
  value,
  least,
  most,
  required = false,
  change,
}: {
  label: string;
  value: string;
  /** Whole numbers from here; left out: any amount. */
  least?: number;
  most?: number;
  required?: boolean;
  change(value: string): void;
}) {
  const id = useId();
  return (
    <p>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="number"
        min={least ?? 0}
        max={most}
        step={least === undefined ? "any" : 1}
        required={required}
        value={value}
        onChange={({ target }) => change(target.value)}
      />
    </p>
  );
}
