// Something waits for a person: what would happen, and what can be decided. No key decides by itself: the card takes
// the focus, its buttons do not.
import { useEffect, useId, useRef, useState, type FormEvent, type ReactNode } from "react";
import { ArgumentFields } from "./argument-fields.tsx";
import { argsIn, fieldsOf, namesIn, textIn } from "./fields.ts";
import { optionsIn, type Decision, type Hold } from "./holds.ts";
import { inWords, messageOf, shown } from "./words.ts";

interface Props {
  hold: Hold;
  /** Rejects where the decision could not be taken. */
  decide(decision: Decision): Promise<void>;
  takesFocus: boolean;
}

type Step = "asking" | "editing" | "rejecting";

export function HoldCard({ hold, decide, takesFocus }: Props): ReactNode {
  const [step, setStep] = useState<Step>("asking");
  const [isSending, setSending] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const card = useRef<HTMLElement>(null);
  const titleId = useId();

  useEffect(() => {
    if (takesFocus) card.current?.focus({ preventScroll: true });
    // Only when it appears: what its user does then is theirs.
  }, []);

  useEffect(() => {
    // Its form may be longer than the question was.
    if (step !== "asking") card.current?.scrollIntoView({ block: "nearest" });
  }, [step]);

  // Its buttons are not disabled meanwhile: whoever works by keys would lose their place.
  const send = async (decision: Decision): Promise<void> => {
    if (isSending) return;
    setSending(true);
    setProblem(null);
    try {
      await decide(decision);
    } catch (error) {
      setProblem(messageOf(error));
      setSending(false);
    }
  };

  const back = (): void => {
    setStep("asking");
    setProblem(null);
    card.current?.focus();
  };

  return (
    <section
      ref={card}
      className="hold"
      aria-labelledby={titleId}
      aria-busy={isSending}
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key === "Escape" && step !== "asking" && !isSending) back();
      }}
    >
      <p className="hold-state">{states[hold.kind]}</p>
      <h2 id={titleId}>{hold.title}</h2>
      {body()}
      {problem !== null && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
    </section>
  );

  function body(): ReactNode {
    switch (step) {
      case "asking":
        if (hold.kind === "ask" || hold.kind === "handover") return <AnswerForm hold={hold} send={send} />;
        return (
          <>
            <Arguments hold={hold} />
            {hold.kind === "settle" ? (
              <SettleButtons send={send} />
            ) : (
              <div className="buttons">
                <button type="button" className="primary" onClick={() => void send({ type: "approve" })}>
                  Approve
                </button>
                <button type="button" onClick={() => setStep("editing")}>
                  Edit
                </button>
                <button type="button" onClick={() => setStep("rejecting")}>
                  Reject
                </button>
              </div>
            )}
          </>
        );
      case "editing":
        return <EditForm hold={hold} send={send} back={back} refuse={setProblem} />;
      case "rejecting":
        return <RejectForm send={send} back={back} />;
    }
  }
}

const states: Readonly<Record<Hold["kind"], string>> = {
  review: "Waits for your decision",
  settle: "Did it happen?",
  ask: "The agent asks",
  handover: "The agent hands over",
};

function AnswerForm({ hold, send }: { hold: Hold; send: FormProps["send"] }): ReactNode {
  const id = useId();
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const message = textIn(new FormData(event.currentTarget), "answer").trim();
    if (message !== "") void send({ type: "respond", message });
  };
  return (
    <form onSubmit={submit}>
      <div className="buttons">
        {optionsIn(hold).map((label) => (
          <button type="button" key={label} onClick={() => void send({ type: "respond", message: label })}>
            {label}
          </button>
        ))}
      </div>
      <div className="field">
        <label htmlFor={id}>{hold.kind === "ask" ? "Or in your own words" : "How it goes on"}</label>
        <textarea id={id} name="answer" rows={2} required />
      </div>
      <div className="buttons">
        <button className="primary">Send the answer</button>
      </div>
    </form>
  );
}

function Arguments({ hold: { args, argsSchema } }: { hold: Hold }): ReactNode {
  const names = namesIn(argsSchema, args).filter((name) => args[name] !== undefined);
  return (
    <dl>
      {names.map((name) => (
        <div key={name}>
          <dt>{argsSchema.properties?.[name]?.title ?? inWords(name)}</dt>
          <dd>{shown(args[name])}</dd>
        </div>
      ))}
    </dl>
  );
}

interface FormProps {
  send(decision: Decision): Promise<void>;
  back(): void;
}

function EditForm({
  hold,
  send,
  back,
  refuse,
}: FormProps & { hold: Hold; refuse(problem: string): void }): ReactNode {
  const fields = fieldsOf(hold.argsSchema, hold.args);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    try {
      void send({ type: "edit", args: argsIn(form, fields) });
    } catch (error) {
      refuse(messageOf(error));
    }
  };
  return (
    <form onSubmit={submit}>
      <ArgumentFields fields={fields} />
      <div className="buttons">
        <button className="primary">Approve with changes</button>
        <button type="button" onClick={back}>
          Back
        </button>
      </div>
    </form>
  );
}

function RejectForm({ send, back }: FormProps): ReactNode {
  const id = useId();
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const reason = textIn(new FormData(event.currentTarget), "reason").trim();
    void send({ type: "reject", ...(reason === "" ? {} : { reason }) });
  };
  return (
    <form onSubmit={submit}>
      <div className="field">
        <label htmlFor={id}>
          Why not?<span className="quiet"> (optional; the agent is told)</span>
        </label>
        <textarea id={id} name="reason" rows={2} maxLength={10_000} autoFocus />
      </div>
      <div className="buttons">
        <button className="danger">Reject</button>
        <button type="button" onClick={back}>
          Back
        </button>
      </div>
    </form>
  );
}

function SettleButtons({ send }: Pick<FormProps, "send">): ReactNode {
  return (
    <div className="buttons">
      <button type="button" onClick={() => void send({ type: "happened" })}>
        It happened
      </button>
      <button type="button" onClick={() => void send({ type: "not_happened" })}>
        It did not
      </button>
      <button type="button" onClick={() => void send({ type: "retry" })}>
        Try again
      </button>
    </div>
  );
}
