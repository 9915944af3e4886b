// Deciding: one key opens a step, Enter confirms it, Escape goes back. What was typed stays when the server is away.
import { useEffect, useId, useRef, useState, type FormEvent, type ReactNode } from "react";
import { api, Problem, type DecisionRequest, type Review, type ReviewContext } from "./api.js";
import { ArgsForm, draftOf, readDraft, type Draft } from "./args-form.js";
import { forget, useKept } from "./kept.js";
import { useKeys } from "./keys.js";
import { targetOf } from "./words.js";

type Step = "none" | "approve" | "edit" | "reject" | "respond" | "happened" | "not_happened" | "retry";

interface Act {
  step: Exclude<Step, "none">;
  key: string;
  label: string;
  tone: "go" | "stop" | "plain";
}

const acts: readonly Act[] = [
  { step: "approve", key: "a", label: "Approve", tone: "go" },
  { step: "edit", key: "e", label: "Change", tone: "plain" },
  { step: "reject", key: "r", label: "Reject", tone: "stop" },
  { step: "respond", key: "d", label: "Answer instead", tone: "plain" },
  { step: "happened", key: "y", label: "It happened", tone: "go" },
  { step: "not_happened", key: "n", label: "It did not happen", tone: "stop" },
  { step: "retry", key: "t", label: "Try it again", tone: "plain" },
];

export function Decide({
  review,
  context,
  decided,
  overtaken,
}: {
  review: Review;
  context: ReviewContext | null;
  /** It was decided here. */
  decided(review: Review): void;
  /** What stands on the server is not what stands here. */
  overtaken(): void;
}) {
  // To these arguments and no others: changed ones are looked at anew.
  const own = `${review.id} ${review.argsHash}`;
  const [step, setStep] = useKept<Step>(`${own} step`, () => "none");
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const attempt = useRef<{ body: string; key: string } | null>(null);
  const able = acts.filter((act) => review.allowedAnswers.includes(act.step));
  const close = (): void => {
    setStep("none");
    setProblem(null);
    forget(own);
    document.getElementById("hold-title")?.focus();
  };
  useKeys(
    step === "none"
      ? Object.fromEntries(able.map(({ key, step: to }) => [key, () => setStep(to)]))
      : { Escape: close },
  );

  const send = async (decision: Omit<DecisionRequest, "argsHash">): Promise<void> => {
    if (isBusy) return;
    const body = { ...decision, argsHash: review.argsHash };
    const text = JSON.stringify(body);
    // The same answer again after a lost connection is the same decision.
    if (attempt.current?.body !== text) attempt.current = { body: text, key: crypto.randomUUID() };
    setBusy(true);
    setProblem(null);
    try {
      const after = await api.decide(review.id, body, attempt.current.key);
      forget(own);
      decided(after);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error.message);
      if (["review_already_decided", "decision_stale"].includes(error.code)) overtaken();
    } finally {
      setBusy(false);
    }
  };

  return (
    <div className="decide" aria-label="Decide" role="group">
      {step === "none" ? (
        <div className="acts">
          {able.map(({ step: to, key, label, tone }) => (
            <button
              type="button"
              key={to}
              className={`act ${tone}`}
              onClick={() => setStep(to)}
              aria-keyshortcuts={key}
            >
              {to === "respond" && review.kind === "question" ? "Answer" : label} <kbd>{key}</kbd>
            </button>
          ))}
        </div>
      ) : (
        <StepForm key={step} {...{ step, own, review, context, isBusy, close, send }} />
      )}
      {problem !== null && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}

interface StepProps {
  /** Names what is kept of it. */
  own: string;
  review: Review;
  context: ReviewContext | null;
  isBusy: boolean;
  close(): void;
  send(decision: Omit<DecisionRequest, "argsHash">): Promise<void>;
}

function StepForm({ step, ...props }: StepProps & { step: Exclude<Step, "none"> }) {
  switch (step) {
    case "approve":
      return <Approve {...props} />;
    case "edit":
      return <Edit {...props} />;
    case "reject":
      return (
        <Words
          {...props}
          title="Reject it"
          label="Why, for the agent"
          confirm="Reject"
          tone="stop"
          type="reject"
          field="reason"
        />
      );
    case "respond":
      return (
        <Words
          {...props}
          title={props.review.kind === "question" ? "Answer the question" : "Answer in the tool's stead"}
          label={
            props.review.kind === "question"
              ? "The answer: text, or JSON"
              : "What the agent is told; the tool does not run"
          }
          confirm="Send the answer"
          tone="plain"
          type="respond"
          field={props.review.kind === "question" ? "value" : "message"}
          isNeeded
        />
      );
    case "happened":
      return (
        <Words
          {...props}
          title="It happened"
          label="What came of it, if you know"
          confirm="It happened"
          tone="go"
          type="happened"
          field="message"
        />
      );
    case "not_happened":
      return (
        <Words
          {...props}
          title="It did not happen"
          label="How you know"
          confirm="It did not happen"
          tone="stop"
          type="not_happened"
          field="reason"
        />
      );
    case "retry":
      return (
        <Frame
          {...props}
          title="Try it again"
          confirm="Try again"
          tone="plain"
          act={() => props.send({ type: "retry" })}
        >
          <p>If it did happen after all, it happens twice.</p>
        </Frame>
      );
  }
}

function Approve(props: StepProps) {
  const { review, send } = props;
  const needsTarget = review.level === "critical";
  const target = targetOf(review);
  const [typed, setTyped] = useState("");
  const field = useId();
  return (
    <Frame
      {...props}
      title="Approve exactly this"
      confirm="Confirm"
      tone="go"
      isReady={!needsTarget || typed.trim() === target}
      act={() => send({ type: "approve" })}
      focusesConfirm={!needsTarget}
      hint="⏎"
    >
      {needsTarget && (
        <>
          <label htmlFor={field}>
            This is critical. Type <strong className="target">{target}</strong> to approve it.
          </label>
          <input
            id={field}
            value={typed}
            autoFocus
            autoComplete="off"
            spellCheck={false}
            onChange={({ target: { value } }) => setTyped(value)}
          />
        </>
      )}
    </Frame>
  );
}

function Edit(props: StepProps) {
  const { own, review, context, send } = props;
  const [draft, setDraft] = useKept<Draft>(`${own} draft`, () =>
    draftOf(review.args, context?.argsSchema ?? null),
  );
  const { args, faults, changes } = readDraft(draft, review.args);
  return (
    <Frame
      {...props}
      title="Change it, and approve the change"
      confirm={
        changes.length === 0
          ? "Nothing is changed"
          : `Approve with ${changes.length} ${changes.length === 1 ? "change" : "changes"}`
      }
      tone="go"
      isReady={changes.length > 0 && faults.length === 0}
      act={() => send({ type: "edit", args })}
    >
      <ArgsForm draft={draft} change={setDraft} />
      {changes.length > 0 && (
        <ul className="changes" aria-label="What changes">
          {changes.map(({ name, before, after }) => (
            <li key={name}>
              <code>{name}</code> <del>{before}</del> <ins>{after}</ins>
            </li>
          ))}
        </ul>
      )}
    </Frame>
  );
}

function Words({
  label,
  type,
  field,
  isNeeded = false,
  ...frame
}: StepProps & {
  title: string;
  label: string;
  confirm: string;
  tone: Act["tone"];
  type: DecisionRequest["type"];
  field: "reason" | "message" | "value";
  isNeeded?: boolean;
}) {
  const [words, setWords] = useKept(`${frame.own} ${type}`, () => "");
  const id = useId();
  const said = words.trim();
  return (
    <Frame
      {...frame}
      isReady={!isNeeded || said !== ""}
      act={() =>
        frame.send({ type, ...(said === "" ? {} : { [field]: field === "value" ? jsonOr(said) : said }) })
      }
    >
      <label htmlFor={id}>{label}</label>
      <textarea id={id} rows={3} autoFocus value={words} onChange={({ target }) => setWords(target.value)} />
    </Frame>
  );
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function Frame({
  title,
  confirm,
  tone,
  isBusy,
  isReady = true,
  focusesConfirm = false,
  hint = "Ctrl ⏎",
  close,
  act,
  children,
}: Pick<StepProps, "isBusy" | "close"> & {
  title: string;
  confirm: string;
  tone: Act["tone"];
  isReady?: boolean;
  focusesConfirm?: boolean;
  /** The key that confirms. */
  hint?: string;
  act(): Promise<void>;
  children?: ReactNode;
}) {
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (focusesConfirm) button.current?.focus();
  }, [focusesConfirm]);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (isReady) void act();
  };
  return (
    <form
      className="step"
      aria-label={title}
      onSubmit={submit}
      onKeyDown={(event) => {
        // Enter in a text makes a line; with Control or Command it sends.
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit(event);
      }}
    >
      <h2>{title}</h2>
      {children}
      <div className="acts">
        <button ref={button} type="submit" className={`act ${tone}`} disabled={!isReady || isBusy}>
          {isBusy ? "Sending…" : confirm} <kbd>{hint}</kbd>
        </button>
        <button type="button" className="act plain" onClick={close}>
          Back <kbd>Esc</kbd>
        </button>
      </div>
    </form>
  );
}
