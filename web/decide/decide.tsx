// Deciding: one key opens a step, Enter confirms it, Escape goes back. What was typed stays when the server is away.
import { useRef, useState } from "react";
import { api, Problem, type DecisionRequest, type Fault, type Review, type ReviewContext } from "../api.js";
import { isAsked } from "../hold/asked.js";
import { forget, useKept } from "../kept.js";
import { useKeys } from "../keys.js";
import { acts, type Step } from "./acts.js";
import { Reply } from "./reply.js";
import { StepForm } from "./step-form.js";

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
  const [problem, setProblem] = useState<Problem | null>(null);
  const attempt = useRef<{ body: string; key: string } | null>(null);
  // What an agent asks is answered in a form that stands open.
  const able = acts.filter(
    ({ step: to }) => review.allowedAnswers.includes(to) && !(to === "respond" && isAsked(review)),
  );
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
    const body = { ...decision, argsHash: review.argsHash, undo: true };
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
      setProblem(error);
      if (["review_already_decided", "decision_stale"].includes(error.code)) overtaken();
    } finally {
      setBusy(false);
    }
  };

  return (
    <div className="decide" aria-label="Decide" role="group">
      {step === "none" && isAsked(review) && <Reply {...{ own, review, isBusy, send }} />}
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
        <StepForm
          key={step}
          {...{ step, own, review, context, isBusy, faults: faultsIn(problem), close, send }}
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
