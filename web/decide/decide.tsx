// Deciding: one key opens a step, Enter confirms it, Escape goes back. What was typed stays when the server is away.
import { useRef, useState, type ReactNode } from "react";
import { api, Problem, type DecisionRequest, type Fault, type Review, type ReviewContext } from "../api.js";
import { isAsked } from "../hold/asked.js";
import { forget, useKept } from "../kept.js";
import { useKeys } from "../keys.js";
import { acts, besides, type Step } from "./acts.js";
import { Possession, usePossession } from "./possession.js";
import { Reply } from "./reply.js";
import { StepForm } from "./step-form.js";

export function Decide({
  review,
  context,
  me,
  decided,
  overtaken,
  told,
  together,
}: {
  review: Review;
  context: ReviewContext | null;
  /** The reader's id. */
  me: string;
  /** It was decided here. */
  decided(review: Review): void;
  /** What stands on the server is not what stands here. */
  overtaken(): void;
  /** Something else was done with it. */
  told(text: string): void;
  /** The way to those that are like it. */
  together: ReactNode;
}) {
  // To these arguments and no others: changed ones are looked at anew.
  const own = `${review.id} ${review.argsHash}`;
  const [step, setStep] = useKept<Step>(`${own} step`, () => "none");
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const attempt = useRef<{ body: string; key: string } | null>(null);
  const possession = usePossession(review, me);
  // Who gave it to somebody may take it back from them.
  const isGivenByMe = context?.events.findLast(({ kind }) => kind === "handed_on")?.by.id === me;
  const isTheirs = possession === "theirs";
  // What an agent asks is answered in a form that stands open.
  const isReply = isAsked(review);
  const able = isTheirs
    ? []
    : acts.filter(({ step: to }) => review.allowedAnswers.includes(to) && !(to === "respond" && isReply));
  const others = isTheirs ? [] : besides.filter((one) => one.step !== "ask" || review.kind !== "question");
  const close = (): void => {
    setStep("none");
    setProblem(null);
    forget(own);
    document.getElementById("hold-title")?.focus();
  };

  const run = async (work: () => Promise<void>): Promise<void> => {
    if (isBusy) return;
    setBusy(true);
    setProblem(null);
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
      if (["review_already_decided", "decision_stale", "review_claimed"].includes(error.code)) overtaken();
    } finally {
      setBusy(false);
    }
  };
  const send = (decision: Omit<DecisionRequest, "argsHash">): Promise<void> =>
    run(async () => {
      const body = { ...decision, argsHash: review.argsHash, undo: true };
      const text = JSON.stringify(body);
      // The same answer again after a lost connection is the same decision.
      if (attempt.current?.body !== text) attempt.current = { body: text, key: crypto.randomUUID() };
      const after = await api.decide(review.id, body, attempt.current.key);
      forget(own);
      decided(after);
    });
  const passedOn = (text: string): void => {
    close();
    told(text);
    overtaken();
  };
  const takeOrGive = (): void => {
    const isGiving = possession !== "nobody";
    void run(async () => {
      await (isGiving ? api.release(review.id) : api.claim(review.id));
      told(`${isGiving ? "Given back" : "Yours"}: ${review.title}`);
      overtaken();
    });
  };
  const mayTakeOrGive = !isTheirs || isGivenByMe;

  useKeys(
    step === "none"
      ? {
          ...Object.fromEntries([...able, ...others].map(({ key, step: to }) => [key, () => setStep(to)])),
          ...(mayTakeOrGive ? { m: takeOrGive } : {}),
        }
      : { Escape: close },
  );

  return (
    <div className="decide" aria-label="Decide" role="group">
      {possession !== "nobody" && step === "none" && <Possession review={review} of={possession} />}
      {step === "none" && isReply && !isTheirs && <Reply {...{ own, review, isBusy, send }} />}
      {step === "none" ? (
        <>
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
          <div className="besides">
            {mayTakeOrGive && (
              <button type="button" className="link" aria-keyshortcuts="m" onClick={takeOrGive}>
                {possession === "nobody" ? "Take it" : isTheirs ? "Take it back" : "Give it back"}{" "}
                <kbd>m</kbd>
              </button>
            )}
            {others.map(({ step: to, key, label }) => (
              <button
                type="button"
                key={to}
                className="link"
                aria-keyshortcuts={key}
                onClick={() => setStep(to)}
              >
                {label} <kbd>{key}</kbd>
              </button>
            ))}
            {together}
          </div>
        </>
      ) : (
        <StepForm
          key={step}
          {...{ step, own, review, context, isBusy, faults: faultsIn(problem), close, send, run, passedOn }}
          again={overtaken}
        />
      )}
      {problem !== null && (
        <p className="problem" role="alert">
          {problem.message}
        </p>
      )}
    </div>
  );
}

/** The refusal of arguments says which of them are wrong. */
function faultsIn(problem: Problem | null): readonly Fault[] {
  return problem?.code === "args_invalid" ? ((problem.details["faults"] ?? []) as Fault[]) : [];
}
