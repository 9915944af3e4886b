// Many alike, in one table: look at the sample, object to what is wrong, decide the rest in one go.
import { useId, useRef, useState } from "react";
import { Foreign } from "../../react/text.js";
import type { Batch as BatchWire } from "../api.js";
import { Frame } from "../decide/frame.js";
import { Args } from "../hold/args.js";
import { Section } from "../hold/section.js";
import { useKeys } from "../keys.js";
import { back, goInstead, linkTo, queue } from "../router.js";
import { Missing } from "../states.js";
import { marks } from "../words.js";
import { BatchTable, fieldsOf, inOrder } from "./table.js";
import { useBatch, type OpenBatch } from "./use-batch.js";

export function Batch({ id }: { id: string }) {
  const open = useBatch(id);
  const { batch, problem } = open;
  return (
    <main className="batch" aria-label="Batch">
      <p className="ways">
        <a className="link" {...linkTo(queue)}>
          ← Queue
        </a>
      </p>
      {batch ? (
        <Whole batch={batch} open={open} />
      ) : problem ? (
        <Missing problem={problem} />
      ) : (
        <div className="skeleton tall" role="progressbar" aria-label="Loading" />
      )}
    </main>
  );
}

function Whole({ batch, open }: { batch: BatchWire; open: OpenBatch }) {
  const [at, setAt] = useState(0);
  const [opened, setOpened] = useState<string | null>(null);
  const [step, setStep] = useState<"none" | "approve" | "reject">("none");
  const heading = useRef<HTMLHeadingElement>(null);
  const close = (): void => {
    setStep("none");
    heading.current?.focus();
  };
  const { problem, outcomes, isBusy } = open;
  const rows = inOrder(batch);
  const first = rows[0]?.review;
  const { same, differing } = fieldsOf(rows);
  const still = rows.filter(({ review }) => review.status === "open" || review.status === "claimed").length;
  const unopened = rows.filter(({ inSample, openedAt }) => inSample && openedAt === null).length;
  const isReady = batch.ended === null && unopened === 0 && still > 0;

  const lookAt = (index: number): void => {
    const row = rows[index];
    if (!row) return;
    setAt(index);
    setOpened((before) => (before === row.review.id ? null : row.review.id));
    if (row.openedAt === null && batch.ended === null) void open.look(row.review.id);
  };
  const object = async (): Promise<void> => {
    const row = rows[at];
    if (!row || batch.ended !== null) return;
    const rest = await open.object(row.review.id);
    if (rest) goInstead({ room: "batch", id: rest.id });
  };
  useKeys(
    // What was decided, here or elsewhere, has no step any more.
    step === "none" || batch.ended !== null
      ? {
          j: () => setAt(Math.min(rows.length - 1, at + 1)),
          k: () => setAt(Math.max(0, at - 1)),
          Enter: () => lookAt(at),
          ...(batch.ended === null ? { x: () => void object() } : {}),
          ...(isReady ? { a: () => setStep("approve"), r: () => setStep("reject") } : {}),
          Escape: back,
        }
      : { Escape: close },
  );
  if (!first) return <p className="muted">Nothing is left in it.</p>;

  const { shape, word } = marks[first.level];
  return (
    <>
      <header className="hold-head">
        <p className="kicker">
          <span className={`mark ${first.level}`}>
            <span aria-hidden="true">{shape}</span> {word}
          </span>
          <span>{first.graphId}</span>
          <span>
            waits for <strong>{first.tier}</strong>
          </span>
        </p>
        <h1 ref={heading} tabIndex={-1}>
          {rows.length} alike: <code>{first.tool}</code>
        </h1>
        <p className="lead">{leadOf(batch, unopened)}</p>
      </header>
      {same.length > 0 && (
        <Section title={`The same in all ${rows.length}`} id="same">
          <Args args={Object.fromEntries(same.map((name) => [name, first.args[name]]))} />
        </Section>
      )}
      <Section title="What differs" id="differs">
        {differing.length === 0 && (
          <p className="muted">Nothing: they are the same call, made more than once.</p>
        )}
        <BatchTable {...{ batch, rows, differing, at, opened }} open={lookAt} />
      </Section>
      <div className="decide" role="group" aria-label="Decide">
        {outcomes && <Outcomes outcomes={outcomes} />}
        {batch.ended !== null ? (
          <p className="decided" role="status">
            {ends[batch.ended]}{" "}
            <a className="link" {...linkTo(queue)}>
              Back to the queue
            </a>
          </p>
        ) : step === "approve" ? (
          <Frame
            title={`Approve all ${still}, exactly as they stand`}
            confirm="Confirm"
            tone="go"
            hint="⏎"
            focusesConfirm
            {...{ isBusy, close }}
            act={() => open.decide("approve", "").then(close)}
          />
        ) : step === "reject" ? (
          <Reject
            count={still}
            {...{ isBusy, close }}
            send={(reason) => open.decide("reject", reason).then(close)}
          />
        ) : (
          <div className="acts">
            <button type="button" className="act go" disabled={!isReady} onClick={() => setStep("approve")}>
              Approve {still} <kbd>a</kbd>
            </button>
            <button type="button" className="act stop" disabled={!isReady} onClick={() => setStep("reject")}>
              Reject {still} <kbd>r</kbd>
            </button>
            <button type="button" className="act plain" onClick={() => void object()}>
              Object to this one <kbd>x</kbd>
            </button>
            <span className="muted">
              <kbd>j</kbd> <kbd>k</kbd> move · <kbd>⏎</kbd> look at it
            </span>
          </div>
        )}
        {problem && (
          <p className="problem" role="alert">
            <Foreign text={problem.message} />
          </p>
        )}
      </div>
    </>
  );
}

const ends = {
  approve: "Approved together.",
  reject: "Rejected together.",
  split: "It was taken apart by an objection.",
} as const;

function leadOf({ odd, ended }: BatchWire, unopened: number): string {
  const standOut = new Set(odd.map(({ reviewId }) => reviewId)).size;
  const first = standOut === 0 ? "" : `${standOut} ${standOut === 1 ? "stands" : "stand"} out, at the top. `;
  if (ended !== null) return first;
  return unopened === 0
    ? `${first}The sample was looked at.`
    : `${first}Look at ${unopened} more, drawn by lot (◉), before you decide.`;
}

function Reject({
  count,
  send,
  ...frame
}: {
  count: number;
  isBusy: boolean;
  close(): void;
  send(reason: string): Promise<void>;
}) {
  const [reason, setReason] = useState("");
  const id = useId();
  return (
    <Frame
      {...frame}
      title={`Reject all ${count}`}
      confirm="Reject"
      tone="stop"
      act={() => send(reason.trim())}
    >
      <label htmlFor={id}>Why, for the agent</label>
      <textarea
        id={id}
        rows={2}
        autoFocus
        value={reason}
        onChange={({ target }) => setReason(target.value)}
      />
    </Frame>
  );
}

function Outcomes({ outcomes }: { outcomes: NonNullable<OpenBatch["outcomes"]> }) {
  const refused = outcomes.filter(({ problem }) => problem !== null);
  return (
    <div role="status">
      <p>
        {outcomes.length - refused.length} of {outcomes.length} were decided.
      </p>
      {refused.length > 0 && (
        <ul className="problem">
          {refused.map(({ reviewId, problem }) => (
            <li key={reviewId}>
              <a href={`/review/${reviewId}`}>{reviewId.slice(0, 8)}</a>:{" "}
              <Foreign text={problem?.detail ?? ""} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
