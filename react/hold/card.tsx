// Something waits for a person: what would happen, and what can be decided. No key decides by itself: the card takes
// the focus, its buttons do not.
import { useEffect, useId, useRef, useState, type ReactNode } from "react";
import type { DecisionRequest, Review } from "../client.js";
import { Foreign } from "../text.js";
import { Arguments } from "./arguments.js";
import { AnswerForm, EditForm, RejectForm, SettleButtons, type Given } from "./forms.js";
import type { HeldCall } from "./held-call.js";
import { Words } from "./words.js";

export interface HoldCardProps {
  hold: HeldCall;
  /** Rejects where the decision could not be taken; what is said is shown. */
  decide(decision: DecisionRequest): Promise<unknown>;
  /** When it appears. */
  takesFocus?: boolean;
  /** An error in words; by default its message. */
  wordsFor?(error: unknown): string;
}

type Step = "asking" | "editing" | "rejecting";

export function HoldCard({ hold, decide, takesFocus = false, wordsFor = messageOf }: HoldCardProps) {
  const [step, setStep] = useState<Step>("asking");
  const [isSending, setSending] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  /** The call under the words that it has got here. */
  const [rewritten, setRewritten] = useState<Review | null>(null);
  const card = useRef<HTMLElement>(null);
  const titleId = useId();
  const isDecidedElsewhere = hold.allowedAnswers.length === 0;
  const { argsHash } = rewritten ?? hold;
  const open = rewritten?.draft?.blocks.filter(({ isOpen }) => isOpen).length ?? (hold.hasDraft ? null : 0);

  useEffect(() => {
    if (takesFocus) card.current?.focus({ preventScroll: true });
    // Only when it appears: what its user does then is theirs.
  }, []);

  useEffect(() => {
    // Its form may be longer than the question was.
    if (step !== "asking") card.current?.scrollIntoView({ block: "nearest" });
  }, [step]);

  // Its buttons are not disabled meanwhile: whoever works by keys would lose their place.
  const send = async (given: Given): Promise<void> => {
    if (isSending) return;
    setSending(true);
    setProblem(null);
    try {
      await decide({ ...given, argsHash });
    } catch (error) {
      setProblem(wordsFor(error));
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
      className="hp hp-card"
      aria-labelledby={titleId}
      aria-busy={isSending}
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key === "Escape" && step !== "asking" && !isSending) back();
      }}
    >
      <p className="hp-state">{isDecidedElsewhere ? "Waits for a person" : states[hold.kind]}</p>
      <h2 id={titleId}>
        <Foreign text={hold.title} />
      </h2>
      {body()}
      {problem !== null && (
        <p className="hp-problem" role="alert">
          {problem}
        </p>
      )}
    </section>
  );

  function body(): ReactNode {
    switch (step) {
      case "asking":
        return asked();
      case "editing":
        return <EditForm args={rewritten?.args ?? hold.args} {...{ hold, send, back }} refuse={setProblem} />;
      case "rejecting":
        return <RejectForm send={send} back={back} />;
    }
  }

  function asked(): ReactNode {
    if (isDecidedElsewhere)
      return (
        <>
          {hold.kind !== "ask" && hold.kind !== "handover" && <Arguments hold={hold} />}
          <p className="hp-quiet">Somebody else decides this. It goes on here by itself.</p>
        </>
      );
    switch (hold.kind) {
      case "ask":
      case "handover":
      case "question":
        return <AnswerForm hold={hold} send={send} />;
      case "settle":
        return (
          <>
            <Arguments hold={hold} />
            <SettleButtons send={send} />
          </>
        );
      case "review":
      case "plan":
      case "reply":
        return (
          <>
            {hold.hasDraft && <Words reviewId={hold.reviewId} seen={setRewritten} />}
            <Arguments hold={hold} without={rewritten?.draft?.field} />
            <div className="hp-buttons">
              {offers("approve") && open === 0 && (
                <button type="button" className="hp-primary" onClick={() => void send({ type: "approve" })}>
                  Approve
                </button>
              )}
              {offers("edit") && open === 0 && (
                <button type="button" onClick={() => setStep("editing")}>
                  Edit
                </button>
              )}
              {offers("reject") && (
                <button type="button" onClick={() => setStep("rejecting")}>
                  Reject
                </button>
              )}
            </div>
            {open !== null && open > 0 && (
              <p className="hp-quiet">It can be approved once its words are finished.</p>
            )}
          </>
        );
    }
  }

  function offers(type: DecisionRequest["type"]): boolean {
    return hold.allowedAnswers.includes(type);
  }
}

const states: Readonly<Record<HeldCall["kind"], string>> = {
  review: "Waits for your decision",
  reply: "An answer waits to be released",
  settle: "Did it happen?",
  question: "The graph asks",
  ask: "The agent asks",
  handover: "The agent hands over",
  plan: "A plan waits for your decision",
};

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
